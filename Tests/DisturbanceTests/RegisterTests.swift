import Foundation
import Geospatial
import Testing

@testable import Disturbance

@Suite struct RegisterTests {
    private func run(_ period: String, _ ids: [String], status: FindingStatus = .first) throws -> RunRecord {
        let findings = try ids.enumerated().map { index, id in
            try RegisterFixtures.finding(
                id, RegisterFixtures.square(Double(index) * 2, 0), log: "2019-06-20a 2019-06-25n", status: status)
        }
        return try RegisterFixtures.run(
            period, findings, tasks: findings.map { RegisterFixtures.task($0, site: "S1") })
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func aRegisterThatDoesNotExistIsEmptyAndIsNotMade() throws {
        let folder = try RegisterFolder()
        let state = try Register.load(from: folder.register)
        #expect(state.runs.isEmpty && state.verdicts.isEmpty)
        #expect(try folder.names() == [])
    }

    @Test func everythingComesBackAsItWasWritten() throws {
        let folder = try RegisterFolder()
        let hole = try RegisterFixtures.square(0, 0, width: 3).difference(RegisterFixtures.square(1, 0.2, height: 0.5))
        var split = RegisteredFinding(
            finding: RegisterFixtures.finding("b", hole, log: "2019-06-20a", magnitude: 1.0 / 3), splitFrom: "a")
        split.finding.kind = .vegetationGained
        split.finding.method = .pair
        let merged = RegisteredFinding(
            finding: try RegisterFixtures.finding(
                "a", RegisterFixtures.square(8, 0), log: "2019-06-20a 2019-06-25n 2019-06-30n", status: .finished),
            mergedInto: "b")
        let task = RegisterFixtures.task(split.finding, site: "S1", rank: 1)
        let dismissed = RegisterFixtures.task(split.finding, site: "S2", rank: 2)
        let run = RunRecord(
            period: try Period("2019-06-03/2019-07-02"), configurationSHA256: "abc", findings: [split, merged],
            tasks: [RegisteredTask(dismissed, suppression: "dismissed, it's said"), RegisteredTask(task)])
        #expect(try Register.publish(run: run, to: folder.register) == .added(laterRuns: []))
        #expect(try folder.names() == ["register.gpkg"])

        let state = try Register.load(from: folder.register)
        let read = try #require(state.run(labelled: "2019-06-03_2019-07-02"))
        #expect(read.contentSHA256 == run.contentSHA256)
        #expect(read.period == run.period && read.configurationSHA256 == "abc")
        #expect(read.tasks.map(\.id) == run.tasks.map(\.id) && read.tasks[0].bufferSquareMetres == 0.333333333333333)
        #expect(read.tasks.map(\.rank) == [1, 0])
        #expect(read.tasks[1].suppression == "dismissed, it's said")
        #expect(read.findings.map(\.finding.id) == ["a", "b"])
        #expect(read.findings[0].mergedInto == "b" && read.findings[1].splitFrom == "a")
        let finding = read.findings[1].finding
        #expect(finding.magnitude == 0.333333333333333 && finding.firstAreaSquareMetres == 0.3)
        #expect(finding.kind == .vegetationGained && finding.method == .pair && finding.status == .first)
        #expect(
            finding.log == split.finding.log && abs(finding.areaSquareMetres - split.finding.areaSquareMetres) < 1e-6)
        #expect(try finding.geometry.equals(hole))
    }

