internal import Geospatial

/// Brings together what each group saw, what became of each finding and which tasks follow, for the explanations.
struct ExplanationGathering: Sendable {
    private let period: Period
    /// What the run saw of the ground of open findings, by finding id.
    private let grounds: [String: Deferred<Explanation>]
    private var findings: [String: Gathered] = [:]

    private struct Gathered: Sendable {
        let finding: Finding
        let isMadeOut: Bool
        let splitFrom: String?
        let explanation: Deferred<Explanation>?
    }

    /// - Parameters:
    ///   - results: In the order of the groups.
    init(period: Period, results: [GroupResult]) {
        self.period = period
        grounds = Self.grounds(of: results)
    }

    /// What the ground of each open finding looked like, by finding id, where the group shows most of it; of equal
    /// groups the first.
    static func grounds(of results: [GroupResult]) -> [String: Deferred<Explanation>] {
        results.reduce(into: [String: GroundExplanation]()) { all, result in
            all.merge(result.explanations) { $1.pixelCount > $0.pixelCount ? $1 : $0 }
        }.mapValues(\.explanation)
    }

    /// - Parameter finding: That of the match with its zones.
    mutating func add(_ match: MatchedFinding, finding: Finding, candidates: [Candidate]) {
        // A finding without zones has no task.
        guard !finding.zones.isEmpty else { return }
        findings[finding.id] = Gathered(
            finding: finding, isMadeOut: match.candidate != nil, splitFrom: match.record.splitFrom,
            explanation: match.candidate.map { candidates[$0].explanation } ?? grounds[finding.id])
    }

    /// The day each finding with a task was last seen, of those that this period does not show; by finding id.
    func daysSeenBefore(of reviewed: ReviewedTasks) -> [String: Day] {
        let ids = Set(reviewed.registered.map(\.findingID))
        return findings.filter { ids.contains($0.key) }.compactMapValues(\.finding.lastSeen)
            .filter { !period.contains($0.value) }
    }

    /// What the period saw of the ground of a finding; nil where that is not known.
    func explanation(of findingID: String) -> Deferred<Explanation>? { findings[findingID]?.explanation }

    /// - Parameters:
    ///   - unused: A line for each part of the input that could not be used.
    ///   - lastSeenRuns: Labels of earlier runs that saw what this one does not, by finding id.
    func source(
        of reviewed: ReviewedTasks, generator: String, unused: [String], lastSeenRuns: [String: String]
    ) -> ExplanationSource {
        let tasks =
            reviewed.tasks.map { ExplainedTask($0) }
            + (reviewed.dismissed + reviewed.heldBack).map { ExplainedTask($0.task, dismissal: $0.reason) }
        let ids = Set(tasks.map(\.findingID)).filter { findings[$0] != nil }.sorted()
        return ExplanationSource(
            period: period, generator: generator, unused: unused.map(Redaction.withoutPasswords),
            tasks: tasks.sorted(by: ExplainedTask.precedes), findingIDs: ids
        ) { index in
            let one = findings[ids[index]]!
            return ExplainedFinding(
                one.finding, isMadeOut: one.isMadeOut, lastSeenRun: lastSeenRuns[one.finding.id],
                splitFrom: one.splitFrom, explanation: try one.explanation?.value)
        }
    }
}
