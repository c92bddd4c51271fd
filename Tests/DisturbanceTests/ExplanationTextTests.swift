import Foundation
import Geospatial
import Testing

@testable import Disturbance

struct ExplanationTextTests {
    private func text(_ rank: Int, _ change: (inout TaskExplanation) -> Void = { _ in }) throws -> String {
        var explanation = try ExplanationFixtures.document()
            .task(beginning: "10000000-0000-4000-8000-00000000000\(rank)")
        change(&explanation)
        return ExplanationText(explanation).text
    }

    /// Sentences without their line breaks.
    private func flat(_ text: String) -> String { text.replacing(/\n {16}/, with: " ") }

    @Test func everythingIsSaid() throws {
        let text = try text(1)
        for words in [
            "Task            10000000-0000-4000-8000-000000000001",
            "rank 1, score 41.7, run of 2019-09 (2019-09-01/2019-09-30)", "Site            K-001  Khan al-Mahmudiya",
            "Observed change soil exposed, 3920 m², confirmed, 97 % probable",
            "shown by 2 of 3 clear observations since 2019-08-31,", "seen on 1 day, as expected on 1, not judged on 1",
            "3120 m² inside the boundary (4.2 % of it); 800 m² in the buffer (0.6 % of it)",
            "seasonal baseline", "50 clear days, 2015-08-01 to 2019-08-11; 1 of them left out as unusual; 21 more days",
            "Left out        2016-03-18", "exceeds 3.0 standard deviations of what is usual",
            "shadow 25%, unrest 1.4",
            "of the 20 pixels at least 50 % can be judged, and at least 30 % of those depart",
            "  2019-08-31  departs        100%     90%    6.2    +8.3   -4.0",
            "  2019-09-05* not judged       0%       -      -       -      -  cloud 60%, near cloud 40%",
            "  2019-09-10* as expected     75%      0%    1.1    +8.3   -4.0  shadow 25%",
            "  2019-09-20* departs        100%    100%    7.9    +8.3   -4.0", "  2019-09-05  S2A_2019-09-05",
            "Not used in this run, of the input for all sites\n  Scene S2A_1: asset B08 missing\n",
            "strongest pixel 11.2, second 10.8, mean 8.1",
            "a patch needs 5.0 in its strongest pixels and grows down to 3.5",
            "2 count; a new change like this needs 1 (brighter than in any season before)",
            "soil exposed, certainty 72 %: what the spectrum resembles, not what caused it",
            "NDVI     0.63 before, 0.05 after (vegetation)", "visible  +145% in blue, green and red together",
            "expected  0.071  0.310", "observed  0.182  0.200", "  probability   0.971  that the ground really changed",
            "  score         41.7  100 times the product of the terms", "changes below 400 m²",
            "Nothing is known of the ground on 1 of 4 days.",
        ] {
            let isThere = flat(text).contains(words)
            #expect(isThere, "\(words)")
        }
        #expect(!text.contains("\u{00A0}") && !text.contains("looting"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 110 }, "\(text)")
        // Words of a list of columns stand above their numbers.
        let lines = text.split(separator: "\n").map(Array.init)
        let header = try #require(lines.firstIndex { String($0).contains("verdict") })
        let end = try #require(String(lines[header]).range(of: "red")).upperBound
        let column = String(lines[header]).distance(from: String(lines[header]).startIndex, to: end)
        #expect(String(lines[header + 1][..<column]).hasSuffix("+8.3"))
    }

