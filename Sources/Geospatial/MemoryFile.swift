internal import CGDAL
internal import Synchronization

/// Files that GDAL writes into memory, for a caller who puts the bytes on the disk.
///
/// GDAL tells of a full disk seldom, of a failing one hardly ever, and syncs nothing: what it has written to a disk
/// cannot be trusted, whatever it returned.
public enum MemoryFile {
    private static let counter = Atomic(0)

    /// The bytes of the file that `write` makes at the path it is given.
    /// - Parameters:
    ///   - target: Where the bytes are to go. The name is the file's own, and errors speak of this path.
    ///   - write: Closes the file, and may verify it, before it returns.
    /// - Throws: What `write` throws; `GeospatialError` where it made no file.
    public static func bytes(for target: String, write: (_ path: String) throws -> Void) throws -> [UInt8] {
        try unsafe withBytes(for: target, write: write) { unsafe Array($0) }
    }

    /// The same a megabyte at a time, so that a large file is in memory once.
    /// - Parameter put: Given one piece after another.
    public static func pieces(
        for target: String, write: (_ path: String) throws -> Void, put: (_ piece: [UInt8]) throws -> Void
    ) throws {
        try unsafe withBytes(for: target, write: write) { bytes in
            for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
                let end = min(start + pieceBytes, bytes.count)
                try put(unsafe Array(UnsafeBufferPointer(rebasing: bytes[start..<end])))
            }
        }
    }

    private static let pieceBytes = 1 << 20

    private static func withBytes<Result>(
        for target: String, write: (_ path: String) throws -> Void,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) throws -> Result {
        GDALLibrary.started
        let number = counter.add(1, ordering: .relaxed).newValue
        let folder = "/vsimem/file-\(number)"
        let path = folder + "/" + (target.split(separator: "/").last.map(String.init) ?? "file")
        defer { unsafe VSIRmdirRecursive(folder) }
        do {
            try write(path)
        } catch let error as GeospatialError {
            throw GeospatialError(
                subject: error.subject.replacing(path, with: target),
                message: error.message.replacing(path, with: target), function: error.function)
        }
        var count: vsi_l_offset = 0
        let bytes = try unsafe requireHandle(
            VSIGetMemFileBuffer(path, &count, 0), "VSIGetMemFileBuffer", subject: target)
        return try unsafe body(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
