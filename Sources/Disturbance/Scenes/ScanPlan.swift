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

/// The rectangle of one file that one group needs.
public struct PlannedWindow: Sendable {
    /// Index of the file in the plan.
    public let file: Int
    /// The pixels needed, in the file's grid.
    public let window: Window
    /// The blocks that hold them, whole.
    public let blocks: Window
}

/// One group of sites with the scenes that show it.
public struct PlannedGroup: Sendable {
    public let group: SiteGroup
    /// Indices of scenes, ordered by day, then id.
    public let scenes: [Int]
    /// The bands compared, in order of wavelength.
    public let bands: [Band]
    /// Ordered by file.
    public let windows: [PlannedWindow]
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
        let earliest = period.start.adding(days: -settings.historyDays)
        let scenes = scenes.filter { $0.day <= period.end && $0.day >= earliest }
        self.scenes = scenes
        let opened = try FileTable(scenes: scenes, wanted: wanted, threads: threads)
        files = opened.files
        var problems = opened.problems
        let placement = try Placement(files: opened.files, scenes: scenes)
        var sitesByLattice: [AnalysisLattice: [Site]] = [:]
        var unseen: [Site] = []
        for site in sites {
            if let lattice = try placement.lattice(for: site) {
                sitesByLattice[lattice, default: []].append(site)
            } else {
                unseen.append(site)
            }
        }
        var groups: [PlannedGroup] = []
        var scenesOverSites: Set<Int> = []
        for (lattice, members) in sitesByLattice.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            let transformation = try CoordinateTransformation(from: .wgs84, to: lattice.crs)
            let placed = try members.map {
                try PlacedSite($0, on: lattice, ringMetres: settings.ringMetres, fromWGS84: transformation)
            }
            var extents = FileExtents(files: opened.files, lattice: lattice)
            for group in SiteGroup.grouping(placed, on: lattice, cellPixels: settings.cellPixels) {
                let covering = opened.scenes(covering: group.grid, extents: &extents)
                scenesOverSites.formUnion(covering)
                let planned = try PlannedGroup(group, scenes: covering, table: opened, problems: &problems)
                if planned.scenes.isEmpty { unseen += group.sites.map(\.site) } else { groups.append(planned) }
            }
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
    func blockUses(of members: some Sequence<Int>) -> [BlockKey: [Range<Int32>]] {
        var uses: [BlockKey: [Range<Int32>]] = [:]
        for member in members {
            for window in groups[member].windows {
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

    /// The figures a person asks for before a scan.
    public var summary: Summary {
        let uses = blockUses
        let bytes = uses.keys.reduce(0) { total, key in
            let header = files[key.file].header
            return total + header.blockRows * header.blockColumns * header.pixelType.byteCount
        }
        let used = Set(groups.flatMap(\.scenes))
        return Summary(
            period: period.label, sites: groups.reduce(0) { $0 + $1.group.sites.count } + sitesWithoutImagery.count,
            sitesWithImagery: groups.reduce(0) { $0 + $1.group.sites.count }, groups: groups.count,
            scenes: used.count, newScenes: used.count { period.contains(scenes[$0].day) },
            windows: groups.reduce(0) { $0 + $1.windows.count }, blocks: uses.count, decodedBytes: bytes,
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

/// The files of all scenes with their headers.
private struct FileTable {
    let files: [PlannedFile]
    /// Indices of files, by scene.
    let filesByScene: [[Int]]
    /// Bands whose file cannot be used, which is told in `problems`, by scene.
    let unusableBands: [Int: Set<Band>]
    let scenes: [Scene]
    let problems: [PlanProblem]

    init(scenes: [Scene], wanted: [Band], threads: Int) throws {
        self.scenes = scenes
        struct Opening: Sendable {
            let scene: Int
            let band: Band?
            let asset: SceneAsset
        }
        let openings = scenes.enumerated().flatMap { index, scene in
            scene.sortedBands.filter { wanted.contains($0.band) }.map {
                Opening(scene: index, band: $0.band, asset: $0.asset)
            } + (scene.mask.map { [Opening(scene: index, band: nil, asset: $0.asset)] } ?? [])
        }
        let headers = try WorkerPool.map(count: openings.count, threads: threads, makeWorker: {}) { _, index in
            Result { () throws(GeospatialError) in
                do { return try RasterFile(path: openings[index].asset.path).header } catch {
                    throw error as? GeospatialError
                        ?? GeospatialError(subject: openings[index].asset.path, message: "\(error)")
                }
            }
        }
        var files: [PlannedFile] = []
        var byScene = [[Int]](repeating: [], count: scenes.count)
        var problems: [PlanProblem] = []
        var unusable: [Int: Set<Band>] = [:]
        // In longitude and latitude.
        var bounds: [Grid: Envelope] = [:]
        for (opening, header) in zip(openings, headers) {
            let scene = scenes[opening.scene]
            let header = header.flatMap { header in
                Result { () throws(GeospatialError) in
                    if bounds[header.grid] == nil {
                        bounds[header.grid] = try Self.place(of: header.grid, path: opening.asset.path)
                    }
                    return header
                }
            }
            if let band = opening.band { unusable[opening.scene, default: []].insert(band) }
            switch header {
            case .success(let header) where opening.asset.bandNumber <= header.bandCount:
                byScene[opening.scene].append(files.count)
                if let band = opening.band { unusable[opening.scene]?.remove(band) }
                files.append(
                    PlannedFile(
                        path: opening.asset.path, header: header, layer: opening.asset.bandNumber - 1,
                        scene: opening.scene, band: opening.band))
            case .success(let header):
                problems.append(
                    PlanProblem(
                        subject: "Scene \(scene.id)",
                        message:
                            "\(opening.asset.href) has \(header.bandCount) layers, not \(opening.asset.bandNumber). "
                            + "Correct the item"))
            case .failure(let error):
                problems.append(
                    PlanProblem(
                        subject: "Scene \(scene.id)",
                        message: "\(error). Fetch the file again, or exclude the scene under scenes.exclude"))
            }
        }
        // Without its mask a scene's clouds would pass for disturbances.
        for (index, scene) in scenes.enumerated() where scene.mask != nil {
            if !byScene[index].contains(where: { files[$0].band == nil }) { byScene[index] = [] }
        }
        // One file that lies elsewhere would leave the scene without a single pixel, and nobody would know why.
        for (index, indices) in byScene.enumerated() {
            guard let first = indices.first else { continue }
            func place(_ file: Int) -> Envelope? { bounds[files[file].header.grid] }
            guard let expected = place(first),
                let stray = indices.first(where: { place($0).map { !$0.intersects(expected) } ?? false })
            else { continue }
            problems.append(
                PlanProblem(
                    subject: "Scene \(scenes[index].id)",
                    message: "left out: \(files[stray].path) and \(files[first].path) lie in different places. "
                        + "Correct the reference system of the wrong one, or exclude the scene under scenes.exclude"))
            byScene[index] = []
        }
        self.files = files
        filesByScene = byScene
        unusableBands = unusable
        self.problems = problems
    }

    /// Where a grid lies in longitude and latitude; one that lies nowhere spoils its own scene and no other.
    private static func place(of grid: Grid, path: String) throws(GeospatialError) -> Envelope {
        do {
            return try CoordinateTransformation(from: grid.crs, to: .wgs84).transform(grid.envelope)
        } catch {
            let reason = (error as? GeospatialError)?.message ?? "\(error)"
            throw GeospatialError(subject: path, message: "lies nowhere on the Earth (\(reason))")
        }
    }

    /// Indices of the scenes that show part of a grid, ordered by day, then id.
    func scenes(covering grid: Grid, extents: inout FileExtents) -> [Int] {
        filesByScene.indices.filter { scene in
            guard let first = filesByScene[scene].first, files[first].band != nil else { return false }
            return extents.envelope(of: first)?.intersects(grid.envelope) ?? false
        }
    }
}

/// Chooses the lattice of each site.
private struct Placement {
    private struct Candidate {
        let grid: Grid
        /// In longitude and latitude.
        let bounds: Envelope
        var scenes: Int
        /// Ground pixel size where the grid is no metric lattice.
        let groundMetres: Double
        let plane: PlaneOnGround
    }

    private let candidates: [Candidate]

    init(files: [PlannedFile], scenes: [Scene]) throws {
        var finest: [Int: Int] = [:]
        for (index, file) in files.enumerated() where file.band != nil {
            if let other = finest[file.scene], files[other].header.grid.pixelArea <= file.header.grid.pixelArea {
                continue
            }
            finest[file.scene] = index
        }
        var byGrid: [Grid: Candidate] = [:]
        for (scene, index) in finest.sorted(by: { $0.key < $1.key }) {
            let file = files[index]
            let grid = file.header.grid
            if byGrid[grid] != nil {
                byGrid[grid]!.scenes += 1
                continue
            }
            let plane = try PlaneOnGround(grid.crs)
            let bounds = try plane.toWGS84.transform(grid.envelope)
            let asset = file.band.flatMap { scenes[scene].bands[$0] }
            let metres = try asset?.gsd ?? Self.groundPixelMetres(of: grid, bounds: bounds)
            byGrid[grid] = Candidate(
                grid: grid, bounds: bounds, scenes: 1, groundMetres: metres, plane: plane)
        }
        candidates = byGrid.values.sorted {
            ($0.grid.crs.wkt, $0.bounds.minimumX, $0.bounds.maximumY, $0.groundMetres)
                < ($1.grid.crs.wkt, $1.bounds.minimumX, $1.bounds.maximumY, $1.groundMetres)
        }
    }

    /// Side of a square of a pixel's size on the ground, rounded to whole metres, at least one.
    private static func groundPixelMetres(of grid: Grid, bounds: Envelope) throws -> Double {
        let local = try CoordinateReferenceSystem(
            "+proj=laea +lat_0=\(bounds.centre.y) +lon_0=\(bounds.centre.x) +datum=WGS84 +units=m")
        let middle = Window(
            rows: grid.rows / 2..<grid.rows / 2 + 1, columns: grid.columns / 2..<grid.columns / 2 + 1)
        let corners = try CoordinateTransformation(from: grid.crs, to: local).transform(grid.envelope(of: middle))
        let area = (corners.maximumX - corners.minimumX) * (corners.maximumY - corners.minimumY)
        return max(area.squareRoot().rounded(), 1)
    }

    /// The lattice of the finest scenes over the site, of the most frequent where there are several; a UTM zone where
    /// no scene lies in a metric plane; nil where no scene covers the site.
    func lattice(for site: Site) throws -> AnalysisLattice? {
        guard let place = site.core.envelope else { return nil }
        let near = candidates.filter { $0.bounds.intersects(place) }
        guard let finest = near.first else { return nil }
        var best: (lattice: AnalysisLattice, scenes: Int)?
        for candidate in near {
            guard let lattice = AnalysisLattice(of: candidate.grid, near: place.centre, plane: candidate.plane) else {
                continue
            }
            if let current = best {
                let isFiner = lattice.pixelSizeMetres < current.lattice.pixelSizeMetres
                let isAsFine = lattice.pixelSizeMetres == current.lattice.pixelSizeMetres
                guard isFiner || (isAsFine && candidate.scenes > current.scenes) else { continue }
            }
            best = (lattice, candidate.scenes)
        }
        if let best { return best.lattice }
        let metres = near.map(\.groundMetres).min() ?? finest.groundMetres
        return AnalysisLattice(
            crs: try .utm(longitude: place.centre.x, latitude: place.centre.y), pixelSizeMetres: metres,
            origin: Coordinate(x: 0, y: 0))
    }
}

/// Where the files lie in the plane of one lattice; the same grid is transformed once.
private struct FileExtents {
    private var cache: [Grid: Envelope?] = [:]
    private let lattice: AnalysisLattice
    private let files: [PlannedFile]

    init(files: [PlannedFile], lattice: AnalysisLattice) {
        self.files = files
        self.lattice = lattice
    }

    /// Nil where the file reaches beyond what the lattice's projection can show.
    mutating func envelope(of file: Int) -> Envelope? {
        let grid = files[file].header.grid
        if let known = cache[grid] { return known }
        let envelope = try? CoordinateTransformation(from: grid.crs, to: lattice.crs).transform(grid.envelope)
        cache[grid] = envelope
        return envelope
    }
}

extension PlannedGroup {
    /// Pixels around a window that interpolation looks at: two for cubic, and one for rounding.
    private static let resamplingMargin = 3

    /// A band is compared where at least this share of the scenes has it.
    private static let bandShare = 0.8

    /// - Parameter covering: Scenes that show part of the group.
    fileprivate init(
        _ group: SiteGroup, scenes covering: [Int], table: FileTable, problems: inout [PlanProblem]
    ) throws {
        self.group = group
        let grid = group.grid
        var counts: [Band: Int] = [:]
        for scene in covering {
            for file in table.filesByScene[scene] {
                if let band = table.files[file].band { counts[band, default: 0] += 1 }
            }
        }
        let needed = (Double(covering.count) * Self.bandShare).rounded(.up)
        let used = counts.filter { Double($0.value) >= needed }.keys.sorted()
        var kept: [Int] = []
        for scene in covering {
            let present = Set(table.filesByScene[scene].compactMap { table.files[$0].band })
            let missing = used.filter { !present.contains($0) }
            if missing.isEmpty {
                kept.append(scene)
            } else if !(table.unusableBands[scene] ?? []).isSuperset(of: missing) {
                problems.append(
                    PlanProblem(
                        subject: "Scene \(table.scenes[scene].id)",
                        message: "left out: band \(missing.map(\.rawValue).joined(separator: ", ")) is missing. "
                            + "Add it, or exclude the scene under scenes.exclude"))
            }
        }
        scenes = kept
        bands = used
        var windows: [PlannedWindow] = []
        for scene in kept {
            for index in table.filesByScene[scene] {
                let file = table.files[index]
                if let band = file.band, !used.contains(band) { continue }
                let window = try Self.window(of: grid, in: file.header.grid)
                guard !window.isEmpty else { continue }
                windows.append(
                    PlannedWindow(file: index, window: window, blocks: file.header.blocks(covering: window)))
            }
        }
        self.windows = windows
    }

    /// The pixels of `file` that a raster on `grid` is made from.
    static func window(of grid: Grid, in file: Grid) throws -> Window {
        if file.isAligned(with: grid) { return file.window(covering: grid.envelope) }
        let envelope =
            file.crs.isSame(as: grid.crs)
            ? grid.envelope : try CoordinateTransformation(from: grid.crs, to: file.crs).transform(grid.envelope)
        let inner = file.window(covering: envelope)
        guard !inner.isEmpty else { return inner }
        let margin = resamplingMargin
        return Window(
            rows: max(inner.rows.lowerBound - margin, 0)..<min(inner.rows.upperBound + margin, file.rows),
            columns: max(inner.columns.lowerBound - margin, 0)..<min(inner.columns.upperBound + margin, file.columns))
    }
}
