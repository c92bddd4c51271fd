import Foundation
import Testing

@testable import Disturbance

/// Runs and chains of runs that somebody touched.
struct VerificationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let months = ["2019-05", "2019-06", "2019-07", "2019-08"]

    /// A chain of four runs with three files each, as scans leave them.
    private func writeChain(_ months: [String] = months, salt: String = "") throws {
        var previous: RunManifest.Previous?
        for month in months {
            let period = try Period(month)
            let path = "\(folder.path)/\(month)"
            try FileManager.default.createDirectory(
                atPath: path + "/rasters", withIntermediateDirectories: true)
            for name in ["tasks.geojson", "report.html", "rasters/change-score-00001.tif"] {
                try folder.put("\(name) of \(month)\(salt)", at: "\(month)/\(name)")
            }
            var manifest = RunManifest(
                versions: ["sitewarden": "1"], period: period, configuration: .object([:]), inputs: [],
                counts: [:], problems: [], previous: previous)
            try manifest.write(into: path)
            previous = try RunManifest.Previous(period, in: folder.path)
        }
    }

    private func wrong(_ name: String = "") throws -> [String] {
        try Verification.of(name.isEmpty ? folder.path : "\(folder.path)/\(name)").wrong.map {
            "\($0.subject): \($0.message)"
        }
    }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }

    private func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: "\(folder.path)/\(name)", toPath: "\(folder.path)/\(other)")
    }

    @Test func aWholeChainIsSound() throws {
        try writeChain()
        let verification = try Verification.of(folder.path + "/")
        #expect(verification.isSound && verification.kind == .chain)
        // There is no register beside it: what came after cannot be known.
        #expect(verification.checks.filter { $0.outcome == .unchecked }.map(\.subject) == ["register.gpkg"])
        let messages = verification.checks.map(\.message)
        #expect(messages.contains("is the first of the chain") && messages.contains("follows 2019-07"))
        let run = try Verification.of(folder.path + "/2019-06")
        #expect(run.isComplete && run.kind == .run)
    }

    @Test func everyFileOfARunCounts() throws {
        try writeChain()
        let tree = try FolderTree.list(folder.path + "/2019-06")
        #expect(tree.files.count == 5)
        for file in tree.files {
            let path = "2019-06/\(file)"
            let original = try folder.bytes(path)
            for bit in [0, original.count * 8 - 1] {
                var bytes = original
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                try Data(bytes).write(to: URL(filePath: "\(folder.path)/\(path)"))
                #expect(try !wrong("2019-06").isEmpty || !wrong().isEmpty, "\(path)")
            }
            try remove(path)
            #expect(try !wrong().isEmpty, "\(path)")
            try Data(original).write(to: URL(filePath: "\(folder.path)/\(path)"))
            try folder.put("x", at: path + ".more")
            #expect(try wrong().contains { $0.contains(".more: was added") }, "\(path)")
            try remove(path + ".more")
            #expect(try wrong().isEmpty)
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/2019-06/link", withDestinationPath: "report.html")
        #expect(try wrong("2019-06").contains { $0.hasPrefix("link: was added") })
    }

    @Test func brokenChainsAreTold() throws {
        try writeChain()
        // A run taken out of the middle.
        try move("2019-06", to: "away")
        #expect(try wrong() == ["2019-07: follows the run of 2019-06, which is missing: the chain is cut"])
        try move("away", to: "2019-06")
        // Two in each other's place.
        try move("2019-06", to: "away")
        try move("2019-07", to: "2019-06")
        try move("away", to: "2019-07")
        #expect(try wrong().contains { $0.hasPrefix("2019-06: holds the run of 2019-07") })
        try move("2019-06", to: "away")
        try move("2019-07", to: "2019-06")
        try move("away", to: "2019-07")
        #expect(try wrong() == [])
        // The beginning taken away.
        try move("2019-05", to: "away")
        #expect(try wrong() == ["2019-06: follows the run of 2019-05, which is missing: the chain is cut"])
        try move("away", to: "2019-05")
        // A whole run exchanged for another that is sound in itself.
        let other = try VerificationTests()
        try other.writeChain(["2019-05", "2019-06"], salt: "forged")
        try remove("2019-06")
        try FileManager.default.copyItem(
            atPath: other.folder.path + "/2019-06", toPath: folder.path + "/2019-06")
        #expect(try wrong("2019-06") == [])
        #expect(
            try wrong() == [
                "2019-06: follows another run of 2019-05 than the one here: that was exchanged, or run again since",
                "2019-07: follows another run of 2019-06 than the one here: that was exchanged, or run again since",
            ])
    }

    @Test func aRunPutInIsTold() throws {
        try writeChain(["2019-05", "2019-07"])
        #expect(try wrong() == [])
        let other = try VerificationTests()
        try other.writeChain(["2019-06"])
        try FileManager.default.copyItem(
            atPath: other.folder.path + "/2019-06", toPath: folder.path + "/2019-06")
        let lines = try wrong()
        #expect(lines.contains { $0.hasPrefix("2019-06: names no run before it, though there is 2019-05") })
        #expect(lines.contains { $0.hasPrefix("2019-07: follows 2019-05, but 2019-06 lies before it") })
    }

    @Test func aManifestThatIsNoneIsTold() throws {
        try writeChain()
        for text in ["", "{", "[]", "{\"format\": 2}", "{\"format\": \"2\"}", "\u{0}\u{0}"] {
            try folder.put(text, at: "2019-06/run.json")
            #expect(try wrong().contains { $0.hasPrefix("2019-06/run.json: is no manifest") }, "\(text)")
        }
        try folder.put("{\"format\": 7}", at: "2019-06/run.json")
        #expect(try wrong().contains { $0.contains("is of format 7; this version reads 1 to 2") })
    }

    /// A run as version 0.1.0 left it before manifests had links.
    @Test func formatOneIsVerified() throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/run-1")
        try FileManager.default.copyItem(atPath: fixtures.path, toPath: folder.path + "/2019-06")
        #expect(try Verification.of(folder.path + "/2019-06").isComplete)
        let manifest = try RunManifest.read(from: folder.path + "/2019-06")
        #expect(manifest.format == 1 && manifest.previous == nil && manifest.remote == nil)
        let chain = try Verification.of(folder.path)
        #expect(chain.isSound)
        #expect(chain.checks.contains { $0.subject == "2019-06" && $0.outcome == .unchecked })
        // What format 1 did not write is somebody's own.
        try folder.put("", at: "2019-06/SHA256SUMS")
        #expect(try wrong("2019-06") == [
            "SHA256SUMS: was added: the manifest does not know it",
            "run.json: 2 of 2 outputs of 2019-06 are as they were written",
        ])
    }

    @Test func whatIsNoneOfThemIsRefused() throws {
        try folder.put("x", at: "file")
        for path in [folder.path, folder.path + "/file", folder.path + "/none"] {
            #expect(throws: FileError.self) { try Verification.of(path) }
        }
    }

    @Test func theListIsWhatSha256sumReads() throws {
        try writeChain()
        func status(_ arguments: [String]) throws -> Int32 {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["sha256sum"] + arguments
            process.currentDirectoryURL = URL(filePath: folder.path + "/2019-06")
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        #expect(try status(["--check", "--strict", "SHA256SUMS"]) == 0)
        try folder.put("edited", at: "2019-06/report.html")
        #expect(try status(["--check", "--strict", "SHA256SUMS"]) == 1)
    }

    @Test func listsReadBack() throws {
        let list = ChecksumList([("b", String(repeating: "0", count: 64)), ("a b", String(repeating: "f", count: 64))])
        #expect(list.lines.map(\.path) == ["a b", "b"])
        #expect(ChecksumList(text: list.text) == list)
        let hash = String(repeating: "a", count: 64)
        for text in ["x", "\(hash) a", "\(hash)  ", "\(hash.uppercased())  a", "\(hash)  a\n\(hash)  a"] {
            #expect(ChecksumList(text: text) == nil, "\(text)")
        }
    }
}
