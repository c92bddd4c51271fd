import Foundation
import Geospatial
import Testing

@testable import Disturbance

struct OffsetGuardTests {
    // MARK: Levels of days

    /// A guard over as many days, six apart.
    private func guardian(days: Int, history: Int) throws -> OffsetGuard {
        let stack = SceneStack(
            grid: Grid(
                rows: 1, columns: 1, transform: GeoTransform(originX: 0, originY: 0, pixelSize: 10),
                crs: try CoordinateReferenceSystem(epsg: 32634)),
            bands: [.green, .red, .nir], days: (0..<days).map { Day(number: 18_000 + 6 * $0) },
            sceneIDs: Array(repeating: ["scene"], count: days), values: Array(repeating: 0, count: days * 3),
            conditions: Array(repeating: 0, count: days), isReflectance: true)
        return OffsetGuard(stack, historyDays: history, settings: DetectionSettings.OffsetGuardSettings())
    }

    /// What the guard finds where days are stored as `0`, `+` or `-`; of a `?` nothing can be said. `|` starts the
    /// period. Shifted days come back as they were drawn, the others as `.`.
    private func found(_ drawing: String) throws -> String {
        let days = Array(drawing.filter { $0 != "|" })
        let history = drawing.prefix { $0 != "|" }.count
        let level: [Character: Int] = ["0": 0, "+": 1, "-": -1]
        let shifts = try guardian(days: days.count, history: history).shifts { first, second in
            guard let before = level[days[first]], let after = level[days[second]] else { return nil }
            return after - before
        }
        var result = Array(repeating: Character("."), count: days.count)
        for (index, steps) in shifts { result[index] = steps == 1 ? "+" : steps == -1 ? "-" : "!" }
        return String(result)
    }

    @Test(arguments: [
        // A pair: the later day is the one that is not compared.
        ("0|+", ".+"), ("0|-", ".-"), ("+|0", ".-"), ("0|0", ".."), ("0|?", ".."), ("0|?+", "..+"),
        // A series: one day, some days, all since a date, days of the history.
        ("00000|0+0", "......+."), ("0000000|---", ".......---"), ("0+00-0000|00", ".+..-......"),
        ("+++0000000|00", "+++........."), ("0+0+0+0+0|+0", ".+.+.+.+.+."), ("?0?0?00|?+", "........+"),
        // Too low and too high side by side.
        ("0000-+0|0", "....-+.."),
        // Parts that nothing joins: each stays as it is.
        ("00???????++|++", "............."), ("??|??", "...."), ("|0", "."), ("|00+", "..+"), ("", ""),
    ])
    func levels(drawing: String, wanted: String) throws { #expect(try found(drawing) == wanted) }

    @Test func aPartJoinedLaterIsPutOnOneLevel() throws {
        // The last day hangs together with both the first four and the two in between, which nothing joined before.
        let shifts = try guardian(days: 7, history: 6).shifts { first, second in
            switch (first, second) {
            case (0..<4, 1..<4): 0
            case (4, 5): 0
            case (4...5, 6): -1
            case (0..<4, 6): 0
            default: nil
            }
        }
        #expect(shifts.map(\.index) == [4, 5] && shifts.allSatisfy { $0.steps == 1 })
    }

    @Test func aDayIsComparedWithItsSeasonAYearBefore() throws {
        // Nothing can be said across a winter, but the summers agree: of 70 days six apart the later summer is shifted.
        var asked: Set<Int> = []
        let shifts = try guardian(days: 70, history: 60).shifts { first, second in
            if second == 65 { asked.insert(first) }
            guard !(20..<58).contains(first), !(20..<58).contains(second) else { return nil }
            return (second >= 58 ? 1 : 0) - (first >= 58 ? 1 : 0)
        }
        #expect(shifts.map(\.index) == Array(58..<70))
        #expect(asked.contains { $0 < 20 })
        // The cost does not grow with the length of the series.
        #expect(asked.count <= 9)
    }

    // MARK: Whole groups

    @Test(arguments: [Float(0.1), -0.1], [true, false])
    func aShiftedPairIsQuarantinedWithAClearLine(offset: Float, isReflectance: Bool) throws {
        var pair = try InventedPair(seed: 3, weather: .brighter)
        pair.shift(by: offset)
        let result = try pair.result(isReflectance: isReflectance)
        #expect(result.candidates.isEmpty)
        #expect(result.shiftedDays.map(\.sceneIDs) == [["after"]])
        let lines = ShiftedDay.problems(result.shiftedDays).map(\.description)
        try #require(lines.count == 1)
        #expect(lines[0].hasPrefix("Scene after: quarantined"))
        #expect(
            lines[0].contains(
                "\(isReflectance ? "0.10 in reflectance" : "1000 in stored values") \(offset > 0 ? "above" : "below")"))
        #expect(result.coverage[0].reason == "quarantined 100 %")
        #expect(lines[0].contains("raster:offset") && lines[0].contains("scenes.exclude"))
        #expect(result.coverage[0].outcome == .notSeen)
    }

    @Test func theGuardCanBeSwitchedOff() throws {
        var pair = try InventedPair(seed: 3, weather: .brighter)
        pair.shift(by: 0.1)
        var settings = DetectionSettings.OffsetGuardSettings()
        #expect(try OffsetGuard(pair.stack(), historyDays: 1, settings: settings).checked().shifted.count == 1)
        settings.shiftReflectance = 0
        #expect(try OffsetGuard(pair.stack(), historyDays: 1, settings: settings).checked().shifted.isEmpty)
    }

