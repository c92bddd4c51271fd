internal import Geospatial

/// The sites of a register that can be watched, and what is wrong with the rest.
public struct SiteRegister: Sendable {
    /// What was read, without password.
    public var source: String
    /// How many rows the source has.
    public var rowCount: Int
    /// Ordered by id.
    public var sites: [Site]
    /// Ordered by row, the whole source first.
    public var problems: [SiteProblem]

    public init(source: String, rowCount: Int, sites: [Site], problems: [SiteProblem]) {
        self.source = source
        self.rowCount = rowCount
        self.sites = sites.sorted { $0.id < $1.id }
        self.problems = problems.enumerated()
            .sorted { ($0.element.row, $0.offset) < ($1.element.row, $1.offset) }
            .map(\.element)
    }

    public var report: SiteReport { SiteReport(self) }

    /// Reads a register in any format OGR knows here and any reference system.
    ///
    /// What is wrong with a row is a problem and never stops the others.
    /// A source without reference system or id field gives no sites and the problem that says so.
    /// - Parameters:
    ///   - source: A path or connection string; `settings.source` where it is empty.
    ///   - threads: Threads that check rows; no result depends on it.
    /// - Throws: `GeospatialError` where the source cannot be read at all.
    public static func load(source: String = "", settings: SiteSettings, threads: Int = 1) throws -> SiteRegister {
        guard settings.bufferMetres >= 0, settings.bufferMetres.isFinite else {
            throw GeospatialError(
                subject: "sites.bufferMetres", message: "is \(settings.bufferMetres). Give metres, 0 or more")
        }
        let path = source.isEmpty ? settings.source : source
        let dataset = try VectorDataset.open(path, drivers: VectorDriver.allCases)
        let layer = try dataset.layer(named: settings.layer)
        let title = GeospatialError(subject: path, message: "").subject
        let fields = SiteFields(names: settings.fields, available: layer.fieldDefinitions.map(\.name))
        var problems = fields.problems

        let crs = try layer.crs ?? (settings.crs.isEmpty ? nil : CoordinateReferenceSystem(settings.crs))
        if crs == nil {
            problems.append(
                SiteProblem(
                    .rejected, .missingCRS, message: "it does not say in which reference system it is",
                    mend: "Add it to the source (a shapefile needs its .prj), or set sites.crs, for example EPSG:4326"))
        }
        guard let crs, fields.has(.id) else {
            return SiteRegister(source: title, rowCount: try layer.featureCount(), sites: [], problems: problems)
        }

        var rowCount = 0
        var sites: [Site] = []
        var rowsWithoutBuffer: Set<Int> = []
        var waiting: [(row: Int, feature: Feature)] = []
        // Rows are checked while the next ones are read.
        var checked: () throws -> [CheckedRow] = { [] }
        func take() throws {
            for row in try checked() {
                problems += row.problems
                guard let site = row.site else { continue }
                sites.append(site)
                if !row.hasOwnBuffer { rowsWithoutBuffer.insert(site.row) }
            }
            checked = { [] }
        }
        func checkWaiting() throws {
            try take()
            let rows = waiting
            waiting = []
            checked = WorkerPool.begin {
                try WorkerPool.map(rows, batchCount: batchCount, threads: threads) {
                    try PlaneOnGround(crs)
                } body: { plane, waiting in
                    CheckedRow(
                        waiting.feature, row: waiting.row, fields: fields, settings: settings,
                        isGeographic: !crs.isProjected, toWGS84: plane.toWGS84)
                }
            }
            if threads < 2 { try take() }
        }
        // Nothing goes on after an error of the source.
        defer { _ = try? checked() }
        try layer.forEachFeature { feature in
            rowCount += 1
            waiting.append((rowCount, feature))
            if waiting.count == batchCount * batchesAtOnce { try checkWaiting() }
        }
        try checkWaiting()
        try take()
        if rowCount == 0 {
            problems.append(
                SiteProblem(
                    .rejected, .noRows, message: "layer \(layer.name) has no rows",
                    mend: "Export the register again, or name another layer in sites.layer"))
        }
        sites = withoutDuplicates(sites, &problems)
            .filter { isWatchable($0, hasOwnBuffer: !rowsWithoutBuffer.contains($0.row), &problems) }
        problems += swapped(sites)
        return SiteRegister(source: title, rowCount: rowCount, sites: sites, problems: problems)
    }

    /// Rows that a thread checks before it asks for more.
    private static let batchCount = 256
    /// Rows wait in memory until so many batches are there: all of a country's would take more room than its sites.
    private static let batchesAtOnce = 32

    /// One row by itself.
    private struct CheckedRow {
        var site: Site?
        /// Whether the row itself says how wide its buffer is.
        var hasOwnBuffer = false
        var problems: [SiteProblem]

