internal import Foundation
internal import Geospatial
internal import Glibc

/// What the history of one group of sites gave, so that it need not be read and fitted again.
///
/// - A line of JSON: what it is, its version, and words for whoever looks at it (`head -n 1`).
/// - At 256: the hash of all that the baseline follows from, and where the summary lies, with a checksum.
/// - From 512 on planes of numbers as they lie in memory, little-endian, each with its checksum in the summary; the last
///   is the summary. Numbers of planes are not packed: they are as good as random in their last digits.
final class KeptBaselineFile {
    private static let format = "sitewarden-kept-baseline"
    private static let version = 1
    private static let framePlace = 256
    private static let frameCount = 64
    private static let dataStart = 512

    /// Where numbers lie.
    fileprivate struct Entry {
        var offset: Int
        /// Numbers, not bytes.
        var count: Int
        var checksum: UInt32
    }

    /// What is read first.
    fileprivate struct Summary {
        var days: [Day]
        var sceneIDs: [[String]]
        var shiftedDays: [Day]
        var isReflectance: Bool
        var levels: DayLevels
        var sites: [CoverageAnalysis.Past]
        var firstScale: [Float]
        var scale: [Float]
        /// In the order of `Plane`.
        var planes: [Entry]
        /// Numbers of each day's change.
        var changeCounts: [Int]
        /// By day: ground, then values.
        var samples: [Int: [Entry]]
    }

    private enum Plane: Int, CaseIterable {
        case observationCounts, firstCoefficients, coefficients
        /// The lower triangle of each pixel's factor, rows first.
        case factor
        case freedom, brightest, shoreZone, shoreIsWet
        /// A bit for each day and pixel.
        case weights
        /// Of the days that have any, one after another.
        case changes
    }

    private let file: OpenFile
    private let summary: Summary

    /// - Returns: Nil where there is none, where it was made from something else, or where it is damaged.
    init?(at path: String, madeFrom fingerprint: [UInt8]) {
        guard let file = try? OpenFile(reading: path),
            let start = try? file.read(at: 0, count: Self.dataStart), start.count == Self.dataStart,
            let head = try? Self.head, start.starts(with: head.utf8),
            let frame = Frame(from: Array(start[Self.framePlace..<Self.framePlace + Self.frameCount])),
            frame.fingerprint == fingerprint,
            let bytes: [UInt8] = try? file.numbers(at: frame.summary.offset, count: frame.summary.count),
            CRC32.checksum(bytes) == frame.summary.checksum,
            let summary = try? Unpacker.value(Summary.self, of: bytes), summary.planes.count == Plane.allCases.count
        else { return nil }
        self.file = file
        self.summary = summary
    }

    /// Reads the model.
    /// - Returns: Nil where it is damaged, or not of such a grid.
    func baseline(bands: Int, pixels: Int) -> KnownBaseline? {
        do {
            let terms = bands * harmonicTerms * pixels
            let freedom: [Float] = try plane(.freedom, count: pixels)
            let triangle: [Float] = try plane(.factor, count: bands * (bands + 1) / 2 * pixels)
            let model = BaselineModel(
                days: summary.days, sceneIDs: summary.sceneIDs, shiftedDays: summary.shiftedDays,
                isReflectance: summary.isReflectance, levels: summary.levels, sites: summary.sites,
                observationCounts: try plane(.observationCounts, count: pixels),
                first: HarmonicBaseline.FirstFit(
                    coefficients: try plane(.firstCoefficients, count: terms), scale: summary.firstScale),
                coefficients: try plane(.coefficients, count: terms), scale: summary.scale,
                factor: Self.square(ofTriangle: triangle, bands: bands, pixels: pixels), freedom: freedom,
                ground: GroundMemory(
                    brightest: try plane(.brightest, count: pixels),
                    shore: Shore(
                        zone: try plane(.shoreZone, count: pixels), isWet: try plane(.shoreIsWet, count: pixels))))
            let observations = summary.days.count * pixels
            return KnownBaseline(
                model: model,
                record: {
                    try self.readable {
                        BaselineRecord(
                            weights: Self.bytes(
                                ofBits: try self.plane(.weights, count: (observations + 7) / 8), count: observations),
                            changes: try self.changes())
                    }
                },
                sample: { day in try self.readable { try self.sample(day: day) } })
        } catch {
            return nil
        }
    }

    private func readable<Value>(_ read: () throws -> Value) throws(UnreadableBaseline) -> Value {
        do { return try read() } catch { throw UnreadableBaseline() }
    }

