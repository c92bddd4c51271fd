internal import Geospatial

/// Where water rises and falls, so that a flood or a dry bank is no disturbance.
struct Shore: Sendable {
    /// 1 within reach of water.
    let zone: [UInt8]
    /// 1 where the pixel itself is water or partly so.
    let isWet: [UInt8]

    /// Part of a pixel's history under water from which on its banks move with the level: a few weeks a year.
    private static let leastWetShare = 0.1

    init(zone: [UInt8], isWet: [UInt8]) {
        self.zone = zone
        self.isWet = isWet
    }

    /// By what each pixel's history showed in all seasons: a bank that is dry now is under water in the months of flood.
    init(stack: SceneStack, baseline: HarmonicBaseline) {
        let pixels = stack.pixelCount
        var zone = [UInt8](repeating: 0, count: pixels)
        var isWet = zone
        if let green = stack.bands.firstIndex(of: .green), let swir = stack.bands.firstIndex(of: .swir16) {
            let wetness = baseline.wetness(green: green, shortWaveInfrared: swir)
            for pixel in 0..<pixels where wetness.observations[pixel] > 0 {
                let count = Float(wetness.observations[pixel])
                let isWater = Float(wetness.underWater[pixel]) >= Float(Self.leastWetShare) * count
                if isWater { zone[pixel] = 1 }
                // Halfway between water and ground: water and ground in one pixel.
                if isWater || wetness.indexSum[pixel] / count > -0.2 { isWet[pixel] = 1 }
            }
            let rows = stack.grid.rows
            let columns = stack.grid.columns
            Self.open(&zone, rows: rows, columns: columns)
            // 60 m: how far a river's bank moves with its level.
            dilate(
                &zone, rows: rows, columns: columns, radius: Int((60 / stack.grid.pixelArea.squareRoot()).rounded()))
        }
        self.zone = zone
        self.isWet = isWet
    }

    /// Keeps the pixels that lie in a square of four marked ones: single dark pixels are no water.
    private static func open(_ mask: inout [UInt8], rows: Int, columns: Int) {
        var kept = [UInt8](repeating: 0, count: mask.count)
        for row in 0..<max(rows - 1, 0) {
            for column in 0..<max(columns - 1, 0) {
                let corners = [0, 1, columns, columns + 1].map { row * columns + column + $0 }
                if corners.allSatisfy({ mask[$0] != 0 }) { for corner in corners { kept[corner] = 1 } }
            }
        }
        mask = kept
    }
}

/// Asks of each anomaly whether a missed cloud, its shadow, or the level of water explains it.
///
/// Each of these moves the spectrum in a known direction. An anomaly is explained where hardly anything of its square,
/// measured in the pixel's own covariance, is left after its projection on the direction. The directions are known for
/// reflectance only; elsewhere nothing is explained.
struct NuisanceTest {
    enum Answer {
        case unexplained, cloudOrShadow, water
    }

    let stack: SceneStack
    let baseline: HarmonicBaseline
    let settings: DetectionSettings.BaselineSettings
    let shore: Shore
    /// 1 close to a pixel that the mask hides.
    let nearCloud: [UInt8]

    private var pixels: Int { stack.pixelCount }
    private var bands: Int { stack.bands.count }

