internal import Foundation
internal import Geospatial

/// What one published run may tell to one kind of reader: GeoJSON, CSV and a page, without any picture.
///
/// Partners and the public see nothing but the values listed here, each of a closed set, a class or a cell, so that
/// nothing passes because nobody thought of it; free text passes `FreeTextCheck` or stops the export. Cells follow
/// from the site, not from the change: what happens at a site is always told in the same cell, so that many runs
/// together tell no more than one.
public struct Export: Sendable {
    /// How the export ended.
    public struct Outcome: Hashable, Sendable {
        public var folder: String
        /// False where the folder held the same already.
        public var isChanged: Bool
        public var period: String
        public var rows: Int
        /// Public cells or units with too few sites. For whoever exports; it is in none of the files.
        public var leftOut: Int
        /// Sites of the run that the register no longer has.
        public var lostSites: Int
    }

    public let profile: ExportProfile
    public let settings: ExportSettings

    public init(profile: ExportProfile, settings: ExportSettings) {
        self.profile = profile
        self.settings = settings
    }

    /// Makes the export of one run.
    /// - Parameters:
    ///   - run: The folder of the run.
    ///   - register: The register of sites it was made from.
    ///   - folder: Appears whole or not at all; one that holds another export is never written over.
    /// - Throws: `ExportRefusal` where it would tell too much; `ConfigurationError`, `FileError` or `GeospatialError`.
    public func publish(run: String, register: SiteRegister, to folder: String) throws -> Outcome {
        try settings.requireSound()
        let source = try ExportedRun.read(run, register: register)
        var leftOut = 0
        let table: ExportTable
        switch profile {
        case .internal: table = internalTable(source)
        case .partner: table = try partnerTable(source)
        case .public: (table, leftOut) = try publicTable(source)
        }
        let page = ExportPage(
            profile: profile, settings: settings, period: label(of: source.period), table: table)
        var members: [String: JSONValue] = [
            "profile": .text(profile.rawValue), "period": .text(page.period),
            "generator": .text("sitewarden \(Pipeline.version)"),
        ]
        if !settings.attribution.isEmpty { members["attribution"] = .text(settings.attribution) }
        let isChanged = try ExportFolder(path: folder).publish([
            ("changes.geojson", try table.geoJSON(members: members)),
            ("changes.csv", Array(try table.csv().utf8)),
            ("index.html", Array(page.render().utf8)),
        ])
        return Outcome(
            folder: folder, isChanged: isChanged, period: source.period.label, rows: table.rows.count,
            leftOut: leftOut, lostSites: source.lostSites)
    }

    // MARK: Tables

    private func internalTable(_ source: ExportedRun) -> ExportTable {
        ExportTable(
            columns: [
                "rank", "task_id", "site_id", "site_name", "significance", "legal_status", "administrative_area",
                "finding_id", "status", "kind", "first_seen", "last_seen", "probability", "score", "area_m2",
                "area_core_m2", "area_buffer_m2", "distance_to_core_m",
            ],
            rows: source.tasks.map { task in
                ExportTable.Row(
                    place: .exactly(task.geometry),
                    values: [
                        .count(task.rank), .text(task.id), .text(task.site.id), .text(task.site.name),
                        .text(task.site.significance), .text(task.site.legalStatus),
                        .text(task.site.administrativeArea), .text(task.findingID), .text(task.status.rawValue),
                        .text(task.kind.rawValue), .optional(task.firstSeen?.description),
                        .optional(task.lastSeen?.description), .optional(task.probability, places: 6),
                        .optional(task.score, places: 4), .optional(task.areaSquareMetres, places: 2),
                        .optional(task.coreSquareMetres, places: 2), .optional(task.bufferSquareMetres, places: 2),
                        .optional(task.distanceToCoreMetres, places: 2),
                    ])
            })
    }

    /// A row a task. Its number in the run is its name: the authority finds the task by it, and nobody else can.
    private func partnerTable(_ source: ExportedRun) throws -> ExportTable {
        let cells = try GeneralisationCell.cells(.oneKilometre, of: source.tasks.map { try Self.place(of: $0.site) })
        let check = FreeTextCheck(ids: source.ids)
        // A quarter has three first tasks: the reference names the month, also where nothing else does.
        let reference = source.period.end.description.prefix(7)
        var rows: [ExportTable.Row] = []
        for (task, cell) in zip(source.tasks, cells) {
            let texts = try settings.partnerFields.map { field in
                let text = Self.text(field, of: task.site)
                try Self.require(text, passes: check, as: field, of: task.site)
                return ExportTable.Value.text(text)
            }
            rows.append(
                ExportTable.Row(
                    place: .cell(cell),
                    values: [
                        .text("\(reference) no. \(task.rank)"), .text(cell.id),
                        .text(task.status.rawValue), .text(task.kind.rawValue),
                        .text(task.coreSquareMetres > 0 ? "inside" : "buffer"),
                        .optional(task.firstSeen.map(label)), .optional(task.lastSeen.map(label)),
                        .text(AreaClass(squareMetres: task.areaSquareMetres).title),
                        .optional(task.probability, places: 1),
                    ] + texts))
        }
        return ExportTable(
            columns: [
                "reference", "cell", "status", "kind", "zone", "first_seen", "last_seen", "area_m2", "probability",
            ] + settings.partnerFields.map { "site_\($0.rawValue)" }, rows: rows)
    }

