import Geospatial
import Testing

@testable import Disturbance

/// What the detector makes of single pixels on single days, and that the record kept for explanations says the same.
struct BaselineDetectorTests {
    /// Two months of watched days after a history without clouds.
    private struct Watched {
        let stack: SceneStack
        let observations: ObservationMask
        let baseline: HarmonicBaseline
        let course: BaselineDetector.Course
        let settings = Configuration().detection.baseline

        init(_ landscape: InventedLandscape, from first: Int) {
            stack = landscape.stack()
            observations = ObservationMask(stack, dilationMetres: 20)
            baseline = HarmonicBaseline(
                stack: stack, clear: observations.clear, historyDays: first, minimumObservations: 10,
                settings: settings)
            course = BaselineDetector(
                stack: stack, observations: observations, baseline: baseline,
                ground: GroundMemory(stack: stack, baseline: baseline), settings: settings
            ).course()
        }

        func state(_ watchedDay: Int, _ pixel: Int) -> ChangeMap.PixelState? {
            ChangeMap.PixelState(rawValue: course.states[watchedDay * stack.pixelCount + pixel])
        }

        func explanation(of pixels: [Int]) -> Explanation {
            let nothing = [UInt8](repeating: 0, count: stack.pixelCount)
            let map = ChangeMap(
                method: .baseline, score: course.score,
                patches: PatchLabelling(
                    candidates: nothing, seeds: nothing, rows: stack.grid.rows, columns: stack.grid.columns,
                    minimumPixels: 1),
                monitoredDays: course.days, states: course.states, spectra: [], probabilities: [], magnitudes: [])
            return ExplanationBuilder(
                stack: stack, observations: observations, period: InventedLandscape.period,
                configuration: Configuration(), siteObservations: 30, map: map, trace: .baseline(baseline, course)
            ).explanation(of: pixels)
        }
    }

    private static let size = InventedLandscape.columns

    private static func square(row: Int, column: Int) -> [Int] {
        (row..<row + 4).flatMap { row in (column..<column + 4).map { row * size + $0 } }
    }

    // MARK: What is only known later

