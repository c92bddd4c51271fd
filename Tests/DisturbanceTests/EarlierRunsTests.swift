import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// What a run reads of a register against what stands in all of it.
@Suite struct EarlierRunsTests {
    private func record(_ id: String, _ status: FindingStatus = .first, splitFrom: String? = nil) throws
        -> RegisteredFinding
    {
        RegisteredFinding(
            finding: try RegisterFixtures.finding(
                id, RegisterFixtures.square(Double(id.utf8.first ?? 0) - 97, 0), log: "2019-06-20a", status: status),
            splitFrom: splitFrom)
    }

    private func run(_ period: String, _ findings: [RegisteredFinding]) throws -> RunRecord {
        RunRecord(
            period: try Period(period), configurationSHA256: "abc", findings: findings,
            tasks: findings.map { RegisteredTask(RegisterFixtures.task($0.finding, site: "S1", rank: 1)) })
    }

    private func described(_ records: [RegisteredFinding]) -> [String] {
        records.map { "\($0.finding.id) \($0.finding.status) \($0.splitFrom ?? "-")" }
    }

    /// Runs published in an order, of which some are made again.
    private static let histories: [[(String, String)]] = [
        [("2019-06", "ab"), ("2019-07", "aBc"), ("2019-08", "acd")],
        // Each found nothing of what the one before left.
        [("2019-06", "ab"), ("2019-07", "c"), ("2019-08", "d")],
        [("2019-08", "d"), ("2019-06", "ab"), ("2019-07", "abc")],
        [("2019-06", "ab"), ("2019-07", "abc"), ("2019-08", "ABC"), ("2019-06", "ax"), ("2019-07", "aXb")],
        // A period made again that gives the same, from runs that are others now.
        [("2019-06", "ab"), ("2019-07", "ab"), ("2019-08", "abc"), ("2019-06", "A"), ("2019-08", "abc")],
        [("2019-06", "ab"), ("2019-06-15/2019-07-14", "xa"), ("2019-07", "ab"), ("2019-08", "b")],
        [("2019-05-01/2019-07-31", "z"), ("2019-06", "ab"), ("2019-07", "abc"), ("2019-08", "abcz")],
        [],
    ]

    /// Lower-case letters are open findings, capitals the same finished.
    private func findings(_ letters: String) throws -> [RegisteredFinding] {
        try letters.map { try record($0.lowercased(), $0.isUppercase ? .finished : .first) }
    }

