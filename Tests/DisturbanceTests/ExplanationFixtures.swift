@testable import Disturbance

/// Explanations made up for the tests of document, text and command.
enum ExplanationFixtures {
    static func day(
        _ text: String, _ verdict: Explanation.Verdict, _ pixels: [Explanation.PixelUse: Int], test: Double? = nil,
        reason: Explanation.PixelUse? = nil, unrest: Double = 1, scene: String? = nil
    ) -> Explanation.WatchedDay {
        let day = Day(text)!
        return Explanation.WatchedDay(
            day: day, sceneIDs: [scene ?? "S2A_\(text)"], isInPeriod: InventedRun.period.contains(day),
            verdict: verdict,
            reason: reason, pixels: pixels, testValue: test, unrest: test == nil ? nil : unrest,
            expected: test == nil ? nil : [0.071, 0.31], observed: test == nil ? nil : [0.182, 0.2],
            departures: test == nil ? nil : [8.25, -4])
    }

    /// Of 20 pixels, seen on two of four days.
    static func baseline() -> Explanation {
        Explanation(
            method: .baseline, pixelCount: 20, pixelMetres: 14, minimumSquareMetres: 400, bands: [.red, .nir],
            testedBands: [.red, .nir], isReflectance: true,
            history: Explanation.History(
                siteObservations: 52, neededObservations: 10, clearDays: 50, firstClear: Day("2015-08-01"),
                lastClear: Day("2019-08-11"), hiddenDays: 21, leftOutDays: [Day("2016-03-18")!], comparedDay: nil,
                comparedSceneIDs: []),
            thresholds: Explanation.Thresholds(
                departure: 3, seedScore: 5, coreSeedScore: 5, growScore: 3.5, judgedShare: 0.5, departingShare: 0.3),
            days: [
                day("2019-08-31", .departs, [.departing: 18, .usual: 2], test: 6.2),
                day("2019-09-05", .notJudged, [.cloud: 12, .nearCloud: 8], reason: .cloud),
                day("2019-09-10", .asExpected, [.usual: 15, .shadow: 5], test: 1.1, unrest: 1.4),
                day("2019-09-20", .departs, [.departing: 20], test: 7.9),
            ],
            score: Explanation.Score(
                strongest: 11.2, secondStrongest: 10.8, mean: 8.1, countedObservations: 2, neededObservations: 1,
                brightnessExcess: 0.04, pixelsBesideCloud: 3),
            spectrum: Explanation.Spectrum(
                expected: [0.071, 0.31], observed: [0.182, 0.2],
                indices: [
                    SpectralIndex(name: "NDVI", before: 0.63, after: 0.05),
                    SpectralIndex(name: "visible_change", before: nil, after: 1.45),
                    SpectralIndex(name: "greyness", before: nil, after: -0.08),
                ]))
    }

    static func finding(
        _ task: InspectionTask, _ explanation: Explanation?, isMadeOut: Bool = true, lastSeenRun: String? = nil
    ) -> ExplainedFinding {
        ExplainedFinding(
            task.finding, isMadeOut: isMadeOut, lastSeenRun: lastSeenRun, splitFrom: nil, explanation: explanation)
    }

    /// Three tasks, the last of them dismissed.
    static func document() throws -> ExplanationDocument {
        let tasks = try [
            InventedRun.task(rank: 1, status: .confirmed), InventedRun.task(rank: 2, core: 0),
            InventedRun.task(rank: 3, siteName: InventedRun.hostileName),
        ]
        return ExplanationDocument(
            period: InventedRun.period, generator: "sitewarden 0.1.0",
            unused: ["Scene S2A_1: asset B08 missing", "PG:host=db password=secret: unreachable"],
            findings: [
                finding(tasks[2], nil, isMadeOut: false, lastSeenRun: "2019-08"), finding(tasks[0], baseline()),
                finding(tasks[1], baseline(), lastSeenRun: "2019-08"),
            ],
            tasks: [
                try ExplainedTask(tasks[2], dismissal: "dismissed in the review of 2019-08 (change_no_damage)"),
                try ExplainedTask(tasks[1]), try ExplainedTask(tasks[0]),
            ])
    }
}
