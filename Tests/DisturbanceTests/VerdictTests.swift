import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// SQLite knows no checksum of its pages: each verdict stands under a hash of its own.
struct VerdictTests {
    private static let verdict = VerdictRecord(
        taskID: "task", findingID: "a", siteID: "S1", runLabel: "2019-06", verdict: .changeWithoutDamage,
        note: "gepflügt", reviewer: "N", reviewedOn: Day("2019-07-02"), magnitude: 5.25, sourceSHA256: "0", sequence: 1)

    private func register() throws -> RegisterFolder {
        let folder = try RegisterFolder()
        let finding = try RegisterFixtures.finding("a", RegisterFixtures.square(0, 0), log: "2019-06-05a")
        _ = try Register.publish(run: RegisterFixtures.run("2019-06", [finding]), to: folder.register)
        var second = Self.verdict
        second.note = ""
        second.reviewedOn = nil
        #expect(try Register.publish(verdicts: [Self.verdict, second], to: folder.register) == 2)
        return folder
    }

    /// What a reader of the rows takes in, as the register's format has it: SHA-256 by `hashlib` of
    /// `1:1`, `7:2019-06`, `4:task`, ... , `9:gepflügt`, `1:N`, `1:+10:2019-07-02`, `4:5.25`, `1:0` without commas.
    @Test func theHashIsThatOfTheFormat() {
        #expect(
            Self.verdict.contentSHA256 == "3e6869bd149461c42ffd40af612265fa84b660d2cb9b26a7a8257094af6c4216")
    }

    @Test func everyFieldHasAPartInIt() {
        let changes: [(inout VerdictRecord) -> Void] = [
            { $0.taskID = "t" }, { $0.findingID = "b" }, { $0.siteID = "S2" }, { $0.runLabel = "2019-07" },
            { $0.verdict = .damage }, { $0.note = "" }, { $0.reviewer = "M" }, { $0.reviewedOn = nil },
            { $0.reviewedOn = Day("2019-07-03") }, { $0.magnitude = 5.250000000001 }, { $0.sourceSHA256 = "1" },
            { $0.sequence = 2 }, { ($0.note, $0.reviewer) = ("gepflügt1:N", "") },
        ]
        var hashes = [Self.verdict.contentSHA256]
        for change in changes {
            var other = Self.verdict
            change(&other)
            hashes.append(other.contentSHA256)
        }
        #expect(Set(hashes).count == changes.count + 1)
    }

    @Test(arguments: [
        "verdict = 'damage'", "note = 'gepflugt'", "note = ''", "reviewer = 'M'", "reviewed_on = '2019-07-03'",
        "reviewed_on = NULL", "magnitude_at_verdict = 5.2500000000001", "sequence = 3", "sequence = 2",
        "task_id = 'tusk'", "site_id = 'S3'", "run_label = '2019-07'", "source_sha256 = '1'",
        "content_sha256 = '3e68'", "content_sha256 = NULL", "verdict = 'great'", "reviewed_on = 'soon'",
    ])
    func aChangedRowIsNoticedByWhoeverReadsIt(change: String) throws {
        let folder = try register()
        let dataset = try VectorDataset.open(folder.register, drivers: [.geoPackage], access: .update)
        try dataset.execute(sql: "UPDATE verdicts SET \(change) WHERE fid = 1")
        try dataset.close()
        let readers: [() throws -> Void] = [
            { _ = try Register.load(from: folder.register) },
            { _ = try Register.check(folder.register) },
            { try Register.reading(folder.register) { _ = try $0?.verdicts(on: ["a"]) } },
            { _ = try Register.publish(verdicts: [Self.verdict], to: folder.register) },
            { _ = try Register.transfer(from: folder.register, to: folder.path + "/copy.gpkg") },
        ]
        for read in readers {
            let error = #expect(throws: RegisterError.self) { try read() }
            let line = error?.description ?? ""
            #expect(line.hasPrefix("\(folder.register): table verdicts, row 1: "), "\(change): \(line)")
            #expect(line.hasSuffix(". Put back a copy of the register that is whole"), "\(change): \(line)")
        }
        #expect(try folder.names() == ["register.gpkg"])
    }

    /// Which SQLite's own check of the file does not see.
    @Test func aFlippedBitOfANoteIsNoticed() throws {
        let folder = try register()
        var bytes = try Data(contentsOf: URL(filePath: folder.register))
        let place = try #require(bytes.range(of: Data("gepflügt".utf8)))
        bytes[place.lowerBound + 1] ^= 1
        try bytes.write(to: URL(filePath: folder.register))
        let dataset = try VectorDataset.open(folder.register, drivers: [.geoPackage], options: ["IMMUTABLE=YES"])
        #expect(
            try dataset.query(sql: "PRAGMA integrity_check").flatMap(\.fields.values).map(\.text) == ["ok"])
        try dataset.close()
        let error = #expect(throws: RegisterError.self) { try Register.check(folder.register) }
        #expect(error?.message.hasPrefix("table verdicts, row 1: is not what was written") == true)
    }
}
