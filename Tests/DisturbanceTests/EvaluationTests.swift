import Geospatial
import Testing

@testable import Disturbance

/// Boxes with sides of whole metres, so that every share can be told by hand.
struct EvaluationTests {
    private typealias Ground = LabelledGround

    private let complete: EvaluationSettings = {
        var settings = EvaluationSettings()
        settings.isComplete = true
        return settings
    }()

    private func site() throws -> WatchedSite { try Ground.site("A", number: 0) }

    // MARK: What matches

    /// A task of 40 m beside a disturbance of 40 m: 15 m of tolerance less the gap, over 40 m, is the task's share.
    @Test(arguments: [(0.0, true), (10.9, true), (11.1, false), (14, false), (40, false)])
    func theTasksOwnShareDecides(gap: Double, isFound: Bool) throws {
        let site = try site()
        let task = Ground.task("t", at: "A", try Ground.box(60 + gap, 20, 40, 40))
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(try Ground.box(20, 20, 40, 40))]),
            runs: [Ground.run("2023-09", [task], sites: [site])], sites: [site], settings: complete)
        #expect(evaluation.recallInside == Proportion(isFound ? 1 : 0, of: 1))
        #expect(evaluation.precision == Proportion(isFound ? 1 : 0, of: 1))
        #expect(evaluation.tasks.right == (isFound ? 1 : 0) && evaluation.tasks.wrong == (isFound ? 0 : 1))
    }

    @Test func aPolygonOverTheWholeSiteFindsNothing() throws {
        let sites = try (0..<3).map { try Ground.site("S\($0)", number: $0) }
        let areas = try (0..<3).map {
            Ground.disturbed(try Ground.box(Double($0) * 1000 + 50, 50, 40, 40), row: $0 + 1)
        }
        // 70 m of halo squared are a hundredth of the buffer's 700 m squared.
        let whole = sites.enumerated().map {
            Ground.task("t\($0.offset)", at: $0.element.id, $0.element.zone, rank: $0.offset + 1)
        }
        let evaluation = try Evaluation(
            truth: Ground.truth(areas), runs: [Ground.run("2023-09", whole, sites: sites)], sites: sites,
            settings: complete)
        #expect(evaluation.recallInside == Proportion(0, of: 3) && evaluation.precision == Proportion(0, of: 3))
        // Over all sites at once neither.
        let one = Ground.task("t", at: "S0", try Ground.box(-250, -250, 2700, 700))
        let again = try Evaluation(
            truth: Ground.truth(areas), runs: [Ground.run("2023-09", [one], sites: sites)], sites: sites,
            settings: complete)
        #expect(again.recallInside == Proportion(0, of: 3) && again.tasks.wrong == 1)
    }

    @Test func aTaskOfAnotherSiteDoesNotMatch() throws {
        let sites = [try Ground.site("A", number: 0), try Ground.site("B", number: 1)]
        let ground = try Ground.box(50, 50, 40, 40)
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(ground)]),
            runs: [Ground.run("2023-09", [Ground.task("t", at: "B", ground)], sites: sites)], sites: sites,
            settings: complete)
        #expect(evaluation.recallInside == Proportion(0, of: 1) && evaluation.tasks.wrong == 1)
    }

    @Test func aPerfectListIsOneEverywhere() throws {
        let sites = try (0..<6).map { try Ground.site("S\($0)", number: $0) }
        // Two inside, one in a buffer.
        let places = [(50.0, 50.0, 0), (1100, 120, 1), (2350, 300, 2)]
        let areas = try places.enumerated().map { index, place in
            Ground.disturbed(
                try Ground.box(place.0, place.1, 30, 30), row: index + 1, from: "2023-09-05",
                kind: index == 0 ? "soil_exposed" : "water")
        }
        let tasks = zip(areas, places).enumerated().map { index, pair in
            Ground.task(
                "t\(index)", at: "S\(pair.1.2)", pair.0.geometry, rank: index + 1, status: .confirmed,
                kind: pair.0.kind ?? "", probability: 1)
        }
        let evaluation = try Evaluation(
            truth: Ground.truth(areas), runs: [Ground.run("2023-09", tasks, sites: sites)], sites: sites,
            settings: complete)
        #expect(evaluation.recallInside == Proportion(2, of: 2) && evaluation.recallBuffer == Proportion(1, of: 1))
        #expect(evaluation.precision == Proportion(3, of: 3) && evaluation.precisionConfirmed == Proportion(3, of: 3))
        #expect(evaluation.falsePerTenSitesAndYear.numerator == 0)
        #expect(abs(evaluation.falsePerTenSitesAndYear.denominator - 0.6 * 30 / 365.25) < 1e-12)
        #expect(evaluation.ranking.averagePrecision.value == 1 && evaluation.ranking.f1.value == 1)
        #expect(evaluation.ranking.averagePrecision.chance == 0.5)
        #expect(evaluation.kinds.macroF1.value == 1 && evaluation.probability.brierScore.value == 0)
        #expect(evaluation.delayDays.median == 25)
    }

    // MARK: What counts

    @Test func whatDoesNotCountIsToldApart() throws {
        let site = try site()
        let areas = [
            // 51 m2 of it inside, then 49 m2: in the buffer. The tolerance of a metre is for the map projection.
            Ground.disturbed(try Ground.box(195, 0, 30, 20), row: 1),
            Ground.disturbed(try Ground.box(198, 40, 30, 20), row: 2),
            Ground.disturbed(try Ground.box(100, 100, 19, 20), row: 3),
            Ground.disturbed(try Ground.box(460, 0, 30, 30), row: 4),
            Ground.disturbed(try Ground.box(20, 20, 30, 30), row: 5, from: "2023-11-01"),
            Ground.disturbed(try Ground.box(20, 60, 30, 30), row: 6, from: "2023-01-01", to: "2023-08-31"),
            Ground.disturbed(try Ground.box(60, 20, 30, 30), row: 7, from: "2023-10-20"),
        ]
        let runs = [
            try Ground.run("2023-09", sites: [site]),
            try Ground.run("2023-10", sites: [site], coverage: ["A": Ground.seen(2, last: "2023-10-19")]),
        ]
        let truth = try Evaluation(
            truth: Ground.truth(areas), runs: runs, sites: [site], settings: complete
        ).truth
        #expect(truth.inside == 1 && truth.buffer == 1 && truth.tooSmall == 1 && truth.outsideEveryBuffer == 1)
        #expect(truth.begunAfterLastRun == 1 && truth.endedBeforeFirstRun == 1)
        #expect(truth.notSeen == 1 && truth.notSeenButFound == 0)
    }

    @Test func groundThatNobodySawIsNoMiss() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let hidden = PublishedRun.View(outcome: .notSeen, clearObservations: 0, lastClear: Ground.day("2023-08-12"))
        let truth = Ground.truth([Ground.disturbed(ground, from: "2023-08-20")])
        let missed = try Evaluation(
            truth: truth, runs: [Ground.run("2023-09", sites: [site], coverage: ["A": hidden])], sites: [site],
            settings: complete)
        #expect(missed.recallInside == Proportion(0, of: 0) && missed.truth.notSeen == 1)
        #expect(missed.runs.sitesSeen == 0)
        // What was found all the same is told, but neither does it count.
        let task = Ground.task("t", at: "A", ground)
        let found = try Evaluation(
            truth: truth, runs: [Ground.run("2023-09", [task], sites: [site], coverage: ["A": hidden])], sites: [site],
            settings: complete)
        #expect(found.recallInside == Proportion(0, of: 0) && found.truth.notSeenButFound == 1)
        #expect(found.tasks.neutral == 1 && found.precision == Proportion(0, of: 0))
    }

    @Test func smallDisturbancesMakeATaskNeitherRightNorFalse() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 15, 15)
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(ground)]),
            runs: [Ground.run("2023-09", [Ground.task("t", at: "A", ground)], sites: [site])], sites: [site],
            settings: complete)
        #expect(evaluation.tasks.neutral == 1 && evaluation.recallInside.denominator == 0)
    }

    // MARK: Right, false and unknown

    @Test func whereTheTruthSaysNothingATaskIsUnknownUnlessItIsComplete() throws {
        let site = try site()
        let areas = [
            Ground.disturbed(try Ground.box(20, 20, 40, 40), row: 1),
            Ground.undisturbed(try Ground.box(100, 0, 100, 100), row: 2),
        ]
        let tasks = [
            Ground.task("right", at: "A", try Ground.box(20, 20, 40, 40), rank: 1),
            // 22 of its 40 m on inspected ground, then 18.
            Ground.task("false", at: "A", try Ground.box(82, 20, 40, 40), rank: 2, status: .confirmed),
            Ground.task("unknown", at: "A", try Ground.box(78, 130, 40, 40), rank: 3, status: .confirmed),
            Ground.task("beside", at: "A", try Ground.box(78, 60, 40, 20), rank: 4),
        ]
        let runs = [try Ground.run("2023-09", tasks, sites: [site])]
        let open = try Evaluation(truth: Ground.truth(areas), runs: runs, sites: [site], settings: .init())
        #expect(open.tasks.right == 1 && open.tasks.wrong == 1 && open.tasks.unknown == 2)
        #expect(open.precision == Proportion(1, of: 2) && open.precisionConfirmed == Proportion(0, of: 1))
        #expect(open.falsePerTenSitesAndYear.numerator == 1 && open.probability.tasks == 2)
        let whole = try Evaluation(truth: Ground.truth(areas), runs: runs, sites: [site], settings: complete)
        #expect(whole.tasks.wrong == 3 && whole.tasks.unknown == 0 && whole.precision == Proportion(1, of: 4))
        #expect(whole.precisionConfirmed == Proportion(0, of: 2))
    }

    @Test func withoutUndisturbedGroundNobodyKnowsWhatIsFalse() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(ground)]),
            runs: [Ground.run("2023-09", [Ground.task("t", at: "A", ground)], sites: [site])], sites: [site],
            settings: .init())
        #expect(evaluation.recallInside == Proportion(1, of: 1) && evaluation.tasks.right == 1)
        #expect(evaluation.precision.value == nil && evaluation.falsePerTenSitesAndYear.value == nil)
        #expect(evaluation.probability.brierScore.value == nil)
        #expect(evaluation.remarks.contains { $0.contains("names no undisturbed ground") })
    }

    /// An inspection says nothing of what was seen later.
    @Test(arguments: [("2023-09-20", 1), ("2023-09-10", 1), ("2023-09-09", 0), (nil, 1)])
    func anInspectionHoldsForWhatWasSeenBefore(inspected: String?, wrong: Int) throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let task = Ground.task("t", at: "A", ground, seen: "2023-09-10")
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.undisturbed(ground, inspected: inspected)]),
            runs: [Ground.run("2023-09", [task], sites: [site])], sites: [site], settings: .init())
        #expect(evaluation.tasks.wrong == wrong && evaluation.tasks.unknown == 1 - wrong)
    }

    // MARK: Several runs

    @Test func aTaskThatStoodThereBeforeDoesNotFindButBecomesRight() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let truth = Ground.truth([Ground.disturbed(ground, from: "2023-10-10")])
        let old = Ground.task("old", at: "A", ground)
        let new = Ground.task("new", at: "A", ground, rank: 2, status: .confirmed)
        let early = try Ground.run("2023-09", [old], sites: [site])
        let without = try Evaluation(
            truth: truth, runs: [early, try Ground.run("2023-10", [old], sites: [site])], sites: [site],
            settings: complete)
        #expect(without.recallInside == Proportion(0, of: 1) && without.hitRateBeforeOnset == Proportion(1, of: 1))
        #expect(without.tasks.right == 1 && without.precision == Proportion(1, of: 1))
        let with = try Evaluation(
            truth: truth, runs: [early, try Ground.run("2023-10", [old, new], sites: [site])], sites: [site],
            settings: complete)
        #expect(with.recallInside == Proportion(1, of: 1) && with.hitRateBeforeOnset == Proportion(1, of: 1))
        #expect(with.tasks.right == 2 && with.delayDays.median == 21)
    }

    @Test func aTaskThatWasGoneBeforeItBeganIsFalse() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(ground, from: "2023-10-10")]),
            runs: [
                try Ground.run("2023-09", [Ground.task("old", at: "A", ground)], sites: [site]),
                try Ground.run("2023-10", sites: [site]),
            ], sites: [site], settings: complete)
        #expect(evaluation.tasks.wrong == 1 && evaluation.recallInside == Proportion(0, of: 1))
    }

    @Test func aTaskCountsOnceWithItsLastProbability() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let runs = try [
            ("2023-09", FindingStatus.first, 0.25), ("2023-10", .confirmed, 0.875), ("2023-11", .first, 0.5),
        ]
        .map { month, status, probability in
            try Ground.run(
                month, [Ground.task("t", at: "A", ground, status: status, probability: probability)], sites: [site])
        }
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(ground)]), runs: runs, sites: [site], settings: complete)
        #expect(evaluation.tasks.right == 1 && evaluation.precisionConfirmed == Proportion(1, of: 1))
        #expect(evaluation.probability.tasks == 1 && evaluation.probability.brierScore.value == 0.25)
        // Without a known beginning there is no delay and no chance.
        #expect(evaluation.delayDays.count == 0 && evaluation.hitRateBeforeOnset.denominator == 0)
    }

    /// Found in November: one or two clear observations in October, one in November.
    @Test(arguments: [
        // All of October's observations were made after the first of it.
        ("2023-10-01", 2, "2023-10-25", 3.0 as Double?), ("2023-10-05", 1, "2023-10-25", 2),
        // The last day it was clear is the first day, or lies before.
        ("2023-10-25", 2, "2023-10-25", 2), ("2023-10-28", 2, "2023-10-25", 1),
        // One of two, or both: not known.
        ("2023-10-05", 2, "2023-10-25", nil),
    ])
    func delaysInClearObservations(begun: String, count: Int, last: String, delay: Double?) throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(ground, from: begun)]),
            runs: [
                try Ground.run("2023-09", sites: [site]),
                try Ground.run("2023-10", sites: [site], coverage: ["A": Ground.seen(count, last: last)]),
                try Ground.run("2023-11", [Ground.task("t", at: "A", ground)], sites: [site]),
                try Ground.run("2023-12", sites: [site]),
            ], sites: [site], settings: complete)
        #expect(evaluation.delayClearObservations.median == delay)
        #expect(evaluation.delayDays.median == Double(Ground.day("2023-11-30").days(since: Ground.day(begun))))
        #expect(
            evaluation.recallInsideWithinTwoClear
                == (delay.map { Proportion($0 <= 2 ? 1 : 0, of: 1) } ?? Proportion(0, of: 0)))
    }

    @Test func periodsThatOverlapCountTheirDaysOnce() throws {
        let months = try ["2023-10", "2023-09", "2023-09-15/2023-10-15", "2023-12"].map { try Period($0) }
        #expect(TruthScorer.days(of: months) == 30 + 31 + 31)
        let site = try site()
        let evaluation = try Evaluation(
            truth: Ground.truth([Ground.disturbed(try Ground.box(50, 50, 40, 40), from: "2023-09-10")]),
            runs: try ["2023-09", "2023-09-15/2023-10-15"].map { try Ground.run($0, sites: [site]) }, sites: [site],
            settings: complete)
        #expect(evaluation.remarks.contains { $0.contains("periods overlap") })
        #expect(evaluation.recallInsideWithinTwoClear.denominator == 0)
    }

    // MARK: Sites

    @Test func onlyInspectedSitesAreRankedUnlessTheTruthIsComplete() throws {
        let sites = try (0..<4).map { try Ground.site("S\($0)", number: $0) }
        let areas = [
            Ground.disturbed(try Ground.box(50, 50, 40, 40), row: 1),
            // More than half of a boundary, then less; on the day before the last run, then on its first day.
            Ground.undisturbed(try Ground.box(1000, 0, 110, 200), row: 2, inspected: "2023-09-01"),
            Ground.undisturbed(try Ground.box(2000, 0, 90, 200), row: 3, inspected: "2023-09-01"),
            Ground.undisturbed(try Ground.box(3000, 0, 200, 200), row: 4, inspected: "2023-08-31"),
        ]
        let task = Ground.task("t", at: "S1", try Ground.box(1020, 20, 30, 30), seen: "2023-08-30")
        let runs = [try Ground.run("2023-09", [task], sites: sites)]
        let open = try Evaluation(truth: Ground.truth(areas), runs: runs, sites: sites, settings: .init())
        #expect(open.ranking.sites == 2 && open.ranking.disturbed == 1 && open.ranking.listed == 1)
        #expect(open.ranking.averagePrecision.value == 0 && open.tasks.wrong == 1)
        let whole = try Evaluation(truth: Ground.truth(areas), runs: runs, sites: sites, settings: complete)
        #expect(whole.ranking.sites == 4 && whole.ranking.disturbed == 1)
    }

    @Test func aReviewedTaskListKnowsNoRecall() throws {
        let site = try site()
        let ground = try Ground.box(50, 50, 40, 40)
        var truth = Ground.truth([Ground.disturbed(ground), Ground.undisturbed(try Ground.box(0, 150, 40, 40))])
        truth.isTaskList = true
        let evaluation = try Evaluation(
            truth: truth, runs: [Ground.run("2023-09", [Ground.task("t", at: "A", ground)], sites: [site])],
            sites: [site], settings: .init())
        #expect(evaluation.recallInside.value == nil && evaluation.ranking.averagePrecision.value == nil)
        #expect(evaluation.precision == Proportion(1, of: 1))
    }

    // MARK: Invariants

    /// Twelve sites, four months, tasks on, beside and off the truth.
    private func invented() throws -> (areas: [TruthArea], runs: [PublishedRun], sites: [WatchedSite]) {
        let sites = try (0..<12).map { try Ground.site("S\($0)", number: $0) }
        var generator = SeededGenerator(seed: 7)
        func place(_ number: Int) throws -> Geometry {
            let x = Double(number) * 1000 + Double.random(in: 0...120, using: &generator)
            return try Ground.box(x, Double.random(in: 0...120, using: &generator), 40, 30)
        }
        let kinds = ["soil_exposed", "water", "built_or_paved"]
        let areas = try (0..<8).map { number in
            Ground.disturbed(
                try place(number), row: number + 1, from: number % 3 == 0 ? nil : "2023-\(9 + number % 4)-01".padded,
                kind: kinds[number % 3])
        }
        let months = try (9...12).map { month in
            var tasks: [PublishedRun.Task] = []
            for number in 0..<12 where (number + month) % 3 > 0 {
                let isOn = number < 8 && number % 4 != 1
                tasks.append(
                    Ground.task(
                        "t\(number)", at: "S\(number)", isOn ? areas[number].geometry : try place(number),
                        rank: (number * 7 + month) % 12 + 1, status: month > 10 ? .confirmed : .first,
                        kind: kinds[(number + month) % 3], probability: Double(number * 8 % 11) / 11))
            }
            return try Ground.run("2023-\(month)".padded, tasks, sites: sites)
        }
        return (areas, months, sites)
    }

    @Test func theOrderOfTheInputChangesNothing() throws {
        let (areas, runs, sites) = try invented()
        let expected = try Evaluation(truth: Ground.truth(areas), runs: runs, sites: sites, settings: complete).json()
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<3 {
            let shuffled = runs.map { run in
                var run = run
                run.tasks.shuffle(using: &generator)
                return run
            }
            let again = try Evaluation(
                truth: Ground.truth(areas.shuffled(using: &generator)), runs: shuffled.shuffled(using: &generator),
                sites: sites.shuffled(using: &generator), settings: complete)
            #expect(try again.json() == expected)
        }
    }

    @Test func aFigureLiesInItsInterval() throws {
        let (areas, runs, sites) = try invented()
        let evaluation = try Evaluation(truth: Ground.truth(areas), runs: runs, sites: sites, settings: complete)
        for share in [evaluation.recallInside, evaluation.precision, evaluation.precisionConfirmed] {
            let (value, interval) = (try #require(share.value), try #require(share.interval))
            #expect(interval.lower <= value && value <= interval.upper && share.numerator <= share.denominator)
        }
        let (f1, interval) = (
            try #require(evaluation.kinds.macroF1.value), try #require(evaluation.kinds.macroF1.interval)
        )
        #expect(interval.lower < f1 && f1 < interval.upper)
        #expect(evaluation.text.contains("Recall inside boundaries"))
    }

    @Test func withoutRunsThereIsNothingToScore() throws {
        let site = try site()
        let truth = Ground.truth([Ground.disturbed(site.zone)])
        #expect(throws: GeospatialError.self) {
            try Evaluation(truth: truth, runs: [], sites: [site], settings: .init())
        }
    }
}

extension String {
    /// Months of one digit as two: `2023-9-01` as `2023-09-01`.
    fileprivate var padded: String {
        split(separator: "-").map { $0.count == 1 ? "0\($0)" : String($0) }.joined(separator: "-")
    }
}
