import Geospatial
import Testing

@testable import Disturbance

/// Sites of a few pixels, drawn day by day.
struct CoverageAnalysisTests {
    /// `.` clear, `c` cloud, `s` shadow, `*` snow, `w` masked water, `_` nothing, `q` another offset.
    private static let conditions: [Character: PixelCondition] = [
        ".": .clear, "c": .cloud, "s": .shadow, "*": .snow, "w": .water, "_": .nodata, "q": .quarantined,
    ]
    /// What the detector made of a pixel: `n` as usual, `g` growth, `a` changed, `-` nothing to compare with or hidden,
    /// `r` restless landscape, `m` like a missed cloud, `M` the same and confirmed later, `l` level of water.
    private static let verdicts: [Character: (judgement: WatchRecord.Judgement, state: ChangeMap.PixelState)] = [
        "n": (.usual, .normal), "g": (.growth, .normal), "a": (.departing, .anomalous), "-": (.none, .notObserved),
        "r": (.restless, .notObserved), "m": (.cloudLike, .notObserved), "M": (.cloudLike, .anomalous),
        "l": (.waterLevel, .notObserved),
    ]

    /// - Parameters:
    ///   - days: One row of pixels a day.
    ///   - history: How many of the days come before the period.
    ///   - verdicts: Rows of the last days; nil where nothing was compared.
    private func coverage(
        _ days: [String], history: Int = 1, verdicts: [String]?, isPair: Bool = false
    ) throws -> SiteCoverage {
        let columns = 4
        let stack = SceneStack(
            grid: Grid(
                rows: 1, columns: columns, transform: GeoTransform(originX: 0, originY: 0, pixelSize: 10),
                crs: try CoordinateReferenceSystem(epsg: 32634)),
            bands: [.red], days: days.indices.map { Day(number: 18_000 + 5 * $0) },
            sceneIDs: Array(repeating: ["scene"], count: days.count),
            values: Array(repeating: 0.1, count: days.count * columns),
            conditions: try days.flatMap { try $0.map { try #require(Self.conditions[$0]).rawValue } },
            isReflectance: true)
        var record = WatchRecord(days: verdicts?.count ?? 0, pixels: columns)
        var states: [UInt8] = []
        for (watchedDay, row) in (verdicts ?? []).enumerated() {
            for (pixel, sign) in row.enumerated() {
                let verdict = try #require(Self.verdicts[sign])
                record.add(verdict.judgement, watchedDay: watchedDay, pixel: pixel, testValue: 1, unrest: 1)
                states.append(verdict.state.rawValue)
            }
        }
        let map = verdicts.map { rows in
            ChangeMap(
                method: isPair ? .pair : .baseline, score: Array(repeating: 0, count: columns),
                patches: PatchLabelling(
                    candidates: Array(repeating: 0, count: columns), seeds: Array(repeating: 0, count: columns),
                    rows: 1, columns: columns, minimumPixels: 1),
                monitoredDays: Array(days.count - rows.count..<days.count), states: states, spectra: [],
                probabilities: [], magnitudes: [])
        }
        let site = Site(
            id: "S1", core: Geometry(rectangle: Envelope(minimumX: 0, minimumY: 0, maximumX: 1, maximumY: 1)),
            bufferMetres: 0)
        return CoverageAnalysis(
            stack: stack, observations: ObservationMask(stack, dilationMetres: 0), historyDays: history, map: map,
            record: isPair ? nil : record
        ).coverage(of: site, core: Array(0..<columns))
    }

    /// A month drawn, what was made of it, and what is to be said of the site.
    struct Month: Sendable {
        var days: [String]
        var verdicts: [String]
        var outcome: SiteCoverage.Outcome
        var reason: String
        var obstacles: [SiteCoverage.Obstacle: Double]
    }

    private static let unseen: [Month] = [
        Month(days: ["****"], verdicts: ["----"], outcome: .notSeen, reason: "snow 100 %", obstacles: [.snow: 1]),
        Month(
            days: ["cccc", "ccc."], verdicts: ["----", "---r"], outcome: .notSeen,
            reason: "cloud 75 %; restless landscape 25 %", obstacles: [.cloud: 0.75, .restless: 0.25]),
        Month(
            days: ["sssc", "sscc"], verdicts: ["----", "----"], outcome: .notSeen, reason: "cloud 50 %; shadow 50 %",
            obstacles: [.cloud: 0.5, .shadow: 0.5]),
        Month(days: ["wwww"], verdicts: ["----"], outcome: .notSeen, reason: "water 100 %", obstacles: [.water: 1]),
        Month(
            days: ["___*"], verdicts: ["----"], outcome: .notSeen, reason: "no data 75 %; snow 25 %",
            obstacles: [.nodata: 0.75, .snow: 0.25]),
        Month(
            days: ["qqqq", "qqqq"], verdicts: ["----", "----"], outcome: .notSeen, reason: "quarantined 100 %",
            obstacles: [.quarantined: 1]),
        // What hid a pixel most often.
        Month(
            days: ["***c", "****"], verdicts: ["----", "----"], outcome: .notSeen, reason: "snow 75 %; cloud 25 %",
            obstacles: [.snow: 0.75, .cloud: 0.25]),
    ]

    private static let clearButUnjudged: [Month] = [
        Month(
            days: ["....", "...."], verdicts: ["rrrr", "rnrr"], outcome: .notSeen,
            reason: "clear 2 times but 75 % could not be judged: restless landscape 75 %", obstacles: [.restless: 0.75]),
        Month(
            days: ["....", "cccc"], verdicts: ["mmmn", "----"], outcome: .notSeen,
            reason: "clear once but 75 % could not be judged: cloud the mask has missed 75 %",
            obstacles: [.missedCloud: 0.75]),
        Month(
            days: ["...."], verdicts: ["lllr"], outcome: .notSeen,
            reason: "clear once but 100 % could not be judged: level of water 75 %; restless landscape 25 %",
            obstacles: [.waterLevel: 0.75, .restless: 0.25]),
        Month(
            days: ["....", "...."], verdicts: ["---n", "----"], outcome: .noHistory,
            reason: "1 clear before the period but too few of the same ground to compare with",
            obstacles: [.noHistory: 0.75]),
        // A lesser part without history does not make it the reason.
        Month(
            days: ["..cc"], verdicts: ["nr--"], outcome: .notSeen,
            reason: "clear once but 75 % could not be judged: cloud 50 %; restless landscape 25 %",
            obstacles: [.cloud: 0.5, .restless: 0.25]),
    ]

    private static let seen: [Month] = [
        Month(days: ["...."], verdicts: ["ngaM"], outcome: .noDisturbance, reason: "", obstacles: [:]),
        Month(
            days: ["..cc", "cc.."], verdicts: ["nn--", "--nn"], outcome: .noDisturbance, reason: "", obstacles: [:]),
        Month(
            days: ["..cs"], verdicts: ["nn--"], outcome: .noDisturbance,
            reason: "50 % of the site not judged: cloud 25 %; shadow 25 %", obstacles: [.cloud: 0.25, .shadow: 0.25]),
        Month(
            days: ["...."], verdicts: ["nnnr"], outcome: .noDisturbance,
            reason: "25 % of the site not judged: restless landscape 25 %", obstacles: [.restless: 0.25]),
    ]

    @Test(arguments: unseen + clearButUnjudged + seen)
    func whatIsSaidOfASite(month: Month) throws {
        let found = try coverage(["...."] + month.days, verdicts: month.verdicts)
        #expect(found.outcome == month.outcome)
        #expect(found.method == (month.outcome == .noDisturbance ? .baseline : nil))
        #expect(found.reason == month.reason)
        #expect(found.obstacles == month.obstacles)
        #expect(found.judgedShare == 1 - month.obstacles.values.reduce(0, +))
    }

    @Test func neverHalfClearAtOnceIsNotSeen() throws {
        // Each pixel was judged once, but no day showed the site.
        let found = try coverage(["....", ".ccc", "c.cc", "cc.c"], verdicts: ["n---", "-n--", "--n-"])
        #expect(found.outcome == .notSeen && found.clearObservations == 0 && found.judgedShare == 0.75)
        #expect(found.reason == "never half of it clear at once: cloud 25 %" && found.mainObstacle == .cloud)
        let all = try coverage(
            ["....", ".ccc", "c.cc", "cc.c", "ccc."], verdicts: ["n---", "-n--", "--n-", "---n"])
        #expect(all.outcome == .notSeen && all.reason == "never half of it clear at once" && all.mainObstacle == nil)
    }

    @Test func acquisitionsAreCountedApartFromWhatWasJudged() throws {
        let found = try coverage(
            ["....", "cc*.", "s__.", "....", "____"], verdicts: ["---n", "---n", "nnnn", "----"])
        #expect(found.acquisitions == 3 && found.clearObservations == 1 && found.historyObservations == 1)
        #expect(found.hiddenShare == 0.5 && found.judgedShare == 1 && found.obstacles.isEmpty)
        #expect(found.lastClear == Day(number: 18_015))
    }

    @Test func withoutAComparisonIsNoHistory() throws {
        let first = try coverage(["...."], history: 0, verdicts: nil)
        #expect(first.outcome == .noHistory && first.obstacles == [.noHistory: 1] && first.judgedShare == 0)
        #expect(first.reason == "no clear observation before the period")
        // A pair whose earlier date is hidden here.
        let pair = try coverage(["..cc", "cc.."], verdicts: ["----"], isPair: true)
        #expect(pair.outcome == .noHistory && pair.obstacles == [.cloud: 0.5, .noHistory: 0.5])
        let judged = try coverage(["....", "c..."], verdicts: ["-nna"], isPair: true)
        #expect(judged.outcome == .noDisturbance && judged.method == .pair && judged.obstacles == [.cloud: 0.25])
    }

    @Test func nothingInThePeriodIsNoImagery() throws {
        for days in [["...."], ["....", "____"]] {
            let found = try coverage(days, verdicts: nil)
            #expect(found.outcome == .noImagery && found.judgedShare == nil && found.hiddenShare == nil)
            #expect(found.obstacles.isEmpty && found.reason == "no acquisition of the period shows the site")
        }
    }

    @Test func daysWatchedBeforeThePeriodAreNotOfIt() throws {
        // Judged before the period, hidden in it.
        let found = try coverage(["....", "....", "cccc"], history: 2, verdicts: ["nnnn", "----"])
        #expect(found.outcome == .notSeen && found.judgedShare == 0 && found.obstacles == [.cloud: 1])
    }
}
