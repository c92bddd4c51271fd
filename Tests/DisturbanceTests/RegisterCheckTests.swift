import Foundation
import Geospatial
import Testing

@testable import Disturbance

struct RegisterCheckTests {
    private static let holder = RunHolder(since: "2026-11-22T04:00:00Z", command: "register backup")

    private func folderWithRun() throws -> RegisterFolder {
        let folder = try RegisterFolder()
        _ = try Register.publish(run: RegisterFixtures.run("2019-06", []), to: folder.register)
        return folder
    }

    @Test func aWholeOneIsCounted() throws {
        let folder = try folderWithRun()
        let report = try #require(try Register.check(folder.register))
        #expect(report.runs == ["2019-06"] && report.formatVersion == RegisterTables.formatVersion)
        #expect("\(report)".hasPrefix("whole, format 3, 1 runs (2019-06 to 2019-06)"))
        #expect(try Register.check(folder.path + "/none.gpkg") == nil)
    }

    @Test func bytesThatWereOverwrittenAreNoticed() throws {
        let folder = try folderWithRun()
        var bytes = try Data(contentsOf: URL(filePath: folder.register))
        // Into pages other than the first, whose header GDAL itself would refuse.
        for offset in stride(from: 8192, to: bytes.count, by: 512) { bytes[offset] ^= 0xFF }
        try bytes.write(to: URL(filePath: folder.register))
        #expect(throws: RegisterError.self) { try Register.check(folder.register) }
    }

    /// What no run's hash covers, and what one does.
    @Test(arguments: [
        ("", ""), ("DELETE FROM verdicts WHERE sequence = 1", "verdicts were taken out"),
        ("UPDATE verdicts SET sequence = 3 WHERE sequence = 2", "table verdicts, row 2: is not what was written"),
        ("INSERT INTO tasks (run_label, task_id) VALUES ('2018-01', 'x')", "the table tasks holds rows of runs"),
        ("UPDATE runs SET carried_sha256 = 'DIGEST' WHERE run_label = '2019-07'", "does not. Put back"),
        ("UPDATE runs SET carried_sha256 = 'other' WHERE run_label = '2019-07'", ""),
        ("UPDATE findings SET magnitude = magnitude + 1 WHERE finding_id = 'b'", "are not those that were written"),
        // Rows in another order are the same rows.
        ("UPDATE findings SET fid = 1000 WHERE finding_id = 'a' AND run_label = '2019-06'", ""),
        ("DROP INDEX findings_of_run; UPDATE findings SET fid = 1000 WHERE run_label = '2019-06' AND fid = 1", ""),
    ])
    func changesBesideTheRunsAreNoticed(statement: String, expected: String) throws {
        let folder = try RegisterFolder()
        let findings = try ["a", "b"].enumerated().map { index, id in
            try RegisterFixtures.finding(id, RegisterFixtures.square(Double(index) * 2, 0), log: "2019-06-05a")
        }
        _ = try Register.publish(run: RegisterFixtures.run("2019-06", findings), to: folder.register)
        // Without one that is still open, so that the run before must still be read.
        _ = try Register.publish(run: RegisterFixtures.run("2019-07", [findings[0]]), to: folder.register)
        let verdicts = ["a", "b"].map {
            VerdictRecord(
                taskID: "t", findingID: $0, siteID: "S1", runLabel: "2019-06", verdict: .noChange, note: "",
                reviewer: "N", reviewedOn: nil, magnitude: 5, sourceSHA256: "", sequence: 0)
        }
        #expect(try Register.publish(verdicts: verdicts, to: folder.register) == 2)
        let june = try Register.reading(folder.register) { try #require(try $0?.runs().first) }
        let dataset = try VectorDataset.open(folder.register, drivers: [.geoPackage], access: .update)
        if !statement.isEmpty {
            for part in statement.split(separator: "; ") {
                try dataset.execute(sql: String(part).replacing("DIGEST", with: RegisteredRun.digest(of: [june])))
            }
        }
        try dataset.close()
        guard expected.isEmpty else {
            let error = #expect(throws: RegisterError.self) { try Register.check(folder.register) }
            #expect(error?.description.contains(expected) == true, "\(statement): \(String(describing: error))")
            return
        }
        #expect(try Register.check(folder.register)?.verdicts == 2)
    }

    @Test func aBackupIsTheSameBytes() throws {
        let folder = try folderWithRun()
        let lock = try RegisterLock(of: folder.register, holder: Self.holder)
        defer { lock.release() }
        let target = folder.path + "/copy.gpkg"
        try Register.backUp(folder.register, to: target, lock: lock)
        #expect(try FileDigest(ofFileAt: target) == FileDigest(ofFileAt: folder.register))
        #expect(throws: FileError.self) { try Register.backUp(folder.register, to: target, lock: lock) }
        #expect(throws: FileError.self) { try Register.backUp(folder.path + "/none.gpkg", to: target, lock: lock) }
    }
}
