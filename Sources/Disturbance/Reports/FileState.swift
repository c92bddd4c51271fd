internal import Glibc

/// What the file system tells of a file without its bytes; another one after every write that goes through it.
struct FileState: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    let byteCount: Int
    private let modified: TimeStamp
    private let changed: TimeStamp

    private struct TimeStamp: Equatable {
        var seconds: Int
        var nanoseconds: Int

        init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
    }

    /// - Throws: `FileError` where there is none.
    init(ofFileAt path: String) throws {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw FileError(path: path, action: "cannot be read", code: errno, isInput: true)
        }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        byteCount = Int(status.st_size)
        modified = TimeStamp(status.st_mtim)
        changed = TimeStamp(status.st_ctim)
    }

    /// Whether the last write lies at least so many seconds before that of another file: two writes within a tick of
    /// the clock have the same time.
    func isSettled(before other: FileState, bySeconds margin: Int) -> Bool {
        max(modified.seconds, changed.seconds) + margin <= other.modified.seconds
    }
}

extension FileState: Packable {
    func pack(into packer: inout Packer) throws {
        packer.add(fixed: device)
        packer.add(fixed: inode)
        try packer.add(byteCount)
        for time in [modified, changed] {
            try packer.add(time.seconds)
            try packer.add(time.nanoseconds)
        }
    }

    init(from unpacker: inout Unpacker) throws {
        device = try unpacker.nextFixed()
        inode = try unpacker.nextFixed()
        byteCount = try unpacker.next()
        modified = TimeStamp(timespec(tv_sec: try unpacker.next(), tv_nsec: try unpacker.next()))
        changed = TimeStamp(timespec(tv_sec: try unpacker.next(), tv_nsec: try unpacker.next()))
    }
}
