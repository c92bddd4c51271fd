/// A task's explanation for people: lines of at most about 110 signs, columns that a terminal's fixed width aligns.
///
/// It speaks of observed change, never of a cause, and says what was not seen.
public struct ExplanationText: Sendable {
    private let period: Period
    private let task: ExplainedTask
    private let finding: ExplainedFinding
    private let unused: [String]

    public init(_ explanation: TaskExplanation) {
        period = explanation.period
        task = explanation.task
        finding = explanation.finding
        unused = explanation.unused
    }

    /// The whole text, without a line break at its end. Nothing in a name from a file can break a line or steer a
    /// terminal.
    public var text: String {
        let sections = [summary, place, comparison, days, scenes, together, kind, score, limits]
        return sections.filter { !$0.isEmpty }.map { $0.map(VisibleText.make).joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    /// The day that shows the change most clearly, in a sentence; nil where none shows it.
    static func strongestDay(_ explanation: Explanation) -> String? {
        let days = explanation.days.filter { $0.verdict == .departs }
        guard let thresholds = explanation.thresholds, let score = explanation.score,
            let day = days.max(by: { $0.testValue ?? 0 < $1.testValue ?? 0 }), let test = day.testValue,
            let departures = day.departures
        else { return nil }
        let share = day.share { $0 == .departing } / max(day.share(where: \.isJudged), .leastNonzeroMagnitude)
        var text =
            "On \(day.day) \(percent(share)) of the pixels that could be judged departed; mean test value "
            + "\(number(test, 1)), where more than \(number(thresholds.departure, 1)) departs"
        if let band = explanation.bands.indices.max(by: { abs(departures[$0]) < abs(departures[$1]) }) {
            text += ", most in \(explanation.bands[band].rawValue) (\(signed(departures[band], 1)))"
        }
        return text + "; accumulated score \(number(score.strongest, 1)), where a patch needs "
            + "\(number(thresholds.seedScore, 1)). All of it: sitewarden explain"
    }

    // MARK: Words

    /// Width of the column of headings, with the space after it.
    private static let headingWidth = 16
    /// Longest list of scenes or days on a line.
    private static let lineWidth = 110
    private static let longestName = 120

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    private static func line(_ heading: String, _ text: String) -> String {
        padded(heading, headingWidth - 1) + " " + text
    }

    private static func name(_ text: String) -> String { VisibleText.make(text, length: longestName) }

    /// Numbers for pages keep together by a space of their own, which nobody could search a terminal for.
    private static func plain(_ text: String) -> String { text.replacing("\u{00A0}", with: " ") }

    private static func area(_ squareMetres: Double) -> String { plain(ReadableNumber.area(squareMetres)) }
    private static func share(_ share: Double) -> String { plain(ReadableNumber.share(share)) }
    private static func number(_ value: Double, _ places: Int) -> String {
        ReadableNumber.decimal(value, places: places) ?? "not known"
    }

    private static func signed(_ value: Double, _ places: Int) -> String {
        let text = number(value, places)
        return text.hasPrefix("-") ? text : "+" + text
    }

    /// `2 days`.
    private static func count(_ number: Int, _ noun: String) -> String { plain(ReadableNumber.count(number, noun)) }

    /// Words in lines that are not too long, each after the same heading's width.
    /// - Parameter separator: Stands after each word but the last, before the space.
    private static func wrapped(_ heading: String, _ words: [String], separator: String = "") -> [String] {
        var lines: [String] = []
        var current = ""
        for (index, word) in words.enumerated() {
            let piece = word + (index + 1 < words.count ? separator : "")
            if current.isEmpty {
                current = piece
            } else if headingWidth + current.count + 1 + piece.count > lineWidth {
                lines.append(current)
                current = piece
            } else {
                current += " " + piece
            }
        }
        lines.append(current)
        return lines.enumerated().map { line($0.offset == 0 ? heading : "", $0.element) }
    }

    private static func sentence(_ heading: String, _ text: String) -> [String] {
        wrapped(heading, text.split(separator: " ").map(String.init))
    }

    // MARK: What was observed

    private var summary: [String] {
        let rank = task.rank.map { "rank \($0)" } ?? "not repeated"
        var lines = [
            Self.line("Task", task.id),
            Self.line("", "\(rank), score \(Self.number(task.score, 1)), run of \(period.label) (\(period))"),
            Self.line("Site", "\(Self.name(task.siteID))  \(Self.name(task.siteName))"),
            Self.line(
                "Observed change",
                "\(finding.kind.title), \(Self.area(finding.squareMetres)), \(finding.status.rawValue), "
                    + "\(Self.plain(ReadableNumber.probability(finding.probability))) probable"),
        ]
        if let dismissal = task.dismissal { lines += Self.sentence("Not listed", VisibleText.make(dismissal)) }
        let log = ObservationLog(text: finding.observations) ?? ObservationLog()
        lines += Self.sentence(
            "Status",
            "\(finding.status.rawValue): \(HTMLReport.meaning(finding.status)); shown by \(log.anomalousCount) of "
                + "\(Self.count(log.clearCount, "clear observation")) since \(HTMLReport.text(finding.firstSeen)), "
                + "last on \(HTMLReport.text(finding.lastSeen))")
        lines += Self.sentence("This period", inThisPeriod)
        if let origin = finding.splitFrom {
            lines.append(Self.line("Before", "a part of finding \(origin), which fell into several"))
        }
        return lines
    }

    /// Whether the period itself showed the change, and if not, why.
    private var inThisPeriod: String {
        guard let explanation = finding.explanation else {
            return "not seen: no scene of the period shows the ground." + lastSighting
        }
        let days = explanation.days.filter(\.isInPeriod)
        guard !days.isEmpty else { return "not seen: no scene of the period shows the ground." + lastSighting }
        let shown = days.count { $0.verdict == .departs }
        let quiet = days.count { $0.verdict == .asExpected }
        if shown > 0 {
            return "seen on \(Self.count(shown, "day")), as expected on \(quiet), not judged on "
                + "\(days.count - shown - quiet)"
        }
        var text: String
        if quiet > 0 {
            text =
                "not seen: \(Self.count(quiet, "day")) showed the ground as expected, "
                + "\(days.count - quiet) could not be judged."
        } else {
            let reasons = Explanation.PixelUse.allCases.compactMap { use -> String? in
                let number = days.count { $0.reason == use }
                return number > 0 ? "\(use.title) on \(number)" : nil
            }
            text =
                "not seen: the ground could be judged on none of \(Self.count(days.count, "day")) "
                + "(\(reasons.joined(separator: ", ")))."
        }
        if finding.isMadeOut { text += " The days watched before still make it out." }
        return text + lastSighting
    }

    private var lastSighting: String {
        guard let run = finding.lastSeenRun else { return "" }
        return " It was last seen in the run of \(run)."
    }

    // MARK: Where

    private var place: [String] {
        var lines: [String] = []
        if let latitude = task.latitude ?? finding.latitude, let longitude = task.longitude ?? finding.longitude {
            lines.append(
                Self.line("Where", "\(Self.number(latitude, 5)), \(Self.number(longitude, 5)) latitude, longitude"))
        }
        let own = finding.zones.filter { $0.siteID == task.siteID }
        for zone in own { lines += Self.sentence("In this site", Self.words(zone)) }
        for zone in finding.zones where zone.siteID != task.siteID {
            lines += Self.sentence("In another site", "\(Self.name(zone.siteID)): \(Self.words(zone))")
        }
        let grown = finding.squareMetres - finding.firstSquareMetres
        // Half a square metre is the rounding of a stored area.
        lines.append(
            Self.line(
                "Size",
                Self.area(finding.squareMetres)
                    + (abs(grown) > 0.5
                        ? "; \(Self.area(finding.firstSquareMetres)) when first seen" : ", as when first seen")))
        return lines
    }

    private static func words(_ zone: ExplainedFinding.Zone) -> String {
        var parts: [String] = []
        if zone.coreSquareMetres > 0 {
            parts.append("\(area(zone.coreSquareMetres)) inside the boundary (\(share(zone.coreShare)) of it)")
        }
        if zone.bufferSquareMetres > 0 {
            parts.append("\(area(zone.bufferSquareMetres)) in the buffer (\(share(zone.bufferShare)) of it)")
        }
        if zone.coreSquareMetres == 0 {
            parts.append("\(plain(ReadableNumber.length(zone.distanceToCoreMetres))) from the boundary")
        }
        if let magnitude = zone.magnitude { parts.append("strongest score there \(number(magnitude, 1))") }
        return parts.joined(separator: "; ")
    }

    // MARK: How it was compared

    private var comparison: [String] {
        guard let explanation = finding.explanation else { return [] }
        let history = explanation.history
        var lines: [String] = []
        switch explanation.method {
        case .baseline:
            lines += Self.sentence(
                "Compared with",
                "what each pixel's earlier years lead one to expect on that day of the year (seasonal baseline)")
            lines += Self.sentence(
                "Baseline",
                "\(Self.count(history.clearDays, "clear day")), \(HTMLReport.text(history.firstClear)) to "
                    + "\(HTMLReport.text(history.lastClear)); \(history.leftOutDays.count) of them left out as unusual; "
                    + "\(Self.count(history.hiddenDays, "more day")) hidden by cloud, shadow or snow")
            if !history.leftOutDays.isEmpty {
                lines += Self.wrapped("Left out", history.leftOutDays.map(\.description), separator: ",")
            }
        case .pair:
            let day = HTMLReport.text(history.comparedDay)
            lines += Self.sentence(
                "Compared with",
                "one date before, \(day): \(history.siteObservations) clear observations are too few for a seasonal "
                    + "baseline, which needs \(history.neededObservations)")
            lines += Self.wrapped("", history.comparedSceneIDs.map(Self.name), separator: ",")
        case nil:
            lines += Self.sentence(
                "Compared with", "nothing: there is no earlier clear date to compare the period with")
        }
        guard let thresholds = explanation.thresholds else { return lines }
        let told = Double(explanation.pixelCount) * explanation.pixelMetres * explanation.pixelMetres
        // A tenth: pixels that an outline only touches.
        if told < 0.9 * finding.squareMetres {
            lines += Self.sentence(
                "Told of",
                "\(Self.area(told)), its largest part: the rest lies in a neighbouring window of the analysis")
        }
        lines += Self.wrapped("Bands", explanation.testedBands.map(\.rawValue), separator: ",")
        let test =
            explanation.method == .pair
            ? "its difference from what the date before predicts, over all these bands,"
            : "its departure over all bands (Hotelling's T2), divided by that of the landscape around (unrest) where "
                + "it is above 1,"
        lines += Self.sentence(
            "Test of a pixel",
            "\(test) exceeds \(Self.number(thresholds.departure, 1)) standard deviations of what is usual")
        lines += Self.sentence(
            "Test of a day",
            "of the \(Self.count(explanation.pixelCount, "pixel")) at least \(Self.share(thresholds.judgedShare)) can be "
                + "judged, and at least \(Self.share(thresholds.departingShare)) of those depart")
        return lines
    }

    // MARK: Every day

    private var days: [String] {
        guard let explanation = finding.explanation, !explanation.days.isEmpty else { return [] }
        let bands = explanation.bands.map(\.rawValue)
        let widths = bands.map { max($0.count, 6) }
        let header =
            "day         verdict      judged  depart   test  "
            + zip(bands, widths).map { Self.aligned($0.0, $0.1) }.joined(separator: " ")
        var lines = [
            "Days watched (* in the period); test value and departure by band in standard deviations, means",
            "  " + header,
        ]
        for day in explanation.days {
            let judged = day.share(where: \.isJudged)
            let departing = day.share { $0 == .departing }
            var line = "  \(day.day)\(day.isInPeriod ? "*" : " ") \(Self.padded(Self.title(day.verdict), 11)) "
            line += Self.aligned(Self.percent(judged), 7) + " "
            line += Self.aligned(judged > 0 ? Self.percent(departing / judged) : "-", 7) + " "
            line += Self.aligned(day.testValue.map { Self.number($0, 1) } ?? "-", 6) + "  "
            let values = day.departures.map { $0.map { Self.signed($0, 1) } } ?? bands.map { _ in "-" }
            line += zip(values, widths).map { Self.aligned($0.0, $0.1) }.joined(separator: " ")
            lines.append(line + Self.rest(of: day, pixelCount: explanation.pixelCount))
        }
        return lines
    }

    private static func title(_ verdict: Explanation.Verdict) -> String {
        switch verdict {
        case .departs: "departs"
        case .asExpected: "as expected"
        case .notJudged: "not judged"
        }
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded()))%" }

    /// Why pixels could not be judged, the most frequent first.
    private static func rest(of day: Explanation.WatchedDay, pixelCount: Int) -> String {
        let order = Explanation.PixelUse.allCases
        let uses = order.filter { ($0 == .growth || !$0.isJudged) && day.pixels[$0] != nil }
            .sorted { (day.pixels[$1]!, order.firstIndex(of: $0)!) < (day.pixels[$0]!, order.firstIndex(of: $1)!) }
        let parts = uses.map { "\($0.title) \(percent(Double(day.pixels[$0]!) / Double(max(pixelCount, 1))))" }
        // What is hardly above 1 changes no test value that is printed.
        let unrest = day.unrest.flatMap { $0 > 1.05 ? ["unrest \(number($0, 1))"] : nil } ?? []
        return parts.isEmpty && unrest.isEmpty ? "" : "  " + (parts + unrest).joined(separator: ", ")
    }

    private var scenes: [String] {
        guard let explanation = finding.explanation, !explanation.days.isEmpty else { return [] }
        return ["Scenes of these days"]
            + explanation.days.map { "  \($0.day)  " + $0.sceneIDs.map(Self.name).joined(separator: ", ") }
            + unusedParts
    }

    /// The parts of the whole run's input that could not be used: some may be of this ground.
    private var unusedParts: [String] {
        guard !unused.isEmpty else { return [] }
        return ["Not used in this run, of the input for all sites"]
            + unused.prefix(Self.shownParts).map { "  " + VisibleText.make($0, length: 2 * Self.lineWidth) }
            + (unused.count > Self.shownParts
                ? ["  and \(unused.count - Self.shownParts) more, which \(RunManifest.fileName) names"] : [])
    }

    private static let shownParts = 5

    // MARK: What they say together

    private var together: [String] {
        guard let explanation = finding.explanation, let score = explanation.score,
            let thresholds = explanation.thresholds
        else { return [] }
        let isBaseline = explanation.method == .baseline
        var lines = Self.sentence(
            "All days",
            (isBaseline
                ? "departures add up over the observations, two as expected in a row end the sum;"
                : "mean over the days of the period;")
                + " strongest pixel \(Self.number(score.strongest, 1)), second \(Self.number(score.secondStrongest, 1)), "
                + "mean \(Self.number(score.mean, 1)), in standard deviations")
        var seed = "a patch needs \(Self.number(thresholds.seedScore, 1))"
        if thresholds.coreSeedScore != thresholds.seedScore {
            seed += " (\(Self.number(thresholds.coreSeedScore, 1)) inside a boundary)"
        }
        lines += Self.sentence(
            "", seed + " in its strongest pixels and grows down to \(Self.number(thresholds.growScore, 1))")
        if !finding.isMadeOut {
            lines += Self.sentence(
                "", "this run made out no patch here; outline, kind and strength are those of the run that last did")
        }
        guard let counted = score.countedObservations else { return lines }
        var text = "\(counted) count"
        if let needed = score.neededObservations { text += "; a new change like this needs \(needed)" }
        if let excess = score.brightnessExcess {
            text +=
                excess > 0
                ? " (brighter than in any season before)" : " (no brighter than it has been in some season before)"
        }
        if let beside = score.pixelsBesideCloud, beside > 0 {
            text += "; \(Self.count(beside, "pixel")) lay close to cloud when last seen departing"
        }
        return lines + Self.sentence("Observations", text)
    }

    // MARK: Kind

    private var kind: [String] {
        let certainty = Self.plain(ReadableNumber.probability(finding.kindCertainty))
        var lines = Self.sentence(
            "Kind",
            "\(finding.kind.title), certainty \(certainty): what the spectrum resembles, not what caused it")
        guard let explanation = finding.explanation, let spectrum = explanation.spectrum else { return lines }
        for index in spectrum.indices { if let line = Self.words(index) { lines.append(Self.line("", line)) } }
        let places = explanation.isReflectance ? 3 : 0
        let widths = explanation.bands.map { max($0.rawValue.count, places == 0 ? 7 : 6) }
        func row(_ heading: String, _ texts: [String]) -> String {
            Self.line(
                "", Self.padded(heading, 9) + zip(texts, widths).map { Self.aligned($0.0, $0.1) }.joined(separator: " ")
            )
        }
        lines.append(row("", explanation.bands.map(\.rawValue)))
        lines.append(row("expected", spectrum.expected.map { Self.number($0, places) }))
        lines.append(row("observed", spectrum.observed.map { Self.number($0, places) }))
        return lines
    }

    private static func words(_ index: SpectralIndex) -> String? {
        guard let after = index.after else { return nil }
        switch index.name {
        case "NDVI", "MNDWI", "NBR":
            let meaning = ["NDVI": "vegetation", "MNDWI": "water", "NBR": "burnt ground"][index.name]!
            let before = index.before.map { number($0, 2) } ?? "not known"
            return "\(padded(index.name, 9))\(before) before, \(number(after, 2)) after (\(meaning))"
        case "visible_change": return "visible  \(signed(after * 100, 0))% in blue, green and red together"
        case "greyness": return "greyness \(signed(after, 2)) (above 0 like roofs and roads, below 0 like soil)"
        case "length_m": return "length   \(number(after, 0)) m"
        case "mean_width_m": return "width    \(number(after, 0)) m in the mean"
        default: return "\(name(index.name)) \(number(after, 2))"
        }
    }

    // MARK: Score of the task

    private var score: [String] {
        let width = task.terms.map(\.name.count).max() ?? 0
        return ["Score of the task"]
            + task.terms.map { term in
                "  \(Self.padded(term.name, width))  \(Self.number(term.value, 3))  "
                    + TaskSection.explanation(ofTerm: term.name)
            } + ["  \(Self.padded("score", width))  \(Self.number(task.score, 1))  100 times the product of the terms"]
    }

    // MARK: Limits

    private var limits: [String] {
        var text =
            "This is observed change of the surface; what caused it is for people to find out. "
        if let explanation = finding.explanation {
            let size = Self.number(explanation.pixelMetres, explanation.pixelMetres < 10 ? 1 : 0)
            text +=
                "Pixels of \(size) m: changes below \(Self.area(explanation.minimumSquareMetres)), single pits, and what "
                + "lies under trees are not seen. "
            let unjudged = explanation.days.count { $0.verdict == .notJudged }
            if unjudged > 0 {
                text +=
                    "Nothing is known of the ground on \(unjudged) of \(Self.count(explanation.days.count, "day")). "
            }
        }
        return Self.sentence("Limits", text)
    }
}
