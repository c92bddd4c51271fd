import Geospatial
import Testing

@testable import Disturbance

/// Whole groups on an invented landscape, with history and with one date before.
struct GroupAnalysisTests {
    private static let rows = 9..<15
    private static let columns = 8..<15

    private func status(_ log: ObservationLog) -> FindingStatus { StatusSettings().status(of: log) }

    // MARK: With history

    @Test(arguments: 1...2)
    func aQuietLandscapeHasNoFinding(seed: Int) throws {
        let landscape = try InventedLandscape(seed: seed)
        let result = try landscape.result(of: landscape.stack())
        #expect(result.candidates.isEmpty)
        try #require(result.coverage.count == 1)
        #expect(result.coverage[0].outcome == .noDisturbance)
        #expect(result.coverage[0].method == .baseline)
        #expect(result.coverage[0].acquisitions == landscape.periodDays.count)
        #expect(result.coverage[0].historyObservations > 30)
    }

    @Test func groundLaidBareIsFoundWithItsFirstDayAndArea() throws {
        var landscape = try InventedLandscape(seed: 1, cloudShare: 0.2)
        let first = landscape.periodDays[0] - 3
        let last = landscape.days.count
        landscape.paint(InventedLandscape.soil, days: first..<last, rows: Self.rows, columns: Self.columns)
        let result = try landscape.result(of: landscape.stack())
        try #require(result.candidates.count == 1)
        let candidate = result.candidates[0]
        #expect(candidate.log.firstAnomalous == landscape.days[first])
        #expect(candidate.log.entries.allSatisfy { $0.state == .anomalous })
        #expect(candidate.log.entries.map(\.day) == Array(landscape.days[first...]))
        #expect(status(candidate.log) == .confirmed)
        #expect(candidate.kind == .soilExposed)
        #expect(candidate.method == .baseline)
        #expect(candidate.probability > 0.9)
        let area = InventedLandscape.area(rows: Self.rows, columns: Self.columns)
        #expect(abs(candidate.geometry.ellipsoidalArea / area - 1) < 0.25)
        let shape = try Geometry(
            rectangle: landscape.grid.envelope(of: Window(rows: Self.rows, columns: Self.columns))
        ).transformed(from: landscape.grid.crs, to: .wgs84)
        #expect(try candidate.geometry.intersection(shape).ellipsoidalArea > 0.9 * area)
        // Its curve shows what was expected and what came.
        let evidence = try candidate.evidence.value
        #expect(evidence.before?.day ?? landscape.days[last - 1] < landscape.days[first])
        #expect(evidence.after?.day == landscape.days[last - 1])
        #expect(evidence.series.filter(\.isAnomalous).count == candidate.log.anomalousCount)
    }

    @Test func uncalibratedNumbersGiveTheSameFinding() throws {
        var landscape = try InventedLandscape(seed: 2, cloudShare: 0.2)
        let first = landscape.periodDays[0]
        landscape.paint(
            InventedLandscape.soil, days: first..<landscape.days.count, rows: Self.rows, columns: Self.columns)
        let stored = try landscape.result(of: landscape.stack(scale: 10_000, isReflectance: false))
        try #require(stored.candidates.count == 1)
        #expect(stored.candidates[0].log.firstAnomalous == landscape.days[first])
        #expect(stored.candidates[0].kind == .soilExposed)
    }

    @Test func aBrighterOrDarkerSceneIsNoDisturbance() throws {
        var landscape = try InventedLandscape(seed: 3)
        let days = landscape.periodDays
        landscape.scale(day: days[0], gain: 1.25, offset: 0.01)
        landscape.scale(day: days[1], gain: 0.8, offset: -0.005)
        landscape.scale(day: days[2], gain: 1, offset: 0.03)
        #expect(try landscape.result(of: landscape.stack()).candidates.isEmpty)
    }

    @Test func aCloudMissedOnOneDayGivesNoConfirmedFinding() throws {
        for offset in [0, 2] {
            var landscape = try InventedLandscape(seed: 4, cloudShare: 0)
            let day = landscape.periodDays[offset]
            landscape.drawCloud(day: day, rows: 8..<14, columns: 8..<14)
            let result = try landscape.result(of: landscape.stack())
            for candidate in result.candidates {
                #expect(candidate.log.anomalousCount <= 1)
                #expect([.first, .finished].contains(status(candidate.log)))
            }
        }
    }

