public import Geospatial
internal import Foundation

/// What a run published: the tasks people got, and what it saw of each site.
public struct PublishedRun: Sendable {
    /// A task as it stands in `tasks.geojson`.
    public struct Task: Sendable {
        public var id: String
        public var siteID: String
        public var rank: Int
        /// As published; a code of another version is kept.
        public var kind: String
        public var status: FindingStatus
        public var firstSeen: Day?
        public var probability: Double?
        /// Valid polygons in longitude and latitude on WGS 84.
        public var geometry: Geometry

        public init(
            id: String, siteID: String, rank: Int, kind: String, status: FindingStatus, firstSeen: Day?,
            probability: Double?, geometry: Geometry
        ) {
            self.id = id
            self.siteID = siteID
            self.rank = rank
            self.kind = kind
            self.status = status
            self.firstSeen = firstSeen
            self.probability = probability
            self.geometry = geometry
        }
    }

    /// A row of `coverage.csv`.
    public struct View: Hashable, Sendable {
        public var outcome: SiteCoverage.Outcome
        public var clearObservations: Int
        public var lastClear: Day?

        public init(outcome: SiteCoverage.Outcome, clearObservations: Int, lastClear: Day?) {
            self.outcome = outcome
            self.clearObservations = clearObservations
            self.lastClear = lastClear
        }

        /// Whether the site was seen at all.
        var isSeen: Bool { outcome == .disturbance || outcome == .noDisturbance }
    }

    public var folder: String
    public var period: Period
    public var tasks: [Task]
    /// By site id as the table shows it; ask `view(of:)`.
    public var coverage: [String: View]
    /// A line for each thing worth knowing.
    public var remarks: [String]

    public init(
        folder: String, period: Period, tasks: [Task], coverage: [String: View], remarks: [String] = []
    ) {
        self.folder = folder
        self.period = period
        self.tasks = tasks
        self.coverage = coverage
        self.remarks = remarks
    }

    /// What the run saw of a site; nil where the site was not in it.
    func view(of siteID: String) -> View? { coverage[CoverageTable.text(siteID)] }

    /// Reads the folder of a run.
    /// - Throws: `FileError` or `GeospatialError` where it is no run's folder or cannot be read.
    public static func read(_ folder: String) throws -> PublishedRun {
        guard VirtualFile.kind(of: folder) == .folder else {
            throw FileError(path: folder, message: "is no folder of a run. Give one that holds \(RunManifest.fileName)")
        }
        let manifest = try RunManifest.read(from: folder)
        let run = PublishedRun(folder: folder, period: manifest.period, tasks: [], coverage: [:])
        var read = try run.withTasks(from: "\(folder)/\(TaskDocuments.tasksFile)").withCoverage(
            from: "\(folder)/\(CoverageTable.fileName)")
        for name in [TaskDocuments.tasksFile, CoverageTable.fileName] {
            let written = manifest.outputs.first { $0.path == name }
            if try written?.sha256 != FileDigest(ofFileAt: "\(folder)/\(name)").sha256 {
                read.remarks.append("\(folder)/\(name) is not as the run wrote it")
            }
        }
        return read
    }

    /// The folders of runs below an output folder, in order of name.
    ///
    /// A run's folder has the name of its period; others, such as work that was kept aside, are left alone.
    /// - Throws: `FileError` where there is none.
    public static func folders(in output: String) throws -> [String] {
        guard VirtualFile.kind(of: output) == .folder else {
            throw FileError(path: output, message: "is no folder. Give the output folder of the runs")
        }
        let folders = try FolderTree.names(in: output).sorted().filter { name in
            let path = "\(output)/\(name)"
            guard !name.hasPrefix("."), VirtualFile.exists("\(path)/\(RunManifest.fileName)") else { return false }
            return try RunManifest.read(from: path).period.label == name
        }
        guard !folders.isEmpty else {
            throw FileError(path: output, message: "holds no folder of a run. Scan a period first, or name the folder")
        }
        return folders.map { "\(output)/\($0)" }
    }

    private func withTasks(from path: String) throws -> PublishedRun {
        var run = self
        let layer = try VectorDataset.open(path, drivers: [.geoJSON]).layer()
        let names = Set(layer.fieldDefinitions.map(\.name))
        for feature in try layer.features() {
            let id = feature["task_id"].text ?? ""
            guard names.isSuperset(of: ["task_id", "site_id", "rank", "status"]), !id.isEmpty,
                let siteID = feature["site_id"].text, let rank = feature["rank"].integer,
                let status = FindingStatus(rawValue: feature["status"].text ?? ""), let shape = feature.geometry
            else {
                throw FileError(path: path, message: "is no task list of a run. Run the period again")
            }
            let polygons = try shape.valid().polygonalPart()
            run.tasks.append(
                Task(
                    id: id, siteID: Self.withoutGuard(siteID), rank: Int(clamping: rank),
                    kind: feature["kind"].text ?? "", status: status,
                    firstSeen: Day((feature["first_seen"].text ?? "").prefix(10)),
                    probability: feature["probability"].number, geometry: polygons))
        }
        return run
    }

    /// A space at the end keeps a text that looks like JSON a text; ids have none of their own.
    static func withoutGuard(_ id: String) -> String {
        id.hasSuffix("] ") || id.hasSuffix("} ") ? String(id.dropLast()) : id
    }

    private func withCoverage(from path: String) throws -> PublishedRun {
        var run = self
        let layer = try VectorDataset.open(path, drivers: [.csv]).layer()
        for feature in try layer.features() {
            guard let id = feature["site_id"].text,
                let outcome = SiteCoverage.Outcome(rawValue: feature["outcome"].text ?? "")
            else {
                throw FileError(path: path, message: "is no coverage table of a run. Run the period again")
            }
            run.coverage[id] = View(
                outcome: outcome, clearObservations: Int(clamping: feature["clear_observations"].integer ?? 0),
                lastClear: Day(feature["last_clear"].text ?? ""))
        }
        return run
    }
}
