internal import Foundation

/// Per pixel: what each band shows at each time of the year, and how it usually scatters around it.
///
/// Robust harmonic regression as in COLD and CCDC (Zhu and others 2014, 2020), fitted twice: the first fit tells what
/// each scene's haze, light and season did to the whole landscape, the second is made without it.
struct HarmonicBaseline {
    let layout: PlaneLayout
    /// `harmonicTerms` numbers for each day of the stack.
    let design: [Float]
    /// Days before the watched ones.
    let historyDays: Int
    /// Band, term, pixel.
    private(set) var coefficients: [Float]
    /// Observations of the last fit: history day, pixel.
    private(set) var weights: [UInt8]
    /// The stack without what each scene did to the whole landscape: day, band, pixel.
    private(set) var values: [Float]
    /// Cholesky factor of each pixel's covariance.
    private(set) var factor: [Float]
    /// Degrees of freedom, 0 where the history is too short.
    private(set) var freedom: [Float]
    /// Typical departure of unchanged ground: band.
    private(set) var scale: [Float]

    /// - Parameters:
    ///   - clear: 1 for an observation: day, pixel.
    ///   - historyDays: How many of the stack's days come before the watched ones.
    init(
        stack: SceneStack, clear: [UInt8], historyDays: Int, minimumObservations: Int,
        settings: DetectionSettings.BaselineSettings
    ) {
        layout = PlaneLayout(bands: stack.bands.count, pixels: stack.pixelCount)
        self.historyDays = historyDays
        design = stack.days.flatMap(Self.terms)
        values = stack.values
        let bands = stack.bands.count
        let pixels = stack.pixelCount
        coefficients = [Float](repeating: 0, count: bands * harmonicTerms * pixels)
        weights = [UInt8](repeating: 0, count: historyDays * pixels)
        factor = [Float](repeating: 0, count: bands * bands * pixels)
        freedom = [Float](repeating: 0, count: pixels)
        scale = Self.firstScale(stack, clear: clear, days: historyDays)
        fit(clear: clear, settings: settings)
        for day in stack.days.indices { normalise(day: day, clear: clear) }
        let sample = residualSample(clear: clear)
        scale = sample.scale
        fit(clear: clear, settings: settings)
        let prior = covariance(of: residualSample(clear: clear))
        unsafe factoriseResiduals(
            values: values, weights: weights, coefficients: coefficients, design: design, days: historyDays,
            layout: layout, prior: prior, kappa: Float(settings.priorObservations), factor: &factor, freedom: &freedom)
        for pixel in 0..<pixels {
            var count = 0
            for day in 0..<historyDays { count += Int(clear[day * pixels + pixel]) }
            if count < minimumObservations { freedom[pixel] = 0 }
        }
    }

    /// The seasonal curve on a day: band, pixel.
    func prediction(day: Int) -> [Float] {
        var predicted = [Float](repeating: 0, count: layout.bands * layout.pixels)
        for band in 0..<layout.bands {
            unsafe predicted.withUnsafeMutableBufferPointer { buffer in
                unsafe design.withUnsafeBufferPointer { design in
                    unsafe predictHarmonics(
                        coefficients: coefficients, design: design.baseAddress! + day * harmonicTerms, band: band,
                        pixels: layout.pixels, output: buffer.baseAddress! + band * layout.pixels)
                }
            }
        }
        return predicted
    }

    /// Mean, and cosine and sine of one and two cycles a year, on a day.
    private static func terms(_ day: Day) -> [Float] {
        // 365.2425 days: the mean year of the calendar.
        let phase = 2 * Double.pi * (Double(day.number) / 365.2425)
        return [1, cos(phase), sin(phase), cos(2 * phase), sin(2 * phase)].map { Float($0) }
    }

    private mutating func fit(clear: [UInt8], settings: DetectionSettings.BaselineSettings) {
        unsafe fitHarmonics(
            values: values, clear: clear, design: design, days: historyDays, layout: layout, scale: scale,
            ridge: Float(settings.ridge), trim: Float(settings.trim), fits: 3, coefficients: &coefficients,
            weights: &weights)
    }

    /// Every eleventh pixel: enough for statistics of the landscape, and prime to the width of rows and blocks.
    private static let sampleStep = 11

    /// A twentieth of each band's median: the right order of magnitude to tell clouds from ground in the first fit.
    private static func firstScale(_ stack: SceneStack, clear: [UInt8], days: Int) -> [Float] {
        stack.bands.indices.map { band in
            var sample: [Float] = []
            for day in 0..<days {
                let plane = stack.range(day: day, band: band).lowerBound
                for pixel in stride(from: 0, to: stack.pixelCount, by: sampleStep * 5)
                where clear[day * stack.pixelCount + pixel] != 0 {
                    sample.append(stack.values[plane + pixel])
                }
            }
            return max(abs(median(&sample) ?? 1) / 20, 1e-6)
        }
    }

