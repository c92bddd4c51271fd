internal import Crypto
internal import Foundation
internal import Geospatial
internal import Glibc

/// Where a part lies in a file of records.
struct PartPlace: Hashable, Sendable {
    var offset: Int
    /// In the file.
    var packedCount: Int
    /// Once unpacked.
    var count: Int
}

extension PartPlace: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(offset)
        try packer.add(packedCount)
        try packer.add(count)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(offset: try unpacker.next(), packedCount: try unpacker.next(), count: try unpacker.next())
    }
}

/// What a file of records says of itself in its first line, for people and for programs that read another format.
private struct RecordFileHead: Codable {
    var format: String
    var version: Int
    var about: String
}

/// A file of records that need not all be in memory: plans, results of shards, groups that a run has finished.
///
/// - A line of JSON: what it is, its version, and words for whoever looks at it (`head -n 1`).
/// - Parts, each by itself DEFLATE in the zlib format: what is read later, and the record that says where it lies.
/// - The index, a part too: what is read first, and where everything else lies.
/// - 24 bytes, little-endian: where the index begins, its packed and its own size.
/// - 32 bytes: the SHA-256 of everything before; it is also the file's name for others, see `digest`.
///
/// One file instead of many small ones, because a shared file system is asked once for each; no database, because a
/// record is written once, by one process; no JSON inside, because a country's findings would take longer to parse than
/// to find, and numbers are to come back bit for bit.
final class RecordFile: Sendable {
    let path: String
    /// SHA-256 of its content, 64 lower-case hexadecimal digits.
    let digest: String
    private let index: PartPlace

    fileprivate static let placeCount = 24
    fileprivate static let hashCount = 32
    private static let maximumHeadCount = 1 << 20

    /// Opens a file and reads all of it once, against its checksum.
    /// - Throws: `FileError` where it is missing, damaged, cut off, something else, or of another version.
    init(reading path: String, format: String, version: Int) throws {
        self.path = path
        let file = try OpenFile(reading: path)
        let size = try file.size()
        func broken() -> FileError {
            FileError(path: path, message: "is damaged, or was cut off. Remove it, and make it again")
        }
        var start: [UInt8] = []
        while start.count < Self.maximumHeadCount, !start.contains(UInt8(ascii: "\n")) {
            let chunk = try file.read(at: start.count, count: min(4096, max(size - start.count, 0)))
            if chunk.isEmpty { break }
            start += chunk
        }
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")),
            let head = try? JSONDecoder().decode(RecordFileHead.self, from: Data(start[..<end])), head.format == format
        else {
            throw FileError(path: path, message: "is no file of the kind \(format). Name the right one")
        }
        guard head.version == version else {
            throw FileError(
                path: path,
                message: "is of version \(head.version); this Sitewarden reads \(version). Make it again with this one")
        }
        guard size >= end + 1 + Self.placeCount + Self.hashCount else { throw broken() }
        var hash = SHA256()
        var position = 0
        let hashed = size - Self.hashCount
        while position < hashed {
            let chunk = try file.read(at: position, count: min(1 << 20, hashed - position))
            guard !chunk.isEmpty else { throw broken() }
            hash.update(data: chunk)
            position += chunk.count
        }
        let written = try file.read(at: hashed, count: Self.hashCount)
        let places = try file.read(at: hashed - Self.placeCount, count: Self.placeCount)
        guard Array(hash.finalize()) == written, let place = try? Self.place(in: places) else { throw broken() }
        index = place
        digest = Hexadecimal.text(written)
    }

    private static func place(in bytes: [UInt8]) throws -> PartPlace {
        var unpacker = Unpacker(bytes)
        func next() throws -> Int {
            guard let number = Int(exactly: try unpacker.nextFixed() as UInt64) else { throw PackingError() }
            return number
        }
        return PartPlace(offset: try next(), packedCount: try next(), count: try next())
    }

    /// What the writer put into the index.
    func indexValue<Value: Packable>(_ type: Value.Type) throws -> Value { try value(type, at: index) }

    /// One part. The file is opened each time: there may be more files than a process may hold open.
    /// - Throws: `FileError` where it cannot be read, or does not unpack.
    func value<Value: Packable>(_ type: Value.Type, at place: PartPlace) throws -> Value {
        let packed = try OpenFile(reading: path).read(at: place.offset, count: place.packedCount)
        guard packed.count == place.packedCount, let bytes = Deflate.unpacked(packed, count: place.count),
            let value = try? Unpacker.value(type, of: bytes, file: self)
        else {
            throw FileError(path: path, message: "was changed while it was in use, or is damaged. Make it again")
        }
        return value
    }
}

/// Writes a file of records from its beginning to its end.
final class RecordWriter {
    private let file: OpenFile
    private var hash = SHA256()
    private var position = 0

    /// - Parameters:
    ///   - path: In a private folder; there is no such file yet.
    ///   - about: A few words for whoever looks into the file.
    init(creating path: String, format: String, version: Int, about: String) throws {
        file = try OpenFile(creating: path)
        let head = RecordFileHead(format: format, version: version, about: VisibleText.make(about))
        try write(try StableJSON.bytes(head, isPretty: false) + [UInt8(ascii: "\n")])
    }

    /// Packs and writes a value; what is `Deferred` in it lies before it, and holds nothing deferred itself.
    func add(_ value: some Packable) throws -> PartPlace {
        var packer = Packer(setAside: part)
        try packer.add(value)
        return try part(packer.bytes)
    }

    /// Writes the index and the checksum, waits for the disk, and reads the file again.
    /// - Throws: `FileError` where it does not lie whole on the disk.
    func finish(index: some Packable) throws {
        let place = try add(index)
        var packer = Packer()
        for number in [place.offset, place.packedCount, place.count] { packer.add(fixed: UInt64(number)) }
        try write(packer.bytes)
        let digest = Array(hash.finalize())
        try file.write(digest)
        try file.sync()
        var found = SHA256()
        let reader = try OpenFile(reading: file.path)
        var left = position
        while left > 0 {
            let chunk = try reader.read(upTo: min(1 << 20, left))
            if chunk.isEmpty { break }
            found.update(data: chunk)
            left -= chunk.count
        }
        let isSame = Array(found.finalize()) == digest
        guard left == 0, isSame, try reader.read(upTo: digest.count + 1) == digest else {
            throw FileError(
                path: file.path,
                message: "does not read back as it was written. Check the disk and its free space, and run again",
                kind: .disk)
        }
    }

    private func part(_ bytes: [UInt8]) throws -> PartPlace {
        let packed = Deflate.packed(bytes)
        let place = PartPlace(offset: position, packedCount: packed.count, count: bytes.count)
        try write(packed)
        return place
    }

    private func write(_ bytes: [UInt8]) throws {
        try file.write(bytes)
        hash.update(data: bytes)
        position += bytes.count
    }
}
