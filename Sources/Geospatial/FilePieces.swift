internal import CDeflate
internal import Foundation
internal import Synchronization

/// What a file held when it was first seen, a checksum for each piece of it, so that every later read can be checked.
///
/// The checksum is CRC-32 (ISO/IEC 3309): it is another one for certain after a single flipped bit, or several within
/// 32 bits, and costs a hundredth of decoding. It is no guard against who forges: that is what a hash of the whole file
/// is for.
public final class FilePieces: Sendable {
    /// A block of a scene is some pieces long: little more is read than is asked for.
    static let pieceBytes = 1 << 14

    public let path: String
    public let byteCount: Int
    /// One for each piece, in order.
    public let checksums: [UInt32]
    private let changed = Atomic(false)

    /// Pieces as they were gathered before; nil where there are more or fewer checksums than such a file has pieces.
    public init?(path: String, byteCount: Int, checksums: [UInt32]) {
        guard byteCount >= 0, checksums.count == (byteCount + Self.pieceBytes - 1) / Self.pieceBytes else { return nil }
        self.path = path
        self.byteCount = byteCount
        self.checksums = checksums
    }

    /// Takes the checksums while somebody reads the file from its beginning to its end.
    public struct Gathering {
        private var byteCount = 0
        private var finished: [UInt32] = []
        private var checksum: UInt32 = 0

        public init() {}

        /// The next bytes of the file, as many as there are.
        public mutating func add(_ bytes: [UInt8]) {
            unsafe bytes.withUnsafeBytes { buffer in
                var start = 0
                while start < buffer.count {
                    let count = min(pieceBytes - byteCount % pieceBytes, buffer.count - start)
                    checksum = unsafe libdeflate_crc32(checksum, buffer.baseAddress! + start, count)
                    byteCount += count
                    start += count
                    if byteCount % pieceBytes == 0 {
                        finished.append(checksum)
                        checksum = 0
                    }
                }
            }
        }

        public func pieces(ofFileAt path: String) -> FilePieces {
            let isWhole = byteCount % pieceBytes == 0
            return FilePieces(path: path, byteCount: byteCount, checksums: finished + (isWhole ? [] : [checksum]))!
        }
    }

    /// Whether any read since gave other bytes than the first.
    public var hasChanged: Bool { changed.load(ordering: .relaxed) }

    /// The error of a file that has.
    var changeError: GeospatialError {
        GeospatialError(
            subject: path,
            message: "changed after it was first seen: what is read now is not what its hash was taken of")
    }

    /// The whole pieces that hold a range of bytes, cut to the file.
    func extent(of range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound / Self.pieceBytes * Self.pieceBytes
        let end = (range.upperBound + Self.pieceBytes - 1) / Self.pieceBytes * Self.pieceBytes
        return start..<max(min(end, byteCount), start)
    }

    /// Compares bytes that begin with a piece; what differs is remembered for good.
    func check(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        var place = 0
        while place < bytes.count {
            let count = min(Self.pieceBytes, bytes.count - place)
            let index = (start + place) / Self.pieceBytes
            guard index < checksums.count,
                unsafe libdeflate_crc32(0, bytes.baseAddress! + place, count) == checksums[index]
            else {
                changed.store(true, ordering: .relaxed)
                return false
            }
            place += count
        }
        return true
    }

    /// Remembers a file that could not be read as far as it was long.
    func noteShortened() { changed.store(true, ordering: .relaxed) }
}

/// A file read in any order, every byte checked against its pieces where they are known. One for each thread.
@safe
final class CheckedFile {
    private let pieces: FilePieces?
    private let descriptor: Int32
    /// The bytes of `held`.
    private var buffer: [UInt8] = []
    private var held = 0..<0

    /// Nil where the file cannot be opened.
    init?(path: String, pieces: FilePieces?) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.pieces = pieces
    }

    deinit { close(descriptor) }

    /// Some bytes of the file, for as long as `body` runs; nil where it is shorter or, known by pieces, not as it was.
    func withBytes<Result>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result? {
        guard range.lowerBound >= 0, pieces.map({ range.upperBound <= $0.byteCount }) ?? true else { return nil }
        if range.lowerBound < held.lowerBound || range.upperBound > held.upperBound {
            let wanted = pieces?.extent(of: range) ?? range
            guard fill(wanted) else { return nil }
        }
        let start = range.lowerBound - held.lowerBound
        return try unsafe buffer.withUnsafeBytes { bytes in
            try unsafe body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    /// Reads a range to the start of `buffer`; false where the file is shorter or has changed.
    private func fill(_ range: Range<Int>) -> Bool {
        held = 0..<0
        if buffer.count < range.count { buffer = [UInt8](repeating: 0, count: range.count + range.count / 4) }
        var done = 0
        while done < range.count {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    descriptor, bytes.baseAddress! + done, range.count - done, off_t(range.lowerBound + done))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                pieces?.noteShortened()
                return false
            }
            done += count
        }
        if let pieces {
            let isSame = unsafe buffer.withUnsafeBytes { bytes in
                unsafe pieces.check(UnsafeRawBufferPointer(rebasing: bytes[0..<range.count]), at: range.lowerBound)
            }
            guard isSame else { return false }
        }
        held = range
        return true
    }
}
