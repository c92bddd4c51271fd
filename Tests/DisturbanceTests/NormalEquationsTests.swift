import Testing

@testable import Disturbance

struct NormalEquationsTests {
    /// Below, at and above what is added at once, and more than a block.
    static let counts = [0, 1, 7, 32, 33, 500, 1300]

    private func planes(_ count: Int, seed: Int) -> [[Float]] {
        var random = SeededGenerator(seed: seed)
        let shared = (0..<count).map { _ in random.uniform(0...0.3) }
        // Alike, as bands are.
        return (0..<5).map { band in shared.map { $0 * Float(band + 1) / 3 + 0.02 * random.normal() } }
    }

    @Test(arguments: counts)
    func sumsEqualSumsInDouble(count: Int) {
        for seed in 0..<10 {
            let planes = planes(count, seed: seed)
            var equations = NormalEquations(predictors: 3, responses: 2)
            unsafe equations.add(planes.flatMap { $0 }, stride: count, count: count)
            func product(_ a: Int, _ b: Int) -> Double {
                (0..<count).reduce(0.0) { sum, pixel in
                    sum + (a < 0 ? 1 : Double(planes[a][pixel])) * (b < 0 ? 1 : Double(planes[b][pixel]))
                }
            }
            // The constant, written -1 here, comes last.
            let terms = [0, 1, 2, -1]
            for row in 0..<4 {
                for column in 0...row {
                    let expected = product(terms[row], terms[column])
                    #expect(abs(equations.matrix[row * 4 + column] - expected) <= 1e-6 * max(abs(expected), 1))
                }
                for response in 0..<2 {
                    let expected = product(terms[row], 3 + response)
                    #expect(abs(equations.right[response * 4 + row] - expected) <= 1e-6 * max(abs(expected), 1))
                }
            }
        }
    }

    @Test func findsTheCoefficientsThatMadeTheResponse() throws {
        var planes = planes(900, seed: 4)
        planes[4] = (0..<900).map { 0.5 * planes[0][$0] - 0.25 * planes[1][$0] + 2 * planes[2][$0] + 0.1 }
        var equations = NormalEquations(predictors: 3, responses: 2)
        unsafe equations.add(planes.flatMap { $0 }, stride: 900, count: 900)
        let found = try #require(equations.solution(response: 1, ridge: 1e-12))
        #expect(zip(found, [0.5, -0.25, 2, 0.1]).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func takingPixelsOffLeavesTheOthers() throws {
        let planes = planes(700, seed: 9)
        var all = NormalEquations(predictors: 3, responses: 2)
        unsafe all.add(planes.flatMap { $0 }, stride: 700, count: 700)
        var rest = NormalEquations(predictors: 3, responses: 2)
        unsafe rest.add(planes.flatMap { Array($0[60...]) }, stride: 640, count: 640)
        let off = unsafe all.without(
            ([0, 1, 2, 4].flatMap { Array(planes[$0][..<60]) }), stride: 60, count: 60, response: 1)
        #expect(zip(off.matrix, rest.matrix).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(zip(off.right, rest.right[4...]).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(off.matrix[15] == 640)
    }

    @Test func aPlaneOfNothingDeterminesNothing() {
        let equations = NormalEquations(predictors: 2, responses: 1)
        #expect(equations.solution(response: 0, ridge: 0) == nil)
    }
}
