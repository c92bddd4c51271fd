internal import Foundation

/// A folder that appears whole, or not at all, where there is none yet.
enum NewFolder {
    /// - Parameter write: Fills a private folder beside it; what it throws leaves nothing behind.
    /// - Throws: What `write` throws, or `FileError` where there is something of the name already.
    static func publish(at path: String, write: (_ privatePath: String) throws -> Void) throws {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        let (name, parent) = (url.lastPathComponent, url.deletingLastPathComponent().path)
        guard !name.isEmpty, name != "/" else {
            throw FileError(path: path, message: "is no name for a folder. Name another", kind: .cannotCreate)
        }
        func requireFree() throws {
            guard EntryKind(ofEntryAt: url.path) == nil else {
                throw FileError(
                    path: path, message: "is there already, and nothing is written over. Choose another name",
                    kind: .cannotCreate)
            }
        }
        try requireFree()
        try WholeFile.makeFolders(parent, mend: "Check the path and its permissions")
        try AttemptFolder.removeDead(for: name, in: parent)
        let attempt = try AttemptFolder(for: name, in: parent)
        do {
            try write(attempt.path)
            try FolderTree.sync(attempt.path)
            try requireFree()
            try WholeFile.move(attempt.path, to: url.path, named: path)
        } catch {
            attempt.remove()
            // The private folder has a name that nobody knows.
            if let error = error as? FileError, error.path.hasPrefix(attempt.path) {
                throw error.at(path + error.path.dropFirst(attempt.path.count))
            }
            throw error
        }
        try OpenFile(folder: parent).sync()
    }
}
