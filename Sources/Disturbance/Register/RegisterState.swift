/// What a register held when it was read: runs with their findings and tasks, and verdicts.
public struct RegisterState: Sendable {
    /// Ordered by the end of their period, then its start.
    public let runs: [RunRecord]
    /// In the order in which they came.
    public let verdicts: [VerdictRecord]

    public init(runs: [RunRecord] = [], verdicts: [VerdictRecord] = []) {
        self.runs = runs.sorted { ($0.period.end, $0.period.start) < ($1.period.end, $1.period.start) }
        self.verdicts = verdicts.sorted { $0.sequence < $1.sequence }
    }

    public func run(labelled label: String) -> RunRecord? { runs.first { $0.label == label } }

    /// The latest record of each finding from runs whose period ends before this one starts, ordered by id.
    ///
    /// Finished ones are among them. Runs of the same or a later period are left out: running a period again starts
    /// from the same state.
    public func openFindings(before period: Period) -> [RegisteredFinding] {
        var latest: [String: RegisteredFinding] = [:]
        for run in runs where run.period.end < period.start {
            for record in run.findings { latest[record.finding.id] = record }
        }
        return latest.values.sorted { $0.finding.id < $1.finding.id }
    }
}
