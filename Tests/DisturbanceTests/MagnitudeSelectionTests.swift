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
                #expect(unsafe kernels.selectMagnitude(rank, of: values, count: count, stride: stride) == sorted[rank])
            }
        }
    }
}
