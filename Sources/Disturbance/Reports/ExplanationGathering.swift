internal import Geospatial

/// Brings together what each group saw, what became of each finding and which tasks follow, for the explanations.
struct ExplanationGathering: Sendable {
    let period: Period
    let found: JoinedFindings
    /// What the run saw of the ground of open findings, by finding id.
    let grounds: [String: Deferred<Explanation>]

    /// The day each finding with a task was last seen, of those that this period does not show; by finding id.
    func daysSeenBefore(of reviewed: ReviewedTasks) -> [String: Day] {
        var days: [String: Day] = [:]
        for id in reviewed.findingIDs {
            guard let day = found.position(ofFinding: id).flatMap({ found.findings[$0].finding.lastSeen }) else {
                continue
            }
            if !period.contains(day) { days[id] = day }
        }
        return days
    }

    /// What the period saw of the ground of a finding; nil where that is not known.
    func explanation(of findingID: String) -> Deferred<Explanation>? {
        found.position(ofFinding: findingID).flatMap(explanation)
    }

    private func explanation(at position: Int) -> Deferred<Explanation>? {
        if let candidate = found.candidate(at: position) { return candidate.explanation }
        return grounds[found.findings[position].finding.id]
    }

    /// - Parameters:
    ///   - unused: A line for each part of the input that could not be used.
    ///   - lastSeenRuns: Labels of earlier runs that saw what this one does not, by finding id.
    func source(
        of reviewed: ReviewedTasks, generator: String, unused: [String], lastSeenRuns: [String: String]
    ) -> ExplanationSource {
        let (dismissed, heldBack) = (reviewed.dismissed, reviewed.heldBack)
        @Sendable func unlisted(_ position: Int) -> (task: InspectionTask, reason: String) {
            position < dismissed.count ? dismissed[position] : heldBack[position - dismissed.count]
        }
        // Positions: a second list of a country's tasks takes room, and each look at a task copies what it holds.
        let ids = dismissed.map(\.task.id) + heldBack.map(\.task.id)
        let left = ids.indices.sorted { ids[$0] < ids[$1] }
        let positions = reviewed.findingIDs.compactMap(found.position).sorted()
        return ExplanationSource(
            period: period, generator: generator, unused: unused.map(Redaction.withoutPasswords),
            taskCount: reviewed.tasks.count + left.count, findingCount: positions.count
        ) { index in
            guard index >= reviewed.tasks.count else { return try ExplainedTask(reviewed.tasks[index]) }
            let (task, reason) = unlisted(left[index - reviewed.tasks.count])
            return try ExplainedTask(task, dismissal: reason)
        } finding: { index in
            let record = found.findings[positions[index]]
            return ExplainedFinding(
                record.finding, isMadeOut: found.candidate(at: positions[index]) != nil,
                lastSeenRun: lastSeenRuns[record.finding.id], splitFrom: record.splitFrom,
                explanation: try explanation(at: positions[index])?.value)
        }
    }
}