    @Test func aWhiteRoofLooksLikeCloudAndIsReportedWithItsFirstDayOnceItWasSeenTwice() throws {
        // As bright as thin cloud over meadow, in the direction of a cloud's spectrum.
        let roof: [Float] = [0.34, 0.35, 0.35, 0.48, 0.31]
        var landscape = try InventedLandscape(seed: 7, cloudShare: 0)
        let days = landscape.days.count
        var once = landscape
        once.paint(roof, days: days - 1..<days, rows: 9..<13, columns: 9..<13)
        #expect(try once.result(of: once.stack()).candidates.isEmpty)
        landscape.paint(roof, days: days - 2..<days, rows: 9..<13, columns: 9..<13)
        let found = try landscape.result(of: landscape.stack()).candidates
        #expect(
            found.map(\.log) == [ObservationLog(landscape.days.suffix(2).map { .init(day: $0, state: .anomalous) })])
    }

    @Test func groundThatIsFloodedEveryAutumnMayBeFloodedInSummerToo() throws {
        let water: [Float] = [0.065, 0.072, 0.056, 0.033, 0.018]
        var landscape = try InventedLandscape(seed: 6, cloudShare: 0)
        let flood = landscape.periodDays[0]..<landscape.days.count
        landscape.paint(water, days: flood, rows: 8..<16, columns: 8..<16)
        #expect(try landscape.result(of: landscape.stack()).candidates.map(\.kind) == [.water])
        let autumns = landscape.days.indices.filter { (270..<330).contains(landscape.days[$0].dayOfYear) }
        landscape.paint(water, days: autumns, rows: 8..<16, columns: 8..<16)
        #expect(try landscape.result(of: landscape.stack()).candidates.isEmpty)
    }

    @Test func growingVegetationIsNoDisturbance() throws {
        var landscape = try InventedLandscape(seed: 5, cloudShare: 0)
        let first = landscape.periodDays[0] - 2
        landscape.paint(
            InventedLandscape.lush, days: first..<landscape.days.count, rows: Self.rows, columns: Self.columns)
        #expect(try landscape.result(of: landscape.stack()).candidates.isEmpty)
    }

    @Test func changesFarFromEverySiteAreNoFinding() throws {
        var landscape = try InventedLandscape(seed: 6, cloudShare: 0)
        // The buffer ends four pixels around rows and columns 7 to 16.
        landscape.paint(
            InventedLandscape.soil, days: landscape.periodDays[0]..<landscape.days.count, rows: 0..<2, columns: 0..<4)
        #expect(try landscape.result(of: landscape.stack()).candidates.isEmpty)
    }

    @Test func aCloudyDayAddsNoEntryAndDoesNotReset() throws {
        var landscape = try InventedLandscape(seed: 7, cloudShare: 0)
        let days = landscape.periodDays
        landscape.paint(
            InventedLandscape.soil, days: days[0]..<landscape.days.count, rows: Self.rows, columns: Self.columns)
        landscape.hide(day: days[1], rows: 0..<24, columns: 0..<24)
        let result = try landscape.result(of: landscape.stack())
        try #require(result.candidates.count == 1)
        let log = result.candidates[0].log
        #expect(log.entries.map(\.day) == days.filter { $0 != days[1] }.map { landscape.days[$0] })
        #expect(log.anomalousCount == days.count - 1)
        #expect(result.coverage[0].clearObservations == days.count - 1)
        #expect(result.coverage[0].acquisitions == days.count)
    }

    @Test func openGroundIsFollowedThroughThePeriodOnly() throws {
        var landscape = try InventedLandscape(seed: 8, cloudShare: 0)
        let days = landscape.periodDays
        // Bare since before the period, green again on its last two days.
        landscape.paint(
            InventedLandscape.soil, days: days[0] - 4..<days[days.count - 2], rows: Self.rows, columns: Self.columns)
        let ground = try Geometry(
            rectangle: landscape.grid.envelope(of: Window(rows: Self.rows, columns: Self.columns))
        ).transformed(from: landscape.grid.crs, to: .wgs84)
        let elsewhere = Geometry(
            rectangle: Envelope(minimumX: 10, minimumY: 10, maximumX: 10.001, maximumY: 10.001))
        let result = try landscape.result(
            of: landscape.stack(),
            following: [
                OpenGround(findingID: "f1", geometry: ground), OpenGround(findingID: "f2", geometry: elsewhere),
            ])
        #expect(result.followUps.keys.sorted() == ["f1"])
        let log = try #require(result.followUps["f1"])
        #expect(log.entries.allSatisfy { InventedLandscape.period.contains($0.day) })
        #expect(log.normalCountAtEnd == 2)
        #expect(log.anomalousCount == days.count - 2)
    }

    @Test func aMonthUnderCloudIsNotSeen() throws {
        var landscape = try InventedLandscape(seed: 9)
        for day in landscape.periodDays { landscape.hide(day: day, rows: 0..<24, columns: 0..<24) }
        let result = try landscape.result(of: landscape.stack())
        #expect(result.candidates.isEmpty)
        #expect(result.coverage[0].outcome == .notSeen)
        #expect(result.coverage[0].hiddenShare == 1)
        #expect(result.coverage[0].lastClear.map { $0 < InventedLandscape.period.start } == true)
    }

    @Test func aMonthUnderSnowIsNotSeenBecauseOfSnow() throws {
        var landscape = try InventedLandscape(seed: 9)
        for day in landscape.periodDays {
            landscape.hide(day: day, rows: 0..<24, columns: 0..<24, as: .snow)
        }
        let coverage = try landscape.result(of: landscape.stack()).coverage[0]
        #expect(coverage.outcome == .notSeen && coverage.obstacles == [.snow: 1])
        #expect(coverage.reason == "snow 100 %" && coverage.mainObstacle == .snow)
    }

    @Test func aSiteThatWasHiddenWheneverItCouldHaveBeenComparedIsNotQuiet() throws {
        // Clear all month, but its history lies under a cloud that hides nothing of the landscape around.
        var landscape = try InventedLandscape(seed: 2, cloudShare: 0)
        for day in 0..<landscape.periodDays[0] { landscape.hide(day: day, rows: 7..<17, columns: 7..<17) }
        let series = try landscape.result(of: landscape.stack()).coverage[0]
        #expect(series.clearObservations == landscape.periodDays.count)
        #expect(series.outcome == .noHistory && series.method == nil)
        #expect(series.reason == "no clear observation before the period")
        // The same with one date before: there is a comparison, but not of the site.
        let pair = try landscape.result(of: landscape.stack(from: landscape.periodDays[0] - 1)).coverage[0]
        #expect(pair.outcome == .noHistory && pair.judgedShare == 0)
    }

    @Test func aSiteSeenOnlyOnRestlessDaysIsNotQuiet() throws {
        // Each field brightens or darkens by itself on every day of the month: nothing is as it was, nothing stands out.
        var landscape = try InventedLandscape(seed: 2, cloudShare: 0)
        var random = SeededGenerator(seed: 7)
        for day in landscape.periodDays {
            for row in stride(from: 0, to: 24, by: 2) {
                for column in stride(from: 0, to: 24, by: 2) {
                    let spectrum = InventedLandscape.soil.map { $0 * random.uniform(0.4...1.6) }
                    landscape.paint(spectrum, days: [day], rows: row..<row + 2, columns: column..<column + 2)
                }
            }
        }
        let coverage = try landscape.result(of: landscape.stack()).coverage[0]
        #expect(coverage.clearObservations == landscape.periodDays.count)
        #expect((coverage.judgedShare ?? 1) < 0.5)
        #expect(coverage.outcome == .notSeen && coverage.mainObstacle == .restless)
        #expect(coverage.reason.hasPrefix("clear \(landscape.periodDays.count) times but "))
    }

    @Test func sameStackSameResult() throws {
        var landscape = try InventedLandscape(seed: 7, cloudShare: 0.2)
        landscape.paint(
            InventedLandscape.soil, days: landscape.periodDays[0]..<landscape.days.count, rows: Self.rows,
            columns: Self.columns)
        let stack = landscape.stack()
        var configuration = Configuration()
        configuration.output.rasters = true
        let first = try landscape.result(of: stack, configuration: configuration)
        let second = try landscape.result(of: stack, configuration: configuration)
        #expect(try first.score?.value.map(\.bitPattern) == second.score?.value.map(\.bitPattern))
        #expect(first.candidates.map(\.geometry) == second.candidates.map(\.geometry))
        #expect(first.candidates.map(\.log) == second.candidates.map(\.log))
    }

    // MARK: With one date before

    @Test func oneDateBeforeGivesAPair() throws {
        var landscape = try InventedLandscape(seed: 10, cloudShare: 0)
        let days = landscape.periodDays
        for day in days { landscape.paint(InventedLandscape.soil, days: [day], rows: Self.rows, columns: Self.columns) }
        let result = try landscape.result(of: landscape.stack(from: days[0] - 1))
        #expect(result.coverage[0].method == .pair)
        try #require(result.candidates.count == 1)
        #expect(result.candidates[0].method == .pair)
        #expect(result.candidates[0].log.firstAnomalous == landscape.days[days[0]])
        // A pair's patch has a rim over which its score is smoothed, and the mean spectrum some of the green around.
        #expect([.soilExposed, .vegetationLost].contains(result.candidates[0].kind))
    }

    @Test func nothingBeforeIsNoHistory() throws {
        let landscape = try InventedLandscape(seed: 10, cloudShare: 0)
        let result = try landscape.result(of: landscape.stack(from: landscape.periodDays[0]))
        #expect(result.candidates.isEmpty)
        #expect(result.coverage[0].outcome == .noHistory)
        #expect(result.coverage[0].method == nil)
    }

    @Test func nothingInThePeriodIsNoImagery() throws {
        let landscape = try InventedLandscape(seed: 10, cloudShare: 0)
        let whole = landscape.stack()
        let first = landscape.periodDays[0]
        let stack = SceneStack(
            grid: whole.grid, bands: whole.bands, days: Array(whole.days[..<first]),
            sceneIDs: Array(whole.sceneIDs[..<first]),
            values: Array(whole.values[..<(first * whole.bands.count * whole.pixelCount)]),
            conditions: Array(whole.conditions[..<(first * whole.pixelCount)]), isReflectance: true)
        let result = try landscape.result(of: stack)
        #expect(result.candidates.isEmpty)
        #expect(result.coverage[0].outcome == .noImagery)
        let none = SceneStack(
            grid: whole.grid, bands: whole.bands, days: [], sceneIDs: [], values: [], conditions: [],
            isReflectance: true)
        #expect(try landscape.result(of: none).coverage[0].outcome == .noImagery)
    }
}
