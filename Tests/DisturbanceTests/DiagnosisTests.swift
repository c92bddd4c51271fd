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
