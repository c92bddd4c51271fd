import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// What a run keeps of a group's history: that it says what the history says, that it is used, and that it is not used
/// where it is not that history's.
struct KeptBaselinesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    // MARK: One group

    private var path: String { folder.path + "/kept/one.baseline" }
    private let fingerprint = [UInt8](0..<32)

    /// An invented landscape in the month after another one whose run has kept what its history gave.
    private struct Watched {
        let landscape: InventedLandscape
        let group: SiteGroup
        /// The first day that earlier runs watched.
        let from: Day
        var configuration = Configuration()

        init(_ landscape: InventedLandscape) throws {
            self.landscape = landscape
            group = try landscape.group
            from = landscape.days[landscape.periodDays[0] - 6]
            configuration.output.rasters = true
        }

        var first: Int { landscape.days.firstIndex(of: from)! }

        private func analysis(of stack: SceneStack, known: KnownBaseline?) throws -> GroupAnalysis {
            try GroupAnalysis(
                group: group, stack: stack, period: InventedLandscape.period, watchedFrom: from,
                configuration: configuration, known: known, keepsModel: known == nil, profile: nil)
        }

        /// Of the last days, or all.
        func full(
            days: Int? = nil, following open: [OpenGround] = []
        ) throws -> (result: GroupResult, made: MadeBaseline?) {
            var made: MadeBaseline?
            let stack = landscape.stack(from: days.map { first - $0 } ?? 0)
            let result = try analysis(of: stack, known: nil).result(following: open) { made = $0 }
            return (result, made)
        }

        /// Of the watched days, and of the history where that is asked for.
        func short(
            known: KnownBaseline, following open: [OpenGround] = [], scale: Float = 1, isReflectance: Bool = true
        ) throws -> (result: GroupResult?, isHistoryRead: Bool) {
            var isRead = false
            let stack = landscape.stack(from: first, scale: scale, isReflectance: isReflectance)
            let result = try analysis(of: stack, known: known).result(following: open) {
                isRead = true
                return landscape.stack(upTo: first)
            }
            return (result, isRead)
        }
    }

    private func kept(_ made: MadeBaseline) throws -> KnownBaseline {
        try KeptBaselineFile.write(made, madeFrom: fingerprint, to: path)
        return try #require(read())
    }

    private func read() -> KnownBaseline? {
        KeptBaselineFile(at: path, madeFrom: fingerprint)?.baseline(
            bands: InventedLandscape.bands.count, pixels: InventedLandscape.pixels)
    }

    private func bytes(_ result: GroupResult?) throws -> [UInt8]? { try result.map(Packer.bytes) }

    @Test(arguments: 1...4) func aQuietMonthNeedsNoHistory(seed: Int) throws {
        var landscape = try InventedLandscape(seed: seed)
        // Some of the watched days under cloud, so that coverage has something to tell; the first of all of it.
        landscape.hide(day: landscape.periodDays[0] - 6, rows: 0..<24, columns: 0..<24)
        landscape.hide(day: landscape.periodDays[0], rows: 0..<13, columns: 0..<24)
        landscape.hide(day: landscape.periodDays[2], rows: 0..<24, columns: 0..<24)
        let watched = try Watched(landscape)
        let (full, made) = try watched.full()
        try #require(full.candidates.isEmpty)
        let short = try watched.short(known: try kept(try #require(made)))
        #expect(!short.isHistoryRead)
        #expect(try bytes(short.result) == bytes(full))
        #expect(full.coverage[0].historyObservations > 40 && full.coverage[0].lastClear != nil)
    }

    @Test(arguments: 1...3) func whatDepartedIsShownWithTheHistory(seed: Int) throws {
        var landscape = try InventedLandscape(seed: seed)
        landscape.paint(
            InventedLandscape.soil, days: landscape.periodDays[1]..<landscape.days.count, rows: 9..<15, columns: 8..<14)
        let watched = try Watched(landscape)
        let (full, made) = try watched.full()
        try #require(!full.candidates.isEmpty)
        let short = try watched.short(known: try kept(try #require(made)))
        #expect(short.isHistoryRead)
        #expect(try bytes(short.result) == bytes(full))
    }

    @Test func groundOfAnEarlierFindingIsExplainedWithTheHistory() throws {
        let watched = try Watched(InventedLandscape(seed: 2))
        let known = try kept(try #require(try watched.full().made))
        let site = try #require(watched.group.sites.first).site
        let open = [OpenGround(findingID: "F1", geometry: site.core)]
        let short = try watched.short(known: known, following: open)
        #expect(short.isHistoryRead && short.result?.explanations.count == 1)
        #expect(try bytes(short.result) == bytes(watched.full(following: open).result))
        // Ground that lies elsewhere asks for nothing.
        let elsewhere = [
            OpenGround(
                findingID: "F2",
                geometry: Geometry(
                    rectangle: Envelope(
                        minimumX: 0, minimumY: 0, maximumX: 1, maximumY: 1)))
        ]
        #expect(try !watched.short(known: known, following: elsewhere).isHistoryRead)
    }

    /// One of the history, one that is watched, or both; with and without something that departed.
    @Test(arguments: [(true, false), (false, true), (true, true)], [false, true])
    func shiftedDaysAreFoundWithoutTheHistory(where shifted: (inHistory: Bool, isWatched: Bool), departs: Bool) throws {
        var landscape = try InventedLandscape(seed: 2)
        if shifted.inHistory { landscape.scale(day: 30, gain: 1, offset: 0.1) }
        let known = try kept(try #require(try Watched(landscape).full().made))
        if shifted.isWatched { landscape.scale(day: landscape.periodDays[1], gain: 1, offset: 0.1) }
        if departs {
            landscape.paint(
                InventedLandscape.soil, days: landscape.periodDays[2]..<landscape.days.count, rows: 9..<15,
                columns: 8..<14)
        }
        let watched = try Watched(landscape)
        let full = try watched.full().result
        #expect(full.shiftedDays.count == (shifted.inHistory ? 1 : 0) + (shifted.isWatched ? 1 : 0))
        #expect(full.candidates.isEmpty != departs)
        let short = try watched.short(known: known)
        #expect(short.isHistoryRead == departs)
        #expect(try bytes(short.result) == bytes(full))
    }

    @Test func aShortHistoryIsMadeAnewWithEachObservation() throws {
        let watched = try Watched(InventedLandscape(seed: 2))
        #expect(try watched.full(days: 12).made == nil)
        #expect(try watched.full(days: 20).made != nil)
    }

    @Test func ofAnotherHistoryOrUnitNothingIsTaken() throws {
        let watched = try Watched(InventedLandscape(seed: 3))
        let made = try #require(try watched.full().made)
        let known = try kept(made)
        #expect(try watched.short(known: known, scale: 10_000, isReflectance: false).result == nil)
        func other(_ change: (inout BaselineModel) -> Void) -> KnownBaseline {
            var model = made.model
            change(&model)
            return KnownBaseline(model: model, record: known.record, sample: known.sample)
        }
        // Another day is shifted than was when it was made.
        #expect(try watched.short(known: other { $0.shiftedDays = [$0.days[7]] }).result == nil)
        // Too few observations for it to last.
        #expect(
            try watched.short(known: other { $0.observationCounts = $0.observationCounts.map { _ in 14 } }).result
                == nil)
        // One scene more in the history than it was made from, seen where the history is read.
        let site = try #require(watched.group.sites.first).site
        let fewer = other {
            $0.days.removeFirst()
            $0.sceneIDs.removeFirst()
            $0.levels = DayLevels(part: Array($0.days.indices), level: $0.days.map { _ in 0 })!
        }
        let open = [OpenGround(findingID: "F1", geometry: site.core)]
        let found = try watched.short(known: fewer, following: open)
        #expect(found.isHistoryRead && found.result == nil)
    }

    @Test func aFileComesBackAsItWasWritten() throws {
        let made = try #require(try Watched(InventedLandscape(seed: 1)).full().made)
        let known = try kept(made)
        let (model, wanted) = (known.model, made.model)
        #expect(model.days == wanted.days && model.isReflectance && model.sites == wanted.sites)
        #expect(model.observationCounts == wanted.observationCounts && model.freedom == wanted.freedom)
        #expect(model.first.coefficients == wanted.first.coefficients && model.first.scale == wanted.first.scale)
        #expect(model.coefficients == wanted.coefficients && model.scale == wanted.scale)
        #expect(try known.record().weights == made.record.weights)
        #expect(try known.record().changes == made.record.changes && made.record.changes.count == wanted.days.count)
        // Of four years those days that a later one may be compared with: its year, and two months of the one before.
        let asked = try #require(made.samples.keys.min())
        #expect(asked > 0 && made.samples.count == wanted.days.count - asked)
        for (day, sample) in made.samples {
            #expect(try known.sample(day).values == sample.values && known.sample(day).isGround == sample.isGround)
        }
        #expect(throws: UnreadableBaseline.self) { _ = try known.sample(asked - 1) }
    }

    @Test func oneAtATimeKeepsABaseline() throws {
        let made = try #require(try Watched(InventedLandscape(seed: 1)).full().made)
        _ = try kept(made)
        let other = Array(fingerprint.reversed())
        do {
            // Another run of the same sites, half done.
            let busy = try OpenFile(sharing: path + ".new")
            try #require(flock(busy.descriptor, LOCK_EX | LOCK_NB) == 0)
            try busy.write([UInt8](repeating: 7, count: 1 << 20))
            try KeptBaselineFile.write(made, madeFrom: other, to: path)
            #expect(read() != nil && KeptBaselineFile(at: path, madeFrom: other) == nil)
            #expect(try folder.bytes("kept/one.baseline.new") == [UInt8](repeating: 7, count: 1 << 20))
        }
        // What it left is in nobody's way.
        let size = try folder.bytes("kept/one.baseline").count
        try KeptBaselineFile.write(made, madeFrom: other, to: path)
        #expect(KeptBaselineFile(at: path, madeFrom: other) != nil)
        #expect(try folder.bytes("kept/one.baseline").count == size)
    }

    @Test func whateverByteIsDamagedNothingElseIsTaken() throws {
        let watched = try Watched(InventedLandscape(seed: 1))
        let made = try #require(try watched.full().made)
        _ = try kept(made)
        let whole = try folder.bytes("kept/one.baseline")
        var random = SeededGenerator(seed: 5)
        // All of the first and last bytes, and some of the planes.
        let places = Array(0..<600) + (0..<300).map { _ in Int.random(in: 600..<whole.count, using: &random) }
        var lost = 0
        for position in places + Array(whole.count - 300..<whole.count) {
            var damaged = whole
            damaged[position] ^= 0x10
            try Data(damaged).write(to: URL(filePath: path))
            guard let known = read() else {
                lost += 1
                continue
            }
            #expect(known.model.coefficients == made.model.coefficients && known.model.days == made.model.days)
            if let record = try? known.record() {
                #expect(record.weights == made.record.weights && record.changes == made.record.changes)
            }
        }
        #expect(lost > 400, "\(lost)")
        for length in stride(from: 0, to: whole.count, by: whole.count / 97) {
            try Data(whole.prefix(length)).write(to: URL(filePath: path))
            #expect(read() == nil)
        }
        try Data(whole).write(to: URL(filePath: path))
        #expect(read() != nil)
        #expect(KeptBaselineFile(at: path, madeFrom: fingerprint.reversed()) == nil)
        #expect(
            KeptBaselineFile(at: path, madeFrom: fingerprint)!.baseline(bands: 4, pixels: InventedLandscape.pixels)
                == nil)
    }

    // MARK: Months

    private var cache: String { folder.path + "/cache" }

    private struct Scanned {
        var outputs: [String: FileDigest]
        var profile: RunProfile.Summary
    }

    /// A month of a watch that goes on from the months before.
    private func scan(
        _ month: String, sites: String, cached: Bool, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> Scanned {
        var configuration = SmallWatch.configuration(
            output: folder.path + (cached ? "/cached" : "/plain"), sites: sites)
        // All there is, so that the history does not move on.
        configuration.windows.historyDays = WindowSettings().historyDays
        change(&configuration)
        let profile = RunProfile(threadClock: { 0 }, processClock: { 0 })
        _ = try Pipeline(configuration: configuration, threads: 2).scan(
            period: Period(month), holder: SmallWatch.holder, cache: cached ? ScanCache(in: cache) : nil,
            profile: profile)
        return Scanned(outputs: try SmallWatch.files(in: configuration.output.folder), profile: profile.summary)
    }

    private var baselines: [String] {
        let names = FileManager.default.enumerator(atPath: cache + "/baselines")?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".baseline") }.sorted()
    }

    @Test func aWatchGivesTheSameBytesAndReadsNoHistory() throws {
        let sites = try SmallWatch.sites(5, in: folder)
        var (found, unread): ([Int], [Int]) = ([], [])
        for month in ["2018-06", "2018-07", "2018-08"] {
            let plain = try scan(month, sites: sites, cached: false)
            let cached = try scan(month, sites: sites, cached: true)
            // But for the path in the manifest's settings.
            #expect(cached.outputs.count == plain.outputs.count)
            for (name, digest) in plain.outputs where !Self.tellsWhere(name) {
                #expect(cached.outputs[name] == digest, "\(month) \(name)")
            }
            found.append(cached.profile.keptBaselines)
            unread.append(cached.profile.unreadHistories)
        }
        #expect(baselines.count == 5)
        #expect(found == [0, 5, 5] && unread[1] > 0 && unread[2] > 0, "\(found), \(unread)")
    }

    /// Whether a file names the folder it lies in, or one that does.
    private static func tellsWhere(_ name: String) -> Bool {
        ["run.json", "SHA256SUMS", "register.gpkg"].contains { name.hasSuffix($0) }
    }

    @Test func whatTheBaselineFollowsFromMakesItAnew() throws {
        let sites = try SmallWatch.sites(3, in: folder)
        _ = try scan("2018-06", sites: sites, cached: true)
        let before = try scan("2018-07", sites: sites, cached: true).profile.keptBaselines
        try #require(before > 0)
        /// How many are used for the same month once more.
        func used(_ change: (inout Configuration) -> Void) throws -> Int {
            try scan("2018-07", sites: sites, cached: true, change).profile.keptBaselines
        }
        // What only ranks or reports leaves them alone; what masks or fits does not.
        #expect(try used { $0.output.reportPictures = 1 } == before)
        #expect(try used { $0.detection.pair.seedScore = 4 } == before)
        // Nor does where the scenes lie.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/moved", withDestinationPath: ScanPlanTests.data)
        let moved = folder.path + "/moved/items.json"
        #expect(try used { $0.scenes.source = moved } == before)
        #expect(try used { $0.detection.baseline.trim = 3 } == 0)
        #expect(try used { $0.scenes.maskDilationMetres = 40 } == 0)
        #expect(try used { $0.scenes.bands = ["green", "red"] } == 0)
        #expect(try used { _ in } == 0)
        #expect(try used { _ in } == before)
        for name in baselines {
            let url = URL(filePath: "\(cache)/baselines/\(name)")
            var bytes = try Data(contentsOf: url)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: url)
        }
        #expect(try used { _ in } == 0)
        #expect(try used { _ in } == before)
    }
}