    @Test func scenesOfTheHistoryThatAreOffAreLeftOut() throws {
        var landscape = try InventedLandscape(seed: 3, cloudShare: 0)
        let plain = try landscape.result(of: landscape.stack())
        for day in [5, 20, 21, 40] { landscape.scale(day: day, gain: 1, offset: day == 21 ? -0.1 : 0.1) }
        let result = try landscape.result(of: landscape.stack())
        #expect(result.shiftedDays.map(\.day) == [5, 20, 21, 40].map { landscape.days[$0] })
        #expect(result.shiftedDays.map(\.steps) == [1, 1, -1, 1])
        #expect(result.candidates.isEmpty)
        #expect(result.coverage[0].outcome == .noDisturbance)
        #expect(result.coverage[0].historyObservations == plain.coverage[0].historyObservations - 4)
        // A line for each direction.
        let lines = ShiftedDay.problems(result.shiftedDays).map(\.description)
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("3 scenes (2015-10-16, 2016-08-26, 2017-10-20) from 2015-10-16 to "))
    }

    @Test func aSeriesThatSwitchesGivesOneLine() throws {
        var landscape = try InventedLandscape(seed: 4, cloudShare: 0.2)
        let first = landscape.periodDays[0] - 3
        for day in first..<landscape.days.count { landscape.scale(day: day, gain: 1, offset: 0.1) }
        let result = try landscape.result(of: landscape.stack())
        #expect(result.shiftedDays.map(\.day) == Array(landscape.days[first...]))
        let lines = ShiftedDay.problems(result.shiftedDays).map(\.description)
        try #require(lines.count == 1)
        #expect(lines[0].contains("\(landscape.days.count - first) scenes ("))
        #expect(lines[0].contains(", ...) from \(landscape.days[first]) to \(landscape.days.last!): quarantined"))
        #expect(result.candidates.isEmpty)
        #expect(result.coverage[0].outcome == .notSeen)
    }

    @Test func aDisturbanceIsFoundBesideAShiftedDay() throws {
        var landscape = try InventedLandscape(seed: 1, cloudShare: 0)
        let days = landscape.periodDays
        landscape.paint(
            InventedLandscape.soil, days: days[0]..<landscape.days.count, rows: 9..<15, columns: 8..<15)
        landscape.scale(day: days[1], gain: 1, offset: -0.1)
        let result = try landscape.result(of: landscape.stack())
        #expect(result.shiftedDays.map(\.day) == [landscape.days[days[1]]])
        try #require(result.candidates.count == 1)
        let sceneIDs = try result.candidates[0].evidence.value.sceneIDs
        #expect(!sceneIDs.isEmpty)
        #expect(result.candidates[0].log.entries.map(\.day) == days.filter { $0 != days[1] }.map { landscape.days[$0] })
        #expect(!sceneIDs.contains("\(landscape.days[days[1]])"))
    }

    @Test func everyGroupsShiftedDaysMakeOneLine() {
        let day = Day("2024-03-01")!
        func shifted(_ id: String, _ steps: Int, day: Day) -> ShiftedDay {
            ShiftedDay(day: day, sceneIDs: [id], steps: steps, stepValue: 0.1, isReflectance: true)
        }
        let lines = ShiftedDay.problems([
            shifted("b", 1, day: day), shifted("a", 1, day: day), shifted("a", 1, day: day),
            shifted("c", 1, day: day.adding(days: 5)), shifted("d", 2, day: day),
        ]).map(\.description)
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("3 scenes (a, b, c) from 2024-03-01 to 2024-03-06: quarantined"))
        #expect(
            lines[1].hasPrefix("Scene d: quarantined: over unchanged ground all bands lie 0.20 in reflectance above"))
        #expect(ShiftedDay.problems([]).isEmpty)
    }

    // MARK: Many pairs

    /// How many pairs are drawn; the figures in METHOD.md come from 1000.
    private static let pairs = ProcessInfo.processInfo.environment["SITEWARDEN_PAIRS"].flatMap { Int($0) } ?? 24

    @Test func shiftedPairsGiveNoFalseTask() throws {
        var quarantined = 0
        var tasks = 0
        var tasksWithout = 0
        for seed in 1...Self.pairs {
            var pair = try InventedPair(seed: seed, weather: .season)
            let isReflectance = seed % 4 > 0
            if Self.pairs > 100 { tasksWithout += try pair.tasks(of: pair.result(isReflectance: isReflectance)) }
            pair.shift(by: seed.isMultiple(of: 2) ? 0.1 : -0.1)
            let result = try pair.result(isReflectance: isReflectance)
            quarantined += result.shiftedDays.isEmpty ? 0 : 1
            tasks += try pair.tasks(of: result)
        }
        if Self.pairs > 100 {
            print(
                "\(Self.pairs) undisturbed pairs, one date 1000 off: \(quarantined) quarantined, \(tasks) false tasks; "
                    + "without the offset \(tasksWithout) false tasks")
        }
        #expect(tasks == 0)
        #expect(quarantined * 20 >= Self.pairs * 19)
    }

    @Test(arguments: InventedPair.Weather.allCases)
    func seasonsAndWeatherAreNotQuarantined(weather: InventedPair.Weather) throws {
        var wrong: [Int] = []
        let pairs = max(Self.pairs / InventedPair.Weather.allCases.count, 4)
        for seed in 1...pairs {
            let stack = try InventedPair(seed: seed, weather: weather).stack(isReflectance: seed % 4 > 0)
            let settings = DetectionSettings.OffsetGuardSettings()
            if try !OffsetGuard(stack, historyDays: 1, settings: settings).checked().shifted.isEmpty {
                wrong.append(seed)
            }
        }
        if Self.pairs > 100 { print("\(pairs) pairs, \(weather): \(wrong.count) wrongly quarantined") }
        #expect(wrong.isEmpty)
    }
}
