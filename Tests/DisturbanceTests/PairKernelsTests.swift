import Kernels
import Testing

@testable import Disturbance

struct PairKernelsTests {
    /// Below, at and above the width of a vector.
    static let counts = [0, 1, 5, 8, 13, 16, 63]

    private func plane(_ count: Int, _ range: ClosedRange<Float>, _ random: inout SeededGenerator) -> [Float] {
        (0..<count).map { _ in random.uniform(range) }
    }

    @Test(arguments: [(1, 1), (1, 6), (5, 1), (4, 9), (11, 8), (6, 27)])
    func gradientsEqualSobelInDouble(rows: Int, columns: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let count = rows * columns
            let predicted = plane(count, 0...1, &random)
            let observed = plane(count, 0...1, &random)
            var (residual, east, south, energy) = (predicted, predicted, predicted, predicted)
            unsafe kernels.residualAndGradients(
                predicted: predicted, observed: observed, rows: rows, columns: columns, residual: &residual,
                east: &east, south: &south, energy: &energy)
            func sobel(_ values: [Float], _ row: Int, _ column: Int) -> (east: Double, south: Double) {
                var (east, south) = (0.0, 0.0)
                for down in -1...1 {
                    for right in -1...1 {
                        let y = min(max(row + down, 0), rows - 1)
                        let x = min(max(column + right, 0), columns - 1)
                        let value = Double(values[y * columns + x])
                        east += value * Double(right) * (down == 0 ? 2 : 1) / 8
                        south += value * Double(down) * (right == 0 ? 2 : 1) / 8
                    }
                }
                return (east, south)
            }
            for pixel in 0..<count {
                let first = sobel(predicted, pixel / columns, pixel % columns)
                let second = sobel(observed, pixel / columns, pixel % columns)
                #expect(residual[pixel] == observed[pixel] - predicted[pixel])
                #expect(abs(Double(east[pixel]) - (first.east + second.east) / 2) < 1e-6)
                #expect(abs(Double(south[pixel]) - (first.south + second.south) / 2) < 1e-6)
                let squares = [first, second].map { $0.east * $0.east + $0.south * $0.south }
                #expect(abs(Double(energy[pixel]) - squares.max()!) < 1e-6)
            }
        }
    }

    @Test(arguments: counts)
    func departureEqualsItsFormula(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let residual = plane(count, -0.2...0.2, &random)
            let east = plane(count, -0.1...0.1, &random)
            let south = plane(count, -0.1...0.1, &random)
            let energy = plane(count, 0...0.01, &random)
            var departure = [Float](repeating: .nan, count: count)
            unsafe kernels.unshift(
                residual: residual, east: east, south: south, shiftEast: 0.4, shiftSouth: -0.3, count: count,
                output: &departure)
            unsafe kernels.standardise(
                &departure, edgeEnergy: energy, centre: 0.01, sigma: 0.02, edge: 0.3, count: count)
            for pixel in 0..<count {
                let moved = Double(residual[pixel]) - 0.4 * Double(east[pixel]) + 0.3 * Double(south[pixel]) - 0.01
                let expected = moved / (0.02 * 0.02 + 0.3 * 0.3 * Double(energy[pixel])).squareRoot()
                #expect(abs(Double(departure[pixel]) - expected) < 1e-4)
            }
        }
    }

    @Test(arguments: counts)
    func shiftSumsLeaveOutWhatChanged(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let residual = plane(count, -0.2...0.2, &random)
            let east = plane(count, -0.1...0.1, &random)
            let south = plane(count, -0.1...0.1, &random)
            let energy = plane(count, 0...0.01, &random)
            let weight = random.mask(count, share: 0.8).map { Float($0) }
            let found = unsafe kernels.shiftSums(
                residual: residual, east: east, south: south, edgeEnergy: energy, weight: weight, variance: 0.001,
                edgeVariance: 0.09, count: count)
            var expected = [Double](repeating: 0, count: 5)
            for pixel in 0..<count where weight[pixel] != 0 {
                let (r, x, y) = (Double(residual[pixel]), Double(east[pixel]), Double(south[pixel]))
                guard r * r < 9 * (0.001 + 0.09 * Double(energy[pixel])) else { continue }
                for (index, term) in [x * x, y * y, x * y, x * r, y * r].enumerated() { expected[index] += term }
            }
            let sums = [found.0, found.1, found.2, found.3, found.4]
            #expect(zip(sums, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test(arguments: counts)
    func combinationsAndResidualsEqualTheirFormulas(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let values = plane(3 * count, 0...1, &random)
            var sum = [Float](repeating: .nan, count: count)
            unsafe kernels.combine(
                values, planes: [2 * count, 0], coefficients: [0.5, -2], predictors: 2, constant: 0.25, count: count,
                output: &sum)
            var residual = sum
            unsafe kernels.leastSquaresResidual(
                values, response: 2 * count, stride: count, coefficients: [0.5, -2, 0.25], predictors: 2, count: count,
                output: &residual)
            for pixel in 0..<count {
                let (a, b, c) = (
                    Double(values[pixel]), Double(values[count + pixel]), Double(values[2 * count + pixel])
                )
                #expect(abs(Double(sum[pixel]) - (0.25 + 0.5 * c - 2 * a)) < 1e-5)
                #expect(abs(Double(residual[pixel]) - (c - 0.25 - 0.5 * a + 2 * b)) < 1e-5)
            }
        }
    }

    @Test(arguments: counts)
    func squaresAreTakenFromTheSurroundings(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let departure = plane(count, -9...9, &random)
            let weight = random.mask(count, share: 0.7).map { Float($0) }
            var whole = [Int32](repeating: .max, count: count)
            unsafe kernels.quantise(departure, limit: 4, weight: weight, scale: 1024, count: count, output: &whole)
            for pixel in 0..<count {
                let clipped = min(max(departure[pixel], -4), 4) * weight[pixel]
                #expect(abs(Float(whole[pixel]) / 1024 - clipped) <= 0.5 / 1024)
            }
            let counts = (0..<count).map { _ in Float(Int.random(in: 1...9, using: &random)) }
            let before = plane(count, 0...10, &random)
            var sum = before
            unsafe kernels.accumulateSquares(
                departure: departure, local: whole, counts: counts, unit: 1 / 1024, weight: 0.5, count: count,
                sum: &sum)
            for pixel in 0..<count {
                let local = Double(whole[pixel]) / 1024 / Double(counts[pixel])
                let difference = Double(departure[pixel]) - local
                #expect(abs(Double(sum[pixel]) - Double(before[pixel]) - 0.5 * difference * difference) < 1e-4)
            }
        }
    }

    @Test(arguments: counts)
    func waterIsWhatIsAboveTheLimitOnBothDays(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let planes = (0..<4).map { _ in plane(count, 0...0.3, &random) }
            let valid = random.mask(count, share: 0.8)
            var marks = [UInt8](repeating: 7, count: count)
            let isAny = unsafe planes[0].withUnsafeBufferPointer { a in
                unsafe planes[1].withUnsafeBufferPointer { b in
                    unsafe planes[2].withUnsafeBufferPointer { c in
                        unsafe planes[3].withUnsafeBufferPointer { d -> Bool in
                            guard count > 0 else { return false }
                            return unsafe kernels.markNormalisedDifference(
                                high: (a.baseAddress!, b.baseAddress!), low: (c.baseAddress!, d.baseAddress!),
                                above: 0.3, valid: valid, count: count, output: &marks)
                        }
                    }
                }
            }
            func index(_ day: Int, _ pixel: Int) -> Float {
                (planes[day][pixel] - planes[2 + day][pixel]) / (planes[day][pixel] + planes[2 + day][pixel] + 1e-6)
            }
            for pixel in 0..<count {
                let isWater = valid[pixel] != 0 && index(0, pixel) > 0.3 && index(1, pixel) > 0.3
                #expect(marks[pixel] == (isWater ? 1 : 0))
            }
            #expect(isAny == (count > 0 && marks.contains(1)))
        }
    }

    @Test func outliersAreFoundInOrder() {
        let values: [Float] = [0, 5, 1, -4, 2, 2.5, -2]
        var found = [Int32](repeating: -1, count: values.count)
        let count = unsafe kernels.indices(of: values, awayFrom: 0, atLeast: 2.5, count: values.count, output: &found)
        #expect(Array(found[..<count]) == [1, 3, 5])
        var gathered = [Float](repeating: 0, count: count)
        unsafe kernels.gather(values, at: found, count: count, output: &gathered)
        #expect(gathered == [5, -4, 2.5])
    }
}
