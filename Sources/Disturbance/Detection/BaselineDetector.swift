internal import Geospatial

/// Follows each pixel through the watched days and gathers how far it departs from its seasonal baseline.
struct BaselineDetector {
    let stack: SceneStack
    /// 1 where a pixel is an observation: day, then pixel.
    let clear: [UInt8]
    let baseline: HarmonicBaseline
    let settings: DetectionSettings.BaselineSettings

    /// What the watched days together say of each pixel.
    struct Course {
        /// Sum of the anomalies over the square root of how many observations they are out of: pixel.
        var score: [Float]
        /// Anomalous observations since the pixel was last normal twice in a row: pixel.
        var anomalousCount: [Int32]
        /// `ChangeMap.PixelState` raw values: watched day, then pixel.
        var states: [UInt8]
        /// Mean residual and mean expectation over the anomalous observations: band, then pixel.
        var residual: [Float]
        var expected: [Float]
        /// Indices of the stack's watched days.
        var days: [Int]
    }

    func course() -> Course {
        let bands = stack.bands.count
        let pixels = stack.pixelCount
        let days = Array(baseline.historyDays..<stack.days.count)
        var states = [UInt8](repeating: 0, count: days.count * pixels)
        var run = RunningState(pixels: pixels, bands: bands)
        var residuals = [Float](repeating: 0, count: bands * pixels)
        var whitened = residuals
        var anomaly = [Float](repeating: 0, count: pixels)
        for (index, day) in days.enumerated() {
            let predicted = baseline.prediction(day: day)
            let plane = baseline.layout.plane(day, 0)
            for offset in 0..<bands * pixels { residuals[offset] = baseline.values[plane + offset] - predicted[offset] }
            unsafe hotellingAnomaly(
                residuals: residuals, factor: baseline.factor, freedom: baseline.freedom, bands: bands, pixels: pixels,
                whitened: &whitened, anomaly: &anomaly)
            let observed = (0..<pixels).map { clear[day * pixels + $0] != 0 && baseline.freedom[$0] > 0 }
            let unrest = self.unrest(anomaly, observed: observed)
            let unexplained = self.unexplainedShares(
                predicted: predicted, whitened: whitened, anomaly: anomaly, observed: observed)
            for pixel in 0..<pixels where observed[pixel] {
                let departure = anomaly[pixel] / unrest[pixel]
                var state = ChangeMap.PixelState.normal
                if departure > Float(settings.anomaly) {
                    if vegetationGain(pixel, predicted: predicted, residuals: residuals) > Float(settings.vegetationGain) {
                        state = .normal
                    } else if unexplained[pixel] < Float(settings.unexplainedShare) {
                        // Looks like a cloud or a shadow that the mask missed: as good as not observed.
                        continue
                    } else {
                        state = .anomalous
                    }
                } else if unrest[pixel] > Self.restlessDay {
                    // Too restless a day to call a pixel normal by.
                    continue
                }
                states[index * pixels + pixel] = state.rawValue
                run.add(
                    state, departure: min(departure, Float(settings.cap)), pixel: pixel, residuals: residuals,
                    predicted: predicted)
            }
        }
        return run.course(states: states, days: days)
    }

    /// 1.7: a landscape whose median departure is so many times the usual says nothing about a single quiet pixel.
    private static let restlessDay: Float = 1.7

    /// The median anomaly of the landscape around each pixel, at least 1: what the whole area does is no disturbance.
    private func unrest(_ anomaly: [Float], observed: [Bool]) -> [Float] {
        let rows = stack.grid.rows
        let columns = stack.grid.columns
        // A median every five pixels of every third pixel of the square around: as smooth as the field itself.
        let step = 5
        let stride = 3
        let radius = settings.unrestRadiusPixels
        var unrest = [Float](repeating: 1, count: anomaly.count)
        var sample: [Float] = []
        for cellRow in Swift.stride(from: 0, to: rows, by: step) {
            for cellColumn in Swift.stride(from: 0, to: columns, by: step) {
                sample.removeAll(keepingCapacity: true)
                for row in Swift.stride(from: max(cellRow - radius, 0), to: min(cellRow + radius + 1, rows), by: stride) {
                    for column in Swift.stride(
                        from: max(cellColumn - radius, 0), to: min(cellColumn + radius + 1, columns), by: stride)
                    where observed[row * columns + column] {
                        sample.append(anomaly[row * columns + column])
                    }
                }
                // Fewer than five clear pixels around: amid cloud, where nothing is calm.
                let middle = sample.count >= 5 ? min(max(median(&sample) ?? 1, 1), 9) : 2
                for row in cellRow..<min(cellRow + step, rows) {
                    for column in cellColumn..<min(cellColumn + step, columns) { unrest[row * columns + column] = middle }
                }
            }
        }
        return unrest
    }

