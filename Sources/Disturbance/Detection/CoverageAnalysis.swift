/// Says of a site how much of it a period's acquisitions showed, how much of that could be judged, and what kept the
/// rest from it.
struct CoverageAnalysis {
    let stack: SceneStack
    let observations: ObservationMask
    /// Days before the period.
    let historyDays: Int
    /// Nil where nothing was compared.
    let map: ChangeMap?
    /// How the baseline's days judged each pixel; nil for a pair, which judges whatever is clear on both dates.
    let record: WatchRecord?

    /// What a site's days before the stack showed of it.
    struct Past: Hashable, Sendable {
        /// Days on which it was clear.
        var clearDays = 0
        var lastClear: Day?
    }

    /// A site counts as seen where at least this part of its core was clear at once, and judged.
    private static let seenShare = 0.5

    /// - Parameters:
    ///   - core: The pixels of the site's core.
    ///   - past: Of the days before the stack.
    func coverage(of site: Site, core: [Int], past: Past = Past()) -> SiteCoverage {
        var acquisitions: [Int] = []
        var clearCount = 0
        var historyCount = past.clearDays
        var lastClear = past.lastClear
        var hidden = 0
        for (index, day) in stack.days.enumerated() {
            let start = index * stack.pixelCount
            let missing = core.count { stack.conditions[start + $0] == PixelCondition.nodata.rawValue }
            guard missing < core.count else { continue }
            let isClear = observations.share(of: core, day: index) >= Self.seenShare
            if isClear { lastClear = day }
            guard index >= historyDays else {
                if isClear { historyCount += 1 }
                continue
            }
            acquisitions.append(index)
            if isClear { clearCount += 1 }
            hidden += core.count { observations.clear[start + $0] == 0 }
        }
        var coverage = SiteCoverage(
            siteID: site.id, siteName: site.name, outcome: .noImagery, method: nil, acquisitions: acquisitions.count,
            clearObservations: clearCount, historyObservations: historyCount, lastClear: lastClear, hiddenShare: nil,
            tasks: 0)
        guard !acquisitions.isEmpty else { return coverage }
        let all = Double(core.count)
        let fates = fates(of: core, on: acquisitions)
        coverage.hiddenShare = Double(hidden) / (all * Double(acquisitions.count))
        coverage.judgedShare = Double(fates.judged) / all
        coverage.obstacles = fates.obstacles.mapValues { Double($0) / all }
        coverage.outcome = outcome(clearCount: clearCount, fates: fates, core: core)
        if coverage.outcome == .noDisturbance { coverage.method = map?.method }
        return coverage
    }

    /// What the first days of the stack show of a site.
    func past(of core: [Int], days: Int) -> Past {
        let clear = (0..<days).filter { observations.share(of: core, day: $0) >= Self.seenShare }
        return Past(clearDays: clear.count, lastClear: clear.last.map { stack.days[$0] })
    }

    private func outcome(clearCount: Int, fates: Fates, core: [Int]) -> SiteCoverage.Outcome {
        guard clearCount > 0 else { return .notSeen }
        guard map != nil else { return .noHistory }
        if Double(fates.judged) >= Self.seenShare * Double(core.count) { return .noDisturbance }
        // Clear, but of most of it the detector could say neither "as usual" nor "changed".
        let withoutHistory = fates.obstacles[.noHistory] ?? 0
        let clear = fates.obstacles.reduce(fates.judged) { $0 + ($1.key.isHiding ? 0 : $1.value) }
        return withoutHistory * 2 >= clear ? .noHistory : .notSeen
    }

    // MARK: Pixel by pixel

    /// Pixels that were judged, and the others by their obstacle.
    private struct Fates {
        var judged = 0
        var obstacles: [SiteCoverage.Obstacle: Int] = [:]
    }

    private func fates(of core: [Int], on acquisitions: [Int]) -> Fates {
        // With each acquisition its place among the compared days; nil where nothing was compared on it.
        let looks = acquisitions.map { (day: $0, position: map?.monitoredDays.firstIndex(of: $0)) }
        var fates = Fates()
        var met: [SiteCoverage.Obstacle] = []
        for pixel in core {
            met.removeAll(keepingCapacity: true)
            for look in looks {
                guard let obstacle = obstacle(to: pixel, day: look.day, position: look.position) else { break }
                met.append(obstacle)
            }
            if met.count < looks.count {
                fates.judged += 1
            } else {
                fates.obstacles[Self.main(of: met), default: 0] += 1
            }
        }
        return fates
    }

    /// The one met most often, of equal ones the first listed; what hid a pixel counts only if it was never clear.
    private static func main(of met: [SiteCoverage.Obstacle]) -> SiteCoverage.Obstacle {
        let isHidden = met.allSatisfy(\.isHiding)
        var main = (obstacle: SiteCoverage.Obstacle.nodata, count: 0)
        for obstacle in SiteCoverage.Obstacle.allCases where obstacle.isHiding == isHidden {
            let count = met.count { $0 == obstacle }
            if count > main.count { main = (obstacle, count) }
        }
        return main.obstacle
    }

    /// What kept a pixel from being judged on a day; nil where it was, as usual or as changed.
    private func obstacle(to pixel: Int, day: Int, position: Int?) -> SiteCoverage.Obstacle? {
        guard observations.clear[day * stack.pixelCount + pixel] != 0 else {
            switch PixelCondition(rawValue: stack.conditions[day * stack.pixelCount + pixel]) {
            // Clear by the mask, but in the rim around cloud and shadow.
            case .clear, .cloud: return .cloud
            case .shadow: return .shadow
            case .snow: return .snow
            case .water: return .water
            case .quarantined: return .quarantined
            case .nodata, nil: return .nodata
            }
        }
        guard let map, let position else { return .noHistory }
        let state = ChangeMap.PixelState(rawValue: map.states[position * stack.pixelCount + pixel])
        guard state == .notObserved else { return nil }
        guard let record else { return .noHistory }
        switch record.judgement(position, pixel) {
        case .cloudLike: return .missedCloud
        case .waterLevel: return .waterLevel
        case .restless: return .restless
        // Those that are judged have another state.
        case .none, .usual, .departing, .growth: return .noHistory
        }
    }
}
