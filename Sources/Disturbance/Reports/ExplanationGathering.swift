/// Brings together what each group saw, what became of each finding and which tasks follow, for the explanations.
struct ExplanationGathering {
    private let period: Period
    private let earlier: RegisterState
    /// What the run saw of the ground of open findings, by finding id.
    private let grounds: [String: Deferred<Explanation>]
    private var findings: [String: Gathered] = [:]

    private struct Gathered {
        let finding: Finding
        let isMadeOut: Bool
        let splitFrom: String?
        let explanation: Deferred<Explanation>?
    }

    /// - Parameters:
    ///   - earlier: The register as the run found it.
    ///   - results: In the order of the groups.
    init(period: Period, earlier: RegisterState, results: [GroupResult]) {
        self.period = period
        self.earlier = earlier
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

    /// The latest run of an earlier period that knew the finding and whose period holds the day it was last seen.
    private func lastSeenRun(of finding: Finding) -> String? {
        guard let lastSeen = finding.lastSeen, !period.contains(lastSeen) else { return nil }
        return earlier.history(of: finding.id, before: period).last { $0.period.contains(lastSeen) }?.period.label
    }

    /// - Parameter unused: A line for each part of the input that could not be used.
    /// - Throws: `FileError` where an explanation lies in a file of results that is gone.
    func document(
        of reviewed: RegisterState.ReviewedTasks, generator: String, unused: [String]
    ) throws -> ExplanationDocument {
        let tasks =
            reviewed.tasks.map { ExplainedTask($0) }
            + (reviewed.dismissed + reviewed.heldBack).map { ExplainedTask($0.task, dismissal: $0.reason) }
        let wanted = Set(tasks.map(\.findingID)).compactMap { findings[$0] }
        return ExplanationDocument(
            period: period, generator: generator, unused: unused,
            findings: try wanted.map { one in
                ExplainedFinding(
                    one.finding, isMadeOut: one.isMadeOut, lastSeenRun: lastSeenRun(of: one.finding),
                    splitFrom: one.splitFrom, explanation: try one.explanation?.value)
            },
            tasks: tasks)
    }
}
