internal import Foundation
internal import Glibc

/// Publishes the files of an export as a folder that appears whole or not at all.
struct ExportFolder {
    let path: String

    /// - Returns: False where the folder holds the very same files already.
    /// - Throws: `FileError` where something else lies there: what was handed out once is not changed under its readers.
    func publish(_ files: [(name: String, bytes: [UInt8])]) throws -> Bool {
        let location = URL(fileURLWithPath: path).standardizedFileURL
        let (parent, name) = (location.deletingLastPathComponent().path, location.lastPathComponent)
        guard !name.isEmpty, name != "/" else {
            throw FileError(path: path, message: "is no name for a folder. Name another", kind: .cannotCreate)
        }
        if EntryKind(ofEntryAt: location.path) != nil {
            if holds(files, at: location.path) { return false }
            throw FileError(
                path: path, message: "is there already, with other content. Name another folder, or move it away",
                kind: .cannotCreate)
        }
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw FileError(
                path: parent, message: "cannot be made. Check the path and its permissions", kind: .cannotCreate)
        }
        try AttemptFolder.removeDead(for: name, in: parent)
        let attempt = try AttemptFolder(for: name, in: parent)
        do {
            for file in files { try WholeFile.write(file.bytes, to: "\(attempt.path)/\(file.name)") }
            try FolderTree.sync(attempt.path)
            guard unsafe rename(attempt.path, location.path) == 0 else {
                throw FileError(path: path, action: "cannot be put in place", code: errno)
            }
            try OpenFile(folder: parent).sync()
        } catch let error as FileError {
            attempt.remove()
            throw error.path.hasPrefix(attempt.path) ? error.at(path + error.path.dropFirst(attempt.path.count)) : error
        }
        return true
    }

    private func holds(_ files: [(name: String, bytes: [UInt8])], at folder: String) -> Bool {
        guard let tree = try? FolderTree.list(folder), tree.files == files.map(\.name).sorted(), tree.folders.isEmpty,
            tree.others.isEmpty
        else { return false }
        return files.allSatisfy { (try? WholeFile.read("\(folder)/\($0.name)")) == $0.bytes }
    }
}
