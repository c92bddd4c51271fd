internal import Synchronization

/// What a GeoTIFF says of its reference system, as it is stored: enough to know that two files are in the same one.
///
/// To make a reference system of these keys takes PROJ a millisecond, twenty times as long as to open the file, and the
/// files of a watch are in a handful of them. The first file with some keys is left to GDAL; for the next with the same
/// bytes its answer is remembered. GDAL reads nothing else for it where the file places its pixels itself.
struct GeoKeys: Hashable, Sendable {
    /// Numbers of the TIFF tags (OGC GeoTIFF 1.1, section 7).
    private enum Tag {
        static let pixelScale = 33550
        static let tiepoints = 33922
        static let transformation = 34264
        static let directory = 34735
        static let doubles = 34736
        static let texts = 34737
        static let all: Set = [pixelScale, tiepoints, transformation, directory, doubles, texts]
    }

    /// Bytes of a number of each type of the TIFF standard that these tags have: texts, short whole numbers, doubles.
    private static let sizes = [2: 1, 3: 2, 12: 8]
    private static let maximumEntries = 1024
    /// Numbers or letters of one tag.
    private static let maximumLength = 1 << 14

    private let directory: [UInt8]
    private let doubles: [UInt8]
    private let texts: [UInt8]

    /// The keys of a file's first image; nil where it is no little-endian TIFF, places its pixels by another file, or is
    /// in any way unusual.
    init?(in file: CheckedFile) {
        guard let start = unsafe file.withBytes(0..<8, { unsafe [UInt8]($0) }) else { return nil }
        let isBig: Bool
        switch Array(start[0..<4]) {
        case [0x49, 0x49, 42, 0]: isBig = false
        case [0x49, 0x49, 43, 0]: isBig = true
        default: return nil
        }
        let width = isBig ? 8 : 4
        let countWidth = isBig ? 8 : 2
        func bytes(at place: Int, _ count: Int) -> ArraySlice<UInt8>? {
            let (end, overflow) = place.addingReportingOverflow(count)
            guard !overflow, place >= 0, count <= Self.maximumEntries * 20 else { return nil }
            return unsafe file.withBytes(place..<end) { unsafe [UInt8]($0)[...] }
        }
        guard let place = isBig ? bytes(at: 8, 8).flatMap(Self.number) : Self.number(start[4..<8]),
            let count = bytes(at: place, countWidth).flatMap(Self.number), 1...Self.maximumEntries ~= count,
            let entries = bytes(at: place + countWidth, count * (4 + 2 * width))
        else { return nil }
        var found: [Int: [UInt8]] = [:]
        for number in 0..<count {
            let entry = entries.dropFirst(number * (4 + 2 * width)).prefix(4 + 2 * width)
            guard let tag = Self.number(entry.prefix(2)), Tag.all.contains(tag) else { continue }
            guard found[tag] == nil, let type = Self.number(entry.dropFirst(2).prefix(2)), let size = Self.sizes[type],
                let length = Self.number(entry.dropFirst(4).prefix(width)), 1...Self.maximumLength ~= length
            else { return nil }
            let field = entry.suffix(width)
            let isInside = length * size <= width
            guard
                let value = isInside
                    ? field.prefix(length * size) : Self.number(field).flatMap({ bytes(at: $0, length * size) })
            else { return nil }
            found[tag] = [UInt8(type)] + value
        }
        guard found[Tag.transformation] != nil || (found[Tag.pixelScale] != nil && found[Tag.tiepoints] != nil),
            let directory = found[Tag.directory]
        else { return nil }
        self.directory = directory
        doubles = found[Tag.doubles] ?? []
        texts = found[Tag.texts] ?? []
    }

    /// A whole number of up to eight bytes, the lowest first; nil where it is larger than an `Int`.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    // MARK: What GDAL made of them

    private static let known = Mutex<[GeoKeys: CoordinateReferenceSystem]>([:])
    /// A watch has some; strangers' files shall not fill the memory.
    private static let maximumKnown = 256

    var reference: CoordinateReferenceSystem? { Self.known.withLock { $0[self] } }

    func remember(_ reference: CoordinateReferenceSystem) {
        Self.known.withLock { known in
            if known.count < Self.maximumKnown { known[self] = reference }
        }
    }
}
