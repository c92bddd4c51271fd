import Foundation
import Testing

@testable import Disturbance

struct DiagnosisTests {
    private func diagnosis(_ folder: String) -> Diagnosis {
        var configuration = Configuration()
        configuration.output.folder = folder
        return Diagnosis(of: configuration)
    }

    private func check(_ name: String, _ diagnosis: Diagnosis) throws -> Diagnosis.Check {
        try #require(diagnosis.checks.first { $0.name == name })
    }

    @Test func aPlaceThatIsNotThereYetIsFine() throws {
        let folder = try TemporaryFolder()
        let diagnosis = diagnosis(folder.path + "/a/b")
        #expect(diagnosis.failure == nil)
        #expect(try check("register", diagnosis).message.contains("none yet"))
        #expect(try check("writing", diagnosis).verdict == .good)
        #expect(try folder.names() == [])
    }

    @Test func aDamagedRegisterIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.put("no register", at: "register.gpkg")
        let diagnosis = diagnosis(folder.path)
        #expect(diagnosis.failure == .unusableInput)
        #expect(try check("register", diagnosis).message.contains("register.gpkg"))
    }

    /// A scanner's account may not change the tables of a database; of its own file it may.
    @Test func anEarlierFormatIsADoubtWhereOnlyTheOwnerCanChangeIt() {
        let now = RegisterTables.formatVersion
        for (source, format, verdict, words) in [
            ("PG:service=heritage", now, Diagnosis.Check.Verdict.good, "whole"),
            (
                "PG:service=heritage", now - 1, .doubtful,
                "let the owner of its tables run `sitewarden register upgrade`"
            ),
            ("out/register.gpkg", now - 1, .good, "the next run makes format \(now) of it"),
        ] {
            let report = RegisterReport(formatVersion: format, runs: ["2019-06"], findings: 2, verdicts: 0)
            let check = Diagnosis.register(source, holding: report)
            #expect(check.verdict == verdict && check.message.contains(words), "\(check.message)")
        }
    }

    @Test func whoIsAtTheRegisterIsNamed() throws {
        let folder = try TemporaryFolder()
        let holder = RunHolder(since: "2026-11-22T04:00:00Z", command: "scan 2019-06")
        let lock = try RegisterLock(of: folder.path + "/register.gpkg", holder: holder)
        let diagnosis = diagnosis(folder.path)
        #expect(diagnosis.hasDoubts && diagnosis.failure == nil)
        #expect(try check("register", diagnosis).message.contains("'scan 2019-06'"))
        lock.release()
    }

    @Test func withoutAnOutputTheRestIsStillLookedAt() {
        let diagnosis = diagnosis("")
        #expect(diagnosis.checks.map(\.name) == ["libraries", "drivers", "projections", "memory", "output"])
        #expect(diagnosis.failure == nil && diagnosis.hasDoubts)
    }
}
