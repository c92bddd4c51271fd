import Testing

@testable import Disturbance

struct RobustStatisticsTests {
    @Test(arguments: [1, 2, 3, 7, 8, 100, 1001])
    func selectsWhatSortingFinds(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            // Few different values for every second seed: reflectance is quantised.
            let values = (0..<count).map { _ in
                seed % 2 == 0 ? random.uniform(-5...5) : Float(Int.random(in: 0...3, using: &random))
            }
            let sorted = values.sorted()
            for k in Set([0, count / 3, count / 2, count - 1]) {
                var shuffled = values
                #expect(select(k, in: &shuffled) == sorted[k])
                #expect(shuffled.sorted() == sorted)
            }
            var shuffled = values
            #expect(median(&shuffled) == sorted[count / 2])
        }
    }

    @Test func sortedReversedAndInfiniteValues() {
        for values in [(0..<500).map(Float.init), (0..<500).reversed().map(Float.init)] {
            var copy = values
            #expect(select(123, in: &copy) == 123)
        }
        var infinite: [Float] = [.infinity, 1, -.infinity, .infinity, 2]
        #expect(select(2, in: &infinite) == 2)
    }

    /// Long enough that a sample and counting narrow the search.
    @Test(arguments: [2047, 2048, 5000, 20_001])
    func longSeriesHaveTheMedianThatSortingFinds(count: Int) {
        for seed in 0..<12 {
            var random = SeededGenerator(seed: seed)
            let values = (0..<count).map { index -> Float in
                switch seed % 6 {
                case 0: random.normal()
                case 1: Float(Int.random(in: 0...3, using: &random))
                // Sorted, constant, two far groups of one size, and a sample that misleads.
                case 2: Float(index)
                case 3: 0.25
                case 4: Float(index % 2 == 0 ? -1000 : 1000) + random.normal()
                default: index % (count / 256) == 0 ? 100 + random.normal() : random.normal()
                }
            }
            let sorted = values.sorted()
            let middle = sorted[count / 2]
            let deviation = values.map { abs($0 - middle) }.sorted()[count / 2] * medianAbsoluteDeviationScale
            var scratch: [Float] = []
            let found = unsafe medianAndDeviation(values, count: count, scratch: &scratch)
            #expect(found.median == middle && found.deviation == deviation)
            for k in [0, count / 50, count / 2, count - 1] {
                #expect(unsafe select(k, of: values, count: count, scratch: &scratch) == sorted[k])
            }
        }
    }

    @Test func nothingHasNoMedian() {
        var none: [Float] = []
        #expect(median(&none) == nil)
        #expect(medianAndDeviation([]) == nil)
    }

    @Test func deviationOfANormalDistributionIsItsStandardDeviation() throws {
        var random = SeededGenerator(seed: 3)
        var values = (0..<20_000).map { _ in 7 + 2 * random.normal() }
        // A tenth of outliers hardly matters.
        for index in 0..<2_000 { values[index] += 1_000 }
        let found = try #require(medianAndDeviation(values))
        #expect(abs(found.median - 7) < 0.4)
        #expect(abs(found.deviation - 2) < 0.4)
    }
}
