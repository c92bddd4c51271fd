internal import Glibc

/// Small files read or written at once, with every failure told.
public enum WholeFile {
    /// - Throws: `FileError` where there is one already or it cannot be written to the last byte.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try OpenFile(creating: path)
        try file.write(bytes)
        // A full disk may be noticed only here.
        try file.sync()
    }

    public static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

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

    /// Makes a folder; those above it must be there.
    /// - Throws: `FileError` where there is an entry of the name already or it cannot be made.
    public static func makeFolder(_ path: String) throws {
        guard unsafe mkdir(path, 0o777) == 0 else {
            throw FileError(path: path, action: "cannot be made", code: errno)
        }
    }
}
