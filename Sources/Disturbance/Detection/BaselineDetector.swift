internal import Kernels
internal import Geospatial

/// What the history of each pixel showed, beside its curve.
struct GroundMemory: Sendable {
    /// How bright it has been in the visible: see `HarmonicBaseline.brightest`.
    var brightest: [Float]
    var shore: Shore

    init(brightest: [Float], shore: Shore) {
        self.brightest = brightest
        self.shore = shore
    }

    init(stack: SceneStack, baseline: HarmonicBaseline) {
        brightest = baseline.brightest(visible: stack.bands.visible)
        shore = Shore(stack: stack, baseline: baseline)
    }
}

extension [Band] {
    /// Where blue, green and red are among them.
    fileprivate var visible: [Int] { indices.filter { [.blue, .green, .red].contains(self[$0]) } }
}

/// Follows each pixel through the watched days and gathers how far it departs from its seasonal baseline.
struct BaselineDetector {
    let stack: SceneStack
    let observations: ObservationMask
    let baseline: HarmonicBaseline
    let ground: GroundMemory
    let settings: DetectionSettings.BaselineSettings

    private var pixels: Int { stack.pixelCount }
    private var bands: Int { stack.bands.count }

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
        /// Mean over the anomalous observations of how much brighter the pixel was than ever before: pixel.
        var excess: [Float]
        /// 1 where the pixel lay close to a hidden one on its last anomalous observation.
        var isBesideCloud: [UInt8]
        /// Indices of the stack's watched days.
        var days: [Int]
        /// For explanations.
        var record = WatchRecord()
    }

    func course() -> Course {
        let days = Array(baseline.historyDays..<stack.days.count)
        let visible = stack.bands.visible
        let brightest = ground.brightest
        var states = [PixelRuns.State](repeating: .notObserved, count: days.count * pixels)
        var run = PixelRuns(pixels: pixels, bands: bands, cap: Float(settings.cap))
        var record = WatchRecord(days: days.count, pixels: pixels)
        var residuals = [Float](repeating: 0, count: bands * pixels)
        var whitened = residuals
        var predicted = residuals
        var anomaly = [Float](repeating: 0, count: pixels)
        var observed = [UInt8](repeating: 0, count: pixels)
        for (index, day) in days.enumerated() {
            baseline.predict(day: day, into: &predicted)
            let plane = baseline.layout.plane(day, 0)
            for offset in 0..<bands * pixels { residuals[offset] = baseline.values[plane + offset] - predicted[offset] }
            unsafe kernels.hotellingAnomaly(
                residuals: residuals, factor: baseline.factor, freedom: baseline.freedom, bands: bands, pixels: pixels,
                whitened: &whitened, anomaly: &anomaly)
            for pixel in 0..<pixels {
                observed[pixel] = baseline.freedom[pixel] > 0 ? observations.clear[day * pixels + pixel] : 0
            }
            let unrest = unrest(anomaly, observed: observed)
            let hidden = hidden(day: day)
            let explained = NuisanceTest(
                stack: stack, baseline: baseline, settings: settings, shore: ground.shore,
                nearCloud: around(hidden, withinMetres: settings.nearCloudMetres)
            ).explained(predicted: predicted, whitened: whitened, anomaly: anomaly, observed: observed)
            let besideCloud = around(hidden, withinMetres: settings.besideCloudMetres)
            let nearAnyCloud = around(hidden, withinMetres: settings.farFromCloudMetres)
            for pixel in 0..<pixels where observed[pixel] != 0 {
                let departure = anomaly[pixel] / unrest[pixel]
                let isRestless = Double(unrest[pixel]) > settings.restlessDay
                let evidence: PixelRuns.Evidence
                if Double(departure) > settings.anomaly {
                    if vegetationGain(pixel, predicted, residuals) > Float(settings.vegetationGain) {
                        evidence = .normal
                    } else {
                        switch explained[pixel] {
                        case .unexplained: evidence = .anomalous
                        // Far from any cloud on a calm day: clouds do not come twice to one pixel, disturbances stay.
                        case .cloudOrShadow: evidence = nearAnyCloud[pixel] == 0 && !isRestless ? .pending : .none
                        case .water: evidence = .none
                        }
                    }
                } else {
                    evidence = isRestless || Double(anomaly[pixel]) > settings.anomaly ? .none : .normal
                }
                record.add(
                    Self.judgement(evidence, departs: Double(departure) > settings.anomaly, explained[pixel]),
                    watchedDay: index, pixel: pixel, testValue: departure, unrest: unrest[pixel])
                var excess: Float = 0
                for band in visible { excess += baseline.values[plane + band * pixels + pixel] }
                let state = run.add(
                    evidence, departure: departure, pixel: pixel, residuals: residuals, predicted: predicted,
                    excess: excess - brightest[pixel], isBesideCloud: besideCloud[pixel])
                states[index * pixels + pixel] = state
            }
        }
        var course = run.course(states: Self.settled(states, pixels: pixels), days: days)
        course.record = record
        return course
    }

    /// The states once it is known which pending observations a later one confirmed.
    private static func settled(_ states: [PixelRuns.State], pixels: Int) -> [UInt8] {
        var isConfirmed = [Bool](repeating: false, count: pixels)
        var settled = [UInt8](repeating: ChangeMap.PixelState.notObserved.rawValue, count: states.count)
        for index in states.indices.reversed() {
            switch states[index] {
            case .notObserved: break
            case .normal:
                isConfirmed[index % pixels] = false
                settled[index] = ChangeMap.PixelState.normal.rawValue
            case .anomalous:
                isConfirmed[index % pixels] = true
                settled[index] = ChangeMap.PixelState.anomalous.rawValue
            case .pending:
                if isConfirmed[index % pixels] { settled[index] = ChangeMap.PixelState.anomalous.rawValue }
            }
        }
        return settled
    }

    /// The evidence in the words of an explanation.
    private static func judgement(
        _ evidence: PixelRuns.Evidence, departs: Bool, _ explained: NuisanceTest.Answer
    ) -> WatchRecord.Judgement {
        switch (evidence, explained) {
        case (.anomalous, _): .departing
        case (.normal, _): departs ? .growth : .usual
        case (.pending, _): .cloudLike
        case (.none, _) where !departs: .restless
        case (.none, .water): .waterLevel
        case (.none, _): .cloudLike
        }
    }

    /// 1 where a pixel is hidden on this day though it is seen on others: what lies outside the scenes is no cloud.
    private func hidden(day: Int) -> [UInt8] {
        let start = stack.conditionRange(day: day).lowerBound
        var mask = [UInt8](repeating: 0, count: pixels)
        for pixel in 0..<pixels {
            let condition = stack.conditions[start + pixel]
            let isSeen = condition == PixelCondition.clear.rawValue || condition == PixelCondition.water.rawValue
            mask[pixel] = !isSeen && baseline.freedom[pixel] > 0 ? 1 : 0
        }
        return mask
    }

    /// 1 within a distance of a marked pixel.
    private func around(_ mask: [UInt8], withinMetres distance: Double) -> [UInt8] {
        var around = mask
        dilate(
            &around, rows: stack.grid.rows, columns: stack.grid.columns,
            radius: Int((distance / stack.grid.pixelArea.squareRoot()).rounded()))
        return around
    }

    /// The median anomaly of the landscape around each pixel, at least 1: what the whole area does is no disturbance.
    private func unrest(_ anomaly: [Float], observed: [UInt8]) -> [Float] {
        let rows = stack.grid.rows
        let columns = stack.grid.columns
        // A median every five pixels of every third pixel of the square around: as smooth as the field itself.
        let step = 5
        let spacing = 3
        let radius = Int((settings.unrestRadiusMetres / stack.grid.pixelArea.squareRoot()).rounded())
        var unrest = [Float](repeating: 1, count: anomaly.count)
        // One observation in the low half of a number, one above the least in its high half: both are counted at once.
        let counted = UInt64(1)
        let restless = UInt64(1) << 32
        let marks = anomaly.indices.map { pixel -> UInt64 in
            observed[pixel] == 0 ? 0 : anomaly[pixel] > 1 ? counted + restless : counted
        }
        var sample: [Float] = []
        for cellRow in stride(from: 0, to: rows, by: step) {
            let near = stride(from: max(cellRow - radius, 0), to: min(cellRow + radius + 1, rows), by: spacing)
            for cellColumn in stride(from: 0, to: columns, by: step) {
                let first = max(cellColumn - radius, 0)
                let end = min(cellColumn + radius + 1, columns)
                var sum: UInt64 = 0
                for row in near {
                    for column in stride(from: first, to: end, by: spacing) { sum &+= marks[row * columns + column] }
                }
                let count = Int(sum & (restless - 1))
                let middle: Float
                if count < 5 {
                    // Fewer than five clear pixels around: amid cloud, where nothing is calm.
                    middle = 2
                } else if count - Int(sum / restless) > count / 2 {
                    middle = 1
                } else {
                    sample.removeAll(keepingCapacity: true)
                    for row in near {
                        for column in stride(from: first, to: end, by: spacing)
                        where observed[row * columns + column] != 0 {
                            sample.append(anomaly[row * columns + column])
                        }
                    }
                    middle = min(max(median(&sample) ?? 1, 1), 9)
                }
                guard middle != 1 else { continue }
                for row in cellRow..<min(cellRow + step, rows) {
                    for column in cellColumn..<min(cellColumn + step, columns) {
                        unrest[row * columns + column] = middle
                    }
                }
            }
        }
        return unrest
    }

    /// Vegetation index observed minus expected.
    private func vegetationGain(_ pixel: Int, _ predicted: [Float], _ residuals: [Float]) -> Float {
        guard let red = stack.bands.firstIndex(of: .red),
            let infrared = stack.bands.firstIndex(of: .nir) ?? stack.bands.firstIndex(of: .nir08)
        else { return 0 }
        // 0.01 keeps the index of black pixels finite.
        func index(_ high: Float, _ low: Float) -> Float { (high - low) / max(high + low, 0.01) }
        let low = predicted[red * pixels + pixel]
        let high = predicted[infrared * pixels + pixel]
        return index(high + residuals[infrared * pixels + pixel], low + residuals[red * pixels + pixel])
            - index(high, low)
    }
}

