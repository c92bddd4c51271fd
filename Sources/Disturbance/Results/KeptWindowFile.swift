internal import Foundation
internal import Geospatial
internal import Glibc

/// Which pixels of which file a kept window holds.
struct KeptWindowKey: Hashable, Sendable {
    /// SHA-256 of the file, or of what a server says of it.
    let content: SIMD4<UInt64>
    /// Index of the band inside the file, the first is 0.
    let layer: Int
    /// In the file's grid.
    let window: Window
    let type: PixelType
}

/// The windows of one group of sites, as far as they were read before. One for each thread that reads or adds.
///
/// - A line of JSON: what it is, its version, and words for whoever looks at it (`head -n 1`).
/// - At 256 and at 288 a slot each: where a directory lies. The one written last counts, the one before where that one
///   or its directory is not whole.
/// - From 512 on windows, packed as `StoredWindow` says, and behind the windows of a run the directory of all until
///   then, each with its checksum.
///
/// A file is only added to, by one at a time: a run that is stopped, or a machine that loses power, leaves the windows
/// of before. Where most of it is too old to be used again it is written anew.
final class KeptWindowFile {
    private static let format = "sitewarden-kept-windows"
    private static let version = 2
    private static let slotPlaces = [256, 288]
    private static let slotCount = 32
    private static let dataStart = 512
    private static let entryCount = 76

    private struct Entry {
        var key: KeptWindowKey
        /// Number of the acquisition's day.
        var day: Int
        var offset: Int
        /// Bytes of the packed window, and their CRC-32.
        var count: Int
        var checksum: UInt32
    }

    /// What a file said when it was opened.
    private struct Directory {
        var sequence: UInt64 = 0
        var entries: [Entry] = []
        /// Where the next window is put.
        var end = KeptWindowFile.dataStart

        /// - Throws: `FileError` where it cannot be read or is something else.
        init(of file: borrowing OpenFile) throws {
            let head = try file.read(at: 0, count: KeptWindowFile.dataStart)
            guard head.starts(with: try KeptWindowFile.head.utf8) else {
                throw FileError(path: file.path, message: "is no file of kept windows of this version. Remove it")
            }
            let slots = KeptWindowFile.slotPlaces.compactMap { place -> Slot? in
                guard head.count >= place + KeptWindowFile.slotCount else { return nil }
                return try? Slot(from: Array(head[place..<place + KeptWindowFile.slotCount]))
            }
            for slot in slots.sorted(by: { $0.sequence > $1.sequence }) {
                let bytes = try file.read(at: slot.offset, count: slot.count * KeptWindowFile.entryCount)
                guard bytes.count == slot.count * KeptWindowFile.entryCount, CRC32.checksum(bytes) == slot.checksum,
                    let entries = try? KeptWindowFile.entries(bytes, count: slot.count)
                else { continue }
                (sequence, self.entries, end) = (slot.sequence, entries, slot.offset + bytes.count)
                return
            }
        }

        /// Of a new file.
        init() {}
    }

    /// Where a directory lies.
    private struct Slot {
        var sequence: UInt64
        var offset: Int
        /// Entries.
        var count: Int
        var checksum: UInt32

        init(sequence: UInt64, offset: Int, count: Int, checksum: UInt32) {
            (self.sequence, self.offset, self.count, self.checksum) = (sequence, offset, count, checksum)
        }

        init(from bytes: [UInt8]) throws {
            var unpacker = Unpacker(bytes)
            sequence = try unpacker.nextFixed()
            let (offset, count): (UInt64, UInt64) = (try unpacker.nextFixed(), try unpacker.nextFixed())
            checksum = try unpacker.nextFixed()
            guard sequence > 0, offset < 1 << 48, count < 1 << 32,
                try unpacker.nextFixed() == CRC32.checksum(Array(bytes.dropLast(4)))
            else { throw PackingError() }
            (self.offset, self.count) = (Int(offset), Int(count))
        }

        var bytes: [UInt8] {
            var packer = Packer()
            packer.add(fixed: sequence)
            packer.add(fixed: UInt64(offset))
            packer.add(fixed: UInt64(count))
            packer.add(fixed: checksum)
            packer.add(fixed: CRC32.checksum(packer.bytes))
            return packer.bytes
        }
    }

    /// A file that is being added to, locked for as long as this lives.
    private final class Writer {
        let file: OpenFile
        var directory: Directory

        /// - Returns: Nil where somebody else is at it.
        init?(at path: String) throws {
            try WholeFile.makeFolders(
                URL(filePath: path).deletingLastPathComponent().path, mend: "Check the path and its permissions")
            file = try OpenFile(sharing: path)
            guard file.locked() else { return nil }
            do {
                directory = try Directory(of: file)
            } catch {
                directory = Directory()
                try file.replaceContent(with: KeptWindowFile.start)
            }
        }
    }

    /// The file that `places` were read from, also where another has taken its name since.
    private final class Reader {
        let file: OpenFile
        let directory: Directory

        init(at path: String) throws {
            file = try OpenFile(reading: path)
            directory = try Directory(of: file)
        }
    }

    private let path: String
    /// Nil where there was nothing that could be read.
    private let reader: Reader?
    /// Windows of days before this one are not used again.
    private let earliest: Day
    private let places: [KeptWindowKey: Entry]
    private var writer: Writer?
    private var isBusy = false

    /// Opens what is there; where that is nothing, or cannot be read, nothing is kept yet.
    init(at path: String, earliest: Day) {
        self.path = path
        self.earliest = earliest
        reader = try? Reader(at: path)
        places = reader.map { Self.places(in: $0.directory) } ?? [:]
    }

