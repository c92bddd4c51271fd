internal import Geospatial

/// Measures whether one acquisition lies above or below another by the same amount in every band, as it does where one
/// of them is stored with another offset, and by how many steps of that offset.
///
/// Hardly anything on the ground does that: seasons move the infrared against the visible, haze brightens the blue and
/// hardly the short-wave infrared, a gain moves bright ground more than dark. Only ground that kept its colour is
/// asked.
struct FlatShift: Sendable {
    /// What one day shows at the pixels looked at.
    struct Sample: Sendable {
        /// Whether a pixel is clear and neither water nor snow, whatever the offset: both are darker in the infrared than
        /// in the green.
        var isGround: [Bool]
        /// The bands that must move alike: band, then pixel.
        var values: [Float]
    }

    let settings: DetectionSettings.OffsetGuardSettings
    /// The offset that is looked for, in the unit of the stack's values.
    let step: Float
    /// Bands that must move alike.
    private let bands: [Int]
    private let green: Int
    private let infrared: Int
    /// Pixels looked at.
    private let pixels: [Int]

    /// Pixels that are enough for medians of a landscape; larger windows are thinned to no fewer.
    private static let samplePixels = 2000
    /// Fewer pixels of stable ground than this say nothing.
    private static let leastPixels = 50
    /// More than two steps, one scene too low and the other too high, no mistake makes.
    private static let mostSteps: Float = 2
    /// Seasons change the contrast of stable ground by no more than this factor; clouds that were missed by more.
    private static let mostContrast: Float = 2.5

    /// Nil where the bands cannot tell an offset from haze: there must be green and an infrared.
    init?(stack: SceneStack, settings: DetectionSettings.OffsetGuardSettings) {
        let step = stack.isReflectance ? settings.shiftReflectance : settings.shiftStoredUnits
        func index(_ wanted: [Band]) -> Int? { wanted.lazy.compactMap { stack.bands.firstIndex(of: $0) }.first }
        guard step > 0, let green = index([.green]), let infrared = index([.nir, .nir08, .swir16, .swir22]) else {
            return nil
        }
        self.settings = settings
        self.step = Float(step)
        self.green = green
        self.infrared = infrared
        // Where there is a short-wave infrared, the near infrared is left to the seasons: green-up moves it by more
        // than the offset.
        let hasShortWave = stack.bands.contains(.swir16) || stack.bands.contains(.swir22)
        let seasonal: Set<Band> = hasShortWave ? [.rededge, .rededge071, .rededge075, .rededge078, .nir, .nir08] : []
        bands = stack.bands.indices.filter { !seasonal.contains(stack.bands[$0]) }
        guard bands.count >= 3 else { return nil }
        // Prime to the width of the window, a multiple of eight, so that no column is preferred.
        let stride = [101, 37, 11, 3].first { stack.pixelCount / $0 >= Self.samplePixels } ?? 1
        pixels = Array(Swift.stride(from: 0, to: stack.pixelCount, by: stride))
    }

    func sample(of stack: SceneStack, day: Int) -> Sample {
        let conditions = stack.conditionRange(day: day).lowerBound
        let high = stack.range(day: day, band: infrared).lowerBound
        let low = stack.range(day: day, band: green).lowerBound
        return Sample(
            isGround: pixels.map {
                stack.conditions[conditions + $0] == PixelCondition.clear.rawValue
                    && stack.values[high + $0] > stack.values[low + $0]
            },
            values: bands.flatMap { band in
                let plane = stack.range(day: day, band: band).lowerBound
                return pixels.map { stack.values[plane + $0] }
            })
    }

    /// Steps by which one day lies above an earlier one; 0 where they agree, nil where nothing can be said.
    func steps(from first: Sample, to second: Sample) -> Int? {
        let ground = pixels.indices.filter { first.isGround[$0] && second.isGround[$0] }
        guard ground.count >= Self.leastPixels else { return nil }
        var shifts: [Float] = []
        var before: [Float] = []
        var after: [Float] = []
        let limit = Float(settings.stableSpread) * step
        for pixel in ground {
            var sum: Float = 0
            var squares: Float = 0
            var level: Float = 0
            for band in bands.indices {
                let value = first.values[band * pixels.count + pixel]
                let difference = second.values[band * pixels.count + pixel] - value
                sum += difference
                squares += difference * difference
                level += value
            }
            let count = Float(bands.count)
            let mean = sum / count
            guard squares / count - mean * mean < limit * limit else { continue }
            shifts.append(mean)
            before.append(level / count)
            after.append(level / count + mean)
        }
        guard shifts.count >= Self.leastPixels,
            Double(shifts.count) >= settings.minimumStableShare * Double(ground.count),
            keepsContrast(&before, &after)
        else { return nil }
        var sorted = shifts
        guard let middle = median(&sorted) else { return nil }
        let slack = Float(settings.tolerance) * step
        let agreeing = shifts.count { abs($0 - middle) <= slack }
        guard Double(agreeing) >= settings.minimumAgreement * Double(shifts.count) else { return nil }
        let steps = (middle / step).rounded()
        guard abs(steps) <= Self.mostSteps, abs(middle - steps * step) <= slack else { return nil }
        return Int(steps)
    }

    /// Whether the ground's brightness varies as much on both days: a missed cloud covers what is below it.
    private func keepsContrast(_ before: inout [Float], _ after: inout [Float]) -> Bool {
        /// Between the darkest and the brightest tenth.
        func contrast(_ values: inout [Float]) -> Float {
            let tenth = values.count / 10
            return select(values.count - 1 - tenth, in: &values) - select(tenth, in: &values)
        }
        let first = contrast(&before)
        let second = contrast(&after)
        // On ground of one brightness there is only noise to compare.
        if max(first, second) < step / 4 { return true }
        return first < Self.mostContrast * second && second < Self.mostContrast * first
    }
}
