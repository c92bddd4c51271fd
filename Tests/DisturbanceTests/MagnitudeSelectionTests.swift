import Kernels
import Testing

@testable import Disturbance

struct MagnitudeSelectionTests {
    @Test(arguments: [1, 2, 5, 100, 3001], [1, 3])
    func equalsThePlaceAmongSortedMagnitudes(count: Int, stride: Int) {
        for seed in 0..<10 {
            var random = SeededGenerator(seed: seed)
            // Rounded numbers repeat; a few are far off.
            let values = (0..<count * stride).map { index -> Float in
                let value = (random.normal() * 50).rounded() / 50
                return index % 17 == 0 ? value * 1e6 : value
            }
            let sorted = Swift.stride(from: 0, to: count * stride, by: stride).map { abs(values[$0]) }.sorted()
            for rank in Set([0, count / 3, count / 2, count - 1]) {
                #expect(unsafe selectMagnitude(rank, of: values, count: count, stride: stride) == sorted[rank])
            }
        }
    }

    /// Where the numbers are enough for a sample, and where they are not.
    @Test(arguments: [40, 9000])
    func numbersBeyondTheOrdinaryHaveTheirPlace(count: Int) {
        var random = SeededGenerator(seed: 3)
        var values = (0..<count).map { _ in Float(random.normal()) }
        for (index, value) in [Float.infinity, -.infinity, .nan, -0.0, .leastNonzeroMagnitude].enumerated() {
            for place in stride(from: index * 7, to: count, by: count / 4) { values[place] = value }
        }
        let numbers = values.filter { !$0.isNaN }.map(\.magnitude).sorted()
        #expect(numbers.count < count && numbers.last == .infinity)
        for rank in 0..<count where rank % (count / 40) == 0 || rank > count - 20 {
            let found = unsafe selectMagnitude(rank, of: values, count: count, stride: 1)
            #expect(rank < numbers.count ? found == numbers[rank] : found.isNaN, "\(rank)")
        }
    }
}
