public import Geospatial

/// A file that the plan may read, its header known.
public struct PlannedFile: Sendable {
    public let path: String
    public let header: RasterHeader
    /// Index of the layer inside the file, the first is 0.
    public let layer: Int
    /// Index of the scene in the plan.
    public let scene: Int
    /// The band it holds, or nil for a mask.
    public let band: Band?
}

/// Something the plan had to leave out, with the mend.
public struct PlanProblem: Hashable, Sendable, CustomStringConvertible {
    public let subject: String
    public let message: String
    public var description: String { "\(subject): \(message)" }
}

/// What a scan will read, decided before any pixel is read.
public struct ScanPlan: Sendable {
    public let period: Period
    /// Scenes up to the end of the period, ordered by day, then id.
    public let scenes: [Scene]
    public let files: [PlannedFile]
    /// In the order they are worked on.
    public let groups: [PlannedGroup]
    /// Sites that no scene shows, ordered by id.
    public let sitesWithoutImagery: [Site]
    public let problems: [PlanProblem]

    /// Plans a scan.
    /// - Parameters:
    ///   - sites: Ordered by id.
    ///   - scenes: Ordered by day, then id; those after the period are left out.
    ///   - threads: Threads that open files; the plan does not depend on it.
    public init(
        sites: [Site], scenes: [Scene], period: Period, settings: WindowSettings, bands wanted: [Band], threads: Int
    ) throws {
        self.period = period
        let earliest = settings.firstHistoryDay(of: period)
        let scenes = scenes.filter { $0.day <= period.end && $0.day >= earliest }
        self.scenes = scenes
        let opened = try FileTable(scenes: scenes, wanted: wanted, threads: threads)
        files = opened.files
        var problems = opened.problems
        let lattices = try LatticeChoice.lattices(for: sites, files: opened.files, scenes: scenes, threads: threads)
        var sitesByLattice: [AnalysisLattice: [Site]] = [:]
        var unseen: [Site] = []
        for (site, lattice) in zip(sites, lattices) {
            if let lattice { sitesByLattice[lattice, default: []].append(site) } else { unseen.append(site) }
        }
        var groups: [PlannedGroup] = []
        var scenesOverSites: Set<Int> = []
        for (lattice, members) in sitesByLattice.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            let placed = try PlacedSite.placing(
                members, on: lattice, ringMetres: settings.ringMetres, threads: threads)
            var overlay = SceneOverlay(of: opened, on: lattice) { settings.firstHistoryDay(of: period, turn: $0) }
            for group in SiteGroup.grouping(placed, on: lattice, cellPixels: settings.cellPixels) {
                let planned = try overlay.planned(group)
                if planned.scenes.isEmpty { unseen += group.sites.map(\.site) } else { groups.append(planned) }
            }
            problems += overlay.problems
            scenesOverSites.formUnion(overlay.scenesOverGroups)
        }
        self.groups = groups
        let outside = scenes.indices.filter { !opened.filesByScene[$0].isEmpty && !scenesOverSites.contains($0) }
        if let problem = Self.problem(outside: outside.map { scenes[$0].id }) { problems.append(problem) }
        sitesWithoutImagery = unseen.sorted { $0.id < $1.id }
        var seen: Set<PlanProblem> = []
        self.problems = problems.filter { seen.insert($0).inserted }
    }

    /// One line, however many there are: a catalogue of a country has whole tiles without a site.
    private static func problem(outside ids: [String]) -> PlanProblem? {
        guard let first = ids.first else { return nil }
        let mend =
            "Check in which reference system they and the sites are, or leave them out under scenes.exclude"
        guard ids.count > 1 else { return PlanProblem(subject: "Scene \(first)", message: "shows no site. \(mend)") }
        let names = ids.prefix(3).joined(separator: ", ") + (ids.count > 3 ? ", ..." : "")
        return PlanProblem(subject: "Scenes", message: "\(ids.count) scenes (\(names)) show no site. \(mend)")
    }

    private static func order(_ lattice: AnalysisLattice) -> (String, Double, Double, Double) {
        (lattice.crs.wkt, lattice.pixelSizeMetres, lattice.origin.x, lattice.origin.y)
    }

    /// The rows of each block that each group uses.
    var blockUses: [BlockKey: [Range<Int32>]] { blockUses(of: groups.indices) }

    /// The rows of each block that each of some groups uses.
    /// - Parameter held: Windows that are not read, by group, then in the order of its windows.
    func blockUses(of members: some Sequence<Int>, besides held: [Int: [Bool]] = [:]) -> [BlockKey: [Range<Int32>]] {
        var uses: [BlockKey: [Range<Int32>]] = [:]
        for member in members {
            let isHeld = held[member]
            for (position, window) in groups[member].windows.enumerated() where isHeld?[position] != true {
                for (key, rows) in blocks(of: window) {
                    uses[key, default: []].append(Int32(rows.lowerBound)..<Int32(rows.upperBound))
                }
            }
        }
        return uses
    }

    /// The blocks of a window, each with the rows of it that the window holds.
    func blocks(of planned: PlannedWindow) -> [(key: BlockKey, rows: Range<Int>)] {
        let file = files[planned.file]
        return planned.blocks.rows.flatMap { row in
            let start = row * file.header.blockRows
            let rows = planned.window.rows.clamped(to: start..<start + file.header.blockRows)
            return planned.blocks.columns.map { column in
                (
                    BlockKey(file: planned.file, band: file.layer, row: row, column: column),
                    rows.lowerBound - start..<rows.upperBound - start
                )
            }
        }
    }

    /// Groups in the order that leaves the fewest rows of blocks waiting: along rows of blocks, and in each from west to
    /// east. One that lies across two rows comes with the second, of whose blocks nothing is decoded before. Results do
    /// not depend on it.
    func workOrder(of members: [Int]) -> [Int] {
        func place(_ member: Int) -> (strip: Int, column: Int) {
            guard let planned = groups[member].windows.first else { return (0, 0) }
            let lastRow = max(planned.window.rows.upperBound - 1, 0)
            return (lastRow / files[planned.file].header.blockRows, planned.window.columns.upperBound)
        }
        var lattice = 0
        let placed = members.enumerated().map { position, member in
            if position > 0, groups[member].group.lattice != groups[members[position - 1]].group.lattice {
                lattice += 1
            }
            let (strip, column) = place(member)
            return (lattice: lattice, strip: strip, column: column, member: member)
        }
        return placed.sorted {
            ($0.lattice, $0.strip, $0.column, $0.member) < ($1.lattice, $1.strip, $1.column, $1.member)
        }
        .map(\.member)
    }

    /// Indices of the files that are read, ascending.
    var usedFiles: [Int] {
        var isUsed = [Bool](repeating: false, count: files.count)
        for planned in groups { for file in planned.imagery.files { isUsed[file] = true } }
        return isUsed.indices.filter { isUsed[$0] }
    }

    /// Different blocks, and their size once decoded.
    private var blockTotals: (count: Int, bytes: Int) {
        // A bit for each block: a country has hundreds of millions of uses.
        var touched = [[UInt64]](repeating: [], count: files.count)
        for planned in groups {
            for window in planned.windows {
                let grid = files[window.file].header.blockGrid
                if touched[window.file].isEmpty {
                    touched[window.file] = [UInt64](repeating: 0, count: (grid.rows * grid.columns + 63) / 64)
                }
                for row in window.blocks.rows {
                    for column in window.blocks.columns {
                        let block = row * grid.columns + column
                        touched[window.file][block / 64] |= 1 << UInt64(block % 64)
                    }
                }
            }
        }
        return zip(files, touched).reduce(into: (0, 0)) { totals, each in
            let count = each.1.reduce(0) { $0 + $1.nonzeroBitCount }
            let header = each.0.header
            totals.0 += count
            totals.1 += count * header.blockRows * header.blockColumns * header.pixelType.byteCount
        }
    }

    /// The figures a person asks for before a scan.
    public var summary: Summary {
        let blocks = blockTotals
        let used = Set(groups.flatMap(\.scenes))
        return Summary(
            period: period.label, sites: groups.reduce(0) { $0 + $1.group.sites.count } + sitesWithoutImagery.count,
            sitesWithImagery: groups.reduce(0) { $0 + $1.group.sites.count }, groups: groups.count,
            scenes: used.count, newScenes: used.count { period.contains(scenes[$0].day) },
            windows: groups.reduce(0) { $0 + $1.windows.count }, blocks: blocks.count, decodedBytes: blocks.bytes,
            sitesWithoutImagery: sitesWithoutImagery.map(\.id), problems: problems.map(\.description))
    }

    public struct Summary: Codable, Hashable, Sendable {
        public var period: String
        public var sites: Int
        public var sitesWithImagery: Int
        public var groups: Int
        /// Scenes that show at least one site, history included.
        public var scenes: Int
        /// Scenes of the period among them.
        public var newScenes: Int
        public var windows: Int
        /// Different blocks, each decoded once.
        public var blocks: Int
        /// Size of these blocks once decoded.
        public var decodedBytes: Int
        public var sitesWithoutImagery: [String]
        public var problems: [String]
    }
}

extension ScanPlan {
    /// A plan as it was kept, or a part of one.
    init(
        period: Period, scenes: [Scene], files: [PlannedFile], groups: [PlannedGroup],
        sitesWithoutImagery: [Site] = [], problems: [PlanProblem] = []
    ) {
        self.period = period
        self.scenes = scenes
        self.files = files
        self.groups = groups
        self.sitesWithoutImagery = sitesWithoutImagery
        self.problems = problems
    }
}
