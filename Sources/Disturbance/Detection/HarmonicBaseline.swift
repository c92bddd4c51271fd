internal import Kernels
internal import Foundation
internal import Geospatial

/// Where the planes of a stack lie: day, then band, then pixel.
struct PlaneLayout {
    let bands: Int
    /// Pixels of a plane, a multiple of eight.
    let pixels: Int

    func plane(_ day: Int, _ band: Int) -> Int { (day &* bands + band) &* pixels }
}

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
    /// How often the history observed each pixel.
    let observationCounts: [UInt16]
    private let sampleStep: Int
    /// Typical departure of unchanged ground: band.
    private(set) var scale: [Float]
    /// The fit that told what the scenes did to the landscape; nil where nobody asked for it.
    private(set) var first: FirstFit?
    /// What each day did to the landscape, as `ColourChange` tells it; empty where nobody asked for it.
    private(set) var changes: [[Double]] = []

    /// The curves of the first fit.
    struct FirstFit: Sendable {
        /// Band, term, pixel.
        var coefficients: [Float]
        /// What was taken for the typical departure: band.
        var scale: [Float]
    }

    /// - Parameters:
    ///   - clear: 1 for an observation: day, pixel.
    ///   - historyDays: How many of the stack's days come before the watched ones.
    ///   - keepsFirst: Whether `first` and `changes` are wanted.
    init(
        stack: SceneStack, clear: [UInt8], historyDays: Int, minimumObservations: Int,
        settings: DetectionSettings.BaselineSettings, keepsFirst: Bool = false
    ) {
        layout = PlaneLayout(bands: stack.bands.count, pixels: stack.pixelCount)
        self.historyDays = historyDays
        design = stack.days.flatMap(Self.terms(on:))
        values = stack.values
        let bands = stack.bands.count
        let pixels = stack.pixelCount
        coefficients = [Float](repeating: 0, count: bands * harmonicTerms * pixels)
        weights = [UInt8](repeating: 0, count: historyDays * pixels)
        factor = [Float](repeating: 0, count: bands * bands * pixels)
        freedom = [Float](repeating: 0, count: pixels)
        sampleStep = Self.sampleStep(columns: stack.grid.columns)
        var counts = [UInt16](repeating: 0, count: pixels)
        for day in 0..<historyDays {
            for pixel in 0..<pixels { counts[pixel] &+= UInt16(clear[day * pixels + pixel]) }
        }
        observationCounts = counts
        scale = Self.firstScale(stack, clear: clear, days: historyDays)
        fit(clear: clear, settings: settings)
        if keepsFirst { first = FirstFit(coefficients: coefficients, scale: scale) }
        let changes = normalise(clear: clear, grid: stack.grid)
        if keepsFirst { self.changes = changes }
        let sample = residualSample(clear: clear)
        scale = sample.scale
        fit(clear: clear, settings: settings)
        let prior = covariance(of: residualSample(clear: clear))
        unsafe kernels.factoriseResiduals(
            values: values, weights: weights, coefficients: coefficients, design: design, days: historyDays,
            bands: bands, pixels: pixels, prior: prior, kappa: Float(settings.priorObservations), factor: &factor,
            freedom: &freedom)
        for pixel in 0..<pixels where Int(observationCounts[pixel]) < minimumObservations { freedom[pixel] = 0 }
    }

    /// The baseline that a history gave, for watched days alone.
    /// - Parameters:
    ///   - stack: Without the history.
    ///   - clear: 1 for an observation: day, pixel.
    init(stack: SceneStack, clear: [UInt8], model: BaselineModel) {
        self.init(stack: stack, model: model, historyDays: 0, weights: [])
        _ = normalise(clear: clear, grid: stack.grid)
        coefficients = model.coefficients
        scale = model.scale
    }

    /// The baseline of watched days with the days it was made from.
    /// - Parameters:
    ///   - stack: Of these days and the watched ones.
    ///   - record: What the fit made of them.
    ///   - rows: Where `values` of the history are wanted; elsewhere they stay as they are in the stack.
    init(
        _ watched: HarmonicBaseline, in stack: SceneStack, model: BaselineModel, record: BaselineRecord, rows: [Int]
    ) {
        let days = record.changes.count
        self.init(stack: stack, model: model, historyDays: days, weights: record.weights)
        let columns = stack.grid.columns
        let change = colourChange(grid: stack.grid)
        var predicted = [Float](repeating: 0, count: layout.bands * layout.pixels)
        for day in 0..<days {
            for row in rows {
                for band in 0..<layout.bands {
                    for pixel in row * columns..<(row + 1) * columns {
                        predicted[band * layout.pixels + pixel] = prediction(day: day, band: band, pixel: pixel)
                    }
                }
            }
            unsafe values.withUnsafeMutableBufferPointer {
                unsafe change.remove(
                    record.changes[day], predicted: predicted, from: $0.baseAddress! + layout.plane(day, 0), rows: rows)
            }
        }
        values.replaceSubrange(layout.plane(days, 0)..., with: watched.values)
        coefficients = model.coefficients
        scale = model.scale
    }

    /// With the curves of the first fit.
    private init(stack: SceneStack, model: BaselineModel, historyDays: Int, weights: [UInt8]) {
        layout = PlaneLayout(bands: stack.bands.count, pixels: stack.pixelCount)
        self.historyDays = historyDays
        self.weights = weights
        design = stack.days.flatMap(Self.terms(on:))
        values = stack.values
        sampleStep = Self.sampleStep(columns: stack.grid.columns)
        observationCounts = model.observationCounts
        factor = model.factor
        freedom = model.freedom
        coefficients = model.first.coefficients
        scale = model.first.scale
    }

    /// The seasonal curve on a day.
    /// - Parameter predicted: Receives band, pixel.
    func predict(day: Int, into predicted: inout [Float]) {
        for band in 0..<layout.bands {
            unsafe predicted.withUnsafeMutableBufferPointer { buffer in
                unsafe design.withUnsafeBufferPointer { design in
                    unsafe kernels.predictHarmonics(
                        coefficients: coefficients, design: design.baseAddress! + day * harmonicTerms, band: band,
                        pixels: layout.pixels, output: buffer.baseAddress! + band * layout.pixels)
                }
            }
        }
    }

    /// The seasonal curve of one pixel and band on a day, the same to the last bit as in the whole plane.
    func prediction(day: Int, band: Int, pixel: Int) -> Float {
        var sum: Float = 0
        for term in 0..<harmonicTerms {
            sum +=
                design[day * harmonicTerms + term]
                * coefficients[(band * harmonicTerms + term) * layout.pixels + pixel]
        }
        return sum
    }

    /// Mean, and cosine and sine of one and two cycles a year, on a day.
    private static func terms(on day: Day) -> [Float] {
        // 365.2425 days: the mean year of the calendar.
        let phase = 2 * Double.pi * (Double(day.number) / 365.2425)
        return [1, cos(phase), sin(phase), cos(2 * phase), sin(2 * phase)].map { Float($0) }
    }

    private mutating func fit(clear: [UInt8], settings: DetectionSettings.BaselineSettings) {
        let network = SortingNetwork(count: historyDays)
        unsafe kernels.fitHarmonics(
            values: values, clear: clear, design: design, days: historyDays, bands: layout.bands,
            pixels: layout.pixels, scale: scale, exchanges: network.exchanges,
            exchangeCount: network.exchanges.count, ridge: Float(settings.ridge), trim: Float(settings.trim), fits: 3,
            coefficients: &coefficients,
            weights: &weights)
    }

    /// Every eleventh pixel is enough for statistics of the landscape; a step prime to the width of a row reaches every
    /// column.
    private static func sampleStep(columns: Int) -> Int {
        var step = 11
        while columns % step == 0 { step += 2 }
        return step
    }

    /// How many first scales make a band's median.
    private static let medianScales: Float = 20
    /// Far below what any sensor tells apart.
    private static let leastScale: Float = 1e-6

    /// A twentieth of each band's median: the right order of magnitude to tell clouds from ground in the first fit.
    private static func firstScale(_ stack: SceneStack, clear: [UInt8], days: Int) -> [Float] {
        let step = sampleStep(columns: stack.grid.columns)
        return stack.bands.indices.map { band in
            var sample: [Float] = []
            for day in 0..<days {
                let plane = stack.range(day: day, band: band).lowerBound
                for pixel in stride(from: 0, to: stack.pixelCount, by: 5 * step)
                where clear[day * stack.pixelCount + pixel] != 0 {
                    sample.append(stack.values[plane + pixel])
                }
            }
            return max(abs(median(&sample) ?? 1) / medianScales, leastScale)
        }
    }

    /// Takes off every day what its light, haze and season did to the landscape.
    /// - Returns: What that was: by day.
    private mutating func normalise(clear: [UInt8], grid: Grid) -> [[Double]] {
        let pixels = layout.pixels
        var change = colourChange(grid: grid)
        var predicted = [Float](repeating: 0, count: layout.bands * pixels)
        var changes: [[Double]] = []
        for day in 0..<design.count / harmonicTerms {
            predict(day: day, into: &predicted)
            unsafe values.withUnsafeMutableBufferPointer { values in
                unsafe clear.withUnsafeBufferPointer { clear in
                    let planes = unsafe values.baseAddress! + layout.plane(day, 0)
                    let solution = unsafe change.solution(
                        values: planes, predicted: predicted, clear: clear.baseAddress! + day * pixels)
                    unsafe change.remove(solution, predicted: predicted, from: planes)
                    changes.append(solution)
                }
            }
        }
        return changes
    }

    private func colourChange(grid: Grid) -> ColourChange {
        ColourChange(
            rows: grid.rows, columns: grid.columns,
            // The spectrum in units of its usual size keeps the equations well conditioned.
            unit: scale.map { 1 / ($0 * Self.medianScales) }, scale: scale)
    }

    /// For each pixel, how bright it has been in the visible: the second largest sum of the visible bands in the
    /// history, all seasons; `-infinity` without history. The largest may be a cloud that was missed.
    func brightest(visible: [Int]) -> [Float] {
        let pixels = layout.pixels
        var largest = [Float](repeating: -.infinity, count: pixels)
        var second = largest
        for day in 0..<historyDays {
            var sum = [Float](repeating: 0, count: pixels)
            for band in visible {
                let plane = layout.plane(day, band)
                for pixel in 0..<pixels { sum[pixel] += values[plane + pixel] }
            }
            unsafe weights.withUnsafeBufferPointer { weights in
                unsafe kernels.keepTwoLargest(
                    sum, weights: weights.baseAddress! + day * pixels, count: pixels, largest: &largest,
                    second: &second)
            }
        }
        return second
    }

    /// What a pixel's history says of water on it.
    struct Wetness {
        /// Kept observations: pixel.
        var observations: [Int32]
        /// Those of them that look like water: pixel.
        var underWater: [Int32]
        /// Sum of MNDWI (Xu 2006) over them: pixel.
        var indexSum: [Float]
    }

    /// Water by MNDWI above 0 over all seasons of the history; -1 to 1 for each observation.
    func wetness(green: Int, shortWaveInfrared: Int) -> Wetness {
        let pixels = layout.pixels
        var wetness = Wetness(
            observations: Array(repeating: 0, count: pixels), underWater: Array(repeating: 0, count: pixels),
            indexSum: Array(repeating: 0, count: pixels))
        for day in 0..<historyDays {
            let high = layout.plane(day, green)
            let low = layout.plane(day, shortWaveInfrared)
            for pixel in 0..<pixels where weights[day * pixels + pixel] != 0 {
                let sum = max(values[high + pixel] + values[low + pixel], scale[green])
                let index = min(max((values[high + pixel] - values[low + pixel]) / sum, -1), 1)
                wetness.observations[pixel] += 1
                wetness.indexSum[pixel] += index
                if index > 0 { wetness.underWater[pixel] += 1 }
            }
        }
        return wetness
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
        let sampled = Array(stride(from: 0, to: pixels, by: sampleStep))
        // The sampled pixels' curves beside one another, for all days.
        let curves = sampled.flatMap { pixel in
            (0..<bands * harmonicTerms).map { coefficients[$0 * pixels + pixel] }
        }
        var residuals: [Float] = []
        residuals.reserveCapacity(sampled.count * historyDays * bands)
        for day in 0..<historyDays {
            for (index, pixel) in sampled.enumerated() where clear[day * pixels + pixel] != 0 {
                for band in 0..<bands {
                    var predicted: Float = 0
                    for term in 0..<harmonicTerms {
                        predicted +=
                            design[day * harmonicTerms + term]
                            * curves[(index * bands + band) * harmonicTerms + term]
                    }
                    residuals.append(values[layout.plane(day, band) + pixel] - predicted)
                }
            }
        }
        let count = residuals.count / max(bands, 1)
        let scale = (0..<bands).map { band -> Float in
            guard count > 0 else { return Self.leastScale }
            let middle = unsafe residuals.withUnsafeBufferPointer { residuals in
                unsafe selectMagnitude(count / 2, of: residuals.baseAddress! + band, count: count, stride: bands)
            }
            return max(middle * medianAbsoluteDeviationScale, Self.leastScale)
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