        init(
            _ feature: Feature, row: Int, fields: SiteFields, settings: SiteSettings, isGeographic: Bool,
            toWGS84: borrowing CoordinateTransformation
        ) {
            problems = []
            let id = fields.text(.id, of: feature)
            if id.isEmpty {
                problems.append(
                    SiteProblem(
                        .rejected, .emptyID, row: row, message: "it has no id",
                        mend: "Give it an id that stays the same from export to export"))
            }
            let boundary = SiteBoundary(
                feature, siteID: id, row: row, isGeographic: isGeographic, transformation: toWGS84)
            problems += boundary.problems
            guard !id.isEmpty, let core = boundary.core else { return }
            var site = Site(
                id: id, name: fields.text(.name, of: feature), significance: fields.text(.significance, of: feature),
                legalStatus: fields.text(.legalStatus, of: feature),
                administrativeArea: fields.text(.administrativeArea, of: feature), core: core,
                bufferMetres: settings.bufferMetres, row: row)
            if let own = SiteRegister.ownBuffer(of: site, from: fields, feature, &problems) {
                site.bufferMetres = own
                hasOwnBuffer = true
            }
            self.site = site
        }
    }

    /// The width in the site's buffer field; nil where there is none, reported where it is no width.
    private static func ownBuffer(
        of site: Site, from fields: SiteFields, _ feature: Feature, _ problems: inout [SiteProblem]
    ) -> Double? {
        let text = fields.text(.buffer, of: feature)
        guard !text.isEmpty else { return nil }
        if let width = Double(text), width.isFinite, width >= 0 { return width }
        problems.append(
            SiteProblem(
                .warning, .unreadableBuffer, siteID: site.id, row: site.row,
                message: "its buffer '\(text)' is no width in metres; \(metres(site.bufferMetres)) is used",
                mend: "Write a number of metres"))
        return nil
    }

    /// Reports points without a buffer of their own, and refuses those without any: they would be watched nowhere.
    private static func isWatchable(
        _ site: Site, hasOwnBuffer: Bool, _ problems: inout [SiteProblem]
    ) -> Bool {
        guard site.core.kind.isPunctual else { return true }
        if site.bufferMetres <= 0 {
            problems.append(
                SiteProblem(
                    .rejected, .pointWithoutBuffer, siteID: site.id, row: site.row,
                    message: "it is a point with a buffer of 0 m, so there is nothing to watch",
                    mend: "Draw its boundary, or give it a buffer (sites.fields.buffer, sites.bufferMetres)"))
            return false
        }
        if !hasOwnBuffer {
            problems.append(
                SiteProblem(
                    .warning, .pointWithoutBuffer, siteID: site.id, row: site.row,
                    message: "it is a point without a buffer of its own; "
                        + "\(metres(site.bufferMetres)) around it are watched",
                    mend: "Draw its boundary, or give it a buffer in the field sites.fields.buffer"))
        }
        return true
    }

    private static func metres(_ width: Double) -> String { "\(FieldValue.real(width).text ?? "") m" }

    /// Keeps of each id the first boundary, or the first point where there is no boundary.
    private static func withoutDuplicates(_ sites: [Site], _ problems: inout [SiteProblem]) -> [Site] {
        // Positions: a table of a country's sites would take much room for few that are there twice.
        var kept = [String: Int](minimumCapacity: sites.count)
        for (position, site) in sites.enumerated()
        where kept[site.id].map({ isBetter(site, than: sites[$0]) }) ?? true { kept[site.id] = position }
        return sites.filter { site in
            guard let first = kept[site.id].map({ sites[$0] }), first.row != site.row else { return true }
            if first.core.kind.isPolygonal, site.core.kind.isPunctual {
                problems.append(
                    SiteProblem(
                        .warning, .repeatedRow, siteID: site.id, row: site.row,
                        message: "it is a point, and the boundary in row \(first.row) is used instead",
                        mend: "Nothing to do, or leave points out of the export"))
            } else if (try? first.core.equals(site.core)) == true {
                problems.append(
                    SiteProblem(
                        .warning, .repeatedRow, siteID: site.id, row: site.row,
                        message: "it repeats row \(first.row), which is used", mend: "Remove one of the two"))
            } else {
                problems.append(
                    SiteProblem(
                        .rejected, .duplicateID, siteID: site.id, row: site.row,
                        message: "row \(first.row) has the same id and another geometry, and is used",
                        mend: "Give one of them another id, or join them into one multipolygon"))
            }
            return false
        }
    }

    private static func isBetter(_ site: Site, than other: Site) -> Bool {
        site.core.kind.isPolygonal && !other.core.kind.isPolygonal
    }

    /// Sites far from where the others are, but among them once longitude and latitude are exchanged.
    private static func swapped(_ sites: [Site]) -> [SiteProblem] {
        let places = sites.map { $0.core.envelope?.centre ?? Coordinate(x: 0, y: 0) }
        // Fewer than four sites have no neighbourhood to fall out of.
        guard places.count >= 4 else { return [] }
        let middle = Coordinate(
            x: places.map(\.x).sorted()[places.count / 2], y: places.map(\.y).sorted()[places.count / 2])
        func degrees(_ x: Double, _ y: Double) -> Double { max(abs(x - middle.x), abs(y - middle.y)) }
        // Half of the sites lie within `spread`, whatever the size of the country.
        let spread = max(places.map { degrees($0.x, $0.y) }.sorted()[places.count / 2], 1)
        return zip(sites, places).compactMap { site, place in
            guard degrees(place.x, place.y) > 6 * spread, degrees(place.y, place.x) < 3 * spread else { return nil }
            return SiteProblem(
                .warning, .swapped, siteID: site.id, row: site.row,
                message: "it lies far from the other sites, but among them with longitude and latitude exchanged",
                mend: "Check which of its coordinates is the longitude")
        }
    }
}
