internal import Crypto
internal import Foundation
internal import Glibc

/// Files read or written at once, with every failure told: the one way into a run folder.
public enum WholeFile {
    /// Writes, waits for the disk, closes, and reads all of it again.
    /// - Throws: `FileError` where there is one already or it cannot be written to the last byte.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try OpenFile(creating: path)
        try file.write(bytes)
        try finish(file, digest: FileDigest(of: bytes))
    }

    public static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    /// The same for what need never be in memory as a whole.
    /// - Parameter pieces: Hands on one piece after another.
    static func writeBytes(to path: String, pieces: (_ put: ([UInt8]) throws -> Void) throws -> Void) throws {
        var file = try HashedFile(creating: path)
        try pieces { try file.write($0) }
        try file.finish()
    }

    /// The same for a text; its pieces may be small.
    static func write(to path: String, pieces: (_ put: (String) throws -> Void) throws -> Void) throws {
        var file = try HashedFile(creating: path)
        var waiting: [UInt8] = []
        try pieces { piece in
            waiting += piece.utf8
            guard waiting.count >= 1 << 20 else { return }
            try file.write(waiting)
            waiting.removeAll(keepingCapacity: true)
        }
        try file.write(waiting)
        try file.finish()
    }

    /// A file that is hashed as it is written.
    private struct HashedFile: ~Copyable {
        private let file: OpenFile
        private var hash = SHA256()
        private var count = 0

        init(creating path: String) throws { file = try OpenFile(creating: path) }

        mutating func write(_ bytes: [UInt8]) throws {
            hash.update(data: bytes)
            count += bytes.count
            try file.write(bytes)
        }

        consuming func finish() throws {
            let digest = FileDigest(sha256: Hexadecimal.text(hash.finalize()), bytes: count)
            try WholeFile.finish(file, digest: digest)
        }
    }

    private static func finish(_ file: consuming OpenFile, digest: FileDigest) throws {
        let path = file.path
        // A full disk may be noticed only here, one across a network only at the close.
        try file.sync()
        try file.finish()
        guard try FileDigest(ofFileAt: path) == digest else {
            throw FileError(
                path: path,
                message: "does not read back as it was written. Check the disk and its free space, and run again",
                kind: .disk)
        }
    }

    /// - Throws: `FileError` where it cannot be read.
    public static func read(_ path: String) throws -> [UInt8] {
        let file = try OpenFile(reading: path)
        var bytes: [UInt8] = []
        while true {
            let chunk = try file.read(upTo: 1 << 20)
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
    }

    /// Copies a file a megabyte at a time, as `write` writes it.
    /// - Throws: `FileError` where it cannot be read, there is a target already, or that cannot be written.
    static func copy(_ source: String, to target: String) throws {
        let reader = try OpenFile(reading: source)
        let file = try OpenFile(creating: target)
        while true {
            let chunk = try reader.read(upTo: 1 << 20)
            if chunk.isEmpty { break }
            try file.write(chunk)
        }
        try file.sync()
        try file.finish()
        guard try FileDigest(ofFileAt: target) == FileDigest(ofFileAt: source) else {
            throw FileError(path: target, message: "does not read back as it was written. Check the disk", kind: .disk)
        }
    }

    /// Makes a folder; those above it must be there.
    /// - Throws: `FileError` where there is an entry of the name already or it cannot be made.
    public static func makeFolder(_ path: String) throws {
        guard unsafe mkdir(path, 0o777) == 0 else {
            throw FileError(path: path, action: "cannot be made", code: errno)
        }
    }

    /// Makes a folder and those above it, where they are missing.
    /// - Parameter mend: What to do where it cannot be made, such as `Check the path and its permissions`.
    /// - Throws: `FileError` naming the folder.
    static func makeFolders(_ path: String, mend: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw FileError(path: path, message: "cannot be made. \(mend)", kind: .cannotCreate)
        }
    }

    /// Gives a file or folder another name, in the same file system: it is there under the old one or the new one.
    /// - Parameter name: What an error calls it; the target where nothing else is said.
    /// - Throws: `FileError` where it stays under the old name.
    static func move(_ source: String, to target: String, named name: String? = nil) throws {
        guard unsafe rename(source, target) == 0 else {
            throw FileError(path: name ?? target, action: "cannot be put in place", code: errno)
        }
    }
}