    private func changes() throws -> [[Double]] {
        let numbers: [Double] = try plane(.changes, count: summary.changeCounts.reduce(0, +))
        var end = 0
        return summary.changeCounts.map { count in
            defer { end += count }
            return Array(numbers[end..<end + count])
        }
    }

    private func sample(day: Int) throws -> FlatShift.Sample {
        guard let entries = summary.samples[day], entries.count == 2 else { throw PackingError() }
        let ground: [UInt8] = try numbers(entries[0])
        return FlatShift.Sample(isGround: ground.map { $0 != 0 }, values: try numbers(entries[1]))
    }

    private func plane<Number: BitwiseCopyable>(_ plane: Plane, count: Int) throws -> [Number] {
        let entry = summary.planes[plane.rawValue]
        guard entry.count == count else { throw PackingError() }
        return try numbers(entry)
    }

    private func numbers<Number: BitwiseCopyable>(_ entry: Entry) throws -> [Number] {
        let numbers: [Number] = try file.numbers(at: entry.offset, count: entry.count)
        guard CRC32.checksum(numbers) == entry.checksum else { throw PackingError() }
        return numbers
    }

    // MARK: Writing

    /// Puts a baseline in the place of what is there, unless another run is about to.
    /// - Throws: `FileError` where it cannot be written; what was there before stays.
    static func write(_ made: MadeBaseline, madeFrom fingerprint: [UInt8], to path: String) throws {
        try WholeFile.makeFolders(
            URL(filePath: path).deletingLastPathComponent().path, mend: "Check the path and its permissions")
        let privatePath = "\(path).new"
        let file = try OpenFile(sharing: privatePath)
        guard file.locked() else { return }
        do {
            // A run that was stopped may have left its own.
            try file.replaceContent(with: [])
            var end = dataStart
            func add<Number: BitwiseCopyable>(_ numbers: [Number]) throws -> Entry {
                let entry = Entry(offset: end, count: numbers.count, checksum: CRC32.checksum(numbers))
                try file.write(numbers, at: end)
                end += numbers.count * MemoryLayout<Number>.stride
                return entry
            }
            let model = made.model
            let pixels = model.freedom.count
            let planes = try Plane.allCases.map { plane in
                switch plane {
                case .observationCounts: try add(model.observationCounts)
                case .firstCoefficients: try add(model.first.coefficients)
                case .coefficients: try add(model.coefficients)
                case .factor: try add(triangle(ofSquare: model.factor, bands: model.scale.count, pixels: pixels))
                case .freedom: try add(model.freedom)
                case .brightest: try add(model.ground.brightest)
                case .shoreZone: try add(model.ground.shore.zone)
                case .shoreIsWet: try add(model.ground.shore.isWet)
                case .weights: try add(bits(ofBytes: made.record.weights))
                case .changes: try add(made.record.changes.flatMap(\.self))
                }
            }
            var samples: [Int: [Entry]] = [:]
            for (day, sample) in made.samples.sorted(by: { $0.key < $1.key }) {
                samples[day] = [try add(sample.isGround.map { $0 ? UInt8(1) : 0 }), try add(sample.values)]
            }
            let summary = Summary(
                days: model.days, sceneIDs: model.sceneIDs, shiftedDays: model.shiftedDays,
                isReflectance: model.isReflectance, levels: model.levels, sites: model.sites,
                firstScale: model.first.scale, scale: model.scale, planes: planes,
                changeCounts: made.record.changes.map(\.count), samples: samples)
            let frame = Frame(fingerprint: fingerprint, summary: try add(try Packer.bytes(of: summary)))
            let head = Array(try head.utf8)
            try file.write(head + [UInt8](repeating: 0, count: framePlace - head.count) + frame.bytes, at: 0)
            try WholeFile.move(privatePath, to: path)
        } catch {
            _ = unsafe unlink(privatePath)
            throw error
        }
    }

    private static var head: String {
        get throws {
            try KeptGroupFolder.firstLine(
                format: format, version: version,
                about: "what the history of a group of sites gave, so that it is not fitted again; may be removed")
        }
    }

    /// What the file was made from, and where its summary lies.
    private struct Frame {
        var fingerprint: [UInt8]
        var summary: Entry

        init(fingerprint: [UInt8], summary: Entry) {
            self.fingerprint = fingerprint
            self.summary = summary
        }

        /// Nil where the bytes are damaged.
        init?(from bytes: [UInt8]) {
            var unpacker = Unpacker(Array(bytes.dropFirst(32)))
            guard let offset: UInt64 = try? unpacker.nextFixed(), let count: UInt64 = try? unpacker.nextFixed(),
                let checksum: UInt32 = try? unpacker.nextFixed(), let own: UInt32 = try? unpacker.nextFixed(),
                offset < 1 << 48, count < 1 << 32
            else { return nil }
            fingerprint = Array(bytes.prefix(32))
            summary = Entry(offset: Int(offset), count: Int(count), checksum: checksum)
            guard CRC32.checksum(checked) == own else { return nil }
        }