    @Test func whatThePeriodDidNotSeeIsSaidWithTheReason() throws {
        let hidden = try flat(
            text(2) { explanation in
                explanation.finding.isMadeOut = false
                explanation.finding.explanation?.days = [
                    ExplanationFixtures.day("2019-08-31", .departs, [.departing: 20], test: 6),
                    ExplanationFixtures.day("2019-09-05", .notJudged, [.cloud: 20], reason: .cloud),
                    ExplanationFixtures.day("2019-09-10", .notJudged, [.snow: 15, .usual: 5], reason: .snow),
                ]
            })
        #expect(hidden.contains("not seen: the ground could be judged on none of 2 days (cloud on 1, snow on 1)."))
        #expect(hidden.contains("It was last seen in the run of 2019-08."))
        #expect(hidden.contains("this run made out no patch here"))
        let quiet = try flat(
            text(2) { explanation in
                explanation.finding.explanation?.days = [
                    ExplanationFixtures.day("2019-09-05", .notJudged, [.cloud: 20], reason: .cloud),
                    ExplanationFixtures.day("2019-09-10", .asExpected, [.usual: 20], test: 1),
                ]
            })
        #expect(quiet.contains("not seen: 1 day showed the ground as expected, 1 could not be judged."))
        #expect(quiet.contains("The days watched before still make it out."))
        // No scene at all, and dismissed.
        let unseen = try flat(text(3))
        #expect(
            unseen.contains(
                "not seen: no scene of the period shows the ground. It was last seen in the run of 2019-08."))
        #expect(unseen.contains("not repeated, score") && unseen.contains("dismissed in the review of 2019-08"))
    }

    @Test func thePlaceIsThatOfTheTask() throws {
        #expect(try text(1).contains("Where           32.50030, 45.11030 latitude, longitude"))
        let moved = try text(1) {
            $0.task.latitude = 32.25
            $0.task.longitude = 45.5
        }
        #expect(moved.contains("Where           32.25000, 45.50000 latitude, longitude"))
        let earlier = try text(1) {
            $0.task.latitude = nil
            $0.task.longitude = nil
        }
        #expect(earlier.contains("Where           32.50030, 45.11030 latitude, longitude"), "that of the finding")
    }

    @Test func aTaskIsExplainedWhereItShowsItsFinding() throws {
        var task = try InventedRun.task(rank: 1)
        var part = try #require(task.finding.geometry.envelope)
        part.minimumX = part.centre.x
        task.surroundings = part
        let explained = try ExplainedTask(task)
        #expect(try #require(explained.longitude) > part.minimumX && #require(explained.longitude) < part.maximumX)
    }

    @Test func groundInSeveralWindowsIsToldOfItsLargestPart() throws {
        #expect(try !text(1).contains("Told of"))
        let text = try text(1) { $0.finding.squareMetres = 12_000 }
        #expect(text.contains("Told of         3920 m², its largest part"))
    }

    @Test func aPairNamesItsDateBefore() throws {
        let text = try flat(
            text(1) { explanation in
                explanation.finding.explanation?.method = .pair
                explanation.finding.explanation?.history.comparedDay = Day("2019-08-11")
                explanation.finding.explanation?.history.comparedSceneIDs = ["S2B_before"]
                explanation.finding.explanation?.history.siteObservations = 3
                explanation.finding.explanation?.thresholds?.coreSeedScore = 2.5
                explanation.finding.explanation?.score?.countedObservations = nil
            })
        #expect(text.contains("one date before, 2019-08-11: 3 clear observations are too few for a seasonal baseline"))
        #expect(text.contains("S2B_before") && text.contains("a patch needs 5.0 (2.5 inside a boundary)"))
        #expect(!text.contains("Hotelling") && !text.contains("Observations    "))
    }

    @Test func namesOfFilesAreNeutral() throws {
        let hostile = InventedRun.hostileName
        let text = try text(3) { explanation in
            explanation.task.siteID = hostile
            explanation.task.dismissal = hostile
            explanation.task.terms[0].name = hostile
            explanation.finding.splitFrom = hostile
            explanation.unused = Array(repeating: hostile, count: 9)
            explanation.finding.zones[0].siteID = "other" + hostile
            explanation.finding.explanation = ExplanationFixtures.baseline()
            explanation.finding.explanation?.days[0].sceneIDs = [hostile]
            explanation.finding.explanation?.history.comparedSceneIDs = [hostile]
            explanation.finding.explanation?.method = .pair
            explanation.finding.explanation?.spectrum?.indices[0].name = hostile
        }
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F) })
        #expect(!text.unicodeScalars.contains("\u{202E}") && text.contains("[U+202E]"))
        #expect(!text.split(separator: "\n").contains { $0.hasPrefix("\u{202E}") || $0.hasPrefix("txt.exe") })
    }

    @Test func theReportSaysTheStrongestDay() throws {
        let sentence = try #require(ExplanationText.strongestDay(ExplanationFixtures.baseline()))
        #expect(
            sentence.hasPrefix(
                "On 2019-09-20 100% of the pixels that could be judged departed; mean test value 7.9, where more than 3.0 "
                    + "departs, most in red (+8.3); accumulated score 11.2, where a patch needs 5.0"), "\(sentence)")
        var quiet = ExplanationFixtures.baseline()
        quiet.days.removeAll { $0.verdict == .departs }
        #expect(ExplanationText.strongestDay(quiet) == nil)
        var report = try InventedRun.report()
        report.explanations[report.tasks[0].finding.id] = Deferred(ExplanationFixtures.baseline())
        #expect(try report.render().contains("<dt>Why</dt><dd>On 2019-09-20"))
    }
}
