import Foundation
import Geospatial
import Testing

@testable import Disturbance

@Suite struct ReviewImportTests {
    /// A register with one run of three tasks, and an analyst's copy of its list.
    private final class Case {
        let folder: RegisterFolder
        let tasks: [InspectionTask]
        var copy: String { folder.path + "/review.gpkg" }

        init() throws {
            folder = try RegisterFolder()
            let findings = try (0..<3).map { index in
                try RegisterFixtures.finding(
                    "f\(index)", RegisterFixtures.square(Double(index) * 2, 0), log: "2019-06-20a",
                    magnitude: Double(index + 4))
            }
            tasks = findings.enumerated().map { index, finding in
                RegisterFixtures.task(finding, site: "S\(index)", rank: index + 1)
            }
            _ = try Register.publish(
                run: RegisterFixtures.run("2019-06", findings, tasks: tasks), to: folder.register)
            try TaskLayer.write(tasks: tasks, sites: [], findings: [], period: Period("2019-06"), to: copy)
        }

        /// Writes into the copy, as an analyst would.
        func edit(_ task: Int, _ fields: FieldValues) throws {
            let dataset = try VectorDataset.open(copy, drivers: [.geoPackage], access: .update)
            let layer = try dataset.layer(named: "tasks")
            let row = try #require(layer.features(where: "task_id = '\(tasks[task].id)'").first)
            try layer.update(Feature(id: row.id, fields: fields))
            try dataset.close()
        }

        func join(replacing: Bool = false) throws -> ReviewImport.Review {
            let sheet = try ReviewImport.read(copy)
            let needed = ReviewImport.join(
                sheet, with: try Register.state(reviewedIn: sheet, from: folder.register), replacing: replacing)
            let all = ReviewImport.join(sheet, with: try Register.load(from: folder.register), replacing: replacing)
            #expect(needed.verdicts == all.verdicts && needed.unchangedCount == all.unchangedCount)
            #expect(needed.conflicts == all.conflicts && needed.blankCount == all.blankCount)
            return needed
        }

        func publish(replacing: Bool = false) throws -> Int {
            try Register.publish(verdicts: try join(replacing: replacing).verdicts, to: folder.register)
        }
    }

