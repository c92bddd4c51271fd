/// What a person found where a task had sent them.
public enum Verdict: String, Codable, CaseIterable, Sendable {
    /// The ground changed and the site is harmed.
    case damage
    /// The ground changed and the site is not harmed: farming, works that are permitted, a flood plain.
    case changeWithoutDamage = "change_no_damage"
    /// The ground did not change: cloud, shadow, haze, a fault of the image.
    case noChange = "no_change"
    /// Somebody looked and could not tell.
    case unsure
    /// Nobody could get there or see it.
    case notVisited = "not_visited"

    /// Words for a list that people choose from.
    public var title: String {
        switch self {
        case .damage: "Confirmed: damage"
        case .changeWithoutDamage: "Change, but no damage"
        case .noChange: "No change found"
        case .unsure: "Looked at, unsure"
        case .notVisited: "Not accessible, not visited"
        }
    }

    /// Whether the task is not to be repeated, unless it comes back much stronger.
    public var isDismissing: Bool { self == .changeWithoutDamage || self == .noChange }
}

/// One verdict as the register keeps it.
public struct VerdictRecord: Hashable, Sendable {
    public var taskID: String
    public var findingID: String
    public var siteID: String
    /// Label of the period whose task list was reviewed.
    public var runLabel: String
    public var verdict: Verdict
    public var note: String
    public var reviewer: String
    public var reviewedOn: Day?
    /// Magnitude of the finding in the run that was reviewed.
    public var magnitude: Double
    /// Of the file the verdict came in.
    public var sourceSHA256: String
    /// Order in which verdicts came, from 1; of several for one task the last holds.
    public var sequence: Int

    public init(
        taskID: String, findingID: String, siteID: String, runLabel: String, verdict: Verdict, note: String,
        reviewer: String, reviewedOn: Day?, magnitude: Double, sourceSHA256: String, sequence: Int
    ) {
        self.taskID = taskID
        self.findingID = findingID
        self.siteID = siteID
        self.runLabel = runLabel
        self.verdict = verdict
        self.note = note
        self.reviewer = reviewer
        self.reviewedOn = reviewedOn
        self.magnitude = magnitude
        self.sourceSHA256 = sourceSHA256
        self.sequence = sequence
    }

    /// Of all fields; the register keeps it in the verdict's row. No other row has a part in it: who may see one area's
    /// rows alone checks those.
    var contentSHA256: String {
        var hash = ContentHash()
        hash.add(sequence)
        for text in [runLabel, taskID, findingID, siteID, verdict.rawValue, note, reviewer] { hash.add(text) }
        hash.add(reviewedOn?.description)
        hash.add(magnitude)
        hash.add(sourceSHA256)
        return hash.hexadecimal
    }

    /// What it says, whatever file it came in: equal for the same words about the same task.
    public var statement: VerdictRecord {
        var statement = self
        statement.magnitude = 0
        statement.sourceSHA256 = ""
        statement.sequence = 0
        return statement
    }
}
