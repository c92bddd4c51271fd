import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// What is gathered of a piece of ground, against drawings and against sums in Double.
struct ExplanationBuilderTests {
    private static let period = Period(start: Day("2019-06-01")!, end: Day("2019-06-30")!)

    private func builder(
        _ stack: SceneStack, observations: ObservationMask? = nil, map: ChangeMap? = nil, trace: DetectionTrace? = nil,
        siteObservations: Int = 0
    ) -> ExplanationBuilder {
        ExplanationBuilder(
            stack: stack, observations: observations ?? ObservationMask(stack, dilationMetres: 10),
            period: Self.period, configuration: Configuration(), siteObservations: siteObservations, map: map,
            trace: trace)
    }

    private func expectClose(
        _ values: [Double]?, _ reference: [Double], _ part: Double = 2e-4,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let values = try #require(values, sourceLocation: sourceLocation)
        #expect(values.count == reference.count, sourceLocation: sourceLocation)
        for (value, wanted) in zip(values, reference) {
            #expect(
                abs(value - wanted) <= part * abs(wanted) + 1e-5, "\(values) \(reference)",
                sourceLocation: sourceLocation)
        }
    }

    // MARK: Drawn

    /// `.` clear, `c` cloud, `s` shadow, `n` snow, `w` masked water, `x` nodata.
    private func drawn(_ days: [(day: String, rows: [String])]) throws -> SceneStack {
        let codes: [Character: PixelCondition] = [
            ".": .clear, "c": .cloud, "s": .shadow, "n": .snow, "w": .water, "x": .nodata,
        ]
        let conditions = days.flatMap { $0.rows.flatMap { $0.map { codes[$0]!.rawValue } } }
        return SceneStack(
            grid: Grid(
                rows: days[0].rows.count, columns: days[0].rows[0].count,
                transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
                crs: try CoordinateReferenceSystem(epsg: 32634)),
            bands: [.red], days: days.map { Day($0.day)! }, sceneIDs: days.map { ["S2A \($0.day)", "S2B \($0.day)"] },
            values: conditions.map { _ in 0.1 }, conditions: conditions, isReflectance: true)
    }

    @Test func withoutAnythingBeforeTheMasksAloneAreTold() throws {
        let stack = try drawn([
            ("2019-06-03", ["........", "........"]),
            ("2019-06-08", ["c.......", "c......."]),
            ("2019-06-13", ["nnnnsx..", "ww......"]),
        ])
        let ground = [0, 1, 2, 3, 8, 9, 10, 11]
        let explanation = builder(stack).explanation(of: ground)
        #expect(explanation.method == nil && explanation.thresholds == nil && explanation.score == nil)
        #expect(explanation.pixelCount == 8 && explanation.pixelMetres == 10 && explanation.minimumSquareMetres == 400)
        #expect(explanation.days.map(\.day) == stack.days && explanation.days.allSatisfy(\.isInPeriod))
        #expect(explanation.days[1].sceneIDs == ["S2A 2019-06-08", "S2B 2019-06-08"])
        #expect(explanation.days.map(\.verdict) == [.notJudged, .notJudged, .notJudged])
        // Cloud grows by a pixel.
        #expect(explanation.days[0].pixels == [.notCompared: 8])
        #expect(explanation.days[1].pixels == [.cloud: 2, .nearCloud: 2, .notCompared: 4])
        // A shadow in the fifth column darkens the fourth of the second row.
        #expect(explanation.days[2].pixels == [.snow: 4, .water: 2, .notCompared: 1, .nearCloud: 1])
        #expect(explanation.days.map(\.reason) == [.notCompared, .notCompared, .snow])
        #expect(explanation.days[1].share(where: \.isHidden) == 0.5)
        #expect(explanation.days.allSatisfy { $0.testValue == nil && $0.departures == nil && $0.expected == nil })
    }

    @Test func historyTellsClearFromHiddenDays() throws {
        let stack = try drawn([
            ("2019-01-03", ["........"]), ("2019-01-08", ["cccccccc"]), ("2019-01-13", ["xxxxxxxx"]),
            ("2019-01-18", ["nnnn...."]), ("2019-02-18", ["......nn"]), ("2019-06-13", ["........"]),
        ])
        let explanation = builder(stack, siteObservations: 3).explanation(of: [0, 1, 2, 3])
        #expect(explanation.days.map(\.day) == [Day("2019-06-13")!])
        #expect(explanation.history.clearDays == 2 && explanation.history.hiddenDays == 2)
        #expect(
            explanation.history.firstClear == Day("2019-01-03") && explanation.history.lastClear == Day("2019-02-18"))
        #expect(explanation.history.siteObservations == 3 && explanation.history.neededObservations == 10)
        #expect(explanation.history.leftOutDays.isEmpty && explanation.history.comparedDay == nil)
    }

    // MARK: With history

    /// The course of an invented landscape, and a builder of it.
    private struct Watched {
        let stack: SceneStack
        let observations: ObservationMask
        let baseline: HarmonicBaseline
        let course: BaselineDetector.Course
        let map: ChangeMap

        init(_ landscape: InventedLandscape, patch: [Int]) {
            stack = landscape.stack()
            observations = ObservationMask(stack, dilationMetres: 20)
            let settings = DetectionSettings()
            baseline = HarmonicBaseline(
                stack: stack, clear: observations.clear, historyDays: landscape.periodDays[0] - 2,
                minimumObservations: 10, settings: settings.baseline)
            course = BaselineDetector(
                stack: stack, observations: observations, baseline: baseline,
                ground: GroundMemory(stack: stack, baseline: baseline), settings: settings.baseline
            ).course()
            var marked = [UInt8](repeating: 0, count: stack.pixelCount)
            for pixel in patch { marked[pixel] = 1 }
            map = ChangeMap(
                method: .baseline, score: course.score,
                patches: PatchLabelling(
                    candidates: marked, seeds: marked, rows: stack.grid.rows, columns: stack.grid.columns,
                    minimumPixels: 1),
                monitoredDays: course.days, states: course.states, spectra: [], probabilities: [], magnitudes: [])
        }
    }

    private static let patch = (10..<13).flatMap { row in (9..<13).map { row * InventedLandscape.columns + $0 } }

    @Test func departuresFromTheBaselineAreThoseOfADoubleReference() throws {
        var landscape = try InventedLandscape(seed: 1, cloudShare: 0.2)
        let first = landscape.periodDays[0]
        landscape.paint(InventedLandscape.soil, days: first..<landscape.days.count, rows: 9..<15, columns: 8..<15)
        // Part of the patch under cloud on one day.
        landscape.hide(day: first + 1, rows: 0..<9, columns: 0..<24)
        let watched = Watched(landscape, patch: Self.patch)
        let explanation = builder(
            watched.stack, observations: watched.observations, map: watched.map,
            trace: .baseline(watched.baseline, watched.course)
        ).explanation(of: Self.patch)
        let baseline = watched.baseline
        let pixels = watched.stack.pixelCount
        let bands = watched.stack.bands.count
        #expect(explanation.testedBands == InventedLandscape.bands && explanation.bands == InventedLandscape.bands)
        #expect(explanation.days.map(\.day) == Array(landscape.days[(first - 2)...]))
        for (position, day) in watched.course.days.enumerated() {
            let clear = Self.patch.filter { watched.observations.clear[day * pixels + $0] != 0 }
            var expected = [Double](repeating: 0, count: bands)
            var (observed, departures) = (expected, expected)
            var test = 0.0
            for pixel in clear {
                // The covariance from its factor, and Hotelling's T2 by elimination, all in Double.
                func factor(_ row: Int, _ column: Int) -> Double {
                    let value = Double(baseline.factor[(row * bands + column) * pixels + pixel])
                    return row == column ? 1 / value : value
                }
                var squares = 0.0
                var whitened: [Double] = []
                for band in 0..<bands {
                    var curve = 0.0
                    for term in 0..<harmonicTerms {
                        curve +=
                            Double(baseline.design[day * harmonicTerms + term])
                            * Double(baseline.coefficients[(band * harmonicTerms + term) * pixels + pixel])
                    }
                    let value = Double(baseline.values[baseline.layout.plane(day, band) + pixel])
                    let variance = (0...band).reduce(0.0) { $0 + factor(band, $1) * factor(band, $1) }
                    expected[band] += curve / Double(clear.count)
                    observed[band] += value / Double(clear.count)
                    departures[band] += (value - curve) / variance.squareRoot() / Double(clear.count)
                    var rest = value - curve
                    for column in 0..<band { rest -= factor(band, column) * whitened[column] }
                    whitened.append(rest / factor(band, band))
                    squares += whitened[band] * whitened[band]
                }
                let freedom = Double(baseline.freedom[pixel])
                let anomaly = (squares * (freedom - Double(bands) + 1) / (freedom * Double(bands))).squareRoot()
                test += anomaly / Double(watched.course.record.unrest[position * pixels + pixel]) / Double(clear.count)
            }
            let told = explanation.days[position]
            #expect(told.pixels.values.reduce(0, +) == Self.patch.count)
            try expectClose(told.expected, expected)
            try expectClose(told.observed, observed)
            try expectClose(told.departures, departures, 1e-3)
            try expectClose(told.testValue.map { [$0] }, [test], 1e-3)
            #expect(told.isInPeriod == Self.period.contains(told.day))
        }
        let after = explanation.days.dropFirst(2)
        #expect(after.map(\.verdict).allSatisfy { $0 == .departs } && after.allSatisfy { $0.testValue! > 3 })
        #expect(explanation.days.prefix(2).allSatisfy { $0.verdict == .asExpected && $0.testValue! < 3 })
        // Cloud to row 8, grown by two pixels: it hides the first of the patch's three rows.
        let shadowed = explanation.days[3].pixels
        #expect(shadowed[.nearCloud] == 4 && shadowed[.departing, default: 0] + shadowed[.cloudLike, default: 0] == 8)
        #expect(explanation.thresholds?.departure == 3 && explanation.thresholds?.seedScore == 5)
        let score = try #require(explanation.score)
        let scores = Self.patch.map { Double(watched.course.score[$0]) }.sorted(by: >)
        try expectClose([score.strongest, score.secondStrongest], Array(scores[0..<2]))
        try expectClose([score.mean], [scores.reduce(0, +) / 12])
        #expect(score.countedObservations == landscape.periodDays.count)
        #expect(score.neededObservations == nil && score.brightnessExcess! > 0.05)
    }

    @Test func whatIsNotCountedIsToldWithItsReason() throws {
        var landscape = try InventedLandscape(seed: 4, cloudShare: 0)
        let days = landscape.periodDays
        landscape.drawCloud(day: days[0], rows: 6..<18, columns: 6..<18)
        landscape.paint(InventedLandscape.lush, days: [days[1]], rows: 9..<14, columns: 8..<14)
        landscape.hide(day: days[2], rows: 0..<24, columns: 0..<24)
        let watched = Watched(landscape, patch: Self.patch)
        let explanation = builder(
            watched.stack, observations: watched.observations, map: watched.map,
            trace: .baseline(watched.baseline, watched.course)
        ).explanation(of: Self.patch)
        let told = Dictionary(uniqueKeysWithValues: explanation.days.map { ($0.day, $0) })
        let missed = try #require(told[landscape.days[days[0]]])
        #expect(missed.pixels[.cloudLike, default: 0] + missed.pixels[.departing, default: 0] == 12)
        let lush = try #require(told[landscape.days[days[1]]])
        #expect(lush.verdict == .asExpected && lush.pixels[.growth, default: 0] > 6, "\(lush)")
        let hidden = try #require(told[landscape.days[days[2]]])
        #expect(hidden.verdict == .notJudged && hidden.reason == .cloud && hidden.pixels == [.cloud: 12])
        #expect(hidden.testValue == nil && hidden.expected == nil)
    }

    @Test func daysLeftOutOfTheBaselineAreNamed() throws {
        var landscape = try InventedLandscape(seed: 4, cloudShare: 0)
        landscape.drawCloud(day: 40, rows: 5..<18, columns: 5..<18)
        let watched = Watched(landscape, patch: Self.patch)
        let explanation = builder(
            watched.stack, observations: watched.observations, map: watched.map,
            trace: .baseline(watched.baseline, watched.course)
        ).explanation(of: Self.patch)
        #expect(explanation.history.leftOutDays.contains(landscape.days[40]))
        #expect(explanation.history.leftOutDays.count < 8)
        #expect(explanation.history.clearDays == landscape.periodDays[0] - 2 && explanation.history.hiddenDays == 0)
        #expect(explanation.history.firstClear == landscape.days[0])
    }

    @Test func theVerdictsAreThoseOfTheLog() throws {
        var landscape = try InventedLandscape(seed: 7, cloudShare: 0)
        let days = landscape.periodDays
        landscape.paint(InventedLandscape.soil, days: days[0]..<landscape.days.count, rows: 9..<15, columns: 8..<15)
        landscape.hide(day: days[1], rows: 0..<24, columns: 0..<24)
        let ground = try Geometry(
            rectangle: landscape.grid.envelope(of: Window(rows: 9..<15, columns: 8..<15))
        ).transformed(from: landscape.grid.crs, to: .wgs84)
        let result = try landscape.result(
            of: landscape.stack(), following: [OpenGround(findingID: "f1", geometry: ground)])
        try #require(result.candidates.count == 1)
        let candidate = result.candidates[0]
        let explanation = try #require(try candidate.explanation?.value)
        let departing = explanation.days.filter { $0.verdict == .departs }.map(\.day)
        #expect(departing == candidate.log.entries.filter { $0.state == .anomalous }.map(\.day))
        #expect(explanation.method == .baseline && explanation.spectrum != nil)
        #expect(explanation.score?.neededObservations == 1)
        #expect(abs((explanation.score?.strongest ?? 0) - candidate.magnitude) < 1e-3 * candidate.magnitude)
        #expect(
            explanation.spectrum?.indices.map(\.name) == [
                "NDVI", "MNDWI", "visible_change", "greyness", "length_m", "mean_width_m",
            ])
        // The ground that is followed has its own, whether or not there is a candidate on it.
        let followed = try #require(try result.explanations["f1"]?.explanation.value)
        #expect(
            followed.pixelCount == 42 && followed.spectrum == nil
                && followed.days.map(\.day) == explanation.days.map(\.day))
        #expect(followed.days.contains { $0.verdict == .notJudged && $0.reason == .cloud })
    }

    // MARK: With one date before

    /// 24 x 24 pixels of one band. The second day is half the first and 0.1, with errors of -0.001, 0 and 0.001 by
    /// column, and 0.2 more on the ground.
    private func pair() throws -> SceneStack {
        let size = 24
        var first: [Float] = []
        var second: [Float] = []
        for row in 0..<size {
            for column in 0..<size {
                first.append(0.1 + 0.01 * Float(row % 8))
                let isGround = (10..<13).contains(row) && (9..<12).contains(column)
                second.append(0.5 * first[first.count - 1] + 0.1 + 0.001 * Float(column % 3 - 1) + (isGround ? 0.2 : 0))
            }
        }
        return SceneStack(
            grid: Grid(
                rows: size, columns: size, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
                crs: try CoordinateReferenceSystem(epsg: 32634)),
            bands: [.red], days: [Day("2019-05-20")!, Day("2019-06-10")!], sceneIDs: [["before"], ["after"]],
            values: first + second, conditions: [UInt8](repeating: 0, count: 2 * size * size), isReflectance: true)
    }

    @Test func aPairIsToldWithItsDateBeforeAndWhatThatPredicts() throws {
        let stack = try pair()
        let count = stack.pixelCount
        let observations = ObservationMask(stack, dilationMetres: 0)
        let settings = DetectionSettings.PairSettings()
        let comparison = try #require(
            PairDetector(stack: stack, clear: observations.clear, settings: settings).compare(before: 0, after: 1))
        var trace = PairTrace(before: 0)
        trace.add(comparison)
        let states = comparison.score.map {
            (Double($0) > settings.growScore ? ChangeMap.PixelState.anomalous : .normal).rawValue
        }
        let marks = [UInt8](repeating: 0, count: count)
        let map = ChangeMap(
            method: .pair, score: comparison.score,
            patches: PatchLabelling(candidates: marks, seeds: marks, rows: 24, columns: 24, minimumPixels: 1),
            monitoredDays: [1], states: states, spectra: [], probabilities: [], magnitudes: [])
        let ground = (10..<13).flatMap { row in (9..<12).map { row * 24 + $0 } }
        let explanation = builder(
            stack, observations: observations, map: map, trace: .pair(trace), siteObservations: 1
        ).explanation(of: ground)
        #expect(explanation.method == .pair && explanation.testedBands == [.red])
        #expect(
            explanation.history.comparedDay == Day("2019-05-20") && explanation.history.comparedSceneIDs == ["before"])
        #expect(explanation.history.siteObservations == 1)
        #expect(explanation.thresholds?.departure == settings.growScore)
        #expect(explanation.thresholds?.coreSeedScore == settings.coreSeedScore)
        try #require(explanation.days.count == 1)
        let day = explanation.days[0]
        #expect(day.verdict == .departs && day.pixels == [.departing: 9] && day.unrest == nil)
        // Rows 10, 11, 12: 0.12, 0.13, 0.14 before; half of their mean and 0.1; 1.4826 times 0.001 is the deviation.
        try expectClose(day.expected, [0.165], 2e-3)
        try expectClose(day.observed, [0.365], 2e-3)
        try expectClose(day.departures, [0.2 / 0.0014826], 0.02)
        let scores = ground.map { Double(comparison.score[$0]) }
        try expectClose(day.testValue.map { [$0] }, [scores.reduce(0, +) / 9])
        #expect(explanation.score?.countedObservations == nil && explanation.score?.brightnessExcess == nil)
        try expectClose(explanation.score.map { [$0.strongest] }, [scores.max()!])
    }

    @Test func pixelsHiddenOnTheDateBeforeAreNotCompared() throws {
        let whole = try pair()
        var conditions = whole.conditions
        for row in 10..<12 { for column in 9..<12 { conditions[row * 24 + column] = PixelCondition.cloud.rawValue } }
        let stack = SceneStack(
            grid: whole.grid, bands: whole.bands, days: whole.days, sceneIDs: whole.sceneIDs, values: whole.values,
            conditions: conditions, isReflectance: true)
        let observations = ObservationMask(stack, dilationMetres: 0)
        let comparison = try #require(
            PairDetector(stack: stack, clear: observations.clear, settings: DetectionSettings.PairSettings())
                .compare(before: 0, after: 1))
        var trace = PairTrace(before: 0)
        trace.add(comparison)
        let marks = [UInt8](repeating: 0, count: stack.pixelCount)
        let map = ChangeMap(
            method: .pair, score: comparison.score,
            patches: PatchLabelling(candidates: marks, seeds: marks, rows: 24, columns: 24, minimumPixels: 1),
            monitoredDays: [1],
            states: comparison.score.map { ($0.isNaN ? ChangeMap.PixelState.notObserved : .anomalous).rawValue },
            spectra: [], probabilities: [], magnitudes: [])
        let ground = (10..<13).flatMap { row in (9..<12).map { row * 24 + $0 } }
        let day = try #require(
            builder(stack, observations: observations, map: map, trace: .pair(trace)).explanation(of: ground).days.first
        )
        #expect(day.pixels == [.departing: 3, .notCompared: 6])
        #expect(day.verdict == .notJudged && day.reason == .notCompared)
        // Row 12 alone: 0.14 before.
        try expectClose(day.expected, [0.17], 2e-3)
    }
}
