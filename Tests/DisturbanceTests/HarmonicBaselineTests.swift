import Geospatial
import Testing

@testable import Disturbance

struct HarmonicBaselineTests {
    private func baseline(
        _ landscape: InventedLandscape, historyDays: Int? = nil, minimumObservations: Int = 10
    ) -> (baseline: HarmonicBaseline, clear: [UInt8]) {
        let stack = landscape.stack()
        let clear = ObservationMask(stack, dilationMetres: 20).clear
        return (
            HarmonicBaseline(
                stack: stack, clear: clear, historyDays: historyDays ?? landscape.periodDays[0],
                minimumObservations: minimumObservations, settings: DetectionSettings.BaselineSettings()), clear
        )
    }

    @Test func expectsWhatTheSeasonBrings() throws {
        let landscape = try InventedLandscape(seed: 1)
        let (baseline, clear) = baseline(landscape)
        let pixels = InventedLandscape.pixels
        // The noise drawn is 0.004; half a percent more is left for what the harmonics and each scene's haze leave.
        for day in landscape.periodDays {
            let predicted = baseline.prediction(day: day)
            var squares = 0.0
            var count = 0
            for pixel in 0..<pixels where clear[day * pixels + pixel] != 0 {
                let residual = baseline.values[baseline.layout.plane(day, 2) + pixel] - predicted[2 * pixels + pixel]
                squares += Double(residual * residual)
                count += 1
            }
            #expect((squares / Double(count)).squareRoot() < 0.009)
        }
        #expect(baseline.scale.allSatisfy { $0 > 0.002 && $0 < 0.012 })
    }

    /// Beyond the edge of the scenes of earlier years nothing is known: that must not pass for a change of colour.
    @Test func pixelsWithoutHistoryDoNotMoveTheOthers() throws {
        let landscape = try InventedLandscape(seed: 1)
        let stack = landscape.stack()
        let columns = stack.grid.columns
        let historyDays = landscape.periodDays[0]
        let pixels = InventedLandscape.pixels
        let (whole, allClear) = baseline(landscape)
        let isKnown = (0..<pixels).map { $0 % columns < columns / 5 }
        var clear = allClear
        for day in 0..<historyDays {
            for pixel in 0..<pixels where !isKnown[pixel] { clear[day * pixels + pixel] = 0 }
        }
        let part = HarmonicBaseline(
            stack: stack, clear: clear, historyDays: historyDays, minimumObservations: 10,
            settings: DetectionSettings.BaselineSettings())
        /// Root mean square of what is left where there is a history.
        func residual(_ baseline: HarmonicBaseline, day: Int) -> Double {
            let predicted = baseline.prediction(day: day)
            let squares = (0..<pixels).filter { clear[day * pixels + $0] != 0 && isKnown[$0] }.map { pixel in
                let plane = baseline.layout.plane(day, 2)
                return Double(baseline.values[plane + pixel] - predicted[2 * pixels + pixel])
            }.map { $0 * $0 }
            return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
        }
        for day in landscape.periodDays { #expect(residual(part, day: day) < 1.3 * residual(whole, day: day)) }
    }

    @Test func aPixelAloneIsExpectedAsInItsPlane() throws {
        let (baseline, _) = baseline(try InventedLandscape(seed: 2))
        for day in [0, 41, baseline.historyDays] {
            let plane = baseline.prediction(day: day)
            for band in InventedLandscape.bands.indices {
                for pixel in stride(from: 0, to: InventedLandscape.pixels, by: 13) {
                    #expect(
                        baseline.prediction(day: day, band: band, pixel: pixel)
                            == plane[band * InventedLandscape.pixels + pixel])
                }
            }
        }
    }

    @Test func takesOffWhatAWholeSceneDid() throws {
        var bright = try InventedLandscape(seed: 3)
        let plain = baseline(bright).baseline
        let day = bright.periodDays[1]
        bright.scale(day: day, gain: 1.3, offset: 0.02)
        let (corrected, _) = baseline(bright)
        for band in InventedLandscape.bands.indices {
            let plane = plain.layout.plane(day, band)
            let differences = (plane..<plane + InventedLandscape.pixels).map {
                abs(corrected.values[$0] - plain.values[$0])
            }
            // 0.02 of gain and offset remain as noise made brighter, no more.
            #expect(differences.sorted()[differences.count / 2] < 0.006)
        }
    }

    @Test func outliersOfTheHistoryTakeNoPart() throws {
        var landscape = try InventedLandscape(seed: 4, cloudShare: 0)
        landscape.drawCloud(day: 40, rows: 5..<12, columns: 5..<12)
        let (baseline, _) = baseline(landscape)
        for row in 5..<12 {
            for column in 5..<12 { #expect(baseline.weights[40 * InventedLandscape.pixels + row * 24 + column] == 0) }
        }
        // Ground that was never as bright as the missed cloud.
        let brightest = baseline.brightest(visible: [0, 1, 2])
        #expect(brightest.allSatisfy { $0 < 0.5 })
    }

    @Test func aShortHistoryHasNoFreedom() throws {
        let landscape = try InventedLandscape(seed: 5, cloudShare: 0)
        #expect(baseline(landscape, historyDays: 9).baseline.freedom.allSatisfy { $0 == 0 })
        #expect(baseline(landscape, historyDays: 10).baseline.freedom.allSatisfy { $0 > 0 })
        let none = baseline(landscape, historyDays: 0).baseline
        #expect(none.freedom.allSatisfy { $0 == 0 })
        #expect(none.prediction(day: 0).allSatisfy { $0.isFinite })
    }
}

extension HarmonicBaseline {
    /// The seasonal curve on a day: band, then pixel.
    func prediction(day: Int) -> [Float] {
        var predicted = [Float](repeating: .nan, count: layout.bands * layout.pixels)
        predict(day: day, into: &predicted)
        return predicted
    }
}
