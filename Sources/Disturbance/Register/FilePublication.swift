internal import Foundation
internal import Glibc

/// Puts a file in its place whole or not at all, while no other writer is at it.
///
/// The folder of the file is locked for as long as this object lives; the system frees the lock of a process that ends.
final class FilePublication {
    /// Where the file really lies: a link stays one.
    let path: String
    private let folder: OpenFile
    private let name: String

    /// Waits until no other publication, in this process or another, holds a file of the same folder.
    /// - Parameter path: Missing folders above it are made.
    /// - Throws: `FileError`.
    init(of path: String) throws {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let folderPath = url.deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folderPath, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: folderPath, message: "cannot be made. Check the path and its permissions")
        }
        self.path = url.path
        name = url.lastPathComponent
        folder = try OpenFile(folder: folderPath)
        var answer: Int32
        repeat { answer = flock(folder.descriptor, LOCK_EX) } while answer != 0 && errno == EINTR
        // A file system without locks, as NFS is for folders, cannot tell what a dead process left from a living one's.
        if answer == 0 { removeLeftovers() }
    }

    /// Makes the file anew, or puts a new one in its place.
    ///
    /// A reader sees the old file or the new one, also where the process is killed or the power fails in between.
    /// - Parameter write: Is given the private path to write to, in the same folder and with the same extension. It
    ///   closes and verifies what it wrote: GDAL reports a full disk to nobody.
    /// - Throws: What `write` throws, or `FileError`; the file is as it was, and nothing lies beside it.
    func replace<Result>(write: (_ privatePath: String) throws -> Result) throws -> Result {
        let end = URL(fileURLWithPath: name).pathExtension
        let privatePath = "\(folder.path)/\(privatePrefix)\(getpid())\(end.isEmpty ? "" : "." + end)"
        remove(privatePath)
        do {
            let result = try write(privatePath)
            try OpenFile(reading: privatePath).sync()
            guard unsafe rename(privatePath, path) == 0 else {
                throw FileError(path: path, action: "cannot be put in place", code: errno)
            }
            try folder.sync()
            return result
        } catch {
            remove(privatePath)
            throw error
        }
    }

    private var privatePrefix: String { ".\(name).partial-" }

    /// Removes what killed processes left: who holds the lock is the only one alive.
    private func removeLeftovers() {
        for entry in (try? FolderTree.names(in: folder.path)) ?? [] where entry.hasPrefix(privatePrefix) {
            try? FileManager.default.removeItem(atPath: "\(folder.path)/\(entry)")
        }
    }

    /// Removes a database with the journals SQLite keeps beside it.
    private func remove(_ privatePath: String) {
        for end in ["", "-journal", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: privatePath + end) }
    }
}