    /// Of windows that were added twice, the last.
    private static func places(in directory: Directory) -> [KeptWindowKey: Entry] {
        Dictionary(directory.entries.map { ($0.key, $0) }) { $1 }
    }

    func holds(_ key: KeptWindowKey) -> Bool { places[key] != nil }

    /// A kept window; nil where there is none, or where its bytes are not those that were written.
    func window(_ key: KeptWindowKey) -> StoredWindow? {
        guard let entry = places[key],
            let packed = try? reader?.file.read(at: entry.offset, count: entry.count), packed.count == entry.count,
            CRC32.checksum(packed) == entry.checksum
        else { return nil }
        return StoredWindow(key.window, type: key.type, packed: packed)
    }

    /// Adds a window; `finish` makes it known.
    /// - Parameter day: Of the acquisition.
    /// - Throws: `FileError` where it cannot be written. Where somebody else adds to the file, nothing is done.
    func add(_ stored: StoredWindow, as key: KeptWindowKey, day: Day) throws {
        guard !isBusy else { return }
        if writer == nil { writer = try Writer(at: path) }
        guard let writer else {
            isBusy = true
            return
        }
        let packed = stored.packed
        let entry = Entry(
            key: key, day: day.number, offset: writer.directory.end, count: packed.count,
            checksum: CRC32.checksum(packed))
        try writer.file.write(packed, at: entry.offset)
        writer.directory.end += entry.count
        writer.directory.entries.append(entry)
    }

    /// Makes known what was added.
    /// - Throws: `FileError` where it cannot be written; what was there before stays.
    func finish() throws {
        guard let writer else { return }
        self.writer = nil
        let entries = Self.places(in: writer.directory).values.filter { $0.day >= earliest.number }.sorted {
            $0.offset < $1.offset
        }
        let used = entries.reduce(0) { $0 + $1.count }
        if writer.directory.end - Self.dataStart > 2 * (used + entries.count * Self.entryCount) {
            try rewrite(entries, from: writer.file)
        } else {
            try Self.publish(entries, after: writer.directory, in: writer.file)
        }
    }

    private static func publish(_ entries: [Entry], after directory: Directory, in file: borrowing OpenFile) throws {
        let bytes = try packed(entries)
        try file.write(bytes, at: directory.end)
        let slot = Slot(
            sequence: directory.sequence + 1, offset: directory.end, count: entries.count,
            checksum: CRC32.checksum(bytes))
        try file.write(slot.bytes, at: slotPlaces[Int(slot.sequence % 2)])
    }

    /// Puts a file of these windows alone in the place of the one that is there.
    private func rewrite(_ entries: [Entry], from old: borrowing OpenFile) throws {
        let privatePath = path + ".new"
        _ = unsafe unlink(privatePath)
        do {
            let file = try OpenFile(creating: privatePath)
            try file.write(Self.start)
            var directory = Directory()
            for var entry in entries {
                try file.write(try old.read(at: entry.offset, count: entry.count), at: directory.end)
                entry.offset = directory.end
                directory.end += entry.count
                directory.entries.append(entry)
            }
            try Self.publish(directory.entries, after: directory, in: file)
            try WholeFile.move(privatePath, to: path)
        } catch {
            _ = unsafe unlink(privatePath)
            throw error
        }
    }

    // MARK: Bytes

    private static var head: String {
        get throws {
            try KeptGroupFolder.firstLine(
                format: format, version: version,
                about: "windows of scenes, so that no scene is read twice for the same sites; may be removed")
        }
    }

    /// Of a file without windows.
    private static var start: [UInt8] {
        get throws {
            let head = Array(try head.utf8)
            return head + [UInt8](repeating: 0, count: dataStart - head.count)
        }
    }

    private static let types: [PixelType] = [.uint8, .int16, .uint16, .float32]

    private static func packed(_ entries: [Entry]) throws -> [UInt8] {
        var packer = Packer()
        for entry in entries {
            for part in 0..<4 { packer.add(fixed: entry.key.content[part]) }
            packer.add(fixed: Int32(entry.key.layer))
            for range in [entry.key.window.rows, entry.key.window.columns] {
                packer.add(fixed: Int32(range.lowerBound))
                packer.add(fixed: Int32(range.upperBound))
            }
            packer.add(fixed: Int32(entry.day))
            packer.add(fixed: UInt64(entry.offset))
            packer.add(fixed: UInt32(entry.count))
            packer.add(fixed: entry.checksum)
            packer.add(fixed: UInt32(types.firstIndex(of: entry.key.type)!))
        }
        return packer.bytes
    }

    private static func entries(_ bytes: [UInt8], count: Int) throws -> [Entry] {
        var unpacker = Unpacker(bytes)
        func number<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Int {
            guard let number = Int(exactly: try unpacker.nextFixed() as Number) else { throw PackingError() }
            return number
        }
        func range() throws -> Range<Int> {
            let (start, end) = (try number(Int32.self), try number(Int32.self))
            guard start <= end else { throw PackingError() }
            return start..<end
        }
        return try (0..<count).map { _ in
            var content = SIMD4<UInt64>()
            for part in 0..<4 { content[part] = try unpacker.nextFixed() }
            let layer = try number(Int32.self)
            let window = Window(rows: try range(), columns: try range())
            let day = try number(Int32.self)
            let offset = try number(UInt64.self)
            let packedCount = try number(UInt32.self)
            let checksum: UInt32 = try unpacker.nextFixed()
            let type = try number(UInt32.self)
            guard types.indices.contains(type) else { throw PackingError() }
            return Entry(
                key: KeptWindowKey(content: content, layer: layer, window: window, type: types[type]), day: day,
                offset: offset, count: packedCount, checksum: checksum)
        }
    }
}