    @Test func verdictsAreJoinedByTaskIdAndASecondImportAddsNothing() throws {
        let review = try Case()
        try review.edit(
            0, ["verdict": "damage", "verdict_note": " two pits ", "reviewer": "N. A.", "reviewed_on": "2019-07-02"])
        try review.edit(2, ["verdict": "no_change"])
        let before = try Data(contentsOf: URL(fileURLWithPath: review.copy))
        let joined = try review.join()
        #expect(joined.conflicts == [] && joined.blankCount == 1 && joined.unchangedCount == 0)
        #expect(try Register.publish(verdicts: joined.verdicts, to: review.folder.register) == 2)
        #expect(try Data(contentsOf: URL(fileURLWithPath: review.copy)) == before)

        let kept = try Register.load(from: review.folder.register).verdicts
        #expect(kept.map(\.sequence) == [1, 2])
        #expect(kept.map(\.verdict) == [.damage, .noChange])
        #expect(kept[0].taskID == review.tasks[0].id && kept[0].findingID == "f0" && kept[0].siteID == "S0")
        #expect(kept[0].note == "two pits" && kept[0].reviewer == "N. A." && kept[0].reviewedOn == Day("2019-07-02"))
        #expect(kept[0].runLabel == "2019-06" && kept[0].magnitude == 4 && kept[1].magnitude == 6)
        #expect(kept[0].sourceSHA256 == (try FileDigest(ofFileAt: review.copy).sha256))
        #expect(kept[1].reviewedOn == nil && kept[1].note == "")

        let register = try Data(contentsOf: URL(fileURLWithPath: review.folder.register))
        let again = try review.join()
        #expect(again.verdicts == [] && again.unchangedCount == 2 && again.conflicts == [])
        #expect(try Register.publish(verdicts: again.verdicts, to: review.folder.register) == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: review.folder.register)) == register)
        // Running the month again keeps them.
        #expect(
            try Register.publish(
                run: RegisterFixtures.run("2019-06", review.tasks.map(\.finding), tasks: review.tasks),
                to: review.folder.register) == .unchanged)
    }

    @Test func aVerdictThatContradictsTheRegisterIsAConflictAndTheRestGoesIn() throws {
        let review = try Case()
        try review.edit(0, ["verdict": "damage", "reviewer": "N", "reviewed_on": "2019-07-02"])
        #expect(try review.publish() == 1)
        try review.edit(0, ["verdict": "no_change", "reviewer": "M"])
        try review.edit(1, ["verdict": "unsure"])
        let joined = try review.join()
        #expect(joined.verdicts.map(\.taskID) == [review.tasks[1].id])
        #expect(joined.conflicts.map(\.taskID) == [review.tasks[0].id])
        #expect(
            joined.conflicts[0].message.contains("'no_change' here, but the register holds 'damage' by N on 2019-07-02")
        )
        // On demand the new one holds, and both stay on record.
        #expect(try review.publish(replacing: true) == 2)
        #expect(
            try Register.load(from: review.folder.register).verdicts.map(\.verdict) == [.damage, .noChange, .unsure])
    }

    @Test func aSecondReviewerWhoAgreesIsKeptBesideTheFirst() throws {
        let review = try Case()
        try review.edit(0, ["verdict": "damage", "reviewer": "N"])
        _ = try review.publish()
        try review.edit(0, ["reviewer": "M"])
        #expect(try review.join().conflicts == [])
        #expect(try review.publish() == 1)
        #expect(try Register.load(from: review.folder.register).verdicts.map(\.reviewer) == ["N", "M"])
    }

    @Test func everyMistakeIsNamedWithItsMend() throws {
        let review = try Case()
        try review.edit(0, ["verdict": "looted"])
        try review.edit(1, ["verdict_note": "I forgot the verdict"])
        try review.edit(2, ["verdict": "damage", "task_id": "00000000-0000-8000-8000-000000000000"])
        let joined = try review.join()
        #expect(joined.verdicts == [])
        let messages = joined.conflicts.map(\.message)
        #expect(messages.count == 3)
        #expect(
            messages[0].contains(
                "'looted', which is unknown. Choose one of damage, change_no_damage, no_change, unsure"))
        #expect(messages[1].contains("but no verdict. Choose one of"))
        #expect(messages[2].contains("is in no run of the register. Give the task list of a run"))
        #expect(joined.conflicts[2].taskID == "00000000-0000-8000-8000-000000000000")
    }

    /// The register of ten years is not read for the list of a month.
    @Test func onlyRunsThatTheListNeedsAreRead() throws {
        let review = try Case()
        for label in ["2019-05", "2019-07"] {
            let finding = try RegisterFixtures.finding(
                "f-\(label)", RegisterFixtures.square(20, 0), log: "\(label)-20a", magnitude: 5)
            let task = RegisterFixtures.task(finding, site: "S9", rank: 1)
            _ = try Register.publish(
                run: RegisterFixtures.run(label, [finding], tasks: [task]), to: review.folder.register)
        }
        try review.edit(1, ["verdict": "damage"])
        #expect(try review.join().verdicts.map(\.taskID) == [review.tasks[1].id])
        let dataset = try VectorDataset.open(review.folder.register, drivers: [.geoPackage], access: .update)
        for label in ["2019-05", "2019-07"] {
            try dataset.execute(sql: "UPDATE findings SET magnitude = 6 WHERE run_label = '\(label)'")
        }
        try dataset.close()
        #expect(throws: RegisterError.self) { try Register.load(from: review.folder.register) }
        let sheet = try ReviewImport.read(review.copy)
        let state = try Register.state(reviewedIn: sheet, from: review.folder.register)
        #expect(state.runs.map(\.label) == ["2019-06"])
        #expect(ReviewImport.join(sheet, with: state).verdicts.map(\.taskID) == [review.tasks[1].id])
    }

    @Test func aTaskThatStandsTwiceIsNotTaken() throws {
        let review = try Case()
        try review.edit(0, ["verdict": "damage"])
        try review.edit(1, ["verdict": "no_change", "task_id": .text(review.tasks[0].id)])
        try review.edit(2, ["verdict": "no_change"])
        let joined = try review.join()
        #expect(joined.conflicts.count == 2)
        #expect(joined.conflicts.allSatisfy { $0.message.contains("stands in the file 2 times. Keep one") })
        #expect(joined.verdicts.map(\.taskID) == [review.tasks[2].id])
    }

    @Test func aListOfARunThatWasMadeAgainIsRefused() throws {
        let review = try Case()
        try review.edit(0, ["verdict": "damage"])
        _ = try Register.publish(
            run: RegisterFixtures.run("2019-07", review.tasks.map(\.finding), tasks: review.tasks),
            to: review.folder.register)
        _ = try Register.publish(run: RegisterFixtures.run("2019-06", []), to: review.folder.register)
        let joined = try review.join()
        #expect(joined.verdicts == [])
        #expect(joined.conflicts.first?.message.contains("is not in the run 2019-06 of the register") == true)
    }

    @Test func laterRunsMayBeJudgedDifferently() throws {
        let review = try Case()
        try review.edit(0, ["verdict": "no_change"])
        _ = try review.publish()
        _ = try Register.publish(
            run: RegisterFixtures.run("2019-07", review.tasks.map(\.finding), tasks: review.tasks),
            to: review.folder.register)
        try review.edit(
            0, ["verdict": "damage", "period_start": "2019-07-01", "period_end": "2019-07-31"])
        #expect(try review.join().conflicts == [])
        #expect(try review.publish() == 1)
        #expect(
            try Register.load(from: review.folder.register).verdicts.map(\.runLabel) == ["2019-06", "2019-07"])
    }

    @Test func geoJSONIsReadToo() throws {
        let review = try Case()
        let path = review.folder.path + "/review.geojson"
        let text = """
            {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {
            "task_id": "\(review.tasks[1].id)", "verdict": "not_visited", "reviewed_on": "2019-07-03"},
            "geometry": null}]}
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let joined = ReviewImport.join(
            try ReviewImport.read(path), with: try Register.load(from: review.folder.register))
        #expect(joined.conflicts == [])
        #expect(joined.verdicts.map(\.verdict) == [.notVisited] && joined.verdicts[0].runLabel == "2019-06")
        #expect(joined.verdicts[0].reviewedOn == Day("2019-07-03"))
    }

    @Test func whatIsNoTaskListIsRefused() throws {
        let folder = try RegisterFolder()
        let garbage = folder.path + "/tasks.gpkg"
        try Data("garbage".utf8).write(to: URL(fileURLWithPath: garbage))
        let other = folder.path + "/other.geojson"
        try """
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, "geometry": null}]}
        """.write(toFile: other, atomically: true, encoding: .utf8)
        for (path, part) in [
            (garbage, "Give a copy of tasks.gpkg"), (folder.path + "/none.gpkg", "there is no such file"),
            (other, "has no field task_id and verdict: it is no task list"),
        ] {
            do {
                _ = try ReviewImport.read(path)
                Issue.record("\(path) was read")
            } catch {
                #expect("\(error)".hasPrefix(path) && "\(error)".contains(part), "\(error)")
            }
        }
    }
}

@Suite struct DismissalTests {
    private func finding(_ id: String, magnitude: Double) throws -> Finding {
        try RegisterFixtures.finding(id, RegisterFixtures.square(0, 0), log: "2019-06-20a", magnitude: magnitude)
    }

    private func verdict(
        _ verdict: Verdict, finding: String, site: String = "S1", run: String = "2019-06", sequence: Int = 1
    ) -> VerdictRecord {
        VerdictRecord(
            taskID: "t", findingID: finding, siteID: site, runLabel: run, verdict: verdict, note: "", reviewer: "N",
            reviewedOn: Day("2019-07-02"), magnitude: 4, sourceSHA256: "", sequence: sequence)
    }

    private func state(_ verdicts: [VerdictRecord]) throws -> RegisterState {
        RegisterState(
            runs: [
                try RegisterFixtures.run("2019-06", [finding("a", magnitude: 4)]),
                try RegisterFixtures.run("2019-07", [finding("a", magnitude: 4)]),
            ], verdicts: verdicts)
    }

    private func listed(
        _ state: RegisterState, _ tasks: [InspectionTask], findings: [RegisteredFinding] = [],
        period: String = "2019-08"
    ) throws -> [String] {
        EarlierVerdicts(of: state).withoutDismissed(
            tasks, findings: findings, period: try Period(period), strengthFactor: 2
        )
        .tasks.map { "\($0.rank) \($0.finding.id) \($0.siteID)" }
    }

    @Test(arguments: [
        (Verdict.noChange, 7.99, false), (.noChange, 8, true), (.changeWithoutDamage, 4, false),
        (.changeWithoutDamage, 9, true), (.damage, 4, true), (.unsure, 4, true), (.notVisited, 4, true),
    ])
    func dismissedTasksComeBackOnlyTwiceAsStrong(code: Verdict, magnitude: Double, isListed: Bool) throws {
        let state = try state([verdict(code, finding: "a")])
        let task = RegisterFixtures.task(try finding("a", magnitude: magnitude), site: "S1")
        #expect(try listed(state, [task]).isEmpty == !isListed)
    }

    @Test func theOthersMoveUpAndTheDismissedAreCountedWithTheirReason() throws {
        let state = try state([verdict(.noChange, finding: "a")])
        let tasks = [
            RegisterFixtures.task(try finding("a", magnitude: 4), site: "S1", rank: 1),
            RegisterFixtures.task(try finding("b", magnitude: 4), site: "S1", rank: 2),
            // The same disturbance at another site was never judged.
            RegisterFixtures.task(try finding("a", magnitude: 4), site: "S2", rank: 3),
        ]
        #expect(try listed(state, tasks) == ["1 b S1", "2 a S2"])
        let reviewed = EarlierVerdicts(of: state).withoutDismissed(
            tasks, findings: [], period: try Period("2019-08"), strengthFactor: 2)
        #expect(reviewed.dismissed.map(\.task.siteID) == ["S1"])
        #expect(
            reviewed.dismissed[0].reason
                == "dismissed in the review of 2019-06 (no_change, N, 2019-07-02); repeated from magnitude 8.0 on")
        #expect(reviewed.registered.map(\.rank) == [1, 2, 0])
        #expect(reviewed.registered.map { $0.suppression != nil } == [false, false, true])
    }

    @Test func theLastVerdictHolds() throws {
        let task = RegisterFixtures.task(try finding("a", magnitude: 4), site: "S1")
        let damage = verdict(.damage, finding: "a", run: "2019-07", sequence: 2)
        #expect(try listed(state([verdict(.noChange, finding: "a"), damage]), [task]).count == 1)
        // A run made again before the later verdict knows only the earlier.
        #expect(try listed(state([verdict(.noChange, finding: "a"), damage]), [task], period: "2019-06").count == 0)
        #expect(try listed(state([damage]), [task], period: "2019-06").count == 1)
    }

    @Test func aPartOfADismissedDisturbanceIsDismissedWithIt() throws {
        let state = try state([verdict(.noChange, finding: "a")])
        let part = try finding("part", magnitude: 4)
        let records = [RegisteredFinding(finding: part, splitFrom: "a")]
        #expect(try listed(state, [RegisterFixtures.task(part, site: "S1")], findings: records) == [])
        #expect(try listed(state, [RegisterFixtures.task(part, site: "S1")]).count == 1)
    }
}

extension EarlierVerdicts {
    /// From a register that is in memory as a whole.
    fileprivate init(of state: RegisterState) {
        var origins: [String: String] = [:]
        for record in state.runs.flatMap(\.findings) { origins[record.finding.id] = record.splitFrom }
        self.init(
            verdicts: state.verdicts, origins: origins,
            runEnds: Dictionary(uniqueKeysWithValues: state.runs.map { ($0.label, $0.period.end) }))
    }
}