    /// Takes off what a day did to the whole landscape: a linear change of colour, fitted to the departures from the
    /// baseline as a function of the baseline's own spectrum, without the pixels that it does not fit.
    private mutating func normalise(day: Int, clear: [UInt8]) {
        let bands = layout.bands
        let pixels = layout.pixels
        let size = bands + 1
        let predicted = prediction(day: day)
        // Every second pixel, or every pixel of a small region.
        let step = pixels > 50_000 ? 2 : 1
        let sample = stride(from: 0, to: pixels, by: step).filter { clear[day * pixels + $0] != 0 }
        // 200: some thirty observations for each of the unknowns.
        guard sample.count >= 200 else { return }
        // The spectrum in units of its usual size keeps the equations well conditioned.
        let unit = (0..<bands).map { 1 / (Double(scale[$0]) * 20) }
        var inliers = sample
        var solution = [[Double]](repeating: [Double](repeating: 0, count: size), count: bands)
        for round in 0..<3 {
            var matrix = [Double](repeating: 0, count: size * size)
            var right = [[Double]](repeating: [Double](repeating: 0, count: size), count: bands)
            var row = [Double](repeating: 1, count: size)
            for pixel in inliers {
                for band in 0..<bands { row[band + 1] = Double(predicted[band * pixels + pixel]) * unit[band] }
                for i in 0..<size { for j in 0...i { matrix[i * size + j] += row[i] * row[j] } }
                for band in 0..<bands {
                    let departure = Double(
                        values[layout.plane(day, band) + pixel] - predicted[band * pixels + pixel])
                    for i in 0..<size { right[band][i] += row[i] * departure }
                }
            }
            matrix[0] += 1
            // 20: what the slopes are drawn to zero with, observations; a cloudy day must not invent a colour change.
            for i in 1..<size { matrix[i * size + i] += 20 }
            for band in 0..<bands {
                if let solved = LinearSystem.solve(matrix, right[band], size: size) { solution[band] = solved }
            }
            guard round < 2 else { break }
            var distances = [Float](repeating: 0, count: sample.count)
            for (index, pixel) in sample.enumerated() {
                distances[index] = Float(
                    distance(day: day, pixel: pixel, predicted: predicted, solution: solution, unit: unit))
            }
            var sorted = distances
            let limit = 2.5 * max(median(&sorted) ?? 0, 0.3)
            inliers = zip(sample, distances).filter { $0.1 <= limit }.map(\.0)
        }
        for band in 0..<bands {
            let plane = layout.plane(day, band)
            for pixel in 0..<pixels {
                var shift = solution[band][0]
                for other in 0..<bands {
                    shift += solution[band][other + 1] * Double(predicted[other * pixels + pixel]) * unit[other]
                }
                values[plane + pixel] -= Float(shift)
            }
        }
    }

    /// Root mean square over the bands of what a colour change leaves, in `scale`.
    private func distance(
        day: Int, pixel: Int, predicted: [Float], solution: [[Double]], unit: [Double]
    ) -> Double {
        let pixels = layout.pixels
        var sum = 0.0
        for band in 0..<layout.bands {
            var rest = Double(values[layout.plane(day, band) + pixel] - predicted[band * pixels + pixel])
            rest -= solution[band][0]
            for other in 0..<layout.bands {
                rest -= solution[band][other + 1] * Double(predicted[other * pixels + pixel]) * unit[other]
            }
            rest /= Double(scale[band])
            sum += rest * rest
        }
        return (sum / Double(layout.bands)).squareRoot()
    }

    private struct Sample {
        /// One spectrum of residuals after another.
        var residuals: [Float]
        var scale: [Float]
    }

    /// Residuals of the observations that took part in the fit, on a sample of the pixels.
    private func residualSample(clear: [UInt8]) -> Sample {
        let bands = layout.bands
        let pixels = layout.pixels
        var residuals: [Float] = []
        for day in 0..<historyDays {
            let predicted = prediction(day: day)
            for pixel in stride(from: 0, to: pixels, by: Self.sampleStep) where clear[day * pixels + pixel] != 0 {
                for band in 0..<bands {
                    residuals.append(values[layout.plane(day, band) + pixel] - predicted[band * pixels + pixel])
                }
            }
        }
        let scale = (0..<bands).map { band in
            var column = stride(from: band, to: residuals.count, by: bands).map { abs(residuals[$0]) }
            return max((median(&column) ?? 0) * medianAbsoluteDeviationScale, 1e-6)
        }
        return Sample(residuals: residuals, scale: scale)
    }

    /// The covariance of the landscape's residuals, without those beyond two scales: bands x bands.
    private func covariance(of sample: Sample) -> [Float] {
        let bands = layout.bands
        var sums = [Double](repeating: 0, count: bands * bands)
        var count = 0
        for start in stride(from: 0, to: sample.residuals.count, by: bands) {
            var distance: Float = 0
            for band in 0..<bands {
                let value = sample.residuals[start + band] / sample.scale[band]
                distance += value * value
            }
            guard distance < 4 * Float(bands) else { continue }
            count += 1
            for row in 0..<bands {
                for column in 0..<bands {
                    sums[row * bands + column] +=
                        Double(sample.residuals[start + row]) * Double(sample.residuals[start + column])
                }
            }
        }
        var matrix = sums.map { Float($0 / Double(max(count - 1, 1))) }
        for band in 0..<bands {
            // Where nothing was sampled, the scale alone.
            if matrix[band * bands + band] <= 0 {
                matrix[band * bands + band] = sample.scale[band] * sample.scale[band]
            }
        }
        return matrix
    }
}
