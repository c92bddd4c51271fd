/// What one run could see of one site. "No disturbance seen" is said only where the ground was seen.
public struct SiteCoverage: Hashable, Sendable {
    public enum Outcome: String, Codable, CaseIterable, Sendable {
        /// At least one open finding in the site or its buffer, also one that gives no task, and the site was seen.
        case disturbance = "disturbance_seen"
        /// Clear observations, and none departs.
        case noDisturbance = "no_disturbance_seen"
        /// Acquisitions, but cloud, shadow or snow on every one; a task of an earlier period may still be open.
        case notSeen = "not_seen"
        /// No acquisition of the period covers the site.
        case noImagery = "no_imagery"
        /// Nothing earlier to compare with.
        case noHistory = "no_history"
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
    /// Part of the core's pixels that cloud, shadow, snow or nodata hid, over the period's acquisitions; 0 to 1.
    public var hiddenShare: Double?
    public var tasks: Int

    public init(
        siteID: String, siteName: String, outcome: Outcome, method: ChangeMethod?, acquisitions: Int,
        clearObservations: Int, historyObservations: Int, lastClear: Day?, hiddenShare: Double?, tasks: Int
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
    }
}
