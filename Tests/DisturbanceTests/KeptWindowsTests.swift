import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Windows that runs keep for one another: files of windows by themselves, and whole months of the committed series.
struct KeptWindowsTests {
    private let folder: TemporaryFolder
    private let sites: String

    init() throws {
        folder = try TemporaryFolder()
        sites = try SmallWatch.sites(2, in: folder)
    }

    // MARK: A file of windows

    private var path: String { "\(folder.path)/kept/one.windows" }
    private let day = Day("2019-06-01")!

    private func key(_ content: UInt64, rows: Range<Int> = 3..<5, type: PixelType = .uint16) -> KeptWindowKey {
        KeptWindowKey(
            content: SIMD4(content, 2, 3, .max), layer: 1, window: Window(rows: rows, columns: 7..<10), type: type)
    }

    /// Neighbours as far apart as the type has room for.
    private func stored(_ key: KeptWindowKey) -> StoredWindow {
        let count = key.window.pixelCount * key.type.byteCount
        let values: RasterBlock.Values =
            switch key.type {
            case .uint8: .uint8((0..<UInt8(count)).map { 0xF0 &+ $0 })
            case .int16: .int16((0..<Int16(count / 2)).map { $0 % 2 == 0 ? -20_000 : 20_000 &+ $0 })
            case .uint16: .uint16((0..<UInt16(count / 2)).map { $0 % 2 == 0 ? 65_000 : $0 })
            case .float32: .float32((0..<count / 4).map { 1 / Float($0 - 2) })
            }
        let block = RasterBlock(values: values, rows: key.window.rows.count, columns: key.window.columns.count)
        var stored = StoredWindow(key.window, type: key.type)
        stored.copy(BlockRows(block: block, firstRow: 0), at: key.window)
        return stored
    }

    private func file(earliest: Day = Day(number: 0)) -> KeptWindowFile { KeptWindowFile(at: path, earliest: earliest) }

    private func keep(_ keys: [KeptWindowKey], day: Day? = nil, earliest: Day = Day(number: 0)) throws {
        let file = file(earliest: earliest)
        for key in keys { try file.add(stored(key), as: key, day: day ?? self.day) }
        try file.finish()
    }

