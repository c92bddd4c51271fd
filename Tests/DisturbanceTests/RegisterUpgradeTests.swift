import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Registers of formats 1 and 2, whose verdicts stand under no hash.
struct RegisterUpgradeTests {
    private static let earlier = [1, 2]

    private func copy(ofFormat version: Int) throws -> RegisterFolder {
        let folder = try RegisterFolder()
        let fixture = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/register-\(version).gpkg").standardized.path()
        try FileManager.default.copyItem(atPath: fixture, toPath: folder.register)
        return folder
    }

    /// As they stand in the table, in the order in which verdicts came.
    private func hashes(_ register: String) throws -> [String?] {
        let dataset = try VectorDataset.open(register, drivers: [.geoPackage], options: ["IMMUTABLE=YES"])
        return try dataset.query(sql: "SELECT content_sha256 FROM verdicts ORDER BY sequence")
            .map { $0["content_sha256"].text }
    }

    private func expectUpToDate(_ register: String, keeping before: RegisterState) throws {
        #expect(try Register.check(register)?.formatVersion == 3)
        let after = try Register.load(from: register)
        #expect(Array(after.verdicts.prefix(before.verdicts.count)) == before.verdicts && !before.verdicts.isEmpty)
        #expect(try hashes(register) == after.verdicts.map(\.contentSHA256))
    }

    @Test(arguments: earlier)
    func theFirstVerdictThatIsAddedBringsItUpToDate(version: Int) throws {
        let folder = try copy(ofFormat: version)
        let bytes = try WholeFile.read(folder.register)
        let before = try Register.load(from: folder.register)
        #expect(try Register.check(folder.register)?.formatVersion == version)
        #expect(try WholeFile.read(folder.register) == bytes)
        // Known already: nothing is written, and it stays what it is.
        #expect(try Register.publish(verdicts: before.verdicts, to: folder.register) == 0)
        #expect(try WholeFile.read(folder.register) == bytes)
        var another = try #require(before.verdicts.last)
        another.verdict = .damage
        #expect(try Register.publish(verdicts: [another], to: folder.register) == 1)
        try expectUpToDate(folder.register, keeping: before)
        #expect(try Register.load(from: folder.register).verdicts.map(\.verdict) == [.changeWithoutDamage, .damage])
        #expect(try folder.names() == ["register.gpkg"])
    }

    @Test(arguments: earlier)
    func theFirstRunThatIsPublishedBringsItUpToDate(version: Int) throws {
        let folder = try copy(ofFormat: version)
        let before = try Register.load(from: folder.register)
        _ = try Register.publish(run: RegisterFixtures.run("2019-08", []), to: folder.register)
        try expectUpToDate(folder.register, keeping: before)
    }

    /// In a copy that takes its place, and where it lies.
    @Test(arguments: earlier, [0, 256 << 20])
    func itIsBroughtUpToDateWhereAsked(version: Int, copiedBytes: Int) throws {
        let folder = try copy(ofFormat: version)
        let before = try Register.load(from: folder.register)
        try Register.$copiedBytes.withValue(copiedBytes) {
            #expect(try #require(try Register.upgrade(folder.register)) == (version, 3))
            let bytes = try WholeFile.read(folder.register)
            #expect(try #require(try Register.upgrade(folder.register)) == (3, 3))
            #expect(try WholeFile.read(folder.register) == bytes)
        }
        try expectUpToDate(folder.register, keeping: before)
        #expect(try Register.load(from: folder.register).runs.map(\.contentSHA256) == before.runs.map(\.contentSHA256))
        #expect(try folder.names() == ["register.gpkg"])
    }

    @Test func whereThereIsNoneNoneIsMade() throws {
        let folder = try RegisterFolder()
        #expect(try Register.upgrade(folder.register) == nil)
        #expect(try folder.names() == [])
        #expect(throws: RegisterError.self) { try Register.upgrade(folder.path + "/register.txt") }
    }

    /// Its rows are written anew, with their hashes.
    @Test(arguments: earlier)
    func oneThatIsMovedIsUpToDateThere(version: Int) throws {
        let folder = try copy(ofFormat: version)
        let there = folder.path + "/there.gpkg"
        #expect(try Register.transfer(from: folder.register, to: there).formatVersion == 3)
        try expectUpToDate(there, keeping: try Register.load(from: folder.register))
    }
}
