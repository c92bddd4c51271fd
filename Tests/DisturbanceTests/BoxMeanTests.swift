import Testing

@testable import Disturbance

struct BoxMeanTests {
    /// Rows, columns and radius: odd sizes, one pixel, a window larger than the raster.
    static let shapes = [(1, 1, 0), (1, 1, 3), (1, 7, 1), (9, 1, 2), (5, 8, 1), (13, 17, 4), (6, 6, 50), (3, 0, 1)]

    private func reference(
        _ values: [Float], valid: [UInt8], rows: Int, columns: Int, radius: Int
    ) -> [Double] {
        (0..<rows * columns).map { pixel in
            var sum = 0.0
            var count = 0
            for row in 0..<rows where abs(row - pixel / columns) <= radius {
                for column in 0..<columns where abs(column - pixel % columns) <= radius {
                    guard valid[row * columns + column] != 0 else { continue }
                    sum += Double(values[row * columns + column])
                    count += 1
                }
            }
            return count > 0 ? sum / Double(count) : 0
        }
    }

    @Test(arguments: shapes, [1.0, 0.6, 0.05, 0])
    func equalsThePlainMean(shape: (Int, Int, Int), share: Double) {
        let (rows, columns, radius) = shape
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let valid = random.mask(rows * columns, share: share)
            // What is not valid may be anything.
            let values = valid.map { $0 != 0 ? random.uniform(-1...1) : .nan }
            let means = boxMean(values, valid: valid, rows: rows, columns: columns, radius: radius)
            let expected = reference(values, valid: valid, rows: rows, columns: columns, radius: radius)
            #expect(zip(means, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
        }
    }

    @Test func drawnByHand() {
        let means = boxMean(
            [
                1, 2, 3,
                4, 5, 6,
                7, 8, 9,
            ], valid: [1, 1, 1, 1, 0, 1, 1, 1, 1], rows: 3, columns: 3, radius: 1)
        #expect(means[0] == 7.0 / 3)
        #expect(means[4] == 5)
    }
}
