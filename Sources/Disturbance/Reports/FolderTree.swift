internal import Foundation
internal import Glibc

/// What lies below a folder, by paths relative to it, in order of name. Links are listed and never followed.
struct FolderTree: Hashable {
    /// Regular files.
    var files: [String] = []
    var folders: [String] = []
    /// Links, devices, pipes: nothing that a run writes.
    var others: [String] = []

    /// - Throws: `FileError` where a folder cannot be read.
    static func list(_ root: String) throws -> FolderTree {
        var tree = FolderTree()
        try tree.add("", root: root)
        tree.files.sort()
        tree.folders.sort()
        tree.others.sort()
        return tree
    }

    private mutating func add(_ folder: String, root: String) throws {
        let path = folder.isEmpty ? root : "\(root)/\(folder)"
        for name in try Self.names(in: path) {
            let relative = folder.isEmpty ? name : "\(folder)/\(name)"
            switch EntryKind(ofEntryAt: "\(root)/\(relative)") {
            case .folder:
                folders.append(relative)
                try add(relative, root: root)
            case .file: files.append(relative)
            case .other: others.append(relative)
            case nil: throw FileError(path: "\(root)/\(relative)", action: "cannot be read", code: errno)
            }
        }
    }

    /// The names in one folder, in order.
    static func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw FileError(path: folder, message: "cannot be listed. Check that it is a folder this account may read")
        }
    }

    /// Waits until everything below `root`, and `root` itself, lies on the disk.
    static func sync(_ root: String) throws {
        let tree = try list(root)
        for file in tree.files { try OpenFile(reading: "\(root)/\(file)").sync() }
        for folder in tree.folders.reversed() { try OpenFile(folder: "\(root)/\(folder)").sync() }
        try OpenFile(folder: root).sync()
    }

    /// Removes a folder and everything in it; nothing happens where there is none.
    static func remove(_ root: String) throws {
        guard EntryKind(ofEntryAt: root) != nil else { return }
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            throw FileError(path: root, message: "cannot be removed. Remove it by hand")
        }
    }
}

/// What a name in a folder stands for; a link is `other`, whatever it leads to.
enum EntryKind {
    case file, folder, other

    /// Nil where there is nothing.
    init?(ofEntryAt path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
    }
}