    private enum Place: Hashable, Comparable {
        case cell(GeneralisationCell)
        case unit(String)
    }

    /// A row for each cell or unit with enough sites, whether anything changed there or not.
    private func publicTable(_ source: ExportedRun) throws -> (table: ExportTable, leftOut: Int) {
        let confirmed = Set(source.tasks.filter { $0.status == .confirmed }.map(\.site.id))
        let small = try GeneralisationCell.cells(
            .oneKilometre, of: source.sites.map { try Self.place(of: $0.site) })
        let check = FreeTextCheck(ids: source.ids)
        var members: [Place: [Int]] = [:]
        for (index, cell) in small.enumerated() {
            switch settings.publicUnit {
            case .cell: members[.cell(cell.within(.tenKilometres)), default: []].append(index)
            case .administrativeArea:
                let site = source.sites[index].site
                guard !site.administrativeArea.isEmpty else { continue }
                members[.unit(site.administrativeArea), default: []].append(index)
            }
        }
        // One place that is registered in many parts is no crowd.
        let kept = members.filter { _, indices in
            indices.count >= settings.minimumSites && Set(indices.map { small[$0] }).count > 1
        }
        let rows = try kept.sorted { $0.key < $1.key }.map { place, indices in
            let sites = indices.map { source.sites[$0] }
            let seen = sites.count { $0.outcome == .disturbance || $0.outcome == .noDisturbance }
            let counts = [
                sites.count, seen, sites.count { $0.outcome == .disturbance },
                sites.count { confirmed.contains($0.site.id) },
            ].map { ExportTable.Value.text(CountClass($0, leastCount: settings.minimumSites).title) }
            let period = ExportTable.Value.text(label(of: source.period))
            switch place {
            case .cell(let cell):
                return ExportTable.Row(place: .cell(cell), values: [.text(cell.id), period] + counts)
            case .unit(let name):
                try Self.require(name, passes: check, as: .administrativeArea, of: sites[0].site)
                return ExportTable.Row(place: .unit, values: [.text(name), period] + counts)
            }
        }
        let table = ExportTable(
            columns: [
                settings.publicUnit == .cell ? "cell" : "administrative_area", "period", "sites", "sites_seen",
                "sites_with_change", "sites_with_confirmed_change",
            ], rows: rows)
        return (table, members.count - kept.count)
    }

    // MARK: Values

    /// The middle of the site: a boundary drawn again a little differently keeps its cell, unless it lies at an edge.
    private static func place(of site: Site) throws -> Coordinate {
        guard let centre = site.core.centroid else {
            throw GeospatialError(subject: "Site \(site.id)", message: "has no place. Draw its boundary")
        }
        return centre
    }

    private static func text(_ field: ExportSettings.SiteField, of site: Site) -> String {
        switch field {
        case .name: site.name
        case .significance: site.significance
        case .legalStatus: site.legalStatus
        case .administrativeArea: site.administrativeArea
        }
    }

    private static func require(
        _ text: String, passes check: FreeTextCheck, as field: ExportSettings.SiteField, of site: Site
    ) throws {
        guard let objection = check.objection(to: text) else { return }
        throw ExportRefusal(
            subject: "Site \(VisibleText.make(site.id, length: 120)), \(field.rawValue)",
            message: "'\(VisibleText.make(text, length: 120))' \(objection). Correct it in the register of sites, or "
                + (field == .administrativeArea
                    ? "export cells (export.publicUnit, export.partnerFields)" : "leave it out (export.partnerFields)"))
    }

    private func label(of period: Period) -> String {
        let (first, last) = (label(period.start), label(period.end))
        return first == last ? first : "\(first) to \(last)"
    }

    /// `2019-06`, or `2019-Q2`.
    private func label(_ day: Day) -> String {
        switch settings.dates {
        case .month: return String(day.description.prefix(7))
        case .quarter: return String(day.description.prefix(4)) + "-Q\((day.month + 2) / 3)"
        }
    }
}

/// A count told as a class: between two exports, one site more or less seldom shows.
struct CountClass {
    let title: String

    /// - Parameter leastCount: Smaller counts, but for none at all, are one class.
    init(_ count: Int, leastCount: Int) {
        let bounds = [leastCount] + [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000].filter { $0 > leastCount }
        if count == 0 {
            title = "none"
        } else if let above = bounds.firstIndex(where: { count < $0 }) {
            title = above == 0 ? "fewer than \(leastCount)" : "\(bounds[above - 1]) to \(bounds[above] - 1)"
        } else {
            title = "\(bounds[bounds.count - 1]) or more"
        }
    }
}

/// An area told as a class: to the square metre it could be looked for in free imagery.
struct AreaClass {
    let title: String

    init(squareMetres: Double) {
        title =
            switch squareMetres {
            case ..<1000: "under 1000"
            case ..<5000: "1000 to 5000"
            case ..<20_000: "5000 to 20000"
            default: "20000 or more"
            }
    }
}