    @Test(arguments: histories.indices, [true, false])
    func theSameIsOpenAsInTheWholeRegister(history: Int, isInPlace: Bool) throws {
        let folder = try RegisterFolder()
        for (period, letters) in Self.histories[history] {
            try Register.$copiedBytes.withValue(isInPlace ? 0 : Register.copiedBytes) {
                _ = try Register.publish(run: run(period, findings(letters)), to: folder.register)
            }
        }
        let all = try Register.load(from: folder.register)
        for period in ["2019-05", "2019-06", "2019-07", "2019-08", "2019-09", "2019-07-10/2019-08-09"] {
            let period = try Period(period)
            let earlier = try Register.earlierRuns(before: period, in: folder.register)
            #expect(
                described(earlier.open) == described(all.openFindings(before: period).filter(\.isOpen)), "\(period)")
            #expect(earlier.runs.map(\.label) == all.runs.filter { $0.period.end < period.start }.map(\.label))
        }
    }

    @Test func oneRunIsReadWhereEachStartedFromTheOneBefore() throws {
        let folder = try RegisterFolder()
        let months = (1...9).map { "2019-0\($0)" }
        for (number, month) in months.enumerated() {
            _ = try Register.publish(run: run(month, findings("ab" + (number > 4 ? "C" : "c"))), to: folder.register)
        }
        let runs = try Register.reading(folder.register) { try $0?.runs() ?? [] }
        #expect(runs.leavingOpen(before: try Period("2019-10")).map(\.label) == ["2019-09"])
        // January again, with something that no later run knows.
        _ = try Register.publish(run: run("2019-01", findings("abcd")), to: folder.register)
        let after = try Register.reading(folder.register) { try $0?.runs() ?? [] }
        #expect(after.leavingOpen(before: try Period("2019-10")).map(\.label) == months)
        #expect(
            described(try Register.earlierRuns(before: try Period("2019-10"), in: folder.register).open)
                == ["a first -", "b first -", "d first -"])
    }

    @Test func anOldRegisterIsBroughtUpToDateByTheFirstRunThatWrites() throws {
        let fixture = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/register-1.gpkg").standardized.path()
        let folder = try RegisterFolder()
        try FileManager.default.copyItem(atPath: fixture, toPath: folder.register)
        #expect(try Register.check(folder.register)?.formatVersion == 1)
        let before = try Register.load(from: folder.register)
        _ = try Register.publish(run: run("2019-08", findings("b")), to: folder.register)
        #expect(try Register.check(folder.register)?.formatVersion == 3)
        let after = try Register.load(from: folder.register)
        #expect(after.runs.dropLast().map(\.contentSHA256) == before.runs.map(\.contentSHA256))
        #expect(after.verdicts == before.verdicts)
        let runs = try Register.reading(folder.register) { try $0?.runs() ?? [] }
        // In July's run of the kept example b is missing, which June's had left open.
        #expect(runs.map { $0.carriedSHA256 != nil } == [true, false, true])
    }

    @Test func verdictsOfWhatAFindingWasSplitFromAreFoundWhereverTheyStand() throws {
        let folder = try RegisterFolder()
        let periods = ["2019-06", "2019-07", "2019-08"]
        _ = try Register.publish(run: run(periods[0], [record("a"), record("x")]), to: folder.register)
        _ = try Register.publish(
            run: run(periods[1], [record("a", .finished), record("b", splitFrom: "a"), record("x")]),
            to: folder.register)
        _ = try Register.publish(
            run: run(periods[2], [record("b", .finished, splitFrom: "a"), record("c", splitFrom: "b"), record("x")]),
            to: folder.register)
        func verdict(_ id: String) -> VerdictRecord {
            VerdictRecord(
                taskID: "t", findingID: id, siteID: "S1", runLabel: "2019-06", verdict: .noChange, note: "",
                reviewer: "N", reviewedOn: nil, magnitude: 5, sourceSHA256: "", sequence: 0)
        }
        _ = try Register.publish(verdicts: [verdict("a"), verdict("y")], to: folder.register)
        let findings = [try record("c", splitFrom: "b"), try record("d", splitFrom: "c"), try record("x")]
        let tasks = findings.map { RegisterFixtures.task($0.finding, site: "S1", rank: 1) }
        let found = try Register.verdicts(on: tasks, findings: findings, in: folder.register)
        #expect(found.verdicts.map(\.findingID) == ["a"])
        let reviewed = found.withoutDismissed(
            tasks, findings: findings, period: try Period("2019-09"), strengthFactor: 2)
        #expect(reviewed.tasks.map(\.finding.id) == ["x"])
        #expect(reviewed.dismissed.map(\.task.finding.id) == ["c", "d"])
    }

    @Test func theLastRunThatSawAFindingIsNamed() throws {
        let folder = try RegisterFolder()
        for (period, letters) in [("2019-06", "ab"), ("2019-06-15/2019-07-14", "b"), ("2019-08", "ab")] {
            _ = try Register.publish(run: run(period, findings(letters)), to: folder.register)
        }
        let day = try #require(Day("2019-06-20"))
        let seen = try Register.runs(
            thatSaw: ["a": day, "b": day, "c": day], before: try Period("2019-09"), in: folder.register)
        #expect(seen == ["a": "2019-06", "b": "2019-06-15_2019-07-14"])
    }

    // MARK: A register too large to be copied

    private func bytes(_ path: String) throws -> [UInt8] { try WholeFile.read(path) }

    @Test func aRegisterChangedInPlaceIsTheSameFile() throws {
        let folders = [try RegisterFolder(), try RegisterFolder()]
        for (folder, limit) in zip(folders, [0, Register.copiedBytes]) {
            for (period, letters) in Self.histories[3] {
                try Register.$copiedBytes.withValue(limit) {
                    _ = try Register.publish(run: run(period, findings(letters)), to: folder.register)
                }
            }
        }
        let whole = try folders.map { try Register.load(from: $0.register) }
        #expect(whole[0].runs.map(\.contentSHA256) == whole[1].runs.map(\.contentSHA256))
        #expect(try folders[0].names() == ["register.gpkg"])
        // SQLite counts transactions and writes its version into the first page.
        #expect(try bytes(folders[0].register).dropFirst(4096) == bytes(folders[1].register).dropFirst(4096))
    }

    @Test func aChangeInPlaceThatFailsLeavesTheRegister() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", findings("ab")), to: folder.register)
        let before = try bytes(folder.register)
        var broken = try run("2019-07", findings("ab"))
        broken.findings[1].finding.magnitude = .nan
        Register.$copiedBytes.withValue(0) {
            #expect(throws: (any Error).self) { try Register.publish(run: broken, to: folder.register) }
        }
        #expect(try bytes(folder.register) == before)
        #expect(try folder.names() == ["register.gpkg"])
    }

    /// What a process leaves that is stopped while its transaction is written: pages of the new state, and the journal
    /// that the old ones are in.
    @Test func whatAStoppedChangeLeftIsTakenBack() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", findings("ab")), to: folder.register)
        let before = try bytes(folder.register)
        let other = folder.path + "/other.gpkg"
        let dataset = try VectorDataset.open(folder.register, drivers: [.geoPackage], access: .update)
        // One page of cache: most is written before the end.
        try dataset.execute(sql: "PRAGMA cache_size = 1")
        try dataset.execute(sql: "BEGIN")
        try dataset.execute(
            sql: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                + "INSERT INTO verdicts (run_label, note) SELECT 'x', hex(randomblob(200)) FROM n")
        for end in ["", "-journal"] {
            try FileManager.default.copyItem(atPath: folder.register + end, toPath: other + end)
        }
        try dataset.execute(sql: "ROLLBACK")
        try dataset.close()
        #expect(try bytes(other) != before)
        let labels = try Register.$copiedBytes.withValue(0) { try Register.load(from: other).runs.map(\.label) }
        #expect(labels == ["2019-06"])
        #expect(try bytes(other) == before)
        #expect(try folder.names() == ["other.gpkg", "register.gpkg"])
    }
}
