internal import Foundation
internal import Glibc

/// A private folder in which one attempt makes what is to be published beside it.
///
/// It is locked as long as the attempt lives, so that another run knows a living attempt from one that died.
struct AttemptFolder: ~Copyable {
    /// Marks the names of such folders.
    static let mark = ".partial-"

    private let folder: LockedFolder
    var path: String { folder.path }

    /// - Parameters:
    ///   - name: Of what is to be published, a sibling.
    ///   - parent: The folder both lie in.
    init(for name: String, in parent: String) throws {
        // The process number alone is not enough: one process may publish twice, and machines may share the disk.
        for number in 1...1000 {
            let candidate = "\(parent)/\(Self.prefix(name))\(getpid())-\(number)"
            guard unsafe mkdir(candidate, 0o777) == 0 else {
                if errno == EEXIST { continue }
                throw FileError(path: candidate, action: "cannot be made", code: errno)
            }
            do {
                // Between the two calls another run may have taken it for a dead one's; then the next is tried.
                guard let folder = try LockedFolder(path: candidate, isWaiting: true) else { continue }
                self.folder = folder
                return
            } catch {
                try? FolderTree.remove(candidate)
                throw error
            }
        }
        throw FileError(path: parent, message: "is full of unfinished runs. Remove what is named \(Self.prefix(name))*")
    }

    /// With everything that is still in it. What cannot be removed now, the next attempt removes.
    func remove() { try? FolderTree.remove(path) }

    /// Removes what attempts left that died.
    static func removeDead(for name: String, in parent: String) throws {
        for entry in try FolderTree.names(in: parent) where entry.hasPrefix(prefix(name)) {
            // A file system without locks cannot tell the living from the dead.
            guard let folder = try? LockedFolder(path: "\(parent)/\(entry)", isWaiting: false), folder.isLocked else {
                continue
            }
            try FolderTree.remove(folder.path)
        }
    }

    private static func prefix(_ name: String) -> String { ".\(name)\(mark)" }
}

/// A folder that no other run touches for as long as this value lives.
struct LockedFolder: ~Copyable {
    let path: String
    /// False where the file system knows no locks.
    let isLocked: Bool
    private let lock: OpenFile

    /// Nil where the folder is gone or, unless `isWaiting`, another run holds it.
    init?(path: String, isWaiting: Bool) throws {
        while true {
            guard EntryKind(ofEntryAt: path) == .folder else { return nil }
            let folder = try OpenFile(folder: path)
            let answer = flock(folder.descriptor, LOCK_EX | (isWaiting ? 0 : LOCK_NB))
            if answer != 0, errno == EINTR { continue }
            if answer != 0, errno == EWOULDBLOCK { return nil }
            // While this waited, the name may have gone to another folder.
            guard folder.isStill(at: path) else { continue }
            self.path = path
            isLocked = answer == 0
            lock = folder
            return
        }
    }
}
