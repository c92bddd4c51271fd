public import Geospatial

/// The task list as a GeoPackage for QGIS: what analysts look at, copy, and write their verdicts into.
///
/// Layers: `tasks` with empty columns for the verdict, `findings`, `sites` and `buffers`, each with its style inside.
public enum TaskLayer {
    /// A site as it is drawn.
    public struct SiteOutline: Sendable {
        public var id: String
        public var name: String
        /// The boundary, in WGS 84; points are drawn by their buffer alone.
        public var core: Geometry
        /// The boundary with its buffer, in WGS 84; nil where it is not drawn.
        public var zone: Geometry?

        public init(id: String, name: String, core: Geometry, zone: Geometry?) {
            self.id = id
            self.name = name
            self.core = core
            self.zone = zone
        }
    }

    static let fileName = "tasks.gpkg"
    static let tasksLayer = "tasks"
    static let findingsLayer = "findings"
    static let sitesLayer = "sites"
    static let buffersLayer = "buffers"

    /// Writes the file in memory, reads it again, and puts it on the disk.
    ///
    /// The same input gives the same bytes.
    /// - Parameters:
    ///   - tasks: In order of rank.
    ///   - sites: Those to be drawn; ordered here by id.
    ///   - findings: Open ones and those the run finished; ordered here by id.
    ///   - path: Ends in `.gpkg`; there is no such file yet.
    /// - Throws: `GeospatialError` where it cannot be written in full.
    public static func write(
        tasks: [InspectionTask], sites: [SiteOutline], findings: [Finding], period: Period, to path: String
    ) throws {
        try write(
            tasks: tasks, sites: sites, orderedFindings: findings.sorted { $0.id < $1.id }, period: period, to: path)
    }

    /// The same of findings that come in order of id, each asked for when its turn comes.
    static func write(
        tasks: [InspectionTask], sites: [SiteOutline], orderedFindings findings: some Collection<Finding>,
        period: Period, to path: String
    ) throws {
        let sites = sites.sorted { $0.id < $1.id }
        let layers = [
            // In this order QGIS lists them, the first at the top.
            Content(tasksDefinition, tasks) { try feature(of: $0, period: period) },
            Content(findingsDefinition, findings) { feature(of: $0) },
            Content(sitesDefinition, sites.filter(\.core.kind.isPolygonal)) { site in
                Feature(fields: ["site_id": .text(site.id), "site_name": .text(site.name)], geometry: site.core)
            },
            Content(buffersDefinition, sites.filter { $0.zone != nil }) { site in
                Feature(
                    fields: [
                        "site_id": .text(site.id), "site_name": .text(site.name),
                        "is_point": .integer(site.core.kind.isPolygonal ? 0 : 1),
                    ], geometry: site.zone)
            },
        ]
        try WholeFile.writeBytes(to: path) { put in
            try MemoryFile.pieces(for: path, write: { try write(layers, period: period, to: $0) }, put: put)
        }
    }

    /// One layer, whose features are made one at a time: all at once would take more room than what they show.
    private struct Content {
        let definition: LayerDefinition
        let count: Int
        let forEach: ((Feature) throws -> Void) throws -> Void

        init<Items: Collection>(
            _ definition: LayerDefinition, _ items: Items, _ feature: @escaping (Items.Element) throws -> Feature
        ) {
            self.definition = definition
            count = items.count
            forEach = { body in for item in items { try body(feature(item)) } }
        }
    }

    private static func write(_ layers: [Content], period: Period, to path: String) throws {
        try GDALLibrary.withFileDate("\(period.end)T00:00:00Z") {
            let dataset = try VectorDataset.create(path, driver: .geoPackage)
            try dataset.inTransaction {
                for content in layers {
                    let layer = try dataset.createLayer(content.definition)
                    try content.forEach { try layer.append($0) }
                }
                try dataset.createLayer(QGISStyle.table).append(contentsOf: styles(period: period))
            }
            try dataset.close()
        }
        try VectorDataset.verify(
            path, drivers: [.geoPackage],
            layers: layers.map { ($0.definition.name, $0.count) } + [(QGISStyle.table.name, layers.count)])
    }

    // MARK: Columns

    private static let layerOptions = ["FID=fid", "GEOMETRY_NAME=geom"]

    private static let tasksDefinition = LayerDefinition(
        name: tasksLayer, crs: .wgs84, kind: .multiPolygon, fields: taskColumns.map(\.definition),
        options: layerOptions)

    private static let findingsDefinition = LayerDefinition(
        name: findingsLayer, crs: .wgs84, kind: .multiPolygon, fields: findingColumns.map(\.definition),
        options: layerOptions)

    private static let sitesDefinition = LayerDefinition(
        name: sitesLayer, crs: .wgs84, kind: .multiPolygon,
        fields: [FieldDefinition("site_id", .text), FieldDefinition("site_name", .text)], options: layerOptions)