    @Test func settledPendingObservationsCountAsDeparting() throws {
        var landscape = try InventedLandscape(seed: 3, cloudShare: 0)
        let first = landscape.periodDays[0]
        let end = landscape.days.count
        // Four corners under a cloud that the mask has missed. One is as usual ever after.
        for (row, column) in [(2, 2), (2, 17), (17, 2), (17, 17)] {
            landscape.drawCloud(day: first, rows: row..<row + 4, columns: column..<column + 4)
        }
        // One shows bare ground at once, one only after it was as usual again, one a second cloud.
        landscape.paint(InventedLandscape.soil, days: first + 1..<end, rows: 2..<6, columns: 17..<21)
        landscape.paint(InventedLandscape.soil, days: first + 2..<end, rows: 17..<21, columns: 2..<6)
        landscape.drawCloud(day: first + 1, rows: 17..<21, columns: 17..<21)
        let watched = Watched(landscape, from: first)
        func states(_ pixel: Int) -> [ChangeMap.PixelState?] { (0..<3).map { watched.state($0, pixel) } }
        let once = Self.square(row: 2, column: 2)
        let dug = Self.square(row: 2, column: 17)
        let later = Self.square(row: 17, column: 2)
        let twice = Self.square(row: 17, column: 17)
        #expect(once.allSatisfy { states($0) == [.notObserved, .normal, .normal] })
        #expect(dug.allSatisfy { states($0) == [.anomalous, .anomalous, .anomalous] })
        #expect(later.allSatisfy { states($0) == [.notObserved, .normal, .anomalous] })
        #expect(twice.allSatisfy { states($0) == [.anomalous, .anomalous, .normal] })
        // All four looked alike on the first day; the explanation tells how they were counted in the end.
        for pixel in once + dug + later + twice { #expect(watched.course.record.judgement(0, pixel) == .cloudLike) }
        #expect(watched.explanation(of: once).days[0].pixels == [.cloudLike: 16])
        #expect(watched.explanation(of: dug).days[0].pixels == [.departing: 16])
        #expect(watched.explanation(of: later).days[0].pixels == [.cloudLike: 16])
        #expect(watched.explanation(of: twice).days.prefix(2).allSatisfy { $0.pixels == [.departing: 16] })
        #expect(watched.explanation(of: dug).days[0].verdict == .departs)
        #expect(watched.explanation(of: once).days[0].verdict == .notJudged)
        // They add to the score too.
        #expect(dug.allSatisfy { watched.course.anomalousCount[$0] == Int32(watched.course.days.count) })
        #expect(later.allSatisfy { watched.course.anomalousCount[$0] == Int32(watched.course.days.count - 2) })
    }

    // MARK: The record and the decision

    /// Clouds known and missed, growth, bare ground, a shore and a day on which the whole landscape is in motion.
    private func eventful() throws -> (landscape: InventedLandscape, first: Int) {
        var landscape = try InventedLandscape(seed: 5, cloudShare: 0)
        let first = landscape.periodDays[0]
        let end = landscape.days.count
        let water: [Float] = [0.065, 0.072, 0.056, 0.033, 0.018]
        // Under water every autumn.
        let autumns = (0..<first).filter { (270..<330).contains(landscape.days[$0].dayOfYear) }
        landscape.paint(water, days: autumns, rows: 0..<3, columns: 0..<12)
        landscape.paint(water, days: [first], rows: 0..<3, columns: 0..<12)
        landscape.paint(InventedLandscape.soil, days: first + 1..<end, rows: 14..<18, columns: 3..<7)
        landscape.paint(InventedLandscape.lush, days: first + 2..<end, rows: 14..<18, columns: 16..<20)
        landscape.drawCloud(day: first, rows: 14..<20, columns: 10..<14)
        landscape.hide(day: first + 3, rows: 18..<24, columns: 0..<24)
        var random = SeededGenerator(seed: 11)
        for row in stride(from: 0, to: 24, by: 2) {
            for column in stride(from: 0, to: 24, by: 2) {
                let spectrum = InventedLandscape.soil.map { $0 * random.uniform(0.4...1.6) }
                landscape.paint(spectrum, days: [first + 4], rows: row..<row + 2, columns: column..<column + 2)
            }
        }
        // One corner was never seen before.
        for day in 0..<first { landscape.hide(day: day, rows: 20..<24, columns: 20..<24) }
        return (landscape, first)
    }

    @Test func judgementsFollowTheRulesOfTheEvidence() throws {
        let (landscape, first) = try eventful()
        let watched = Watched(landscape, from: first)
        let settings = watched.settings
        var seen: Set<WatchRecord.Judgement> = []
        for (position, day) in watched.course.days.enumerated() {
            for pixel in 0..<watched.stack.pixelCount {
                let judgement = watched.course.record.judgement(position, pixel)
                seen.insert(judgement)
                let place = position * watched.stack.pixelCount + pixel
                let test = Double(watched.course.record.testValues[place])
                let unrest = Double(watched.course.record.unrest[place])
                let isObserved =
                    watched.observations.clear[day * watched.stack.pixelCount + pixel] != 0
                    && watched.baseline.freedom[pixel] > 0
                let isRestless = unrest > settings.restlessDay
                let gain = vegetationGain(watched, day: day, pixel: pixel)
                let state = watched.state(position, pixel)
                let holds =
                    switch judgement {
                    case .none: !isObserved && state == .notObserved
                    case .usual:
                        test <= settings.anomaly && !isRestless && test * unrest <= settings.anomaly * 1.000_01
                            && state == .normal
                    case .restless:
                        test <= settings.anomaly && (isRestless || test * unrest > settings.anomaly * 0.999_99)
                            && state == .notObserved
                    case .growth: test > settings.anomaly && gain > settings.vegetationGain - 1e-4 && state == .normal
                    case .departing:
                        test > settings.anomaly && gain < settings.vegetationGain + 1e-4 && state == .anomalous
                    case .cloudLike: test > settings.anomaly && state != .normal
                    case .waterLevel: test > settings.anomaly && state == .notObserved
                    }
                #expect(holds, "\(judgement) on day \(position), pixel \(pixel): \(test), \(unrest), \(gain)")
                if judgement != .none { #expect(isObserved) }
            }
        }
        #expect(seen == [.none, .usual, .departing, .growth, .cloudLike, .waterLevel, .restless])
    }

    @Test func explanationsAgreeWithTheDecisions() throws {
        let (landscape, first) = try eventful()
        let watched = Watched(landscape, from: first)
        // Every fifth pixel crosses all of the drawing.
        for pixel in stride(from: 0, to: watched.stack.pixelCount, by: 5) {
            let days = watched.explanation(of: [pixel]).days
            #expect(days.count == watched.course.days.count)
            for (position, day) in days.enumerated() {
                let uses = Array(day.pixels.keys)
                try #require(uses.count == 1)
                switch watched.state(position, pixel) {
                case .anomalous: #expect(day.verdict == .departs && uses == [.departing] && day.reason == nil)
                case .normal:
                    #expect(day.verdict == .asExpected && (uses == [.usual] || uses == [.growth]) && day.reason == nil)
                default: #expect(day.verdict == .notJudged && !uses[0].isJudged && day.reason == uses[0])
                }
            }
        }
    }

    /// Vegetation index observed less expected, in Double.
    private func vegetationGain(_ watched: Watched, day: Int, pixel: Int) -> Double {
        func index(_ value: (Band) -> Double) -> Double {
            (value(.nir) - value(.red)) / max(value(.nir) + value(.red), 0.01)
        }
        func place(_ band: Band) -> Int { watched.stack.bands.firstIndex(of: band) ?? 0 }
        let baseline = watched.baseline
        return index { Double(baseline.values[baseline.layout.plane(day, place($0)) + pixel]) }
            - index { Double(baseline.prediction(day: day, band: place($0), pixel: pixel)) }
    }
}
