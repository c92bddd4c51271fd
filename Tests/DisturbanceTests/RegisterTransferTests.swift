import Foundation
import Testing

@testable import Disturbance

struct RegisterTransferTests {
    private let folder: TemporaryFolder
    private let kept = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Fixtures/register-1.gpkg").standardized.path()

    init() throws { folder = try TemporaryFolder() }

    @Test func nothingIsLostOnTheWayThereAndBack() throws {
        let (there, back) = (folder.path + "/there.gpkg", folder.path + "/back.gpkg")
        let report = try Register.transfer(from: kept, to: there)
        #expect(report.runs.count > 0 && report.verdicts > 0)
        _ = try Register.transfer(from: there, to: back)
        let (first, last) = (try Register.load(from: kept), try Register.load(from: back))
        #expect(first.verdicts == last.verdicts)
        #expect(first.runs.map(\.contentSHA256) == last.runs.map(\.contentSHA256))
        #expect(try WholeFile.read(there) == WholeFile.read(back))
        #expect(try folder.names() == ["back.gpkg", "there.gpkg"])
    }

    @Test func historiesAreNotMixed() throws {
        let target = folder.path + "/register.gpkg"
        _ = try Register.transfer(from: kept, to: target)
        let before = try WholeFile.read(target)
        let refusal = #expect(throws: RegisterError.self) { try Register.transfer(from: kept, to: target) }
        #expect(refusal?.description.contains("holds runs already") == true)
        #expect(try WholeFile.read(target) == before)
        #expect(throws: FileError.self) { try Register.transfer(from: folder.path + "/none.gpkg", to: target) }
        #expect(throws: RegisterError.self) { try Register.transfer(from: kept, to: folder.path + "/register.txt") }
    }
}