/// Each pixel's evidence since it was last normal twice in a row.
private struct PixelRuns {
    enum Evidence {
        case none
        case normal
        case anomalous
        /// Anomalous, but a cloud or shadow would look so; counts once there is a second such observation.
        case pending
    }

    /// What an observation counts as, as far as is known on its day.
    enum State: UInt8 {
        case notObserved, normal, anomalous, pending
    }

    private let pixels: Int
    private let bands: Int
    private let cap: Float
    private var anomalous: [Int32]
    private var missed: [Int32]
    private var quiet: [Int32]
    private var sum: [Float]
    private var pendingCount: [Int32]
    private var pendingSum: [Float]
    private var hits: [Int32]
    private var residual: [Float]
    private var expected: [Float]
    private var excess: [Float]
    private var isBesideCloud: [UInt8]

    /// Normal observations in a row that end a pixel's run.
    private static let normalEnd: Int32 = 2

    init(pixels: Int, bands: Int, cap: Float) {
        self.pixels = pixels
        self.bands = bands
        self.cap = cap
        anomalous = Array(repeating: 0, count: pixels)
        missed = anomalous
        quiet = anomalous
        pendingCount = anomalous
        hits = anomalous
        sum = Array(repeating: 0, count: pixels)
        pendingSum = sum
        excess = sum
        residual = Array(repeating: 0, count: bands * pixels)
        expected = residual
        isBesideCloud = Array(repeating: 0, count: pixels)
    }

