internal import Foundation

/// Publishes the files of an export as a folder that appears whole or not at all.
struct ExportFolder {
    let path: String

    /// - Returns: False where the folder holds the very same files already.
    /// - Throws: `FileError` where something else lies there: what was handed out once is not changed under its readers.
    func publish(_ files: [(name: String, bytes: [UInt8])]) throws -> Bool {
        let present = URL(fileURLWithPath: path).standardizedFileURL.path
        if EntryKind(ofEntryAt: present) != nil {
            if holds(files, at: present) { return false }
            throw FileError(
                path: path, message: "is there already, with other content. Name another folder, or move it away",
                kind: .cannotCreate)
        }
        try NewFolder.publish(at: path) { folder in
            for file in files { try WholeFile.write(file.bytes, to: "\(folder)/\(file.name)") }
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