    private static let buffersDefinition = LayerDefinition(
        name: buffersLayer, crs: .wgs84, kind: .multiPolygon,
        fields: sitesDefinition.fields + [FieldDefinition("is_point", .integer)], options: layerOptions)

    /// A column and what people are shown as its name.
    struct Column {
        let definition: FieldDefinition
        let title: String
        /// Whether an analyst may write into it.
        let isEditable: Bool

        init(_ name: String, _ type: FieldType, _ title: String, isEditable: Bool = false) {
            definition = FieldDefinition(name, type)
            self.title = title
            self.isEditable = isEditable
        }
    }

    static let findingColumns = [
        Column("finding_id", .text, "Finding id"), Column("status", .text, "Status"),
        Column("kind", .text, "Kind of change"), Column("kind_certainty", .real, "Certainty of the kind (0 to 1)"),
        Column("first_seen", .date, "First seen"), Column("last_seen", .date, "Last seen"),
        Column("clear_observations", .integer64, "Clear observations since first seen"),
        Column("anomalous_observations", .integer64, "Clear observations that show it"),
        Column("method", .text, "Method"), Column("probability", .real, "Probability (0 to 1)"),
        Column("magnitude", .real, "Magnitude (standard deviations)"), Column("area_m2", .real, "Area (m²)"),
        Column("growth_m2", .real, "Growth since first seen (m²)"),
    ]

    static let taskColumns =
        [
            Column("rank", .integer64, "Rank"), Column("task_id", .text, "Task id"),
            Column("site_id", .text, "Site id"), Column("site_name", .text, "Site"),
            Column("score", .real, "Score (0 to 100)"),
        ] + findingColumns + [
            Column("core_m2", .real, "Changed inside the boundary (m²)"),
            Column("buffer_m2", .real, "Changed in the buffer (m²)"),
            Column("core_share", .real, "Part of the core changed (0 to 1)"),
            Column("buffer_share", .real, "Part of the buffer changed (0 to 1)"),
            Column("distance_m", .real, "Distance to the boundary (m)"),
        ]
        + [
            "probability", "zone", "extent", "magnitude", "kind", "significance", "recency",
        ].map { Column("term_\($0)", .real, "Score term: \($0)") } + [
            Column("period_start", .date, "Period from"), Column("period_end", .date, "Period to"),
            Column("verdict", .text, "Verdict", isEditable: true),
            Column("verdict_note", .text, "Note", isEditable: true),
            Column("reviewer", .text, "Reviewer", isEditable: true),
            Column("reviewed_on", .date, "Reviewed on", isEditable: true),
        ]

    // MARK: Rows

    private static func feature(of task: InspectionTask, period: Period) throws -> Feature {
        var feature = feature(of: task.finding)
        feature.geometry = try task.outline()
        let zone = task.zone
        feature.fields.merge([
            "rank": .integer(Int64(task.rank)), "task_id": .text(task.id), "site_id": .text(task.siteID),
            "site_name": .text(task.siteName), "score": .real(task.score), "core_m2": .real(zone.coreSquareMetres),
            "buffer_m2": .real(zone.bufferSquareMetres), "core_share": .real(zone.coreShare),
            "buffer_share": .real(zone.bufferShare), "distance_m": .real(zone.distanceToCoreMetres),
            "period_start": .text(period.start.description), "period_end": .text(period.end.description),
        ])
        for (name, value) in task.terms.named { feature.fields["term_\(name)"] = .real(value) }
        return feature
    }

    private static func feature(of finding: Finding) -> Feature {
        func value(_ day: Day?) -> FieldValue { day.map { .text($0.description) } ?? .null }
        return Feature(
            fields: [
                "finding_id": .text(finding.id), "status": .text(finding.status.rawValue),
                "kind": .text(finding.kind.rawValue), "kind_certainty": .real(finding.kindCertainty),
                "first_seen": value(finding.firstSeen), "last_seen": value(finding.lastSeen),
                "clear_observations": .integer(Int64(finding.log.clearCount)),
                "anomalous_observations": .integer(Int64(finding.log.anomalousCount)),
                "method": .text(finding.method.rawValue), "probability": .real(finding.probability),
                "magnitude": .real(finding.magnitude), "area_m2": .real(finding.areaSquareMetres),
                "growth_m2": .real(finding.areaSquareMetres - finding.firstAreaSquareMetres),
            ], geometry: finding.geometry)
    }

    private static func styles(period: Period) -> [Feature] {
        [
            QGISStyle.row(layer: tasksLayer, document: QGISStyle.tasks, period: period),
            QGISStyle.row(layer: findingsLayer, document: QGISStyle.findings, period: period),
            QGISStyle.row(layer: sitesLayer, document: QGISStyle.sites, period: period),
            QGISStyle.row(layer: buffersLayer, document: QGISStyle.buffers, period: period),
        ]
    }
}
