import Testing

@testable import Disturbance

struct ColourKernelsTests {
    @Test(arguments: [1, 7, 8, 9, 20], [1, 3, 6])
    func subtractsTheFormulaOfEachPixelAndTouchesNoOther(count: Int, bands: Int) {
        let pixels = 32
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let before = (0..<pixels).map { _ in random.uniform(0...1) }
            let predicted = (0..<bands * pixels).map { _ in random.uniform(0...1) }
            let left = (0...bands).map { _ in random.uniform(-0.5...0.5) }
            let right = (0...bands).map { _ in random.uniform(-0.5...0.5) }
            let unit = (0..<bands).map { _ in random.uniform(0.5...2) }
            // The last run ends where the planes end: nothing may be read beyond.
            let start = seed % 2 == 0 ? 3 : pixels - count
            var values = before
            unsafe subtractColourChange(
                values: &values, predicted: predicted, pixels: pixels, bands: bands, start: start, count: count,
                left: left, right: right, part: 0.25, step: 0.025, unit: unit)
            for pixel in 0..<pixels {
                guard (start..<start + count).contains(pixel) else {
                    #expect(values[pixel] == before[pixel])
                    continue
                }
                let part = 0.25 + Double(pixel - start) * 0.025
                func coefficient(_ index: Int) -> Double {
                    Double(left[index]) + (Double(right[index]) - Double(left[index])) * part
                }
                var shift = coefficient(0)
                for band in 0..<bands {
                    shift += coefficient(band + 1) * Double(unit[band]) * Double(predicted[band * pixels + pixel])
                }
                #expect(abs(Double(values[pixel]) - Double(before[pixel]) + shift) < 1e-5)
            }
        }
    }

    @Test func keepsTheTwoLargestOfTheDaysThatCount() {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let pixels = 13
            var largest = [Float](repeating: -.infinity, count: pixels)
            var second = largest
            var seen = [[Float]](repeating: [], count: pixels)
            for _ in 0..<seed {
                let weights = random.mask(pixels, share: 0.4)
                let values = weights.map { $0 != 0 ? random.uniform(-1...1) : .nan }
                for pixel in 0..<pixels where weights[pixel] != 0 { seen[pixel].append(values[pixel]) }
                unsafe keepTwoLargest(values, weights: weights, count: pixels, largest: &largest, second: &second)
            }
            for pixel in 0..<pixels {
                let sorted = seen[pixel].sorted(by: >) + [-.infinity, -.infinity]
                #expect(largest[pixel] == sorted[0])
                #expect(second[pixel] == sorted[1])
            }
        }
    }
}
