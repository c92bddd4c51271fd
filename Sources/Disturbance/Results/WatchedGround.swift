internal import Geospatial

/// What the results of a run are joined with: the sites in their groups, the acquisitions, and what could not be used.
struct WatchedGround: Sendable {
    let period: Period
    /// In the order of the plan, as the results are.
    let groups: [SiteGroup]
    /// Ordered by id.
    let sitesWithoutImagery: [Site]
    let acquisitions: Acquisitions
    /// Inputs that are read in parts, on other machines.
    let remoteInputs: [String]
    /// Parts of the input that could not be used, a line each.
    let losses: [String]
    /// Other things worth knowing, a line each.
    let remarks: [String]

    /// The scenes of a plan, as far as outputs tell of them.
    struct Acquisitions: Codable, Sendable {
        var count = 0
        /// Of acquisition; nil without scenes.
        var firstYear: Int?
        var lastYear: Int?
        /// Whether some are of Sentinel, whose licence asks for words.
        var areOfSentinel = false

        init(_ scenes: [Scene]) {
            count = scenes.count
            let years = scenes.map(\.day.year)
            firstYear = years.min()
            lastYear = years.max()
            areOfSentinel = scenes.contains { $0.constellation.lowercased().contains("sentinel") }
        }
    }

    var siteCount: Int { groups.reduce(0) { $0 + $1.sites.count } + sitesWithoutImagery.count }

    var sitesByID: [String: Site] {
        let sites = groups.flatMap { $0.sites.map(\.site) } + sitesWithoutImagery
        return Dictionary(sites.map { ($0.id, $0) }) { first, _ in first }
    }
}
