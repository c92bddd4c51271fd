import Foundation
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
        #expect("\(report)".hasPrefix("whole, format 2, 1 runs (2019-06 to 2019-06)"))
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
