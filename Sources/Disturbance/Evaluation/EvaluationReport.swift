internal import Foundation

extension Evaluation {
    /// The evaluation as JSON with sorted keys, names with underscores; ends with a line break.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// The evaluation as tables for people; ends with a line break.
    public var text: String {
        var lines = summaryLines + [""] + figureLines
        if !kinds.confusion.isEmpty { lines += [""] + kindLines }
        if !probability.bins.isEmpty { lines += [""] + probabilityLines }
        if !remarks.isEmpty { lines += [""] + remarks.map { "Note: \($0)" } }
        // Kinds and words are the user's: a line break in one must not look like another line.
        return lines.map(VisibleText.make).joined(separator: "\n") + "\n"
    }

    // MARK: Parts

    private var summaryLines: [String] {
        func some(_ count: Int, _ words: String) -> String? { count > 0 ? "\(count) \(words)" : nil }
        let judged = [
            some(truth.inside, "inside boundaries"), some(truth.buffer, "in buffers"),
            some(truth.notSeen, "not seen after they began (\(truth.notSeenButFound) found all the same)"),
            some(truth.tooSmall, "below \(Self.number(settings.minimumSquareMetres, places: 0)) m2"),
            some(truth.outsideEveryBuffer, "outside every buffer"),
            some(truth.begunAfterLastRun, "begun after the last run"),
            some(truth.endedBeforeFirstRun, "ended before the first run"),
        ].compactMap(\.self)
        let others = [
            some(truth.undisturbed, "undisturbed"), some(truth.unsure, "without a verdict"),
            some(truth.notUsable, "not usable"),
        ].compactMap(\.self)
        return [
            "Runs    \(runs.count), \(runs.start) to \(runs.end) (\(Self.number(runs.years, places: 2)) years), "
                + "\(runs.sitesSeen) of \(runs.sites) sites seen",
            "Truth   \(truth.rows) rows" + (others.isEmpty ? "" : ": \(others.joined(separator: ", "))"),
            "        disturbed: " + (judged.isEmpty ? "none" : judged.joined(separator: ", ")),
            "Tasks   \(tasks.right) right, \(tasks.wrong) false, \(tasks.unknown) on ground the truth says nothing of, "
                + "\(tasks.neutral) on disturbances that do not count",
        ]
    }

    private var figureLines: [String] {
        let chance = hitRateBeforeOnset.value
        var rows: [[String]] = [["", "value", "95 % interval", "counted", "by chance"]]
        func add(_ title: String, _ share: Proportion, chance: Double? = nil) {
            rows.append([
                title, Self.number(share.value), Self.interval(share.interval),
                "\(share.numerator) of \(share.denominator)", Self.number(chance),
            ])
        }
        func add(_ title: String, _ rate: EventRate) {
            rows.append([
                title, Self.number(rate.value, places: 2), Self.interval(rate.interval, places: 2),
                "\(rate.numerator) in \(Self.number(rate.denominator, places: 2))", "-",
            ])
        }
        func add(_ title: String, _ estimate: Estimate, counted: String) {
            rows.append([
                title, Self.number(estimate.value), Self.interval(estimate.interval), counted,
                Self.number(estimate.chance),
            ])
        }
        func add(_ title: String, _ delay: Delay) {
            let quartiles =
                delay.count > 0
                ? "\(Self.number(delay.lowerQuartile, places: 1)) to \(Self.number(delay.upperQuartile, places: 1)) "
                    + "(quartiles)" : "-"
            rows.append([title, Self.number(delay.median, places: 1), quartiles, "\(delay.count)", "-"])
        }
        let atLeast = settings.isComplete ? "" : " (at least)"
        add("Recall inside boundaries", recallInside, chance: chance)
        add("Recall inside within 2 clear observations", recallInsideWithinTwoClear, chance: chance)
        add("Recall in buffers", recallBuffer, chance: chance)
        add("Hit rate before the beginning", hitRateBeforeOnset)
        add("Delay inside, days (median)", delayDays)
        add("Delay inside, clear observations (median)", delayClearObservations)
        add("Precision of all tasks", precision)
        add("Precision of tasks ever confirmed", precisionConfirmed)
        add("False tasks per 10 sites and year" + atLeast, falsePerTenSitesAndYear)
        add("False confirmed ones per 10 sites and year" + atLeast, falseConfirmedPerTenSitesAndYear)
        let judged = "\(ranking.disturbed) of \(ranking.sites) sites"
        add("Ranking of sites: average precision", ranking.averagePrecision, counted: judged)
        for (title, value) in [
            ("  of a random order of all sites", ranking.averagePrecisionOfRandomOrder),
            ("  of a random list as long", ranking.averagePrecisionOfRandomList),
        ] {
            rows.append([title, Self.number(value), "-", "-", "-"])
        }
        for head in ranking.precisionAt {
            add("  precision of the first \(head.sites)", head.precision, chance: ranking.averagePrecision.chance)
        }
        add("Sites with a task: F1", ranking.f1, counted: "\(ranking.listed) listed")
        add("Kind of change: accuracy", kinds.accuracy, chance: kinds.accuracyOfCommonest)
        add("Kind of change: macro F1", kinds.macroF1, counted: "\(kinds.kinds.count) kinds")
        add("Brier score of the probabilities", probability.brierScore, counted: "\(probability.tasks) tasks")
        return Self.table(rows)
    }

    private var kindLines: [String] {
        // A dictionary by pair would hash arrays for a table of at most a few dozen cells.
        let named = Set(kinds.confusion.map(\.task)).union(kinds.kinds.map(\.kind)).sorted()
        let rows = kinds.kinds.map { row in
            [row.kind]
                + named.map { task in
                    String(kinds.confusion.first { $0.truth == row.kind && $0.task == task }?.count ?? 0)
                } + [Self.number(row.precision.value), Self.number(row.recall.value), Self.number(row.f1)]
        }
        return ["Kinds: truth in rows, tasks in columns"]
            + Self.table([[""] + named + ["precision", "recall", "F1"]] + rows)
    }

    private var probabilityLines: [String] {
        let rows = probability.bins.map { bin in
            [
                "\(Self.number(bin.from, places: 1)) to \(Self.number(bin.to, places: 1))",
                Self.number(bin.meanProbability), Self.number(bin.right.value), Self.interval(bin.right.interval),
                "\(bin.right.numerator) of \(bin.right.denominator)",
            ]
        }
        return Self.table([["Probability", "said", "right", "95 % interval", "counted"]] + rows)
    }

    // MARK: Form

    private static func number(_ value: Double?, places: Int = 3) -> String {
        value.flatMap { ReadableNumber.decimal($0, places: places) } ?? "-"
    }

    private static func interval(_ interval: ConfidenceInterval?, places: Int = 3) -> String {
        interval.map { "\(number($0.lower, places: places)) to \(number($0.upper, places: places))" } ?? "-"
    }

    /// Columns as wide as their widest cell; the first flush left, the others flush right.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
    }
}
