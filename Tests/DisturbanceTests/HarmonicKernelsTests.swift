import Foundation
import Kernels
import Testing

@testable import Disturbance

struct HarmonicKernelsTests {
    /// A small stack with seasons, noise, gaps and outliers.
    private struct Series {
        let bands: Int
        let pixels: Int
        let days: Int
        var values: [Float] = []
        var clear: [UInt8] = []
        var design: [Float] = []
        var layout: PlaneLayout { PlaneLayout(bands: bands, pixels: pixels) }

        init(seed: Int, bands: Int, pixels: Int, days: Int, clearShare: Double, outlierShare: Double = 0) {
            self.bands = bands
            self.pixels = pixels
            self.days = days
            var random = SeededGenerator(seed: seed)
            let amplitude = (0..<bands * pixels).map { _ in random.uniform(-0.1...0.1) }
            for day in 0..<days {
                let phase = 2 * Double.pi * Double(day * 23 % 365) / 365
                design += [1, cos(phase), sin(phase), cos(2 * phase), sin(2 * phase)].map { Float($0) }
                let seen = random.mask(pixels, share: clearShare)
                let outliers = random.mask(pixels, share: outlierShare)
                clear += seen
                for band in 0..<bands {
                    for pixel in 0..<pixels {
                        let season = amplitude[band * pixels + pixel] * Float(cos(phase))
                        let value = 0.2 + season + 0.01 * random.normal() + (outliers[pixel] != 0 ? 0.5 : 0)
                        values.append(seen[pixel] != 0 ? value : .nan)
                    }
                }
            }
        }

        func fit(trim: Float = 2.5, fits: Int) -> (coefficients: [Float], weights: [UInt8]) {
            var coefficients = [Float](repeating: .nan, count: bands * harmonicTerms * pixels)
            var weights = [UInt8](repeating: 9, count: days * pixels)
            let network = SortingNetwork(count: days)
            unsafe kernels.fitHarmonics(
                values: values, clear: clear, design: design, days: days, bands: bands, pixels: pixels,
                scale: [Float](repeating: 0.01, count: bands), exchanges: network.exchanges,
                exchangeCount: network.exchanges.count, ridge: 0.3, trim: trim, fits: fits,
                coefficients: &coefficients, weights: &weights)
            return (coefficients, weights)
        }

        /// The normal equations of one pixel in Double, with the weights given.
        func reference(pixel: Int, band: Int, weights: [UInt8]) throws -> [Double] {
            let terms = harmonicTerms
            var matrix = [Double](repeating: 0, count: terms * terms)
            var right = [Double](repeating: 0, count: terms)
            for day in 0..<days where weights[day * pixels + pixel] != 0 {
                for i in 0..<terms {
                    let term = Double(design[day * terms + i])
                    right[i] += term * Double(values[layout.plane(day, band) + pixel])
                    for j in 0..<terms { matrix[i * terms + j] += term * Double(design[day * terms + j]) }
                }
            }
            for i in 0..<terms { matrix[i * terms + i] += i == 0 ? 1e-6 : 0.3 }
            return try #require(HarmonicKernelsTests.solved(matrix, right))
        }

        func residual(_ coefficients: [Float], day: Int, band: Int, pixel: Int) -> Double {
            var value = Double(values[layout.plane(day, band) + pixel])
            for term in 0..<harmonicTerms {
                value -=
                    Double(design[day * harmonicTerms + term])
                    * Double(coefficients[(band * harmonicTerms + term) * pixels + pixel])
            }
            return value
        }
    }

    /// Elimination with pivots: another way than the kernels' Cholesky.
    private static func solved(_ matrix: [Double], _ right: [Double]) -> [Double]? {
        let size = right.count
        var rows = (0..<size).map { Array(matrix[$0 * size..<($0 + 1) * size]) + [right[$0]] }
        for column in 0..<size {
            guard let pivot = (column..<size).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                rows[pivot][column] != 0
            else { return nil }
            rows.swapAt(column, pivot)
            for row in 0..<size where row != column {
                let factor = rows[row][column] / rows[column][column]
                for k in column...size { rows[row][k] -= factor * rows[column][k] }
            }
        }
        return (0..<size).map { rows[$0][size] / rows[$0][$0] }
    }

    @Test(arguments: [(1, 8, 30, 1.0), (3, 16, 24, 0.7), (6, 8, 40, 0.4), (2, 8, 3, 1.0), (2, 8, 20, 0.1)])
    func fitEqualsNormalEquationsInDouble(bands: Int, pixels: Int, days: Int, share: Double) throws {
        for seed in 0..<8 {
            let series = Series(seed: seed, bands: bands, pixels: pixels, days: days, clearShare: share)
            let found = series.fit(fits: 1)
            #expect(found.weights == series.clear)
            for pixel in 0..<pixels {
                for band in 0..<bands {
                    let expected = try series.reference(pixel: pixel, band: band, weights: series.clear)
                    for term in 0..<harmonicTerms {
                        let value = found.coefficients[(band * harmonicTerms + term) * pixels + pixel]
                        #expect(abs(Double(value) - expected[term]) < 2e-4)
                    }
                }
            }
        }
    }