        private var checked: [UInt8] {
            var packer = Packer()
            packer.add(fixed: UInt64(summary.offset))
            packer.add(fixed: UInt64(summary.count))
            packer.add(fixed: summary.checksum)
            return fingerprint + packer.bytes
        }

        var bytes: [UInt8] {
            var packer = Packer()
            packer.add(fixed: CRC32.checksum(checked))
            return checked + packer.bytes
        }
    }

    // MARK: Numbers

    private static func triangle(ofSquare square: [Float], bands: Int, pixels: Int) -> [Float] {
        (0..<bands).flatMap { row in square[row * bands * pixels..<(row * bands + row + 1) * pixels] }
    }

    /// With zeros above the diagonal, which nobody asks for.
    private static func square(ofTriangle triangle: [Float], bands: Int, pixels: Int) -> [Float] {
        var square: [Float] = []
        square.reserveCapacity(bands * bands * pixels)
        var place = 0
        for row in 0..<bands {
            square += triangle[place..<place + (row + 1) * pixels]
            square += repeatElement(0, count: (bands - row - 1) * pixels)
            place += (row + 1) * pixels
        }
        return square
    }

    private static func bits(ofBytes bytes: [UInt8]) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: (bytes.count + 7) / 8)
        for (index, byte) in bytes.enumerated() where byte != 0 { bits[index / 8] |= 1 << UInt8(index % 8) }
        return bits
    }

    private static func bytes(ofBits bits: [UInt8], count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var target = bytes.mutableSpan
        for (index, eight) in bits.enumerated() where eight != 0 {
            for bit in 0..<min(8, count - 8 * index) { target[8 * index + bit] = eight >> UInt8(bit) & 1 }
        }
        return bytes
    }
}

extension KeptBaselineFile.Entry: Packable {
    fileprivate func pack(into packer: inout Packer) throws {
        packer.add(fixed: UInt64(offset))
        packer.add(fixed: UInt64(count))
        packer.add(fixed: checksum)
    }

    fileprivate init(from unpacker: inout Unpacker) throws {
        let (offset, count): (UInt64, UInt64) = (try unpacker.nextFixed(), try unpacker.nextFixed())
        guard offset < 1 << 48, count < 1 << 40 else { throw PackingError() }
        self.init(offset: Int(offset), count: Int(count), checksum: try unpacker.nextFixed())
    }
}

extension KeptBaselineFile.Summary: Packable {
    fileprivate func pack(into packer: inout Packer) throws {
        try packer.add(days)
        try packer.add(sceneIDs)
        try packer.add(shiftedDays)
        try packer.add(isReflectance)
        try packer.add(levels.part)
        try packer.add(levels.level)
        try packer.add(sites.map(\.clearDays))
        try packer.add(sites.map(\.lastClear))
        try packer.add(firstScale)
        try packer.add(scale)
        try packer.add(planes)
        try packer.add(changeCounts)
        try packer.add(samples)
    }

    fileprivate init(from unpacker: inout Unpacker) throws {
        let days: [Day] = try unpacker.next()
        let (sceneIDs, shiftedDays): ([[String]], [Day]) = (try unpacker.next(), try unpacker.next())
        let isReflectance: Bool = try unpacker.next()
        guard let levels = DayLevels(part: try unpacker.next(), level: try unpacker.next()), levels.count == days.count,
            sceneIDs.count == days.count
        else { throw PackingError() }
        let (clearDays, lastClear): ([Int], [Day?]) = (try unpacker.next(), try unpacker.next())
        guard clearDays.count == lastClear.count else { throw PackingError() }
        self.init(
            days: days, sceneIDs: sceneIDs, shiftedDays: shiftedDays, isReflectance: isReflectance, levels: levels,
            sites: zip(clearDays, lastClear).map { CoverageAnalysis.Past(clearDays: $0, lastClear: $1) },
            firstScale: try unpacker.next(), scale: try unpacker.next(), planes: try unpacker.next(),
            changeCounts: try Self.counts(try unpacker.next(), days: days.count),
            samples: try unpacker.next())
    }
}

extension KeptBaselineFile.Summary {
    private static func counts(_ counts: [Int], days: Int) throws -> [Int] {
        guard counts.count == days, counts.allSatisfy({ (0..<1 << 32).contains($0) }) else { throw PackingError() }
        return counts
    }
}
