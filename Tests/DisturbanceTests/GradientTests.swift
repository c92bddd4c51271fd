import Testing

@testable import Disturbance

struct GradientTests {
    @Test(arguments: [(1, 1), (1, 6), (5, 1), (4, 9), (11, 8)])
    func equalsSobelInDouble(rows: Int, columns: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let values = (0..<rows * columns).map { _ in random.uniform(0...1) }
            let found = gradients(values, rows: rows, columns: columns)
            for row in 0..<rows {
                for column in 0..<columns {
                    var east = 0.0
                    var south = 0.0
                    for down in -1...1 {
                        for right in -1...1 {
                            let y = min(max(row + down, 0), rows - 1)
                            let x = min(max(column + right, 0), columns - 1)
                            let value = Double(values[y * columns + x])
                            east += value * Double(right) * (down == 0 ? 2 : 1) / 8
                            south += value * Double(down) * (right == 0 ? 2 : 1) / 8
                        }
                    }
                    #expect(abs(Double(found.east[row * columns + column]) - east) < 1e-6)
                    #expect(abs(Double(found.south[row * columns + column]) - south) < 1e-6)
                }
            }
        }
    }

    @Test func slopeOfAPlaneIsItsSlope() {
        let values: [Float] = (0..<25).map { pixel in Float(pixel % 5 * 3 + pixel / 5 * 2) }
        let found = gradients(values, rows: 5, columns: 5)
        #expect(found.east[12] == 3)
        #expect(found.south[12] == 2)
    }
}