    /// - Parameters:
    ///   - predicted: The seasonal curve on the day: band, pixel.
    ///   - whitened: Departures in standard deviations, uncorrelated: band, pixel.
    ///   - anomaly: One a pixel.
    ///   - observed: 1 where there is anything to explain.
    func explained(predicted: [Float], whitened: [Float], anomaly: [Float], observed: [UInt8]) -> [Answer] {
        var answers = [Answer](repeating: .unexplained, count: pixels)
        guard stack.isReflectance else { return answers }
        let causes = stack.bands.map { Cause(band: $0) }
        let nothing = [Float](repeating: 0, count: bands)
        var (own, cloud, shadow, skylitShadow, water) = (nothing, nothing, nothing, nothing, nothing)
        for pixel in 0..<pixels where observed[pixel] != 0 && Double(anomaly[pixel]) > settings.anomaly {
            for band in 0..<bands { own[band] = whitened[band * pixels + pixel] }
            let total = dot(own, own)
            guard total > 0 else { continue }
            if shore.zone[pixel] != 0 {
                for band in 0..<bands { water[band] = causes[band].water - predicted[band * pixels + pixel] }
                whiten(&water, pixel)
                let along = dot(water, own)
                let rest = 1 - along * along / (dot(water, water) * total + 1e-9)
                if shore.isWet[pixel] != 0 || Double(rest) < settings.unexplainedShare {
                    answers[pixel] = .water
                    continue
                }
            }
            for band in 0..<bands {
                let expected = predicted[band * pixels + pixel]
                cloud[band] = causes[band].cloud - expected
                shadow[band] = -causes[band].shadow * expected
                skylitShadow[band] = -causes[band].skylitShadow * expected
            }
            whiten(&cloud, pixel)
            whiten(&shadow, pixel)
            whiten(&skylitShadow, pixel)
            var rest = min(
                restOf(cloud, own, total), min(restOf(shadow, own, total), restOf(skylitShadow, own, total)))
            let both = nearCloud[pixel] != 0 ? min(rest, restOfBoth(cloud, shadow, own, total)) : 1
            // What is left must also be weak in itself: a strong anomaly leaves evidence however well a cloud fits.
            rest = max(rest, 0)
            let left = Double(anomaly[pixel]) * Double(rest).squareRoot()
            if Double(both) < settings.unexplainedShare
                || (Double(rest) < settings.unexplainedShare
                    && (Double(rest) < settings.fullyExplainedShare || left < settings.unexplainedAnomaly))
            {
                answers[pixel] = .cloudOrShadow
            }
        }
        return answers
    }

    /// Part of the square left after one cause, in its own sense only.
    private func restOf(_ cause: [Float], _ own: [Float], _ total: Float) -> Float {
        let along = dot(cause, own)
        return along > 0 ? 1 - along * along / max(dot(cause, cause) * total, 1e-9) : 1
    }

    /// Part of the square left after cloud and shadow together, both in their own sense.
    private func restOfBoth(_ cloud: [Float], _ shadow: [Float], _ own: [Float], _ total: Float) -> Float {
        let cloudCloud = dot(cloud, cloud)
        let shadowShadow = dot(shadow, shadow)
        let cloudShadow = dot(cloud, shadow)
        let alongCloud = dot(cloud, own)
        let alongShadow = dot(shadow, own)
        let determinant = max(cloudCloud * shadowShadow - cloudShadow * cloudShadow, 1e-9)
        let ofCloud = (alongCloud * shadowShadow - alongShadow * cloudShadow) / determinant
        let ofShadow = (alongShadow * cloudCloud - alongCloud * cloudShadow) / determinant
        guard ofCloud > 0, ofShadow > 0 else { return 1 }
        return 1 - (ofCloud * alongCloud + ofShadow * alongShadow) / max(total, 1e-9)
    }

    private func dot(_ first: [Float], _ second: [Float]) -> Float {
        var sum: Float = 0
        for band in 0..<bands { sum += first[band] * second[band] }
        return sum
    }

    /// Brings the direction in which a cause moves a pixel's spectrum into the pixel's standard deviations.
    private func whiten(_ direction: inout [Float], _ pixel: Int) {
        for row in 0..<bands {
            var value = direction[row]
            for column in 0..<row {
                value -= baseline.factor[(row * bands + column) * pixels + pixel] * direction[column]
            }
            direction[row] = value * baseline.factor[(row * bands + row) * pixels + pixel]
        }
    }

    /// Typical reflectance of dense cloud and of turbid river water, and the part of the light a shadow takes.
    private struct Cause {
        let cloud: Float
        let water: Float
        let shadow: Float = 1
        /// The blue sky still lights the shadow.
        let skylitShadow: Float

        init(band: Band) {
            switch band {
            case .blue: (cloud, water, skylitShadow) = (0.65, 0.065, 0.6)
            case .green: (cloud, water, skylitShadow) = (0.65, 0.072, 0.7)
            case .red: (cloud, water, skylitShadow) = (0.65, 0.056, 0.85)
            // Ice and water in clouds absorb short-wave infrared.
            case .swir16: (cloud, water, skylitShadow) = (0.45, 0.018, 1)
            case .swir22: (cloud, water, skylitShadow) = (0.35, 0.014, 1)
            default: (cloud, water, skylitShadow) = (0.65, 0.033, 1)
            }
        }
    }
}
