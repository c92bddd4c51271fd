import Foundation
import Testing

@testable import Disturbance

struct ConfidenceIntervalTests {
    private func near(_ interval: ConfidenceInterval?, _ lower: Double, _ upper: Double, within: Double) -> Bool {
        guard let interval else { return false }
        return abs(interval.lower - lower) < within && abs(interval.upper - upper) < within
    }

    /// Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    @Test func wilsonAsPublished() {
        #expect(near(.wilson(81, of: 263), 0.2553, 0.3662, within: 5e-5))
        #expect(near(.wilson(15, of: 148), 0.0624, 0.1605, within: 5e-5))
        #expect(near(.wilson(0, of: 20), 0, 0.1611, within: 5e-5))
        #expect(near(.wilson(1, of: 29), 0.0061, 0.1718, within: 5e-5))
        #expect(ConfidenceInterval.wilson(0, of: 0) == nil)
    }

    @Test func allAndNoneReachTheEnds() {
        for total in 1...60 {
            #expect(ConfidenceInterval.wilson(0, of: total)?.lower == 0)
            #expect(ConfidenceInterval.wilson(total, of: total)?.upper == 1)
        }
    }

    /// The exact limits are half of chi-squared quantiles: 2.202 and 13.06 for six events.
    @Test(arguments: [(0, 0.0, 3.689), (1, 0.0253, 5.572), (6, 2.202, 13.059), (10, 4.795, 18.391), (50, 37.11, 65.92)])
    func poissonIsNearTheExactOne(count: Int, lower: Double, upper: Double) {
        let interval = ConfidenceInterval.poisson(count)
        #expect(abs(interval.lower - lower) < 0.02 * max(lower, 1) && abs(interval.upper - upper) < 0.02 * upper)
    }

    @Test func ratesAreCountsOverTheirUnits() {
        let rate = EventRate(10, in: 2.5)
        #expect(rate.value == 4)
        #expect(abs((rate.interval?.upper ?? 0) - ConfidenceInterval.poisson(10).upper / 2.5) < 1e-12)
        #expect(EventRate(0, in: 0).value == nil && EventRate(0, in: 0).interval == nil)
        #expect(Proportion(0, of: 0).value == nil && Proportion(3, of: 4).value == 0.75)
    }

    @Test func theBootstrapIsTheSameEveryTimeAndHoldsTheMean() throws {
        let values = (0..<40).map { Double($0 % 4) }
        func mean(_ draws: [Int]) -> Double? {
            zip(values, draws).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(draws.reduce(0, +))
        }
        let interval = try #require(Bootstrap.interval(unitCount: 40, of: mean))
        #expect(Bootstrap.interval(unitCount: 40, of: mean) == interval)
        // Normal theory: 1.5 +- 1.96 x sqrt(1.25 / 40).
        #expect(near(interval, 1.5 - 0.3465, 1.5 + 0.3465, within: 0.05))
        #expect(Bootstrap.interval(unitCount: 1) { _ in 1 } == nil)
        #expect(Bootstrap.interval(unitCount: 5) { _ in nil } == nil)
    }

    @Test func quantilesLieBetweenTheValues() {
        #expect(Bootstrap.quantile([1, 2, 4], 0.5) == 2 && Bootstrap.quantile([1, 2, 4], 0.75) == 3)
        #expect(Bootstrap.quantile([7], 0.975) == 7)
    }
}
