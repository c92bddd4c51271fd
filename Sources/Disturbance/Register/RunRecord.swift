internal import Geospatial

/// What one run leaves in the register.
public struct RunRecord: Sendable {
    public var period: Period
    /// Of the settings that decide on findings and tasks.
    public var configurationSHA256: String
    /// Those open after the run and those it finished, ordered by id.
    public var findings: [RegisteredFinding]
    /// Ordered by rank, then those that were not repeated, by id.
    public var tasks: [RegisteredTask]

    public init(
        period: Period, configurationSHA256: String, findings: [RegisteredFinding], tasks: [RegisteredTask]
    ) {
        self.period = period
        self.configurationSHA256 = configurationSHA256
        // They mostly come in this order; a sorted copy of a country's findings takes room and time.
        let areFindingsOrdered = zip(findings, findings.dropFirst()).allSatisfy { $0.finding.id <= $1.finding.id }
        self.findings = areFindingsOrdered ? findings : findings.sorted { $0.finding.id < $1.finding.id }
        let areTasksOrdered = !zip(tasks, tasks.dropFirst()).contains { Self.precedes($1, $0) }
        self.tasks =
            areTasksOrdered
            ? tasks : tasks.indices.sorted { Self.precedes(tasks[$0], tasks[$1]) }.map { tasks[$0] }
    }

    static func precedes(_ first: RegisteredTask, _ second: RegisteredTask) -> Bool {
        // Rank 0 is no rank: such a task comes last.
        (first.rank == 0 ? 1 : 0, first.rank, first.id) < (second.rank == 0 ? 1 : 0, second.rank, second.id)
    }

    /// The name of the run in the register and of its folder, such as `2019-09`.
    public var label: String { period.label }

    /// The same for the same findings and tasks, whatever order they were given in.
    public var contentSHA256: String {
        var hash = ContentHash(ofRun: period, configurationSHA256: configurationSHA256, findingCount: findings.count)
        for finding in findings { hash.add(finding) }
        hash.add(tasks.count)
        for task in tasks { hash.add(task) }
        return hash.hexadecimal
    }
}

/// `RunRecord.contentSHA256` of findings given one after another, ordered by id, then the number of tasks, and the tasks
/// in their order.
extension ContentHash {
    init(ofRun period: Period, configurationSHA256: String, findingCount: Int) {
        self.init()
        add(period.description)
        add(configurationSHA256)
        add(findingCount)
    }

    mutating func add(_ record: RegisteredFinding) {
        let finding = record.finding
        for text in [finding.id, finding.kind.rawValue, finding.method.rawValue, finding.status.rawValue] { add(text) }
        for number in [
            finding.areaSquareMetres, finding.firstAreaSquareMetres, finding.kindCertainty, finding.magnitude,
            finding.probability,
        ] {
            add(number)
        }
        add(finding.log.text)
        add(record.mergedInto)
        add(record.splitFrom)
        // Not the bytes of the geometry: in a table a polygon becomes a multipolygon of one.
        let polygons = finding.geometry.polygons
        add(polygons.count)
        for rings in polygons {
            add(rings.count)
            for ring in rings { add(ring) }
        }
    }

    mutating func add(_ task: RegisteredTask) {
        for text in [task.id, task.findingID, task.siteID, task.siteName] { add(text) }
        add(task.rank)
        for number in [task.score, task.coreSquareMetres, task.bufferSquareMetres, task.distanceToCoreMetres] {
            add(number)
        }
        add(task.suppression)
    }
}

/// A task as one run left it in the register.
public struct RegisteredTask: Hashable, Sendable {
    public var id: String
    public var findingID: String
    public var siteID: String
    public var siteName: String
    /// From 1; 0 for a task that was not repeated.
    public var rank: Int
    public var score: Double
    public var coreSquareMetres: Double
    public var bufferSquareMetres: Double
    public var distanceToCoreMetres: Double
    /// Why the task was not repeated; nil for one that stands in the list.
    public var suppression: String?

    public init(
        id: String, findingID: String, siteID: String, siteName: String, rank: Int, score: Double,
        coreSquareMetres: Double, bufferSquareMetres: Double, distanceToCoreMetres: Double, suppression: String?
    ) {
        self.id = id
        self.findingID = findingID
        self.siteID = siteID
        self.siteName = siteName
        self.rank = rank
        self.score = score
        self.coreSquareMetres = coreSquareMetres
        self.bufferSquareMetres = bufferSquareMetres
        self.distanceToCoreMetres = distanceToCoreMetres
        self.suppression = suppression
    }

    public init(_ task: InspectionTask, suppression: String? = nil) {
        self.init(
            id: task.id, findingID: task.finding.id, siteID: task.siteID, siteName: task.siteName,
            rank: suppression == nil ? task.rank : 0, score: task.score, coreSquareMetres: task.zone.coreSquareMetres,
            bufferSquareMetres: task.zone.bufferSquareMetres, distanceToCoreMetres: task.zone.distanceToCoreMetres,
            suppression: suppression)
    }
}
