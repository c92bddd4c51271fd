internal import Geospatial

/// What people said, in the review of any run, of the findings that tasks of a new run rest on.
public struct EarlierVerdicts: Sendable {
    /// In the order in which they came.
    let verdicts: [VerdictRecord]
    /// What earlier findings were split from, by their id; of all that the new run's findings come from.
    let origins: [String: String]
    /// Last days of the register's runs, by label.
    let runEnds: [String: Day]

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
        var origins = origins
        for record in findings { origins[record.finding.id] = record.splitFrom }
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
        var standing: [TaskKey: VerdictRecord] = [:]
        for verdict in verdicts where runEnds[verdict.runLabel].map({ $0 <= period.end }) ?? true {
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
