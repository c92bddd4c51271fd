internal import Foundation
internal import Geospatial

/// What an export is made from: the tasks and the coverage of one published run, and the register of sites.
struct ExportedRun {
    /// A task of the run with its site.
    struct Task {
        let site: Site
        let rank: Int
        let id: String
        let findingID: String
        let kind: DisturbanceKind
        let status: FindingStatus
        let firstSeen: Day?
        let lastSeen: Day?
        let probability: Double?
        let score: Double?
        let areaSquareMetres: Double
        let coreSquareMetres: Double
        let bufferSquareMetres: Double
        let distanceToCoreMetres: Double?
        let geometry: Geometry
    }

    let period: Period
    /// In order of rank.
    let tasks: [Task]
    /// Sites of the run, with what it saw of each, in order of id.
    let sites: [(site: Site, outcome: SiteCoverage.Outcome)]
    /// Every id that stands in the run or the register.
    let ids: Set<String>
    /// Sites of the run that the register no longer has: they have no place, so they are in no export.
    let lostSites: Int

    /// - Throws: `FileError` or `GeospatialError` where the run is not whole, or not as it was written; `ExportRefusal`
    ///   where it holds what this version does not know.
    static func read(_ folder: String, register: SiteRegister) throws -> ExportedRun {
        let manifest = try RunManifest.read(from: folder)
        for name in [TaskDocuments.tasksFile, CoverageTable.fileName] {
            let written = manifest.outputs.first { $0.path == name }
            guard try written?.sha256 == FileDigest(ofFileAt: "\(folder)/\(name)").sha256 else {
                throw FileError(
                    path: "\(folder)/\(name)", message: "is not as the run wrote it. Run the period again")
            }
        }
        let known = Dictionary(register.sites.map { ($0.id, $0) }) { first, _ in first }
        let tasks = try tasks(in: "\(folder)/\(TaskDocuments.tasksFile)", sites: known)
        let byShownID = Dictionary(register.sites.map { (CoverageTable.text($0.id), $0) }) { first, _ in first }
        let run = try PublishedRun.read(folder)
        let rows = run.coverage.sorted { $0.key < $1.key }
        let sites = rows.compactMap { id, view in byShownID[id].map { (site: $0, outcome: view.outcome) } }
        return ExportedRun(
            period: manifest.period, tasks: tasks.found, sites: sites,
            ids: Set(register.sites.map(\.id)).union(run.coverage.keys).union(tasks.ids),
            lostSites: rows.count - sites.count)
    }

    /// What `TaskDocuments` writes, and the id of the feature as OGR reads it; another member may hold anything.
    private static let knownFields: Set<String> = [
        "id",
        "task_id", "site_id", "site_name", "finding_id", "rank", "score", "status", "kind", "kind_certainty",
        "first_seen", "last_seen", "observations", "clear_observations", "probability", "magnitude", "method",
        "area_m2", "growth_m2", "area_core_m2", "area_buffer_m2", "share_core", "share_buffer", "distance_to_core_m",
        "term_probability", "term_zone", "term_extent", "term_magnitude", "term_kind", "term_significance",
        "term_recency",
    ]

    private static func tasks(
        in path: String, sites: [String: Site]
    ) throws -> (found: [Task], ids: Set<String>) {
        let layer = try VectorDataset.open(path, drivers: [.geoJSON]).layer()
        let unknown = Set(layer.fieldDefinitions.map(\.name)).subtracting(knownFields).sorted()
        guard unknown.isEmpty else {
            throw ExportRefusal(
                subject: path,
                message: "has the field \(unknown[0]), of which this version does not know what it tells. "
                    + "Run the period again with this version")
        }
        var found: [Task] = []
        var ids: Set<String> = []
        for feature in try layer.features() {
            func broken(_ field: String) -> ExportRefusal {
                ExportRefusal(
                    subject: path,
                    message: "task \(feature["rank"].text ?? "?"): the field \(field) makes no sense. "
                        + "Run the period again")
            }
            func choice<Choice: RawRepresentable>(_ field: String) throws -> Choice where Choice.RawValue == String {
                guard let value = feature[field].text.flatMap(Choice.init(rawValue:)) else { throw broken(field) }
                return value
            }
            func number(_ field: String) throws -> Double {
                guard let value = feature[field].number, value.isFinite else { throw broken(field) }
                return value
            }
            func day(_ field: String) throws -> Day? {
                guard let text = feature[field].text else { return nil }
                guard let day = Day(text.prefix(10)) else { throw broken(field) }
                return day
            }
            guard let id = feature["task_id"].text, let findingID = feature["finding_id"].text,
                let siteID = feature["site_id"].text.map(PublishedRun.withoutGuard), let shape = feature.geometry
            else { throw broken("task_id, finding_id or site_id") }
            ids.formUnion([id, findingID, siteID])
            guard let site = sites[siteID] else { continue }
            found.append(
                Task(
                    site: site, rank: Int(try number("rank")), id: id, findingID: findingID, kind: try choice("kind"),
                    status: try choice("status"), firstSeen: try day("first_seen"), lastSeen: try day("last_seen"),
                    probability: feature["probability"].number, score: feature["score"].number,
                    areaSquareMetres: try number("area_m2"), coreSquareMetres: try number("area_core_m2"),
                    bufferSquareMetres: try number("area_buffer_m2"),
                    distanceToCoreMetres: feature["distance_to_core_m"].number,
                    geometry: try shape.valid().polygonalPart()))
        }
        return (found.sorted { $0.rank < $1.rank }, ids)
    }
}
