internal import Foundation
internal import Geospatial

/// Why each task of a run stands in its list: `explanations.json`, so that it can be told later and elsewhere, without
/// the scenes.
public struct ExplanationDocument: Hashable, Sendable {
    /// Name of the file within a run folder.
    public static let fileName = "explanations.json"
    public static let formatName = "sitewarden-explanations"
    /// Raised whenever a member changes its name or meaning.
    public static let currentVersion = 1

    public var period: Period
    /// What wrote the file, for instance `sitewarden 0.1.0`.
    public var generator: String
    /// A line for each part of the run's input that could not be used, whatever site it is of.
    public var unused: [String]
    /// Those of the tasks, in order of id.
    public var findings: [ExplainedFinding]
    /// In order of rank, then those that a review has dismissed, in order of id.
    public var tasks: [ExplainedTask]

    /// Passwords in `unused` are left out.
    public init(
        period: Period, generator: String, unused: [String] = [], findings: [ExplainedFinding], tasks: [ExplainedTask]
    ) {
        self.period = period
        self.generator = generator
        self.unused = unused.map(Redaction.withoutPasswords)
        self.findings = findings.sorted { $0.id < $1.id }
        self.tasks = tasks.sorted(by: ExplainedTask.precedes)
    }

    /// The JSON text: a line for each finding and task, members sorted by name.
    public func bytes() throws -> [UInt8] {
        var text = ""
        let source = ExplanationSource(
            period: period, generator: generator, unused: unused, taskCount: tasks.count,
            findingCount: findings.count
        ) { index in
            tasks[index]
        } finding: { index in
            findings[index]
        }
        try source.write { text += $0 }
        return Array(text.utf8)
    }

    private struct Head: Decodable {
        var format: String
        var version: Int
    }

    private struct Body: Decodable {
        var periodStart: Day
        var periodEnd: Day
        var generator: String
        var unused: [String]
        var findings: [ExplainedFinding]
        var tasks: [ExplainedTask]

        private enum CodingKeys: String, CodingKey {
            case generator, unused, findings, tasks
            case periodStart = "period_start"
            case periodEnd = "period_end"
        }
    }

    /// The document of a run folder.
    /// - Throws: `FileError` where it is missing, damaged or of a later version.
    public static func read(from folder: String) throws -> ExplanationDocument {
        let path = "\(folder)/\(fileName)"
        guard EntryKind(ofEntryAt: path) != nil else {
            throw FileError(
                path: folder,
                message: EntryKind(ofEntryAt: "\(folder)/\(RunManifest.fileName)") == nil
                    ? "is no folder of a run. Name the one that holds \(RunManifest.fileName)"
                    : "holds no \(fileName): an earlier version wrote the run. Scan the period again")
        }
        let data = Data(try WholeFile.read(path))
        let damaged = FileError(path: path, message: "cannot be understood. Scan the period again")
        guard let head = try? JSONDecoder().decode(Head.self, from: data), head.format == formatName else {
            throw damaged
        }
        guard head.version == currentVersion else {
            throw FileError(
                path: path,
                message: "is of version \(head.version); this version reads \(currentVersion). Update Sitewarden, or "
                    + "scan the period again")
        }
        guard let body = try? JSONDecoder().decode(Body.self, from: data), body.periodStart <= body.periodEnd else {
            throw damaged
        }
        return ExplanationDocument(
            period: Period(start: body.periodStart, end: body.periodEnd), generator: body.generator,
            unused: body.unused, findings: body.findings, tasks: body.tasks)
    }

    /// The one task whose id begins with a text, whatever its case.
    /// - Throws: `ExplanationError` where there is none, or several, which are named.
    public func task(beginning prefix: String) throws -> TaskExplanation {
        let found = tasks.filter { $0.id.hasPrefix(prefix.lowercased()) }
        guard let task = found.first else {
            throw ExplanationError(
                subject: "Task \(prefix)",
                message: "is not among the tasks of \(period.label). "
                    + "Take the task_id from its \(TaskDocuments.tasksFile), or the report, where it stands under Task")
        }
        guard found.count == 1 else {
            let shown = found.prefix(Self.shownCandidates).map { "\($0.id) (\($0.place), site \($0.siteID))" }
            throw ExplanationError(
                subject: "Task \(prefix)",
                message: "begins the ids of \(found.count) tasks of \(period.label): "
                    + shown.joined(separator: ", ") + (found.count > shown.count ? ", ..." : "")
                    + ". Give more of the id")
        }
        guard let finding = findings.first(where: { $0.id == task.findingID }) else {
            throw ExplanationError(
                subject: "Task \(task.id)",
                message: "has no finding in \(Self.fileName) of \(period.label). Scan the period again")
        }
        return TaskExplanation(period: period, generator: generator, unused: unused, task: task, finding: finding)
    }

    /// How many tasks an error names.
    private static let shownCandidates = 10
}

extension ExplainedTask {
    static func precedes(_ first: ExplainedTask, _ second: ExplainedTask) -> Bool {
        (first.rank ?? .max, first.id) < (second.rank ?? .max, second.id)
    }

    /// `rank 3`, or that it has none.
    var place: String { rank.map { "rank \($0)" } ?? "dismissed" }
}

/// One task, its finding and the run they are of.
public struct TaskExplanation: Hashable, Sendable {
    public var period: Period
    public var generator: String
    /// A line for each part of the run's input that could not be used.
    public var unused: [String]
    public var task: ExplainedTask
    public var finding: ExplainedFinding
}

extension TaskExplanation: Encodable {
    private enum CodingKeys: String, CodingKey {
        case format, version, generator, unused, task, finding
        case periodStart = "period_start"
        case periodEnd = "period_end"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("sitewarden-explanation", forKey: .format)
        try container.encode(ExplanationDocument.currentVersion, forKey: .version)
        try container.encode(generator, forKey: .generator)
        try container.encode(period.start, forKey: .periodStart)
        try container.encode(period.end, forKey: .periodEnd)
        try container.encode(unused, forKey: .unused)
        try container.encode(task, forKey: .task)
        try container.encode(finding, forKey: .finding)
    }
}

/// A task that cannot be explained as asked.
public struct ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let subject: String
    /// What is wrong and how to mend it.
    public let message: String
    public var description: String { "\(subject): \(message)" }

    public init(subject: String, message: String) {
        self.subject = subject
        self.message = message
    }
}
