internal import Glibc

/// Owns one file descriptor.
struct OpenFile: ~Copyable {
    let path: String
    private(set) var descriptor: Int32

    init(reading path: String) throws { try self.init(path, flags: O_RDONLY | O_CLOEXEC, action: "cannot be read") }

    /// A folder, to be synced or locked.
    init(folder path: String) throws {
        try self.init(path, flags: O_RDONLY | O_DIRECTORY | O_CLOEXEC, action: "cannot be opened")
    }

    /// - Throws: `FileError` also where there is one already: nothing is ever written over.
    init(creating path: String) throws {
        try self.init(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, action: "cannot be written")
    }

    /// A file that several processes lock, made where it is missing. One of somebody else's is opened to be read.
    init(sharing path: String) throws {
        do {
            try self.init(path, flags: O_RDWR | O_CREAT | O_CLOEXEC, action: "cannot be written")
        } catch let error as FileError where error.code == EACCES && EntryKind(ofEntryAt: path) == .file {
            try self.init(reading: path)
        }
    }

    private init(_ path: String, flags: Int32, action: String) throws {
        self.path = path
        descriptor = unsafe open(path, flags, 0o666)
        guard descriptor >= 0 else {
            throw FileError(path: path, action: action, code: errno, isInput: flags & O_ACCMODE == O_RDONLY)
        }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// Closes it, where that can fail.
    consuming func finish() throws {
        let closing = descriptor
        descriptor = -1
        // Where this fails the number is free all the same: to close it again could hit another file.
        guard close(closing) == 0 else { throw FileError(path: path, action: "cannot be written", code: errno) }
    }

    /// Whether the path leads to this very file or folder.
    func isStill(at path: String) -> Bool {
        var mine = stat()
        var found = stat()
        return unsafe fstat(descriptor, &mine) == 0 && lstat(path, &found) == 0 && mine.st_dev == found.st_dev
            && mine.st_ino == found.st_ino
    }

    /// Locks the file against others that do the same, for as long as it is open.
    /// - Returns: Whether nobody else holds it, and its path still leads to it: where another was put in its place
    ///   meanwhile, this is no longer the file of that name.
    func locked() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 && isStill(at: path) }

    /// The next bytes; empty at the end of the file.
    func read(upTo count: Int) throws -> [UInt8] {
        var failure: Int32 = 0
        let chunk = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var result: Int
            repeat {
                result = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
            } while result < 0 && errno == EINTR
            if result < 0 { failure = errno }
            filled = max(result, 0)
        }
        guard failure == 0 else { throw FileError(path: path, action: "cannot be read", code: failure) }
        return chunk
    }

    /// Bytes from a place on; fewer where the file ends before.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0 else { return [] }
        // As much as there is, whatever a damaged number asks for.
        let count = min(count, max(try size() - offset, 0))
        return unsafe try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = unsafe try read(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]),
                at: offset)
        }
    }

    /// Numbers as they lie in memory, from a place on.
    /// - Throws: `FileError` where they cannot be read, or are not all there.
    func numbers<Number: BitwiseCopyable>(at offset: Int, count: Int) throws -> [Number] {
        let size = count * MemoryLayout<Number>.stride
        // Before room is made for what a damaged number asks for.
        guard offset + size <= (try self.size()) else { throw FileError(path: path, message: "is cut off") }
        return unsafe try [Number](unsafeUninitializedCapacity: count) { buffer, filled in
            let bytes = unsafe try read(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<size]),
                at: offset)
            guard bytes == size else { throw FileError(path: path, message: "is cut off") }
            filled = count
        }
    }

    /// - Returns: Bytes that were read; fewer than there is room for where the file ends before.
    private func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        var done = 0
        while done < target.count {
            let result = unsafe pread(descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw FileError(path: path, action: "cannot be read", code: errno) }
            if result == 0 { break }
            done += result
        }
        return done
    }

    func size() throws -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw FileError(path: path, action: "cannot be read", code: errno)
        }
        return Int(status.st_size)
    }

    /// Writes numbers as they lie in memory, from a place on.
    func write<Number: BitwiseCopyable>(_ numbers: [Number], at offset: Int) throws {
        try unsafe numbers.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let result = unsafe pwrite(
                    descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
                if result < 0, errno == EINTR { continue }
                guard result >= 0 else { throw FileError(path: path, action: "cannot be written", code: errno) }
                done += result
            }
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, action: "cannot be written", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// From its beginning, at most `count` bytes.
    func content(upTo count: Int) throws -> [UInt8] {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw FileError(path: path, action: "cannot be read", code: errno)
        }
        return try read(upTo: count)
    }

    func replaceContent(with bytes: [UInt8]) throws {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw FileError(path: path, action: "cannot be written", code: errno)
        }
        try write(bytes)
    }

    /// Waits until what was written lies on the disk.
    func sync() throws {
        guard fsync(descriptor) == 0 else {
            throw FileError(path: path, action: "cannot be written to the disk", code: errno)
        }
    }
}
