/// What one run could see of one site. "No disturbance seen" is said only where the ground was seen.
public struct SiteCoverage: Hashable, Sendable {
    public enum Outcome: String, Codable, CaseIterable, Sendable {
        /// At least one open finding in the site or its buffer, also one that gives no task, and the site was seen.
        case disturbance = "disturbance_seen"
        /// At least half of the core was clear at once, at least half was judged, and nothing departs.
        case noDisturbance = "no_disturbance_seen"
        /// Acquisitions, but most of the core was hidden, or could not be judged, on every one; a task of an earlier
        /// period may still be open.
        case notSeen = "not_seen"
        /// No acquisition of the period covers the site.
        case noImagery = "no_imagery"
        /// Nothing earlier to compare with.
        case noHistory = "no_history"
    }

    /// What kept a pixel of the core from being judged. Those that hid it first, then those that left it clear.
    public enum Obstacle: String, CaseIterable, Sendable {
        /// Or so close to cloud that it may have been missed.
        case cloud
        case shadow
        case snow
        /// Where the settings mask water.
        case water
        case nodata
        /// The scene's stored values carry another offset than the rest.
        case quarantined
        /// Nothing earlier to compare with, or too little.
        case noHistory = "no_history"
        /// Haze, drought or the season moved the landscape around more than a change would.
        case restless
        /// It departed as a cloud or shadow does that the mask has missed, and no second time.
        case missedCloud = "missed_cloud"
        /// It departed as the level of water explains it.
        case waterLevel = "water_level"

        /// Whether the pixel was no observation; otherwise it was clear, but the detector could not judge it.
        public var isHiding: Bool {
            switch self {
            case .cloud, .shadow, .snow, .water, .nodata, .quarantined: true
            case .noHistory, .restless, .missedCloud, .waterLevel: false
            }
        }
    }

    public var siteID: String
    public var siteName: String
    public var outcome: Outcome
    public var method: ChangeMethod?
    /// Acquisitions of the period that cover the site.
    public var acquisitions: Int
    /// Those of them on which at least half of the core was clear.
    public var clearObservations: Int
    /// Clear observations before the period.
    public var historyObservations: Int
    /// The last day in or before the period on which the core was clear.
    public var lastClear: Day?
    /// Part of the core's pixels that was no observation, over the period's acquisitions; 0 to 1.
    public var hiddenShare: Double?
    public var tasks: Int
    /// Part of the core that a day of the period showed as usual or changed, 0 to 1; nil without an acquisition.
    public var judgedShare: Double?
    /// Parts of the core by what kept them from being judged; add up to 1 with `judgedShare`. Empty where that is nil.
    public var obstacles: [Obstacle: Double]

    public init(
        siteID: String, siteName: String, outcome: Outcome, method: ChangeMethod?, acquisitions: Int,
        clearObservations: Int, historyObservations: Int, lastClear: Day?, hiddenShare: Double?, tasks: Int,
        judgedShare: Double? = nil, obstacles: [Obstacle: Double] = [:]
    ) {
        self.siteID = siteID
        self.siteName = siteName
        self.outcome = outcome
        self.method = method
        self.acquisitions = acquisitions
        self.clearObservations = clearObservations
        self.historyObservations = historyObservations
        self.lastClear = lastClear
        self.hiddenShare = hiddenShare
        self.tasks = tasks
        self.judgedShare = judgedShare
        self.obstacles = obstacles
    }
}

extension SiteCoverage {
    /// Where more than this part was not judged, it is told also of a site that was seen.
    private static let toldShare = 0.05

    /// Why nothing, or not everything, can be said of the site, such as `snow 80 %; cloud 15 %`; empty where hardly any
    /// of it was left out. Without commas, so that a table needs no quotes around it.
    public var reason: String {
        let causes = sortedObstacles.map { "\(Self.text($0.obstacle)) \(Self.percent($0.share))" }
            .joined(separator: "; ")
        switch outcome {
        case .noImagery: return "no acquisition of the period shows the site"
        case .noHistory:
            guard historyObservations > 0 else { return "no clear observation before the period" }
            return "\(historyObservations) clear before the period but too few of the same ground to compare with"
        case .notSeen where clearObservations == 0 && judged > 0:
            return "never half of it clear at once" + (causes.isEmpty ? "" : ": \(causes)")
        case .notSeen where clearObservations == 0: return causes
        case .notSeen:
            let times = clearObservations == 1 ? "once" : "\(clearObservations) times"
            return "clear \(times) but \(Self.percent(1 - judged)) could not be judged: \(causes)"
        case .disturbance, .noDisturbance:
            guard 1 - judged > Self.toldShare else { return "" }
            return "\(Self.percent(1 - judged)) of the site not judged: \(causes)"
        }
    }

    /// What kept most of the site from being judged; nil where all of it was, part by part.
    public var mainObstacle: Obstacle? { sortedObstacles.first?.obstacle }

    private var judged: Double { judgedShare ?? 1 }

    /// From the largest; of equal ones as they are listed.
    private var sortedObstacles: [(obstacle: Obstacle, share: Double)] {
        Obstacle.allCases.enumerated().compactMap { place, obstacle in
            obstacles[obstacle].flatMap { $0 >= 0.005 ? (place: place, obstacle: obstacle, share: $0) : nil }
        }
        .sorted { ($1.share, $0.place) < ($0.share, $1.place) }
        .map { ($0.obstacle, $0.share) }
    }

    private static func text(_ obstacle: Obstacle) -> String {
        switch obstacle {
        case .cloud: "cloud"
        case .shadow: "shadow"
        case .snow: "snow"
        case .water: "water"
        case .nodata: "no data"
        case .quarantined: "quarantined"
        case .noHistory: "no history"
        case .restless: "restless landscape"
        case .missedCloud: "cloud the mask has missed"
        case .waterLevel: "level of water"
        }
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
