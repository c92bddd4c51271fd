import Testing

@testable import Disturbance

struct LinearSystemTests {
    @Test(arguments: [1, 2, 5, 8])
    func solutionFulfilsTheEquations(size: Int) throws {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let root = (0..<size * size).map { _ in Double(random.normal()) }
            let right = (0..<size).map { _ in Double(random.normal()) }
            var matrix = [Double](repeating: 0, count: size * size)
            for row in 0..<size {
                for column in 0..<size {
                    matrix[row * size + column] = row == column ? 0.1 : 0
                    for k in 0..<size { matrix[row * size + column] += root[row * size + k] * root[column * size + k] }
                }
            }
            var lower = matrix
            for row in 0..<size { for column in row + 1..<max(size, row + 1) { lower[row * size + column] = .nan } }
            let solution = try #require(LinearSystem.solve(lower, right, size: size))
            for row in 0..<size {
                let left = (0..<size).reduce(0.0) { $0 + matrix[row * size + $1] * solution[$1] }
                #expect(abs(left - right[row]) < 1e-8)
            }
        }
    }

    @Test func refusesWhatHasNoSolution() {
        #expect(LinearSystem.solve([0], [1], size: 1) == nil)
        #expect(LinearSystem.solve([1, 0, 2, 1], [1, 1], size: 2) == nil)
        #expect(LinearSystem.solve([1, 0, 1, 1], [1, 1], size: 2) == nil)
        #expect(LinearSystem.solve([.nan], [1], size: 1) == nil)
        #expect(LinearSystem.solve([.infinity], [1], size: 1) == nil)
        #expect(LinearSystem.solve([], [], size: 0) == [])
    }
}
