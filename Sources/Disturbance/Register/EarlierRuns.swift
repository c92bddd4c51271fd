internal import Geospatial

/// What a run of one period takes from the register: which runs there were, and what they left open.
public struct EarlierRuns: Sendable {
    let period: Period
    /// All that end before the period starts, by the end of their period, then its start.
    let runs: [RegisteredRun]
    /// Findings that no run has finished, as the last one left them; ordered by id.
    public let open: [RegisteredFinding]

    /// The run whose period ends last.
    var last: RegisteredRun? { runs.last }
}

extension Register {
    /// Reads what a run of a period starts from, and of findings only those of the runs that are needed for it: the
    /// time it takes grows with what is open, not with the register's age.
    /// - Throws: `RegisterError` where it cannot be used; runs that are not read are not compared with their hashes
    ///   (`check` does).
    public static func earlierRuns(before period: Period, in source: String) throws -> EarlierRuns {
        try reading(source) { register in
            let runs = try register?.runs() ?? []
            return EarlierRuns(
                period: period, runs: runs.filter { $0.precedes(period) },
                open: try register?.findingsLeftOpen(before: period, by: runs) ?? [])
        }
    }

    /// What people said of the findings that tasks rest on.
    /// - Parameters:
    ///   - tasks: Of a new run.
    ///   - findings: All of the same run.
    public static func verdicts(
        on tasks: [InspectionTask], findings: [RegisteredFinding], in source: String
    ) throws -> EarlierVerdicts {
        try reading(source) { register in
            guard let register, try register.holdsVerdicts() else {
                return EarlierVerdicts(verdicts: [], origins: [:], runEnds: [:])
            }
            let runs = try register.runs()
            let splits = Dictionary(findings.map { ($0.finding.id, $0.splitFrom) }, uniquingKeysWith: { $1 })
            var ids = Set(tasks.map(\.finding.id))
            var origins: [String: String] = [:]
            var frontier = ids
            while !frontier.isEmpty {
                // Of findings that are new or still open the run itself says what they were split from.
                let found = try register.origins(of: frontier.filter { !splits.keys.contains($0) }, by: runs)
                origins.merge(found) { $1 }
                frontier = Set(frontier.compactMap { splits[$0] ?? found[$0] }).subtracting(ids)
                ids.formUnion(frontier)
            }
            return EarlierVerdicts(
                verdicts: try register.verdicts(on: ids), origins: origins,
                runEnds: Dictionary(uniqueKeysWithValues: runs.map { ($0.label, $0.period.end) }))
        }
    }

    /// What joining a reviewed list takes from the register: the runs whose lists its rows are of or their tasks stand in
    /// last, and what was said of these tasks' findings.
    /// - Throws: `RegisterError` where it cannot be used; runs that are not read are not compared with their hashes
    ///   (`check` does).
    public static func state(reviewedIn sheet: ReviewImport.Sheet, from source: String) throws -> RegisterState {
        try reading(source) { register in
            guard let register else { return RegisterState() }
            let runs = try register.runs()
            let ids = Set(sheet.rows.map(\.taskID))
            let labels = try register.labelsOfLastRuns(withTasks: ids, among: runs)
                .union(sheet.rows.compactMap(\.runLabel))
            let records = try runs.filter { labels.contains($0.label) }.map(register.record)
            let findings = records.flatMap(\.tasks).filter { ids.contains($0.id) }.map(\.findingID)
            return RegisterState(runs: records, verdicts: try register.verdicts(on: Set(findings)))
        }
    }

    /// The last earlier run that knew each finding and whose period holds the day it was last seen.
    /// - Parameter days: By finding id.
    /// - Returns: Labels by finding id; without those that no run saw on that day.
    static func runs(
        thatSaw days: [String: Day], before period: Period, in source: String
    ) throws -> [String: String] {
        guard !days.isEmpty else { return [:] }
        return try reading(source) { register in
            var labels: [String: String] = [:]
            for run in try register?.runs() ?? [] where run.precedes(period) {
                let asked = Set(days.filter { run.period.contains($0.value) }.keys)
                for id in try register?.ids(among: asked, in: run) ?? [] { labels[id] = run.label }
            }
            return labels
        }
    }

    /// A finding as a run left it; nil where the register holds no such run or it knew no such finding.
    static func finding(_ id: String, of label: String, in source: String) throws -> RegisteredFinding? {
        try reading(source) { register in
            guard let register, let run = try register.runs().first(where: { $0.label == label }) else { return nil }
            return try register.record(of: run).findings.first { $0.finding.id == id }
        }
    }

    /// Those on a finding at one site, in the order in which they came.
    static func verdicts(onFinding id: String, site: String, in source: String) throws -> [VerdictRecord] {
        try reading(source) { try $0?.verdicts(on: [id]) ?? [] }.filter { $0.siteID == site }
    }
}