    @Test func publishingTheSameRunAgainTouchesNothing() throws {
        let folder = try RegisterFolder()
        let june = try run("2019-06", ["a", "b"])
        _ = try Register.publish(run: june, to: folder.register)
        let old = Date(timeIntervalSince1970: 1_000_000_000)
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: folder.register)
        let before = try bytes(folder.register)
        #expect(try Register.publish(run: june, to: folder.register) == .unchanged)
        #expect(try bytes(folder.register) == before)
        let date = try FileManager.default.attributesOfItem(atPath: folder.register)[.modificationDate] as? Date
        #expect(date == old)
        #expect(try folder.names() == ["register.gpkg"])
    }

    @Test func readingChangesNothing() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        let before = try bytes(folder.register)
        _ = try Register.load(from: folder.register)
        #expect(try bytes(folder.register) == before)
        #expect(try folder.names() == ["register.gpkg"])
    }

    @Test func theSameRunsGiveTheSameBytes() throws {
        let first = try RegisterFolder()
        let second = try RegisterFolder()
        for folder in [first, second] {
            _ = try Register.publish(run: run("2019-06", ["a", "b"]), to: folder.register)
            _ = try Register.publish(run: run("2019-07", ["a"]), to: folder.register)
            _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        }
        #expect(try bytes(first.register) == bytes(second.register))
    }

    @Test func aPeriodThatChangedIsReplacedAndLaterRunsAreNamed() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", ["a", "b"]), to: folder.register)
        _ = try Register.publish(run: run("2019-07", ["a", "b"]), to: folder.register)
        _ = try Register.publish(run: run("2019-08", ["b"]), to: folder.register)
        let july = try #require(Register.load(from: folder.register).run(labelled: "2019-07")).contentSHA256
        let outcome = try Register.publish(run: run("2019-06", ["c"]), to: folder.register)
        #expect(outcome == .replaced(laterRuns: ["2019-07", "2019-08"]))
        let state = try Register.load(from: folder.register)
        #expect(state.runs.map(\.label) == ["2019-06", "2019-07", "2019-08"])
        #expect(state.runs[0].findings.map(\.finding.id) == ["c"])
        #expect(state.runs[1].contentSHA256 == july)
    }

    @Test func aMonthSeesOnlyWhatEndedBeforeIt() throws {
        let states = RegisterState(runs: [
            try run("2019-08", ["a", "d"], status: .confirmed), try run("2019-06", ["a", "b"]),
            try run("2019-07", ["a"], status: .finished),
        ])
        func open(_ period: String) throws -> [String] {
            states.openFindings(before: try Period(period)).map { "\($0.finding.id) \($0.finding.status)" }
        }
        #expect(try open("2019-06") == [])
        #expect(try open("2019-07") == ["a first", "b first"])
        #expect(try open("2019-08") == ["a finished", "b first"])
        #expect(try open("2019-09") == ["a confirmed", "b first", "d confirmed"])
        // A period that overlaps a run has not seen it end.
        #expect(try open("2019-07-15/2019-08-14") == ["a first", "b first"])
    }

    @Test func aRunWithoutFindingsIsKeptToo() throws {
        let folder = try RegisterFolder()
        #expect(try Register.publish(run: run("2019-06", []), to: folder.register) == .added(laterRuns: []))
        #expect(try Register.publish(run: run("2019-06", []), to: folder.register) == .unchanged)
        #expect(try Register.load(from: folder.register).runs.map(\.label) == ["2019-06"])
    }

    @Test func siteNamesThatMeanHarmAreTextAndNothingElse() throws {
        let folder = try RegisterFolder()
        let finding = try RegisterFixtures.finding("a", RegisterFixtures.square(0, 0), log: "2019-06-20a")
        let tasks = RegisterFixtures.hostileNames.enumerated().map { index, name in
            RegisterFixtures.task(finding, site: name, name: name, rank: index + 1)
        }
        let run = try RegisterFixtures.run("2019-06", [finding], tasks: tasks)
        _ = try Register.publish(run: run, to: folder.register)
        let read = try #require(Register.load(from: folder.register).run(labelled: "2019-06"))
        #expect(read.tasks.map(\.siteName) == RegisterFixtures.hostileNames)
        #expect(read.tasks.map(\.siteID) == RegisterFixtures.hostileNames)
    }

    /// `Tests/Fixtures/register-3.gpkg`, like its predecessors of formats 1 and 2, was written by this test with
    /// `SITEWARDEN_WRITE_FIXTURES=1`, by GDAL 3.6.2.
    @Test(arguments: ["register-1.gpkg", "register-2.gpkg", "register-3.gpkg"])
    func aRegisterOfEachFormatIsRead(name: String) throws {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/\(name)").standardized.path
        if name == "register-3.gpkg", ProcessInfo.processInfo.environment["SITEWARDEN_WRITE_FIXTURES"] != nil {
            let june = try run("2019-06", ["a", "b"])
            _ = try Register.publish(run: june, to: fixture)
            _ = try Register.publish(run: run("2019-07", ["a"], status: .finished), to: fixture)
            let verdict = VerdictRecord(
                taskID: june.tasks[0].id, findingID: june.tasks[0].findingID, siteID: "S1", runLabel: "2019-06",
                verdict: .changeWithoutDamage, note: "ploughed", reviewer: "N", reviewedOn: Day("2019-07-02"),
                magnitude: 5, sourceSHA256: "0", sequence: 0)
            _ = try Register.publish(verdicts: [verdict], to: fixture)
        }
        let state = try Register.load(from: fixture)
        #expect(state.runs.map(\.label) == ["2019-06", "2019-07"])
        #expect(state.runs.map { $0.findings.map(\.finding.id) } == [["a", "b"], ["a"]])
        #expect(state.runs[1].findings[0].finding.status == .finished && state.runs[0].tasks.count == 2)
        #expect(state.verdicts.map(\.verdict) == [.changeWithoutDamage])
    }

    // MARK: What cannot be used

    private func message(of body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "no error"
    }

    @Test(arguments: [
        ("empty", Data()), ("text", Data("this is no database".utf8)),
        ("a truncated header", Data("SQLite format 3\0garbage".utf8)),
    ])
    func aFileThatIsNoGeoPackageIsRefusedAndLeftAlone(name: String, content: Data) throws {
        let folder = try RegisterFolder()
        try content.write(to: URL(fileURLWithPath: folder.register))
        for text in [
            message { _ = try Register.load(from: folder.register) },
            message { _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register) },
        ] {
            #expect(text.contains(folder.register) && text.contains("put back a copy"), "\(text)")
        }
        #expect(try bytes(folder.register) == content)
        #expect(try folder.names() == ["register.gpkg"])
    }

    @Test func aGeoPackageOfSomebodyElseIsRefused() throws {
        let folder = try RegisterFolder()
        let dataset = try VectorDataset.create(folder.register, driver: .geoPackage)
        _ = try dataset.createLayer(LayerDefinition(name: "roads", crs: .wgs84, kind: .line, fields: []))
        try dataset.close()
        let before = try bytes(folder.register)
        for text in [
            message { _ = try Register.load(from: folder.register) },
            message { _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register) },
        ] {
            #expect(text.contains("is no Sitewarden register: it holds the tables roads"), "\(text)")
        }
        #expect(try bytes(folder.register) == before)
    }

    @Test func aNewerFormatIsRefused() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        let dataset = try VectorDataset.open(folder.register, drivers: [.geoPackage], access: .update)
        try dataset.execute(sql: "UPDATE sitewarden_register SET format_version = 4")
        try dataset.close()
        let text = message { _ = try Register.load(from: folder.register) }
        #expect(text.contains("was written by a newer Sitewarden (format 4, this one reads up to 3)"), "\(text)")
    }

    @Test func rowsThatWereLostOrMakeNoSenseAreNoticed() throws {
        for (statement, expected) in [
            ("DELETE FROM findings WHERE finding_id = 'a'", "holds 1 findings and 2 tasks of 2019-06 where 2 and 2"),
            ("UPDATE findings SET status = 'great' WHERE finding_id = 'a'", "the field status makes no sense"),
            ("UPDATE findings SET magnitude = 9 WHERE finding_id = 'a'", "are not those that were written"),
            ("UPDATE tasks SET suppressed = 1, suppressed_reason = 'x'", "are not those that were written"),
            ("UPDATE findings SET first_seen = '2018-06-05' WHERE finding_id = 'a'", "the field first_seen makes no"),
            ("UPDATE findings SET last_seen = NULL WHERE finding_id = 'b'", "the field last_seen makes no sense"),
            ("UPDATE tasks SET suppressed_reason = 'x'", "the field suppressed_reason makes no sense"),
            ("UPDATE findings SET magnitude = NULL", "the field magnitude makes no sense"),
            ("UPDATE findings SET observations = 'x' WHERE finding_id = 'b'", "the field observations makes no sense"),
            ("UPDATE runs SET period_end = '2019-05-01'", "the field period_end makes no sense"),
            ("UPDATE runs SET period_end = '2019-05-01', period_start = '2019-04-03'", "the field run_label"),
            ("DROP TABLE verdicts", "verdicts"),
            ("UPDATE sitewarden_register SET format_version = 2", "its table verdicts has the field content_sha256"),
            ("ALTER TABLE verdicts DROP COLUMN content_sha256", "its table verdicts lacks the field content_sha256"),
        ] {
            let folder = try RegisterFolder()
            _ = try Register.publish(run: run("2019-06", ["a", "b"]), to: folder.register)
            let dataset = try VectorDataset.open(folder.register, drivers: [.geoPackage], access: .update)
            try dataset.execute(sql: statement)
            try dataset.close()
            let text = message { _ = try Register.load(from: folder.register) }
            #expect(text.contains(expected), "\(statement): \(text)")
        }
    }

    @Test func aFileCutShortIsNoticedWhereverItWasCut() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", (0..<200).map { "finding-\($0)" }), to: folder.register)
        let whole = try bytes(folder.register)
        for part in 1..<24 {
            try whole.prefix(whole.count * part / 24).write(to: URL(fileURLWithPath: folder.register))
            let text = message { _ = try Register.load(from: folder.register) }
            #expect(text.hasPrefix(folder.register), "cut at \(part)/24: \(text)")
        }
    }

    @Test func namesThatAreNoRegisterAreRefused() throws {
        #expect(message { _ = try Register.load(from: "register.txt") }.contains("ends in .gpkg"))
        #expect(message { _ = try Register.load(from: "") }.contains("ends in .gpkg"))
        let text = message { _ = try Register.load(from: "PG:host=nowhere password=secret") }
        #expect(text.contains("password") && !text.contains("secret"), "\(text)")
    }

    @Test func aRegisterThatIsOpenElsewhereIsRefused() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        try Data("changes".utf8).write(to: URL(fileURLWithPath: folder.register + "-wal"))
        let text = message { _ = try Register.publish(run: run("2019-07", ["a"]), to: folder.register) }
        #expect(text.contains("is open in another programme"), "\(text)")
    }

    // MARK: Publishing that does not come through

    @Test func aPublicationThatFailsHalfWayLeavesTheOldRegister() throws {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        let before = try bytes(folder.register)
        struct Killed: Error {}
        #expect(throws: Killed.self) {
            try FilePublication(of: folder.register).replace { copy in
                try FileManager.default.copyItem(atPath: folder.register, toPath: copy)
                let dataset = try VectorDataset.open(copy, drivers: [.geoPackage], access: .update)
                try dataset.execute(sql: "DELETE FROM findings")
                throw Killed()
            }
        }
        #expect(try bytes(folder.register) == before)
        #expect(try folder.names() == ["register.gpkg"])
        // A number that no table keeps fails in the transaction itself.
        var broken = try run("2019-07", ["a"])
        broken.findings[0].finding.magnitude = .nan
        #expect(throws: (any Error).self) { try Register.publish(run: broken, to: folder.register) }
        #expect(try bytes(folder.register) == before)
        #expect(try folder.names() == ["register.gpkg"])
    }

    @Test func whatAKilledProcessLeftIsRemovedByTheNext() throws {
        let folder = try RegisterFolder()
        for left in [".register.gpkg.partial-999999-1", ".other.gpkg.partial-999999-1"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(left)", withIntermediateDirectories: false)
            for name in ["register.gpkg", "register.gpkg-journal"] {
                try Data("half".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(left)/\(name)"))
            }
        }
        _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        #expect(try folder.names() == [".other.gpkg.partial-999999-1", "register.gpkg"])
    }

    @Test func aLinkToARegisterStaysALink() throws {
        let folder = try RegisterFolder()
        let link = folder.path + "/link.gpkg"
        _ = try Register.publish(run: run("2019-06", ["a"]), to: folder.register)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.register)
        _ = try Register.publish(run: run("2019-07", ["a"]), to: link)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == folder.register)
        #expect(try Register.load(from: folder.register).runs.count == 2)
    }

    @Test func manyWritersAtOnceLoseNothing() async throws {
        let folder = try RegisterFolder()
        let path = folder.register
        try await withThrowingTaskGroup(of: Void.self) { group in
            for month in 1...9 {
                let record = try run("2019-0\(month)", ["a"])
                group.addTask { _ = try Register.publish(run: record, to: path) }
            }
            try await group.waitForAll()
        }
        #expect(try Register.load(from: path).runs.map(\.label) == (1...9).map { "2019-0\($0)" })
        #expect(try folder.names() == ["register.gpkg"])
    }

    /// PostGIS in the GeoPackage's place; runs where `SITEWARDEN_TEST_POSTGIS` holds a connection to an empty schema.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SITEWARDEN_TEST_POSTGIS"] != nil))
    func aDatabaseDoesTheSame() throws {
        let source = try #require(ProcessInfo.processInfo.environment["SITEWARDEN_TEST_POSTGIS"])
        #expect(try Register.load(from: source).runs.isEmpty)
        let june = try run("2019-06", ["a", "it's"])
        #expect(try Register.publish(run: june, to: source) == .added(laterRuns: []))
        #expect(try Register.publish(run: june, to: source) == .unchanged)
        #expect(try Register.publish(run: run("2019-07", ["a"]), to: source) == .added(laterRuns: []))
        #expect(try Register.publish(run: run("2019-06", ["b"]), to: source) == .replaced(laterRuns: ["2019-07"]))
        var broken = try run("2019-08", ["a"])
        broken.findings[0].finding.magnitude = .nan
        #expect(throws: (any Error).self) { try Register.publish(run: broken, to: source) }
        let state = try Register.load(from: source)
        #expect(state.runs.map(\.label) == ["2019-06", "2019-07"])
        #expect(state.runs[0].contentSHA256 == (try run("2019-06", ["b"]).contentSHA256))
        let task = state.runs[1].tasks[0]
        let verdict = VerdictRecord(
            taskID: task.id, findingID: "a", siteID: "S1", runLabel: "2019-07", verdict: .noChange, note: "it's cloud",
            reviewer: "N", reviewedOn: Day("2019-08-02"), magnitude: 5, sourceSHA256: "0", sequence: 0)
        #expect(try Register.publish(verdicts: [verdict], to: source) == 1)
        #expect(try Register.publish(verdicts: [verdict], to: source) == 0)
        #expect(try Register.load(from: source).verdicts.map(\.sequence) == [1])
    }
}