    @Test func everyTypeComesBackAsItWasStored() throws {
        let keys = [key(1, type: .uint8), key(2, type: .int16), key(3, type: .uint16), key(4, type: .float32)]
        try keep(keys)
        for key in keys { #expect(file().window(key)?.bytes == stored(key).bytes) }
        guard case .int16(let values)? = file().window(keys[1])?.block.values else {
            Issue.record("not of 16 bits")
            return
        }
        #expect(values.prefix(4) == [-20_000, 20_001, -20_000, 20_003])
        for other in [key(9), key(3, rows: 3..<6), key(3, type: .int16)] { #expect(file().window(other) == nil) }
    }

    @Test func aWindowIsPutTogetherFromItsBlocks() throws {
        let place = InventedRaster(rows: 40, columns: 40) { Double($0 * 40 + $1) }
        let window = Window(rows: 10..<35, columns: 3..<37)
        var stored = StoredWindow(window, type: .uint16)
        for row in 0..<3 {
            for column in 0..<3 {
                let block = Window(rows: row * 16..<row * 16 + 16, columns: column * 16..<column * 16 + 16)
                let values = (0..<256).map { pixel -> UInt16 in
                    let (row, column) = (block.rows.lowerBound + pixel / 16, block.columns.lowerBound + pixel % 16)
                    return row < 40 && column < 40 ? UInt16(place.values[row * 40 + column]) : .max
                }
                let whole = RasterBlock(values: .uint16(values), rows: 16, columns: 16)
                // Of the upper ones no more is held than the rows that are needed.
                let first = row == 0 ? 9 : 0
                stored.copy(BlockRows(block: whole.rows(first..<16), firstRow: first), at: block)
            }
        }
        guard case .uint16(let values) = stored.block.values else {
            Issue.record("not of 16 bits")
            return
        }
        let wanted = window.rows.flatMap { row in window.columns.map { UInt16(place.values[row * 40 + $0]) } }
        #expect(values == wanted)
        #expect(StoredWindow(window, type: .uint16, packed: stored.packed)?.bytes == stored.bytes)
        #expect(StoredWindow(window, type: .float32, packed: stored.packed) == nil)
    }

    @Test func whatIsAddedLaterStandsBesideWhatWasThere() throws {
        try keep([key(1)])
        let before = file()
        try keep([key(2), key(3)])
        #expect((1...3).map { file().holds(key($0)) } == [true, true, true])
        // Who opened it before still reads what he knows.
        #expect(before.window(key(1)) != nil && !before.holds(key(2)))
    }

    @Test func aRunThatEndsBeforeItIsDoneLeavesWhatWasThere() throws {
        try keep([key(1)])
        let stopped = file()
        try stopped.add(stored(key(2)), as: key(2), day: day)
        #expect(file().holds(key(1)) && !file().holds(key(2)))
    }

    @Test func oneAtATimeAddsToAFile() throws {
        let first = file()
        try first.add(stored(key(1)), as: key(1), day: day)
        try keep([key(2)])
        try first.finish()
        #expect(file().holds(key(1)) && !file().holds(key(2)))
        try keep([key(2)])
        #expect(file().holds(key(1)) && file().holds(key(2)))
    }

    @Test func whateverByteIsDamagedNoWindowIsAnotherThanItWas() throws {
        try keep([key(1)])
        try keep([key(2)])
        let whole = try folder.bytes("kept/one.windows")
        var lost = 0
        for position in whole.indices {
            var damaged = whole
            damaged[position] ^= 0x10
            try Data(damaged).write(to: URL(filePath: path))
            for number in [UInt64(1), 2] {
                guard let found = file().window(key(number)) else {
                    lost += 1
                    continue
                }
                #expect(found.bytes == stored(key(number)).bytes)
            }
        }
        // Most of a small file is the room after its first line.
        #expect(lost > 0 && lost < whole.count)
        for length in whole.indices {
            try Data(whole.prefix(length)).write(to: URL(filePath: path))
            for number in [UInt64(1), 2] {
                if let found = file().window(key(number)) { #expect(found.bytes == stored(key(number)).bytes) }
            }
        }
    }

    @Test func aDamagedDirectoryGivesWayToTheOneBefore() throws {
        try keep([key(1)])
        let before = try folder.bytes("kept/one.windows").count
        try keep([key(2)])
        var bytes = try folder.bytes("kept/one.windows")
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        #expect(file().holds(key(1)) && !file().holds(key(2)))
        // What is added then stands where the damaged part was.
        try keep([key(3)])
        #expect(file().holds(key(1)) && file().holds(key(3)))
        #expect(try folder.bytes("kept/one.windows").count < before + (bytes.count - before) * 3 / 2)
    }

    @Test func whatIsTooOldIsForgottenAndItsRoomGivenBack() throws {
        try keep((1...20).map { key($0) }, day: Day("2015-06-01")!)
        let size = try folder.bytes("kept/one.windows").count
        try keep([key(21)], earliest: Day("2016-01-01")!)
        #expect(try folder.bytes("kept/one.windows").count < size)
        #expect(file().window(key(21))?.bytes == stored(key(21)).bytes && !file().holds(key(1)))
    }

    @Test func aFileOfAnotherVersionIsWrittenAnew() throws {
        try keep([key(1)])
        var bytes = try folder.bytes("kept/one.windows")
        let place = try #require(bytes.firstRange(of: Array("\"version\":\"2\"".utf8))).lowerBound
        bytes[place + 11] = UInt8(ascii: "1")
        try Data(bytes).write(to: URL(filePath: path))
        #expect(!file().holds(key(1)))
        try keep([key(2)])
        #expect(file().holds(key(2)))
    }

    // MARK: Months

    private var cache: String { folder.path + "/cache" }

    private struct Scanned {
        var outputs: [String: FileDigest]
        var profile: RunProfile.Summary
        var remarks: [String]
    }

    private func scan(
        _ month: String, cached: Bool = true, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> Scanned {
        var configuration = SmallWatch.configuration(output: folder.path + "/output", sites: sites)
        change(&configuration)
        let profile = RunProfile(threadClock: { 0 }, processClock: { 0 })
        let outcome = try Pipeline(configuration: configuration, threads: 2).scan(
            period: Period(month), holder: SmallWatch.holder, cache: cached ? ScanCache(in: cache) : nil,
            profile: profile)
        let outputs = try SmallWatch.files(in: configuration.output.folder)
        try FileManager.default.removeItem(atPath: configuration.output.folder)
        return Scanned(outputs: outputs, profile: profile.summary, remarks: outcome.remarks)
    }

    /// Blocks that a scan reads: all of them, or those of files that hold what no file from before the period holds.
    private func blocks(_ month: String, isNewOnly: Bool) throws -> Int {
        let configuration = SmallWatch.configuration(output: folder.path + "/output", sites: sites)
        let pipeline = Pipeline(configuration: configuration, threads: 1)
        let plan = try pipeline.inputs(period: Period(month)) { _ in }.plan
        guard isNewOnly else { return plan.blockUses.count }
        // Masks of two cloudless days may be the same bytes.
        var digests: [Int: FileDigest] = [:]
        for file in plan.usedFiles { digests[file] = try FileDigest(ofFileAt: plan.files[file].path) }
        let old = Set(
            digests.filter { !plan.period.contains(plan.scenes[plan.files[$0.key].scene].day) }.values.map(\.sha256))
        return plan.blockUses.keys.count { !old.contains(digests[$0.file]!.sha256) }
    }

    @Test func aMonthReadsOnlyTheScenesThatAreNew() throws {
        let first = try scan("2017-06")
        #expect(first.profile.blocks == (try blocks("2017-06", isNewOnly: false)) && first.profile.keptBytes == 0)
        let wanted = try scan("2017-07", cached: false)
        let next = try scan("2017-07")
        #expect(next.profile.blocks == (try blocks("2017-07", isNewOnly: true)))
        #expect(next.profile.blocks > 0 && next.profile.keptBytes > 0)
        #expect(next.outputs == wanted.outputs && next.remarks == wanted.remarks)
        // And the same month once more reads nothing.
        let again = try scan("2017-07")
        #expect(again.profile.blocks == 0 && again.outputs == wanted.outputs)
    }

    @Test func shardsShareWhatIsKept() throws {
        let wanted = try scan("2017-07", cached: false)
        let configuration = SmallWatch.configuration(output: folder.path + "/output", sites: sites)
        let plan = folder.path + "/2017-07.plan"
        var blocks: [Int] = []
        for _ in 0..<3 {
            let shards = try Pipeline(configuration: configuration, threads: 1)
                .plan(period: Period("2017-07"), sharding: .count(2), to: plan).shards.shards
            #expect(shards == 2)
            let profile = RunProfile(threadClock: { 0 }, processClock: { 0 })
            for shard in 0..<shards {
                _ = try Pipeline.scan(
                    planFile: plan, shard: shard, threads: 1, cache: ScanCache(in: cache), profile: profile)
            }
            blocks.append(profile.summary.blocks)
            _ = try Pipeline.merge(planFile: plan, holder: SmallWatch.holder)
            #expect(try SmallWatch.files(in: configuration.output.folder) == wanted.outputs)
            try FileManager.default.removeItem(atPath: configuration.output.folder)
            for shard in 0..<shards {
                try FileManager.default.removeItem(atPath: ShardResult.path(ofPlan: plan, shard: shard))
            }
        }
        // A shard keeps windows of files that it, or an earlier run, has hashed.
        #expect(blocks[0] > blocks[1] && blocks[2] == 0, "\(blocks)")
    }

    @Test func settingsThatChangeWhatPixelsMeanReadNothingAgain() throws {
        _ = try scan("2017-07")
        func other(_ configuration: inout Configuration) {
            configuration.scenes.maskDilationMetres = 40
            configuration.scenes.bands = ["red", "nir"]
        }
        let wanted = try scan("2017-07", cached: false, other)
        let found = try scan("2017-07", other)
        #expect(found.profile.blocks == 0 && found.outputs == wanted.outputs)
    }

    @Test func aGroupOfOtherPixelsReadsItsScenesAgain() throws {
        _ = try scan("2017-07")
        func other(_ configuration: inout Configuration) { configuration.windows.ringMetres = 60 }
        let wanted = try scan("2017-07", cached: false, other)
        let found = try scan("2017-07", other)
        #expect(found.profile.keptBytes == 0 && found.outputs == wanted.outputs)
    }

    @Test func aDamagedCacheCostsTimeAndNothingElse() throws {
        let wanted = try scan("2017-07")
        let names = try #require(FileManager.default.enumerator(atPath: cache + "/windows"))
            .compactMap { $0 as? String }.filter { $0.hasSuffix(".windows") }
        #expect(names.count == 2)
        for name in names {
            let url = URL(filePath: "\(cache)/windows/\(name)")
            var bytes = try Data(contentsOf: url)
            for position in stride(from: 600, to: bytes.count, by: 5_000) { bytes[position] ^= 1 }
            try bytes.write(to: url)
        }
        let found = try scan("2017-07")
        #expect(found.outputs == wanted.outputs)
        #expect(found.profile.blocks > 0)
    }

    @Test func whereNothingCanBeKeptTheRunGoesOn() throws {
        let wanted = try scan("2017-07", cached: false)
        try folder.put("in the way", at: "cache/windows")
        let found = try scan("2017-07")
        #expect(found.outputs == wanted.outputs)
        #expect(found.remarks.contains { $0.contains("nothing more is kept") }, "\(found.remarks)")
    }

    /// What a run was about to put in a file's place when it was stopped is one of them.
    @Test(arguments: ["", ".new"]) func filesThatNobodyAddsToAreRemovedInTime(ending: String) throws {
        _ = try scan("2017-06")
        let name = "windows/00/\(String(repeating: "0", count: 32)).windows\(ending)"
        let old = "\(cache)/\(name)"
        try folder.put("left", at: "cache/\(name)")
        func setDate(daysAgo days: Double) throws {
            let date = Date().addingTimeInterval(-days * 86_400)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: old)
        }
        try setDate(daysAgo: 300)
        _ = try scan("2017-07")
        #expect(FileManager.default.fileExists(atPath: old))
        try setDate(daysAgo: 500)
        _ = try scan("2017-07")
        #expect(!FileManager.default.fileExists(atPath: old))
    }
}
