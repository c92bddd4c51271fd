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
    private let attempt: AttemptFolder
    private var isPrepared = false

    /// Waits until no other publication, in this process or another, holds a file of the same folder.
    /// - Parameter path: Missing folders above it are made.
    /// - Throws: `FileError`.
    init(of path: String) throws {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        let folderPath = url.deletingLastPathComponent().path
        try WholeFile.makeFolders(folderPath, mend: "Check the path and its permissions")
        self.path = url.path
        name = url.lastPathComponent
        folder = try OpenFile(folder: folderPath)
        var answer: Int32
        repeat { answer = flock(folder.descriptor, LOCK_EX) } while answer != 0 && errno == EINTR
        try AttemptFolder.removeDead(for: name, in: folderPath)
        attempt = try AttemptFolder(for: name, in: folderPath)
    }

    deinit { attempt.remove() }

    /// Makes the new file in a private place, and waits until it lies on the disk.
    /// - Parameter write: Is given the path to write to, with the name the file will have. It closes and verifies what
    ///   it wrote: GDAL reports a full disk to nobody.
    /// - Throws: What `write` throws, or `FileError`; the file in its place is as it was.
    func prepare<Result>(write: (_ privatePath: String) throws -> Result) throws -> Result {
        precondition(!isPrepared, "one publication is of one file")
        let result = try write(newPath)
        try OpenFile(reading: newPath).sync()
        isPrepared = true
        return result
    }

    /// Puts what was prepared in its place: a reader sees the old file or the new one, also where the power fails.
    /// - Throws: `FileError`; the file is as it was.
    func commit() throws {
        precondition(isPrepared, "there is nothing to put in place")
        if EntryKind(ofEntryAt: path) != nil { try keepEarlier() }
        try WholeFile.move(newPath, to: path)
        do {
            try folder.sync()
        } catch {
            undo()
            throw error
        }
    }

    /// Takes back what `commit` did, as far as the disk lets it.
    func undo() {
        if EntryKind(ofEntryAt: earlierPath) == nil {
            _ = unsafe unlink(path)
        } else {
            try? WholeFile.move(earlierPath, to: path)
        }
        try? folder.sync()
    }

    /// Both steps at once.
    func replace<Result>(write: (_ privatePath: String) throws -> Result) throws -> Result {
        let result = try prepare(write: write)
        try commit()
        return result
    }

    private var newPath: String { "\(attempt.path)/\(name)" }
    private var earlierPath: String { "\(attempt.path)/earlier-\(name)" }

    /// A second name for the file that is there, or a copy where the file system knows no second names.
    private func keepEarlier() throws {
        if unsafe link(path, earlierPath) == 0 { return }
        do {
            try FileManager.default.copyItem(atPath: path, toPath: earlierPath)
        } catch {
            throw FileError(
                path: path, message: "cannot be copied. Check the disk and its free space, and run again",
                kind: .disk)
        }
    }
}
