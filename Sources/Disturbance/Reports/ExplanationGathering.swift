/// Brings together what each group saw, what became of each finding and which tasks follow, for the explanations.
struct ExplanationGathering {
    private let period: Period
    private let earlier: RegisterState
    /// What the run saw of the ground of open findings, by finding id.
    private let grounds: [String: Explanation]
    private var findings: [String: ExplainedFinding] = [:]

    /// - Parameters:
    ///   - earlier: The register as the run found it.
    ///   - results: In the order of the groups.
    init(period: Period, earlier: RegisterState, results: [GroupResult]) {
        self.period = period
        self.earlier = earlier
        grounds = results.reduce(into: [:]) { all, result in
            // The group that shows most of the ground; of equal ones the first.
            all.merge(result.explanations) { $1.pixelCount > $0.pixelCount ? $1 : $0 }
        }
    }

    /// - Parameter finding: That of the match with its zones.
    mutating func add(_ match: MatchedFinding, finding: Finding, candidates: [Candidate]) {
        // A finding without zones has no task.
        guard !finding.zones.isEmpty else { return }
        findings[finding.id] = ExplainedFinding(
            finding, isMadeOut: match.candidate != nil, lastSeenRun: lastSeenRun(of: finding),
            splitFrom: match.record.splitFrom,
            explanation: match.candidate.map { candidates[$0].explanation } ?? grounds[finding.id])
    }

    /// The latest run of an earlier period that knew the finding and whose period holds the day it was last seen.
    private func lastSeenRun(of finding: Finding) -> String? {
        guard let lastSeen = finding.lastSeen, !period.contains(lastSeen) else { return nil }
        return earlier.history(of: finding.id, before: period).last { $0.period.contains(lastSeen) }?.period.label
    }

    /// - Parameter unused: A line for each part of the input that could not be used.
    func document(
        of reviewed: RegisterState.ReviewedTasks, generator: String, unused: [String]
    ) -> ExplanationDocument {
        let tasks =
            reviewed.tasks.map { ExplainedTask($0) }
            + (reviewed.dismissed + reviewed.heldBack).map { ExplainedTask($0.task, dismissal: $0.reason) }
        let wanted = Set(tasks.map(\.findingID))
        return ExplanationDocument(
            period: period, generator: generator, unused: unused,
            findings: findings.values.filter { wanted.contains($0.id) },
            tasks: tasks)
    }
}
