/// Everything a register held when it was read.
public struct RegisterState: Sendable {
    /// Ordered by the end of their period, then its start.
    public let runs: [RunRecord]
    /// In the order in which they came.
    public let verdicts: [VerdictRecord]
    /// As they were kept, by run label.
    let contentHashes: [String: String]

    public init(runs: [RunRecord] = [], verdicts: [VerdictRecord] = []) {
        self.init(runs: runs, verdicts: verdicts, contentHashes: [:])
    }

    init(runs: [RunRecord], verdicts: [VerdictRecord], contentHashes: [String: String]) {
        self.runs = runs.sorted { ($0.period.end, $0.period.start) < ($1.period.end, $1.period.start) }
        self.verdicts = verdicts.sorted { $0.sequence < $1.sequence }
        self.contentHashes = contentHashes
    }

    public func run(labelled label: String) -> RunRecord? { runs.first { $0.label == label } }

    /// The latest record of each finding from runs whose period ends before this one starts, ordered by id.
    ///
    /// Finished ones are among them, so that what is seen on their ground is known to be new. Runs of the same or a
    /// later period are left out: running a period again starts from the same state.
    public func openFindings(before period: Period) -> [RegisteredFinding] {
        var latest: [String: RegisteredFinding] = [:]
        for run in runs where run.period.end < period.start {
            for record in run.findings { latest[record.finding.id] = record }
        }
        return latest.values.sorted { $0.finding.id < $1.finding.id }
    }

    /// What earlier runs said of one finding, from the first on.
    public func history(
        of findingID: String, before period: Period
    ) -> [(period: Period, record: RegisteredFinding)] {
        runs.filter { $0.period.end < period.start }.compactMap { run in
            run.findings.first { $0.finding.id == findingID }.map { (period: run.period, record: $0) }
        }
    }

    /// The run whose period ends last before this one starts.
    func lastRun(before period: Period) -> RunRecord? { runs.last { $0.period.end < period.start } }

    /// Runs that started from what a run of this period left, by label.
    func runs(after period: Period) -> [String] { runs.filter { $0.period.start > period.end }.map(\.label) }
}

extension RegisterState {
    /// The tasks of a run after what was dismissed has been taken out.
    public struct ReviewedTasks: Sendable {
        /// Ranked anew from 1.
        public var tasks: [InspectionTask]
        /// "N dismissed, not repeated", with the reason for each.
        public var dismissed: [(task: InspectionTask, reason: String)]

        /// What the budget leaves for a later run, with the reason for each.
        public var heldBack: [(task: InspectionTask, reason: String)] = []

        /// All of them, as the register keeps them.
        public var registered: [RegisteredTask] {
            tasks.map { RegisteredTask($0) }
                + (dismissed + heldBack).map { RegisteredTask($0.task, suppression: $0.reason) }
        }

        /// Only what the budget allows.
        public func within(_ budget: TaskBudget) -> ReviewedTasks {
            let allotment = budget.allotment(of: tasks)
            return ReviewedTasks(tasks: allotment.tasks, dismissed: dismissed, heldBack: allotment.heldBack)
        }
    }

    /// Takes out the tasks that a person has dismissed.
    ///
    /// A part of a disturbance that was dismissed before it fell into several counts as dismissed with it.
    /// - Parameters:
    ///   - tasks: In order of rank.
    ///   - findings: Of the same run.
    ///   - period: The run's; verdicts on later periods say nothing about it.
    ///   - strengthFactor: A task is repeated once its magnitude reaches this multiple of that at the verdict.
    public func withoutDismissed(
        _ tasks: [InspectionTask], findings: [RegisteredFinding], period: Period, strengthFactor: Double
    ) -> ReviewedTasks {
        var origins: [String: String] = [:]
        for record in runs.flatMap(\.findings) + findings { origins[record.finding.id] = record.splitFrom }
        var reviewed = ReviewedTasks(tasks: [], dismissed: [])
        let standing = standingVerdicts(upTo: period)
        for task in tasks {
            // A split is always from an older finding, so this ends; the second test is for a circle made by hand.
            var lineage = [task.finding.id]
            while let origin = origins[lineage[lineage.count - 1]], !lineage.contains(origin) { lineage.append(origin) }
            let verdict = lineage.lazy.compactMap { standing[TaskKey(findingID: $0, siteID: task.siteID)] }.first
            if let verdict, verdict.verdict.isDismissing,
                task.finding.magnitude < strengthFactor * verdict.magnitude
            {
                reviewed.dismissed.append((task, Self.reason(for: verdict, strengthFactor: strengthFactor)))
            } else {
                var kept = task
                kept.rank = reviewed.tasks.count + 1
                reviewed.tasks.append(kept)
            }
        }
        return reviewed
    }

    private struct TaskKey: Hashable {
        let findingID: String
        let siteID: String
    }

    /// The verdict that holds for each task: the last that came.
    private func standingVerdicts(upTo period: Period) -> [TaskKey: VerdictRecord] {
        let ends = Dictionary(runs.map { ($0.label, $0.period.end) }, uniquingKeysWith: { first, _ in first })
        var standing: [TaskKey: VerdictRecord] = [:]
        for verdict in verdicts where ends[verdict.runLabel].map({ $0 <= period.end }) ?? true {
            standing[TaskKey(findingID: verdict.findingID, siteID: verdict.siteID)] = verdict
        }
        return standing
    }

    private static func reason(for verdict: VerdictRecord, strengthFactor: Double) -> String {
        var text = "dismissed in the review of \(verdict.runLabel) (\(verdict.verdict.rawValue)"
        if !verdict.reviewer.isEmpty { text += ", \(verdict.reviewer)" }
        if let day = verdict.reviewedOn { text += ", \(day)" }
        let limit = (strengthFactor * verdict.magnitude * 10).rounded() / 10
        return text + "); repeated from magnitude \(limit) on"
    }
}
