/// What one run found out about the pixels of one group of sites.
struct ChangeMap {
    /// What one pixel showed on one day.
    enum PixelState: UInt8 {
        case notObserved = 0
        case normal = 1
        case anomalous = 2
    }

    let method: ChangeMethod
    /// Change score, standard deviations of what is usual; NaN where nothing was observed. Rows first.
    let score: [Float]
    /// Changed pixels by patch.
    let patches: PatchLabelling
    /// Indices into the stack's days that `states` tells of, ascending.
    private(set) var monitoredDays: [Int]
    /// `PixelState` raw values: monitored day, then pixel.
    let states: [UInt8]
    /// One for each patch.
    let spectra: [SpectralShape]
    /// Probability that each patch is real, 0 to 1.
    let probabilities: [Double]
    /// Strongest departure of each patch.
    let magnitudes: [Double]

    /// Part of a set of pixels that must be observed for a day to count.
    static let observedShare = 0.5
    /// Part of the observed ones that must be anomalous for the day to be.
    static let anomalousShare = 0.3

    /// The same in a stack with so many days more before it.
    func moved(by days: Int) -> ChangeMap {
        var moved = self
        moved.monitoredDays = monitoredDays.map { $0 + days }
        return moved
    }

    /// The strongest score of each patch, counted from 0, among some pixels; patches elsewhere are left out.
    func strongest(among pixels: [Int]) -> [Int: Double] {
        var strongest: [Int: Double] = [:]
        for pixel in pixels where patches.labels[pixel] > 0 {
            let patch = Int(patches.labels[pixel]) - 1
            // NaN, where nothing was observed, is never greater.
            let value = score[pixel] > 0 ? Double(score[pixel]) : 0
            strongest[patch] = max(strongest[patch] ?? 0, value)
        }
        return strongest
    }

    /// What the days showed of a set of pixels: a day counts where at least half of them were observed, and is
    /// anomalous where at least `anomalousShare` of the observed ones were.
    func log(
        of pixels: [Int], days: [Day], anomalousShare: Double = ChangeMap.anomalousShare
    ) -> ObservationLog {
        let count = score.count
        var entries: [ObservationLog.Entry] = []
        for (index, day) in monitoredDays.enumerated() {
            var observed = 0
            var anomalous = 0
            for pixel in pixels {
                switch PixelState(rawValue: states[index * count + pixel]) {
                case .normal: observed += 1
                case .anomalous:
                    observed += 1
                    anomalous += 1
                default: break
                }
            }
            guard Double(observed) >= Self.observedShare * Double(pixels.count), observed > 0 else { continue }
            let isAnomalous = Double(anomalous) >= anomalousShare * Double(observed)
            entries.append(.init(day: days[day], state: isAnomalous ? .anomalous : .normal))
        }
        return ObservationLog(entries)
    }
}
