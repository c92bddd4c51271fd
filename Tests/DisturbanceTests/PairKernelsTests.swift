import Testing

@testable import Disturbance

struct PairKernelsTests {
    /// Below, at and above the width of a vector.
    static let counts = [0, 1, 5, 8, 13, 16, 63]

    @Test(arguments: counts)
    func departureEqualsItsFormula(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            func plane(_ range: ClosedRange<Float>) -> [Float] { (0..<count).map { _ in random.uniform(range) } }
            let residual = plane(-0.2...0.2)
            let east = plane(-0.1...0.1)
            let south = plane(-0.1...0.1)
            let energy = plane(0...0.01)
            var departure = [Float](repeating: .nan, count: count)
            var output = departure.mutableSpan
            pairDeparture(
                residual: residual.span, east: east.span, south: south.span, edgeEnergy: energy.span, shiftEast: 0.4,
                shiftSouth: -0.3, centre: 0.01, sigma: 0.02, edge: 0.3, departure: &output)
            for pixel in 0..<count {
                let moved = Double(residual[pixel]) - 0.4 * Double(east[pixel]) + 0.3 * Double(south[pixel]) - 0.01
                let expected = moved / (0.02 * 0.02 + 0.3 * 0.3 * Double(energy[pixel])).squareRoot()
                #expect(abs(Double(departure[pixel]) - expected) < 1e-4)
            }
        }
    }

    @Test(arguments: counts)
    func sumsEqualTheirFormulas(count: Int) {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let departure = (0..<count).map { _ in random.uniform(-4...4) }
            let local = (0..<count).map { _ in random.uniform(-1...1) }
            let before = (0..<count).map { _ in random.uniform(0...10) }
            var squares = before
            var output = squares.mutableSpan
            accumulateSquares(departure: departure.span, local: local.span, weight: 0.5, sum: &output)
            var linear = before
            var other = linear.mutableSpan
            accumulate(departure.span, coefficient: -1.5, sum: &other)
            for pixel in 0..<count {
                let difference = Double(departure[pixel]) - Double(local[pixel])
                #expect(abs(Double(squares[pixel]) - Double(before[pixel]) - 0.5 * difference * difference) < 1e-5)
                #expect(abs(Double(linear[pixel]) - Double(before[pixel]) + 1.5 * Double(departure[pixel])) < 1e-5)
            }
        }
    }

    @Test func missingPixelsStayMissingAndHurtNoOther() {
        let residual = [Float](repeating: 0.1, count: 4) + [.nan] + [Float](repeating: 0.1, count: 7)
        let zero = [Float](repeating: 0, count: 12)
        var departure = zero
        var output = departure.mutableSpan
        pairDeparture(
            residual: residual.span, east: zero.span, south: zero.span, edgeEnergy: zero.span, shiftEast: 0,
            shiftSouth: 0, centre: 0, sigma: 0.1, edge: 0, departure: &output)
        #expect(departure.indices.filter { departure[$0].isNaN } == [4])
        #expect(departure.indices.filter { abs(departure[$0] - 1) < 1e-5 }.count == 11)
    }
}
