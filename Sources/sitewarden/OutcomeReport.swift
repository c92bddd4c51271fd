internal import Disturbance
internal import Foundation

/// What a run that was published tells its caller, in words or as JSON.
struct OutcomeReport {
    /// Of the period.
    let label: String
    let outcome: Pipeline.Outcome
    let threads: Int
    let profile: RunProfile.Summary?
    let json: Bool

    private struct Summary: Encodable {
        var folder: String
        var changed: Bool
        var tasks: Int
        var tasksByStatus: [String: Int]
        var dismissed: Int
        var heldBack: Int
        var findings: Int
        var sitesByOutcome: [String: Int]
        var notSeenBecause: [String: Int]
        var couldNotBeUsed: [String]
        var remarks: [String]
        var profile: RunProfile.Summary?

        private enum CodingKeys: String, CodingKey {
            case folder, changed, tasks, dismissed, heldBack = "held_back", findings, remarks, profile
            case tasksByStatus = "tasks_by_status"
            case sitesByOutcome = "sites_by_outcome"
            case notSeenBecause = "not_seen_because"
            case couldNotBeUsed = "could_not_be_used"
        }
    }

    /// A line a stage, the longest bar for the stage that took longest.
    static func tell(_ profile: RunProfile.Summary, threads: Int) {
        let all = profile.seconds.values.reduce(0, +)
        Console.note("CPU seconds of \(threads == 1 ? "one thread" : "\(threads) threads together")")
        for stage in RunProfile.Stage.allCases {
            let seconds = profile.seconds[stage.rawValue] ?? 0
            let share = all > 0 ? seconds / all : 0
            Console.note(
                String(format: "  %8.2f %4.0f %%  ", seconds, 100 * share)
                    + stage.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
                    + String(repeating: "#", count: Int((40 * share).rounded())))
        }
        let mebibyte = Double(1 << 20)
        Console.note(
            String(
                format: "%d blocks decoded, %.0f MiB; %.0f MiB of inputs hashed; %.0f MiB kept by earlier runs",
                profile.blocks, Double(profile.decodedBytes) / mebibyte, Double(profile.hashedBytes) / mebibyte,
                Double(profile.keptBytes) / mebibyte))
        if profile.keptBaselines > 0 {
            Console.note(
                "\(profile.keptBaselines) groups of sites compared with a kept baseline, of which "
                    + "\(profile.unreadHistories) showed nothing and their history was not read")
        }
    }

    /// Says what was done and what could not be used; the result itself goes to standard output.
    func tell() throws {
        let statuses = Dictionary(grouping: outcome.tasks, by: \.finding.status.rawValue).mapValues(\.count)
        var outcomes: [String: Int] = [:]
        var obstacles: [String: Int] = [:]
        for site in outcome.coverage {
            outcomes[site.outcome.rawValue, default: 0] += 1
            // Without one, all of the site was judged, but never half of it at once.
            if site.outcome == .notSeen { obstacles[site.mainObstacle?.rawValue ?? "in_parts", default: 0] += 1 }
        }
        for remark in outcome.remarks { Console.note("Note: \(remark)") }
        for loss in outcome.losses { Console.note("Not used: \(loss)", level: .warning) }
        if json {
            Console.result(
                json: try Console.json(
                    Summary(
                        folder: outcome.folder, changed: outcome.isChanged, tasks: outcome.tasks.count,
                        tasksByStatus: statuses, dismissed: outcome.dismissed, heldBack: outcome.heldBack,
                        findings: outcome.findings, sitesByOutcome: outcomes, notSeenBecause: obstacles,
                        couldNotBeUsed: outcome.losses, remarks: outcome.remarks, profile: profile)))
            return
        }
        func counts(_ values: [String: Int]) -> String {
            values.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.replacing("_", with: " "))" }
                .joined(separator: ", ")
        }
        Console.result(
            "\(label): \(outcome.tasks.count) tasks" + (statuses.isEmpty ? "" : " (\(counts(statuses)))"))
        if outcome.heldBack > 0 { Console.result("\(outcome.heldBack) held back by the budget under tasks") }
        if outcome.dismissed > 0 { Console.result("\(outcome.dismissed) dismissed by reviews are not repeated") }
        Console.result(
            "Sites: \(counts(outcomes))" + (obstacles.isEmpty ? "" : "; not seen because of: \(counts(obstacles))"))
        if let profile { Self.tell(profile, threads: threads) }
        Console.result(outcome.folder + (outcome.isChanged ? "" : " (unchanged)"))
    }
}