    /// Part of each anomaly's square that neither thin cloud nor shadow explains, 0 to 1.
    ///
    /// Both move the spectrum in a known direction: towards a cloud's, or towards zero in the visible. Only for
    /// reflectance; elsewhere everything counts as unexplained.
    private func unexplainedShares(
        predicted: [Float], whitened: [Float], anomaly: [Float], observed: [Bool]
    ) -> [Float] {
        let pixels = stack.pixelCount
        var share = [Float](repeating: 1, count: pixels)
        guard stack.isReflectance else { return share }
        for direction in Nuisance.allCases {
            var spectrum = predicted
            for (band, name) in stack.bands.enumerated() {
                for pixel in band * pixels..<(band + 1) * pixels {
                    spectrum[pixel] = direction.displacement(of: predicted[pixel], band: name)
                }
            }
            var whitenedSpectrum = spectrum
            unsafe whiten(
                spectrum, factor: baseline.factor, bands: stack.bands.count, pixels: pixels, whitened: &whitenedSpectrum)
            for pixel in 0..<pixels where observed[pixel] && anomaly[pixel] > Float(settings.anomaly) {
                var along: Float = 0
                var length: Float = 0
                var total: Float = 0
                for band in stack.bands.indices {
                    let offset = band * pixels + pixel
                    along += whitenedSpectrum[offset] * whitened[offset]
                    length += whitenedSpectrum[offset] * whitenedSpectrum[offset]
                    total += whitened[offset] * whitened[offset]
                }
                guard along > 0 else { continue }
                share[pixel] = min(share[pixel], 1 - along * along / max(length * total, 1e-9))
            }
        }
        return share
    }

    private enum Nuisance: CaseIterable {
        case thinCloud, shadow

        /// Where this cause would move a reflectance.
        func displacement(of reflectance: Float, band: Band) -> Float {
            switch self {
            case .thinCloud:
                // Reflectance of dense cloud: about 0.65 up to the near infrared, less where ice and water absorb.
                switch band {
                case .swir16: return 0.45 - reflectance
                case .swir22: return 0.35 - reflectance
                default: return 0.65 - reflectance
                }
            case .shadow:
                // The blue sky still lights the shadow.
                switch band {
                case .blue: return -0.6 * reflectance
                case .green: return -0.7 * reflectance
                case .red: return -0.85 * reflectance
                default: return -reflectance
                }
            }
        }
    }

    private func vegetationGain(_ pixel: Int, predicted: [Float], residuals: [Float]) -> Float {
        guard let red = stack.bands.firstIndex(of: .red),
            let infrared = stack.bands.firstIndex(of: .nir) ?? stack.bands.firstIndex(of: .nir08)
        else { return 0 }
        let pixels = stack.pixelCount
        func index(_ high: Float, _ low: Float) -> Float { (high - low) / max(high + low, 0.01) }
        let low = predicted[red * pixels + pixel]
        let high = predicted[infrared * pixels + pixel]
        return index(high + residuals[infrared * pixels + pixel], low + residuals[red * pixels + pixel])
            - index(high, low)
    }

    /// Counts and sums of each pixel since it was last normal twice in a row.
    private struct RunningState {
        private let pixels: Int
        private let bands: Int
        private var anomalous: [Int32]
        private var missed: [Int32]
        private var quiet: [Int32]
        private var sum: [Float]
        private var residual: [Float]
        private var expected: [Float]

        init(pixels: Int, bands: Int) {
            self.pixels = pixels
            self.bands = bands
            anomalous = Array(repeating: 0, count: pixels)
            missed = anomalous
            quiet = anomalous
            sum = Array(repeating: 0, count: pixels)
            residual = Array(repeating: 0, count: bands * pixels)
            expected = residual
        }

        mutating func add(
            _ state: ChangeMap.PixelState, departure: Float, pixel: Int, residuals: [Float], predicted: [Float]
        ) {
            if state == .anomalous {
                anomalous[pixel] += 1
                quiet[pixel] = 0
                sum[pixel] += departure
                for band in 0..<bands {
                    residual[band * pixels + pixel] += residuals[band * pixels + pixel]
                    expected[band * pixels + pixel] += predicted[band * pixels + pixel]
                }
            } else {
                quiet[pixel] += 1
                missed[pixel] += 1
                guard quiet[pixel] >= 2 else { return }
                anomalous[pixel] = 0
                missed[pixel] = 0
                sum[pixel] = 0
                for band in 0..<bands {
                    residual[band * pixels + pixel] = 0
                    expected[band * pixels + pixel] = 0
                }
            }
        }

        func course(states: [UInt8], days: [Int]) -> Course {
            var course = Course(
                score: [Float](repeating: 0, count: pixels), anomalousCount: anomalous, states: states,
                residual: residual, expected: expected, days: days)
            for pixel in 0..<pixels where anomalous[pixel] > 0 {
                course.score[pixel] = sum[pixel] / Float(anomalous[pixel] + missed[pixel]).squareRoot()
                for band in 0..<bands {
                    course.residual[band * pixels + pixel] /= Float(anomalous[pixel])
                    course.expected[band * pixels + pixel] /= Float(anomalous[pixel])
                }
            }
            return course
        }
    }
}
