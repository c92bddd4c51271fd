/// The run folders in an output folder.
public struct PublishedRuns: Sendable {
    public struct Run: Hashable, Sendable {
        public var period: Period
        public var path: String
    }

    public let folder: String
    /// The one that ends last comes first.
    public let runs: [Run]

    /// Runs are known by the name of their folder, the label of its period.
    /// - Throws: `FileError` where the folder cannot be listed or holds no run.
    public init(in folder: String) throws {
        let runs = try FolderTree.names(in: folder).compactMap { name -> Run? in
            let path = "\(folder)/\(name)"
            guard let period = Period(label: name), EntryKind(ofEntryAt: "\(path)/\(RunManifest.fileName)") == .file
            else { return nil }
            return Run(period: period, path: path)
        }
        guard !runs.isEmpty else {
            throw FileError(
                path: folder,
                message: "holds no run. Name the output folder of a scan, or the folder of one run with --run")
        }
        self.folder = folder
        self.runs = runs.sorted { ($0.period.end, $0.period.start) > ($1.period.end, $1.period.start) }
    }

    /// The folder of a period's run, of the newest one where none is given.
    /// - Throws: `FileError` where that period has none.
    public func folder(of period: Period?) throws -> String {
        guard let period else { return runs[0].path }
        guard let run = runs.first(where: { $0.period == period }) else {
            throw FileError(
                path: folder,
                message:
                    "holds no run of \(period.label). There are \(runs.map(\.period.label).joined(separator: ", "))",
                kind: .missingInput)
        }
        return run.path
    }

    /// Explains a task of the newest run.
    /// - Throws: `FileError` or `ExplanationError`; where only an earlier run lists the task, the error names it.
    public func explanation(ofTask prefix: String) throws -> TaskExplanation {
        let newest = try ExplanationDocument.read(from: runs[0].path)
        do {
            return try newest.task(beginning: prefix)
        } catch let error {
            guard !newest.tasks.contains(where: { $0.id.hasPrefix(prefix.lowercased()) }),
                let earlier = runs.dropFirst().first(where: { run in
                    let tasks = try? ExplanationDocument.read(from: run.path).tasks
                    return tasks?.contains { $0.id.hasPrefix(prefix.lowercased()) } ?? false
                })
            else { throw error }
            throw ExplanationError(
                subject: "Task \(prefix)",
                message: "is no longer in the newest run, \(runs[0].period.label): the change has ended, grown into "
                    + "another one, or lost its weight. The last run with it is \(earlier.period.label). "
                    + "Add --run \(earlier.path)")
        }
    }
}

extension Period {
    /// The period whose label a text is, or nil.
    init?(label: String) {
        guard let period = try? Period(label.replacing("_", with: "/")), period.label == label else { return nil }
        self = period
    }
}