    @Test func outliersAreLeftOutAndTheRestIsFittedWithoutThem() throws {
        for seed in 0..<8 {
            let series = Series(seed: seed, bands: 3, pixels: 16, days: 60, clearShare: 0.8, outlierShare: 0.05)
            let found = series.fit(fits: 3)
            for pixel in 0..<16 {
                for day in 0..<60 {
                    let index = day * 16 + pixel
                    if series.clear[index] == 0 {
                        #expect(found.weights[index] == 0)
                    } else if series.values[series.layout.plane(day, 0) + pixel] > 0.55 {
                        #expect(found.weights[index] == 0)
                    }
                }
                let expected = try series.reference(pixel: pixel, band: 1, weights: found.weights)
                for term in 0..<harmonicTerms {
                    let value = found.coefficients[(harmonicTerms + term) * 16 + pixel]
                    #expect(abs(Double(value) - expected[term]) < 2e-4)
                }
            }
        }
    }

    @Test func pixelsNeverClearGetNumbersAndNoDaysGetZero() {
        let unseen = Series(seed: 1, bands: 2, pixels: 8, days: 12, clearShare: 0)
        let found = unseen.fit(fits: 3)
        #expect(found.coefficients.allSatisfy { $0 == 0 })
        #expect(found.weights.allSatisfy { $0 == 0 })
        let none = Series(seed: 1, bands: 2, pixels: 8, days: 0, clearShare: 1)
        #expect(none.fit(fits: 3).coefficients.allSatisfy { $0 == 0 })
    }

    @Test func predictionIsTheSumOfTheTerms() {
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let coefficients = (0..<3 * harmonicTerms * 16).map { _ in random.uniform(-1...1) }
            let design = (0..<harmonicTerms).map { _ in random.uniform(-1...1) }
            for band in 0..<3 {
                var predicted = [Float](repeating: .nan, count: 16)
                unsafe kernels.predictHarmonics(
                    coefficients: coefficients, design: design, band: band, pixels: 16, output: &predicted)
                for pixel in 0..<16 {
                    let expected = (0..<harmonicTerms).reduce(0.0) {
                        $0 + Double(design[$1]) * Double(coefficients[(band * harmonicTerms + $1) * 16 + pixel])
                    }
                    #expect(abs(Double(predicted[pixel]) - expected) < 1e-5)
                }
            }
        }
    }

    @Test(arguments: [(1, 40, 1.0), (3, 30, 0.6), (6, 50, 0.5), (4, 30, 0.05), (6, 10, 0)])
    func anomalyEqualsHotellingWithAnExplicitInverse(bands: Int, days: Int, share: Double) throws {
        let pixels = 16
        let kappa = 8.0
        for seed in 0..<6 {
            let series = Series(seed: seed, bands: bands, pixels: pixels, days: days, clearShare: share)
            let fitted = series.fit(fits: 3)
            var random = SeededGenerator(seed: seed + 100)
            var prior = [Float](repeating: 0, count: bands * bands)
            for band in 0..<bands { prior[band * bands + band] = 1e-4 * random.uniform(1...3) }
            var factor = [Float](repeating: .nan, count: bands * bands * pixels)
            var freedom = [Float](repeating: .nan, count: pixels)
            unsafe kernels.factoriseResiduals(
                values: series.values, weights: fitted.weights, coefficients: fitted.coefficients,
                design: series.design, days: days, bands: bands, pixels: pixels, prior: prior, kappa: Float(kappa),
                factor: &factor, freedom: &freedom)
            let residuals = (0..<bands * pixels).map { _ in 0.03 * random.normal() }
            var whitened = [Float](repeating: .nan, count: bands * pixels)
            var anomaly = [Float](repeating: .nan, count: pixels)
            unsafe kernels.hotellingAnomaly(
                residuals: residuals, factor: factor, freedom: freedom, bands: bands, pixels: pixels,
                whitened: &whitened, anomaly: &anomaly)

            for pixel in 0..<pixels {
                var covariance = prior.map { Double($0) * kappa }
                var count = 0
                for day in 0..<days where fitted.weights[day * pixels + pixel] != 0 {
                    count += 1
                    let residual = (0..<bands).map {
                        series.residual(fitted.coefficients, day: day, band: $0, pixel: pixel)
                    }
                    for i in 0..<bands { for j in 0..<bands { covariance[i * bands + j] += residual[i] * residual[j] } }
                }
                let degrees = Double(max(count - harmonicTerms, 1)) + kappa
                #expect(abs(Double(freedom[pixel]) - degrees) < 1e-4)
                for index in covariance.indices { covariance[index] /= degrees }
                let asked = (0..<bands).map { Double(residuals[$0 * pixels + pixel]) }
                let weighted = try #require(Self.solved(covariance, asked))
                let square = zip(asked, weighted).reduce(0) { $0 + $1.0 * $1.1 }
                let norm = (0..<bands).reduce(0.0) {
                    $0 + Double(whitened[$1 * pixels + pixel]) * Double(whitened[$1 * pixels + pixel])
                }
                #expect(abs(norm - square) < 1e-3 * square + 1e-6)
                let spare = max(degrees - Double(bands) + 1, 1)
                let expected = (square * spare / (degrees * Double(bands))).squareRoot()
                #expect(abs(Double(anomaly[pixel]) - expected) < 1e-3 * expected + 1e-6)
            }
        }
    }
}