    /// - Returns: What the observation counts as.
    mutating func add(
        _ evidence: Evidence, departure: Float, pixel: Int, residuals: [Float], predicted: [Float], excess: Float,
        isBesideCloud: UInt8
    ) -> State {
        let strength = min(departure, cap)
        switch evidence {
        case .none: return .notObserved
        case .pending:
            pendingCount[pixel] += 1
            pendingSum[pixel] += strength
            guard pendingCount[pixel] + anomalous[pixel] >= 2 else { return .pending }
        case .anomalous:
            pendingCount[pixel] += 1
            pendingSum[pixel] += strength
        case .normal:
            pendingCount[pixel] = 0
            pendingSum[pixel] = 0
            quiet[pixel] += 1
            missed[pixel] += 1
            if quiet[pixel] >= Self.normalEnd { reset(pixel) }
            return .normal
        }
        anomalous[pixel] += pendingCount[pixel]
        sum[pixel] += pendingSum[pixel]
        pendingCount[pixel] = 0
        pendingSum[pixel] = 0
        quiet[pixel] = 0
        hits[pixel] += 1
        self.excess[pixel] += excess
        self.isBesideCloud[pixel] = isBesideCloud
        for band in 0..<bands {
            residual[band * pixels + pixel] += residuals[band * pixels + pixel]
            expected[band * pixels + pixel] += predicted[band * pixels + pixel]
        }
        return .anomalous
    }

    private mutating func reset(_ pixel: Int) {
        anomalous[pixel] = 0
        missed[pixel] = 0
        hits[pixel] = 0
        sum[pixel] = 0
        excess[pixel] = 0
        for band in 0..<bands {
            residual[band * pixels + pixel] = 0
            expected[band * pixels + pixel] = 0
        }
    }

    func course(states: [UInt8], days: [Int]) -> BaselineDetector.Course {
        var course = BaselineDetector.Course(
            score: [Float](repeating: 0, count: pixels), anomalousCount: anomalous, states: states, residual: residual,
            expected: expected, excess: excess, isBesideCloud: isBesideCloud, days: days)
        for pixel in 0..<pixels where anomalous[pixel] > 0 {
            course.score[pixel] = sum[pixel] / Float(anomalous[pixel] + missed[pixel]).squareRoot()
            course.excess[pixel] /= Float(hits[pixel])
            for band in 0..<bands {
                course.residual[band * pixels + pixel] /= Float(hits[pixel])
                course.expected[band * pixels + pixel] /= Float(hits[pixel])
            }
        }
        return course
    }
}
