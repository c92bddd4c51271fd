internal import Geospatial

/// Tasks and findings as GeoJSON (RFC 7946): degrees on WGS 84 with 7 decimals, written by OGR.
///
/// Beside `features` stand period_start, period_end and generator. A day is `2019-09-30`, an area m2, a share or a
/// term 0 to 1; what is not known is null. Names stand as the register has them: whoever shows them escapes them.
public struct TaskDocuments: Sendable {
    static let tasksFile = "tasks.geojson"

    public let period: Period
    /// What wrote the files, for instance `sitewarden 0.1.0`.
    public let generator: String
    /// Features written at a time, so that all of a country's are never in memory as text.
    var partCount = 4096

    public init(period: Period, generator: String) {
        self.period = period
        self.generator = generator
    }

    /// Writes the tasks in order of rank; the id of a feature is its `task_id`.
    ///
    /// Its folder is not synced: it is a private one and published as a whole.
    /// - Throws: `GeospatialError` where there is a file already, or not every task reads back from it.
    public func write(_ tasks: [InspectionTask], to path: String) throws {
        let ordered = tasks.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
        try write(ordered, layer: "tasks", to: path) {
            Row(id: $0.id, properties: properties(of: $0), geometry: try $0.outline())
        }
    }

    /// Writes the findings in order of id; the id of a feature is its `finding_id`.
    ///
    /// Its folder is not synced: it is a private one and published as a whole.
    /// - Throws: `GeospatialError` where there is a file already, or not every finding reads back from it.
    public func write(_ findings: [Finding], to path: String) throws {
        try write(ordered: findings.sorted { $0.id < $1.id }, to: path)
    }

    /// The same of findings that come in order of id, each asked for when its turn comes.
    func write<Findings: RandomAccessCollection<Finding>>(ordered findings: Findings, to path: String) throws
    where Findings.Index == Int {
        try write(findings, layer: "findings", to: path) {
            Row(id: $0.id, properties: try properties(of: $0), geometry: $0.geometry)
        }
    }

    // MARK: Properties

    private struct Property {
        var name: String
        var type: FieldType
        var value: FieldValue

        static func text(_ name: String, _ value: String) -> Property {
            Property(name: name, type: .text, value: .text(TaskDocuments.keptAsText(value)))
        }

        static func day(_ name: String, _ value: Day?) -> Property {
            Property(name: name, type: .text, value: value.map { .text($0.description) } ?? .null)
        }

        static func count(_ name: String, _ value: Int) -> Property {
            Property(name: name, type: .integer, value: .integer(Int64(value)))
        }

        /// Rounded to `places` decimals; JSON knows no infinity, so that is null.
        static func number(_ name: String, _ value: Double, places: Int) -> Property {
            let rounded = ReadableNumber.roundedIfFinite(value, places: places)
            return Property(name: name, type: .real, value: rounded.map { .real($0) } ?? .null)
        }
    }

    private func properties(of task: InspectionTask) -> [Property] {
        let zone = task.zone
        return [
            .text("task_id", task.id), .text("site_id", task.siteID), .text("site_name", task.siteName),
            .text("finding_id", task.finding.id), .count("rank", task.rank), .number("score", task.score, places: 4),
        ] + shared(task.finding) + [
            .number("area_core_m2", zone.coreSquareMetres, places: 2),
            .number("area_buffer_m2", zone.bufferSquareMetres, places: 2),
            .number("share_core", zone.coreShare, places: 6), .number("share_buffer", zone.bufferShare, places: 6),
            .number("distance_to_core_m", zone.distanceToCoreMetres, places: 2),
        ] + task.terms.named.map { .number("term_\($0.name)", $0.value, places: 6) }
    }

    private func properties(of finding: Finding) throws -> [Property] {
        let sites = try StableJSON.text(finding.zones.map(\.siteID))
        // OGR writes a text that is a JSON array as an array.
        return [.text("finding_id", finding.id)] + shared(finding)
            + [Property(name: "sites", type: .text, value: .text(sites))]
    }

