internal import Geospatial

/// What the results of a run are joined with: the sites in their groups, the acquisitions, and what could not be used.
///
/// The sites of a country do not fit into memory together with what was found at them, so they are gone through a part
/// at a time, and only those are placed in their plane that somebody asks for.
struct WatchedGround: Sendable {
    /// Groups of neighbouring sites that are read together.
    struct Part: Sendable {
        /// The groups with those of their sites that are wanted; groups without any are left out.
        let groups: @Sendable (_ wanted: (Site) throws -> Bool) throws -> [SiteGroup]
    }

    /// Where a group lies, without its sites.
    struct Place: Sendable {
        let lattice: AnalysisLattice
        let window: Window

        var grid: Grid { lattice.grid(of: window) }
    }

    let period: Period
    /// In the order of the plan, as the results are.
    let places: [Place]
    let parts: [Part]
    /// Sites in groups.
    let placedSiteCount: Int
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

    var siteCount: Int { placedSiteCount + sitesWithoutImagery.count }
}

extension WatchedGround {
    /// Groups of a part, where all of them lie in memory: enough to be worth a thread's while.
    private static let partCount = 64

    /// Of a plan that lies in memory.
    init(
        _ groups: [SiteGroup], period: Period, sitesWithoutImagery: [Site], acquisitions: Acquisitions,
        remoteInputs: [String], losses: [String], remarks: [String]
    ) {
        let parts = stride(from: 0, to: groups.count, by: Self.partCount).map { start in
            let members = groups[start..<min(start + Self.partCount, groups.count)]
            return Part { wanted in
                try members.compactMap { group in
                    let sites = try group.sites.filter { try wanted($0.site) }
                    return sites.isEmpty ? nil : SiteGroup(lattice: group.lattice, sites: sites, window: group.window)
                }
            }
        }
        self.init(
            period: period, places: groups.map { Place(lattice: $0.lattice, window: $0.window) }, parts: parts,
            placedSiteCount: groups.reduce(0) { $0 + $1.sites.count }, sitesWithoutImagery: sitesWithoutImagery,
            acquisitions: acquisitions, remoteInputs: remoteInputs, losses: losses, remarks: remarks)
    }
}
