import Foundation
import Glibc
import Testing

@testable import Disturbance

@Suite struct RunFolderTests {
    private let folder: TemporaryFolder
    private let run: RunFolder

    init() throws {
        folder = try TemporaryFolder()
        run = RunFolder(path: folder.path + "/out/2019-09")
    }

    private func publish(
        _ files: [String: String], problems: [String] = [], companion: (String) throws -> Void = { _ in },
        written: (String) -> Void = { _ in }
    ) throws -> RunFolder.Outcome {
        var privatePath = ""
        return try run.publish(
            write: { path in
                privatePath = path
                for (name, text) in files { try WholeFile.write(text, to: "\(path)/\(name)") }
                var manifest = RunManifest(
                    versions: [:], period: InventedRun.period, configuration: .null, inputs: [], counts: [:],
                    problems: problems)
                try manifest.write(into: path)
                written(path)
                return manifest
            }, companion: { try companion(privatePath) })
    }

    private func names(_ path: String = "out") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/\(path)").sorted()
    }

    /// What changes if anything is touched.
    private func state(of path: String) throws -> [Int] {
        var status = stat()
        let answer = unsafe lstat("\(folder.path)/\(path)", &status)
        try #require(answer == 0)
        return [Int(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_nsec]
    }

    @Test func aRunAppearsWhole() throws {
        let outcome = try publish(["a.txt": "a", "b.txt": "b"]) { path in
            #expect(path.contains("/.2019-09.partial-"))
            let found = try names()
            #expect(found == [String(path.split(separator: "/").last!)])
        }
        #expect(outcome == .published)
        #expect(try names() == ["2019-09"])
        #expect(try names("out/2019-09") == ["SHA256SUMS", "a.txt", "b.txt", "run.json"])
    }

    struct Stop: Error {}

    @Test func aFailureLeavesNothing() throws {
        #expect(throws: Stop.self) {
            try run.publish(
                write: { path in
                    try WholeFile.write("half", to: "\(path)/a.txt")
                    throw Stop()
                })
        }
        #expect(throws: Stop.self) { try publish(["a.txt": "a"]) { _ in throw Stop() } }
        #expect(try names() == [])
    }

    @Test func aFailureLeavesTheEarlierRun() throws {
        _ = try publish(["a.txt": "a"])
        let before = try state(of: "out/2019-09")
        #expect(throws: Stop.self) { try publish(["a.txt": "b"]) { _ in throw Stop() } }
        #expect(try names() == ["2019-09"] && state(of: "out/2019-09") == before)
    }

    @Test func aFileThatReadsBackOtherwiseStopsTheRun() throws {
        #expect {
            try publish(["a.txt": "whole"], written: { path in _ = unsafe truncate("\(path)/a.txt", 2) })
        } throws: { error in
            "\(error)".contains("a.txt: does not read back as it was written")
        }
        #expect(try names() == [])
    }

    @Test func theSameRunAgainTouchesNothing() throws {
        _ = try publish(["a.txt": "a"])
        let before = try [state(of: "out/2019-09"), state(of: "out/2019-09/a.txt"), state(of: "out/2019-09/run.json")]
        #expect(try publish(["a.txt": "a"]) == .unchanged(edited: []))
        let after = try [state(of: "out/2019-09"), state(of: "out/2019-09/a.txt"), state(of: "out/2019-09/run.json")]
        #expect(before == after)
        #expect(try names() == ["2019-09"])
    }

    @Test func anotherResultReplacesTheEarlierOne() throws {
        _ = try publish(["a.txt": "a", "gone.txt": "g"])
        #expect(try publish(["a.txt": "b"]) == .published)
        #expect(try names() == ["2019-09"] && names("out/2019-09") == ["SHA256SUMS", "a.txt", "run.json"])
        #expect(try folder.text("out/2019-09/a.txt") == "b")
    }

    @Test func whatSomebodyEditedIsNotLost() throws {
        _ = try publish(["tasks.txt": "a"])
        try folder.put("a with a verdict", at: "out/2019-09/tasks.txt")
        #expect(try publish(["tasks.txt": "a"]) == .unchanged(edited: ["tasks.txt"]))
        #expect(try folder.text("out/2019-09/tasks.txt") == "a with a verdict")
        #expect(try publish(["tasks.txt": "b"]) == .replaced(kept: run.path + ".kept-1"))
        #expect(try folder.text("out/2019-09.kept-1/tasks.txt") == "a with a verdict")
        #expect(try folder.text("out/2019-09/tasks.txt") == "b")
    }

    @Test func aFolderThatIsNoRunIsKept() throws {
        try folder.put("mine", at: "out/2019-09/holiday.txt")
        #expect(try publish(["a.txt": "a"]) == .replaced(kept: run.path + ".kept-1"))
        #expect(try folder.text("out/2019-09.kept-1/holiday.txt") == "mine")
    }

    @Test func aFileInTheWayIsNamed() throws {
        try folder.put("a file", at: "out/2019-09")
        #expect(
            throws: FileError(
                path: run.path, message: "is not a folder. Move it away, or choose another output folder",
                kind: .cannotCreate)
        ) { try publish(["a.txt": "a"]) }
        try folder.put("a file", at: "file")
        #expect(throws: FileError.self) {
            try RunFolder(path: "\(folder.path)/file/2019-09").publish { _ in throw Stop() }
        }
    }

    @Test func whatDeadAttemptsLeftIsRemoved() throws {
        try folder.put("half", at: "out/.2019-09.partial-1-1/a.txt")
        try folder.put("other", at: "out/.2019-08.partial-1-1/a.txt")
        _ = try publish(["a.txt": "a"])
        #expect(try names() == [".2019-08.partial-1-1", "2019-09"])
    }

    @Test func anAttemptThatLivesIsLeftAlone() throws {
        let other = RunFolder(path: run.path)
        _ = try publish(["a.txt": "a"]) { path in
            _ = try other.publish(
                write: { second in
                    #expect(second != path && FileManager.default.fileExists(atPath: "\(path)/a.txt"))
                    var manifest = RunManifest(
                        versions: [:], period: InventedRun.period, configuration: .null, inputs: [], counts: [:],
                        problems: [])
                    try manifest.write(into: second)
                    return manifest
                })
        }
        #expect(try names() == ["2019-09"] && names("out/2019-09") == ["SHA256SUMS", "a.txt", "run.json"])
    }

    // The machine stopped between the renames: the new run and the old one both lie aside.
    @Test func aStopWhileReplacingIsMended() throws {
        let manager = FileManager.default
        _ = try publish(["a.txt": "old"])
        try manager.moveItem(atPath: run.path, toPath: "\(folder.path)/old")
        _ = try publish(["a.txt": "new"])
        try manager.moveItem(atPath: run.path, toPath: "\(folder.path)/out/.2019-09.displaced-1-1")
        try manager.moveItem(atPath: "\(folder.path)/old", toPath: "\(folder.path)/out/.2019-09.displaced-1-1-old")
        #expect(throws: Stop.self) { try publish([:]) { _ in throw Stop() } }
        #expect(try names() == ["2019-09"])
        #expect(try folder.text("out/2019-09/a.txt") == "new")
    }

    @Test func namesThatAreNoneAreRefused() {
        for path in ["", "/", ".", "..", "a/.."] {
            #expect(throws: FileError.self, "\(path)") {
                try RunFolder(path: path).publish { _ in throw Stop() }
            }
        }
    }

    @Test func aSlashAtTheEndChangesNothing() throws {
        let slashed = RunFolder(path: run.path + "//")
        #expect(slashed.path == run.path)
    }
}
