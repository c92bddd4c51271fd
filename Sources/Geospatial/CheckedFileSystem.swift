internal import CGDAL
internal import Glibc
internal import Synchronization

/// Lets GDAL read files whose pieces are known: every byte that reaches a driver has been compared with them.
///
/// A file system of GDAL's under a prefix of its own, for reading only. A file gets a name there for as long as it is
/// open, so no text in a file can lead to another one.
enum CheckedFileSystem {
    private static let prefix = "/vsichecked/"
    private static let files = Mutex((next: 0, byNumber: [Int: FilePieces]()))

    /// Gives a file a name that GDAL can open; to be taken back with `remove`.
    static func add(_ pieces: FilePieces) -> String {
        installed
        let number = files.withLock { files in
            files.next += 1
            files.byNumber[files.next] = pieces
            return files.next
        }
        return "\(prefix)\(number)/\(pieces.path.split(separator: "/").last ?? "file")"
    }

    static func remove(_ name: String) {
        guard let number = number(of: name.dropFirst(prefix.count)) else { return }
        files.withLock { $0.byNumber[number] = nil }
    }

    private static func number(of name: some StringProtocol) -> Int? { name.split(separator: "/").first.flatMap { Int($0) } }

    /// One open file and how far it was read.
    private final class Handle {
        let file: CheckedFile
        let byteCount: Int
        var position = 0
        var isAtEnd = false

        init(file: CheckedFile, byteCount: Int) {
            self.file = file
            self.byteCount = byteCount
        }

        /// - Returns: How many bytes were read; fewer than asked for at the end, none where the file has changed.
        func read(_ target: UnsafeMutableRawPointer, count: Int) -> Int {
            let end = min(position + count, byteCount)
            if end < position + count { isAtEnd = true }
            guard end > position else { return 0 }
            let isRead: Void? = unsafe file.withBytes(position..<end) { bytes in
                unsafe target.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
            }
            guard isRead != nil else { return 0 }
            defer { position = end }
            return end - position
        }

        /// As `fseek`.
        func seek(to offset: UInt64, from origin: Int32) -> Int32 {
            let base = origin == SEEK_CUR ? position : origin == SEEK_END ? byteCount : 0
            let (place, overflow) = base.addingReportingOverflow(Int(truncatingIfNeeded: offset))
            guard !overflow, place >= 0 else { return -1 }
            position = place
            isAtEnd = false
            return 0
        }
    }

    private static func handle(_ pointer: UnsafeMutableRawPointer) -> Handle {
        unsafe Unmanaged<Handle>.fromOpaque(pointer).takeUnretainedValue()
    }

    private static let installed: Void = {
        GDALLibrary.started
        guard let calls = unsafe VSIAllocFilesystemPluginCallbacksStruct() else { return }
        defer { unsafe VSIFreeFilesystemPluginCallbacksStruct(calls) }
        unsafe calls.pointee.open = { _, name, access in
            guard let name = unsafe name, let access = unsafe access,
                unsafe !String(cString: access).contains(where: { "wa+".contains($0) }),
                let number = number(of: unsafe String(cString: name)),
                let pieces = files.withLock({ $0.byNumber[number] }),
                let file = CheckedFile(path: pieces.path, pieces: pieces)
            else { return nil }
            return unsafe Unmanaged.passRetained(Handle(file: file, byteCount: pieces.byteCount)).toOpaque()
        }
        unsafe calls.pointee.tell = { file in
            guard let file = unsafe file else { return 0 }
            return vsi_l_offset(unsafe handle(file).position)
        }
        unsafe calls.pointee.seek = { file, offset, origin in
            guard let file = unsafe file else { return -1 }
            return unsafe handle(file).seek(to: UInt64(offset), from: origin)
        }
        unsafe calls.pointee.read = { file, target, size, count in
            guard let file = unsafe file, let target = unsafe target, size > 0, count > 0 else { return 0 }
            let (bytes, overflow) = size.multipliedReportingOverflow(by: count)
            guard !overflow else { return 0 }
            return unsafe handle(file).read(target, count: bytes) / size
        }
        unsafe calls.pointee.eof = { file in
            guard let file = unsafe file else { return 1 }
            return unsafe handle(file).isAtEnd ? 1 : 0
        }
        unsafe calls.pointee.close = { file in
            if let file = unsafe file { unsafe Unmanaged<Handle>.fromOpaque(file).release() }
            return 0
        }
        // GDAL keeps the pointer it is given: the text has to stay for good.
        unsafe VSIInstallPluginHandler(strdup(prefix), calls)
    }()
}
