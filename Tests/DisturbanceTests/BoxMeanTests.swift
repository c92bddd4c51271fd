import Kernels
import Testing

@testable import Disturbance

struct BoxMeanTests {
    /// Rows, columns and radius: odd sizes, one pixel, a window larger than the raster.
    static let shapes = [(1, 1, 0), (1, 1, 3), (1, 7, 1), (9, 1, 2), (5, 8, 1), (13, 17, 4), (6, 6, 50), (3, 0, 1)]

    private func reference<Value: BinaryFloatingPoint>(
        _ values: [Value], rows: Int, columns: Int, radius: Int
    ) -> [Double] {
        (0..<rows * columns).map { pixel in
            var sum = 0.0
            for row in 0..<rows where abs(row - pixel / columns) <= radius {
                for column in 0..<columns where abs(column - pixel % columns) <= radius {
                    sum += Double(values[row * columns + column])
                }
            }
            return sum
        }
    }

    @Test(arguments: shapes)
    func sumsAreExact(shape: (Int, Int, Int)) {
        let (rows, columns, radius) = shape
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let values = (0..<rows * columns).map { _ in Int32.random(in: -100_000...100_000, using: &random) }
            var sums = [Int32](repeating: .max, count: values.count)
            unsafe kernels.boxSum(values, rows: rows, columns: columns, radius: radius, output: &sums)
            let expected = reference(values.map { Double($0) }, rows: rows, columns: columns, radius: radius)
            #expect(sums.map { Double($0) } == expected)
        }
    }

    @Test(arguments: [(1, 1), (1, 7), (9, 1), (5, 8), (13, 17), (20, 40)], [1.0, 0.6, 0.05, 0])
    func meansCountWhatCounts(shape: (Int, Int), share: Double) {
        let (rows, columns) = shape
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let weight = random.mask(rows * columns, share: share).map { Float($0) }
            let values = weight.map { _ in random.uniform(-1...1) }
            let counts = reference(weight, rows: rows, columns: columns, radius: 1)
            var means = [Float](repeating: .nan, count: values.count)
            unsafe kernels.boxMeanOfThree(
                values, weight: weight, counts: counts.map { Float(max($0, 1)) }, rows: rows, columns: columns,
                output: &means)
            let sums = reference(zip(values, weight).map { $0 * $1 }, rows: rows, columns: columns, radius: 1)
            #expect(means.indices.allSatisfy { abs(Double(means[$0]) - sums[$0] / max(counts[$0], 1)) < 1e-6 })
        }
    }

    @Test func drawnByHand() {
        var means = [Float](repeating: 0, count: 9)
        unsafe kernels.boxMeanOfThree(
            [
                1, 2, 3,
                4, 5, 6,
                7, 8, 9,
            ], weight: [1, 1, 1, 1, 0, 1, 1, 1, 1], counts: [3, 5, 3, 5, 8, 5, 3, 5, 3], rows: 3, columns: 3,
            output: &means)
        #expect(means[0] == 7.0 / 3)
        #expect(means[4] == 5)
    }
}