    private func shared(_ finding: Finding) -> [Property] {
        [
            .text("status", finding.status.rawValue), .text("kind", finding.kind.rawValue),
            .number("kind_certainty", finding.kindCertainty, places: 6),
            .day("first_seen", finding.firstSeen), .day("last_seen", finding.lastSeen),
            .count("observations", finding.log.anomalousCount), .count("clear_observations", finding.log.clearCount),
            .number("probability", finding.probability, places: 6), .number("magnitude", finding.magnitude, places: 4),
            .text("method", finding.method.rawValue), .number("area_m2", finding.areaSquareMetres, places: 2),
            .number("growth_m2", finding.areaSquareMetres - finding.firstAreaSquareMetres, places: 2),
        ]
    }

    /// OGR writes every text that looks like a JSON array or object as one; a space at its end keeps a name a text.
    private static func keptAsText(_ value: String) -> String {
        let isArray = value.hasPrefix("[") && value.hasSuffix("]")
        let isObject = value.hasPrefix("{") && value.hasSuffix("}")
        return isArray || isObject ? value + " " : value
    }

    // MARK: Writing

    private static let idField = "feature_id"

    private struct Row {
        let id: String
        let properties: [Property]
        let geometry: Geometry
    }

    /// What stands before the first feature of a collection, and after the last.
    private static let (opening, closing) = (Array("\"features\": [\n".utf8), Array("\n]\n}\n".utf8))

    /// Writes a collection in parts that are each a whole one for OGR, which writes and reads it; joined they are the
    /// bytes that OGR would write at once.
    /// - Parameter row: Asked for one at a time: all at once would take more room than what they are made from.
    private func write<Items: RandomAccessCollection>(
        _ items: Items, layer name: String, to path: String, as row: (Items.Element) throws -> Row
    ) throws where Items.Index == Int {
        try WholeFile.writeBytes(to: path) { put in
            for start in stride(from: 0, to: max(items.count, 1), by: partCount) {
                let part = items[start..<min(start + partCount, items.count)]
                let bytes = try MemoryFile.bytes(for: path) { try writeByOGR(part, layer: name, to: $0, as: row) }
                guard let head = bytes.firstRange(of: Self.opening),
                    bytes.reversed().starts(with: Self.closing.reversed())
                else { throw GeospatialError(subject: path, message: "is not laid out as OGR writes a collection") }
                let (first, last) = (start == 0, part.endIndex == items.count)
                let lines = bytes[(first ? 0 : head.upperBound)..<(bytes.count - (last ? 0 : Self.closing.count))]
                try put((first ? [] : Array(",\n".utf8)) + StableJSON.harmless(Array(lines)))
            }
        }
    }

    private func writeByOGR<Items: Collection>(
        _ items: Items, layer name: String, to path: String, as row: (Items.Element) throws -> Row
    ) throws {
        let members = try StableJSON.text([
            "period_start": period.start.description, "period_end": period.end.description, "generator": generator,
        ])
        let dataset = try VectorDataset.create(path, driver: .geoJSON)
        let fields = try items.first.map { try row($0).properties.map { FieldDefinition($0.name, $0.type) } } ?? []
        // OGR moves the field of the id out of the properties, where the id shall stand too.
        let layer = try dataset.createLayer(
            LayerDefinition(
                name: name, crs: .wgs84, kind: nil, fields: [FieldDefinition(Self.idField, .text)] + fields,
                options: LayerDefinition.geoJSONOptions(foreignMembers: members)
                    + ["ID_FIELD=\(Self.idField)", "ID_TYPE=String"]))
        for item in items {
            let row = try row(item)
            let fields = FieldValues(
                names: [Self.idField] + row.properties.map(\.name),
                values: [.text(row.id)] + row.properties.map(\.value))
            try layer.append(Feature(fields: fields, geometry: row.geometry))
        }
        try dataset.close()
        try VectorDataset.verify(path, drivers: [.geoJSON], expectedCount: items.count)
    }
}
