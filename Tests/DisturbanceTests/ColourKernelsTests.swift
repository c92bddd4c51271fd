import Kernels
import Testing

@testable import Disturbance

struct ColourKernelsTests {
    @Test(arguments: [1, 7, 8, 9, 20], [1, 3, 6])
    func subtractsTheFormulaOfEachPixelAndTouchesNoOther(count: Int, bands: Int) {
        let pixels = 32
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let size = bands + 1
            let before = (0..<bands * pixels).map { _ in random.uniform(0...1) }
            let predicted = (0..<bands * pixels).map { _ in random.uniform(0...1) }
            let left = (0..<bands * size).map { _ in random.uniform(-0.5...0.5) }
            let right = (0..<bands * size).map { _ in random.uniform(-0.5...0.5) }
            let unit = (0..<bands).map { _ in random.uniform(0.5...2) }
            // The last run ends where the planes end: nothing may be read beyond.
            let start = seed % 2 == 0 ? 3 : pixels - count
            var values = before
            unsafe kernels.subtractColourChange(
                values: &values, predicted: predicted, pixels: pixels, bands: bands, start: start, count: count,
                left: left, right: right, part: 0.25, step: 0.025, unit: unit)
            for band in 0..<bands {
                for pixel in 0..<pixels {
                    let place = band * pixels + pixel
                    guard (start..<start + count).contains(pixel) else {
                        #expect(values[place] == before[place])
                        continue
                    }
                    let part = 0.25 + Double(pixel - start) * 0.025
                    func coefficient(_ index: Int) -> Double {
                        let low = Double(left[band * size + index])
                        return low + (Double(right[band * size + index]) - low) * part
                    }
                    var shift = coefficient(0)
                    for other in 0..<bands {
                        shift +=
                            coefficient(other + 1) * Double(unit[other]) * Double(predicted[other * pixels + pixel])
                    }
                    #expect(abs(Double(values[place]) - Double(before[place]) + shift) < 1e-5)
                }
            }
        }
    }

    /// Columns of a tile's sample, padded with zeros to a multiple of four.
    private static func sample(bands: Int, count: Int, seed: Int) -> (columns: [Float], stride: Int) {
        var random = SeededGenerator(seed: seed)
        let stride = (count + 3) / 4 * 4
        let columns = (0..<2 * bands).flatMap { _ in
            (0..<stride).map { $0 < count ? random.uniform(-1...1) : 0 }
        }
        return (columns, stride)
    }

    @Test(arguments: [1, 4, 6], [0, 1, 7, 128, 300])
    func productsAreThoseOfTheNormalEquations(bands: Int, count: Int) {
        for seed in 0..<5 {
            let (columns, stride) = Self.sample(bands: bands, count: count, seed: seed)
            let width = 2 * bands + 1
            var products = [Double](repeating: .nan, count: (bands + 1) * width)
            unsafe kernels.sumColourProducts(
                sample: columns, stride: stride, count: stride, observations: count, bands: bands,
                products: &products)
            func number(_ column: Int, _ index: Int) -> Double {
                column == 0 ? 1 : Double(columns[(column - 1) * stride + index])
            }
            for row in 0...bands {
                for column in 0..<width {
                    let isWanted = column <= row || column > bands
                    let expected = (0..<count).reduce(0.0) { $0 + number(row, $1) * number(column, $1) }
                    #expect(abs(products[row * width + column] - (isWanted ? expected : 0)) < 1e-10)
                }
            }
        }
    }

    @Test(arguments: [1, 4, 6], [1, 7, 128, 300])
    func distancesAreRootMeanSquaresOfWhatIsLeft(bands: Int, count: Int) {
        for seed in 0..<5 {
            let (columns, stride) = Self.sample(bands: bands, count: count, seed: seed)
            var random = SeededGenerator(seed: seed + 50)
            let rate = (0..<bands).map { _ in Double(random.uniform(0.5...2)) }
            let solution = (0..<bands * (bands + 1)).map { _ in Double(random.uniform(-1...1)) }
            var distances = [Float](repeating: .nan, count: stride)
            unsafe kernels.measureColour(
                sample: columns, stride: stride, count: stride, bands: bands, rate: rate, solution: solution,
                distances: &distances)
            for index in 0..<count {
                var sum = 0.0
                for band in 0..<bands {
                    var rest = Double(columns[(bands + band) * stride + index]) - solution[band * (bands + 1)]
                    for other in 0..<bands {
                        rest -= solution[band * (bands + 1) + other + 1] * Double(columns[other * stride + index])
                    }
                    sum += rest * rate[band] * rest * rate[band]
                }
                #expect(abs(Double(distances[index]) - (sum / Double(bands)).squareRoot()) < 1e-6)
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
                unsafe kernels.keepTwoLargest(
                    values, weights: weights, count: pixels, largest: &largest, second: &second)
            }
            for pixel in 0..<pixels {
                let sorted = seen[pixel].sorted(by: >) + [-.infinity, -.infinity]
                #expect(largest[pixel] == sorted[0])
                #expect(second[pixel] == sorted[1])
            }
        }
    }
}
