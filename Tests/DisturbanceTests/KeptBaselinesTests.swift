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

        func analysis(
            of stack: SceneStack, known: KnownBaseline?, holdsHistory: Bool = true, keepsModel: Bool = false
        ) throws -> GroupAnalysis {
            try GroupAnalysis(
                group: group, stack: stack, period: InventedLandscape.period, watchedFrom: from,
                configuration: configuration, known: known, holdsHistory: holdsHistory, keepsModel: keepsModel,
                profile: nil)
        }

        func full(known: KnownBaseline? = nil) throws -> (result: GroupResult, made: MadeBaseline?) {
            var made: MadeBaseline?
            let result = try analysis(of: landscape.stack(), known: known, keepsModel: known == nil)
                .result(following: []) { made = $0 }
            return (result, made)
        }

        func quiet(known: KnownBaseline, scale: Float = 1, isReflectance: Bool = true) throws -> GroupResult? {
            try analysis(
                of: landscape.stack(from: first, scale: scale, isReflectance: isReflectance), known: known,
                holdsHistory: false
            ).quietResult()
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

    private func bytes(_ result: GroupResult) throws -> [UInt8] { try Packer.bytes(of: result) }

    @Test(arguments: 1...4) func aQuietMonthNeedsNoHistory(seed: Int) throws {
        var landscape = try InventedLandscape(seed: seed)
        // Some of the watched days under cloud, so that coverage has something to tell; the first of all of it.
        landscape.hide(day: landscape.periodDays[0] - 6, rows: 0..<24, columns: 0..<24)
        landscape.hide(day: landscape.periodDays[0], rows: 0..<13, columns: 0..<24)
        landscape.hide(day: landscape.periodDays[2], rows: 0..<24, columns: 0..<24)
        let watched = try Watched(landscape)
        let (full, made) = try watched.full()
        try #require(full.candidates.isEmpty)
        let known = try kept(try #require(made))
        let quiet = try #require(try watched.quiet(known: known))
        #expect(try bytes(quiet) == bytes(full))
        #expect(full.coverage[0].historyObservations > 40 && full.coverage[0].lastClear != nil)
    }

    @Test(arguments: 1...2) func whatDepartedIsShownWithTheHistory(seed: Int) throws {
        var landscape = try InventedLandscape(seed: seed)
        landscape.paint(
            InventedLandscape.soil, days: landscape.periodDays[1]..<landscape.days.count, rows: 9..<15, columns: 8..<14)
        let watched = try Watched(landscape)
        let (full, made) = try watched.full()
        try #require(!full.candidates.isEmpty)
        let known = try kept(try #require(made))
        #expect(try watched.quiet(known: known) == nil)
        let again = try watched.full(known: known)
        #expect(again.made == nil)
        #expect(try bytes(again.result) == bytes(full))
    }

    /// One of the history, one that is watched, or both.
    @Test(arguments: [(true, false), (false, true), (true, true)])
    func shiftedDaysAreFoundWithoutTheHistory(inHistory: Bool, isWatched: Bool) throws {
        var landscape = try InventedLandscape(seed: 2)
        if inHistory { landscape.scale(day: 30, gain: 1, offset: 0.1) }
        let made = try #require(try Watched(landscape).full().made)
        let known = try kept(made)
        if isWatched { landscape.scale(day: landscape.periodDays[1], gain: 1, offset: 0.1) }
        let shifted = try Watched(landscape)
        let full = try shifted.full().result
        #expect(full.shiftedDays.count == (inHistory ? 1 : 0) + (isWatched ? 1 : 0))
        let quiet = try #require(try shifted.quiet(known: known))
        #expect(try bytes(quiet) == bytes(full))
        #expect(try bytes(shifted.full(known: known).result) == bytes(full))
    }

    @Test func otherShiftedDaysInTheHistoryMakeAnotherBaseline() throws {
        let watched = try Watched(InventedLandscape(seed: 2))
        var made = try #require(try watched.full().made)
        made.model.shiftedDays = [made.model.days[7]]
        let known = try kept(made)
        #expect(try watched.quiet(known: known) == nil)
        let again = try watched.full(known: known)
        #expect(try bytes(again.result) == bytes(watched.full().result))
    }

    @Test func aShortHistoryIsMadeAnewWithEachObservation() throws {
        let landscape = try InventedLandscape(seed: 2)
        let watched = try Watched(landscape)
        for (days, isKept) in [(12, false), (20, true)] {
            var made: MadeBaseline?
            _ = try watched.analysis(of: landscape.stack(from: watched.first - days), known: nil, keepsModel: true)
                .result(following: []) { made = $0 }
            #expect((made != nil) == isKept, "\(days) days")
        }
    }

    @Test func ofAnotherHistoryOrUnitNothingIsTaken() throws {
        let landscape = try InventedLandscape(seed: 3)
        let watched = try Watched(landscape)
        let made = try #require(try watched.full().made)
        let known = try kept(made)
        #expect(try watched.quiet(known: known, scale: 10_000, isReflectance: false) == nil)
        // One scene more in the history than the baseline was made from.
        let more = KnownBaseline(
            model: {
                var model = made.model
                model.days.removeLast()
                return model
            }(), weights: known.weights, sample: known.sample)
        #expect(try bytes(watched.full(known: more).result) == bytes(watched.full().result))
    }

    @Test func aFileComesBackAsItWasWritten() throws {
        let made = try #require(try Watched(InventedLandscape(seed: 1)).full().made)
        let known = try kept(made)
        let (model, wanted) = (known.model, made.model)
        #expect(model.days == wanted.days && model.isReflectance && model.sites == wanted.sites)
        #expect(model.observationCounts == wanted.observationCounts && model.freedom == wanted.freedom)
        #expect(model.first.coefficients == wanted.first.coefficients && model.first.scale == wanted.first.scale)
        #expect(model.coefficients == wanted.coefficients && model.scale == wanted.scale)
        #expect(try known.weights() == made.weights)
        // Of four years those days that a later one may be compared with: its year, and two months of the one before.
        let asked = try #require(made.samples.keys.min())
        #expect(asked > 0 && made.samples.count == wanted.days.count - asked)
        for (day, sample) in made.samples {
            #expect(try known.sample(day).values == sample.values && known.sample(day).isGround == sample.isGround)
        }
        #expect(throws: (any Error).self) { _ = try known.sample(asked - 1) }
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
            if let weights = try? known.weights() { #expect(weights == made.weights) }
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
        configuration.windows.historyDays = 1000
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
        var found: [Int] = []
        for month in ["2018-06", "2018-07", "2018-08"] {
            let plain = try scan(month, sites: sites, cached: false)
            let cached = try scan(month, sites: sites, cached: true)
            // But for the path in the manifest's settings.
            #expect(cached.outputs.count == plain.outputs.count)
            for (name, digest) in plain.outputs where !Self.tellsWhere(name) {
                #expect(cached.outputs[name] == digest, "\(month) \(name)")
            }
            found.append(cached.profile.keptBaselines)
        }
        #expect(baselines.count == 5)
        #expect(found[0] == 0 && found[1] > 0 && found[2] > 0, "\(found)")
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
