import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Records of findings, also those that somebody wrote to do harm.
struct ReplayRecordTests {
    private func record() throws -> ReplayRecord {
        let finding = try InventedRun.finding(1, zones: [InventedRun.zone("K-001")])
        return ReplayRecord(
            versions: ["sitewarden": "0.1.0"], period: InventedRun.period, watchedFrom: InventedRun.day("2019-08-01"),
            configuration: try JSONValue(encoding: Configuration()), siteID: "K-001",
            scenes: [
                ReplayRecord.PackedScene(
                    id: "S", day: InventedRun.day("2019-09-10"), instant: "2019-09-10T09:00:00Z", platform: "",
                    constellation: "sentinel-2", tile: "", bands: [], mask: .sentinel2SCL)
            ],
            files: [
                ReplayRecord.PackedFile(
                    path: "data/pixels/group-1/2019-09-10-1/red.tif", scene: 0, band: .red,
                    source: ReplayRecord.PackedFile.Source(
                        path: "a.tif", sha256: nil, layer: 1, rows: 0..<3, columns: 0..<8))
            ],
            groups: [
                ReplayRecord.PackedGroup(
                    crs: "EPSG:32634", pixelSizeMetres: 10, originX: 0, originY: 0, rows: 0..<3, columns: 0..<8,
                    sites: [
                        ReplayRecord.PackedSite(
                            id: "K-001", name: InventedRun.hostileName, bufferMetres: 0.1 + 0.2,
                            boundary: Hexadecimal.text(finding.geometry.wkb))
                    ], scenes: [0], bands: [.red], files: [0])
            ], known: [], finding: PackedFinding(RegisteredFinding(finding: finding)),
            explained: ExplainedFinding(
                finding, isMadeOut: true, lastSeenRun: nil, splitFrom: nil, explanation: nil))
    }

    private func read(_ record: ReplayRecord) throws -> ReplayRecord {
        let folder = try TemporaryFolder()
        try folder.put(String(decoding: try record.bytes(), as: UTF8.self), at: ReplayRecord.fileName)
        return try ReplayRecord.read(from: folder.path)
    }

    @Test func numbersAndOutlinesKeepEveryBit() throws {
        let record = try record()
        let back = try read(record)
        #expect(try back.bytes() == record.bytes())
        #expect(back.groups[0].sites[0].bufferMetres.bitPattern == (0.1 + 0.2).bitPattern)
        #expect(back.finding == record.finding)
        let finding = try back.finding.registered().finding
        #expect(finding.geometry.wkb == (try InventedRun.finding(1)).geometry.wkb)
        #expect(finding.log.text == "2019-08-31a 2019-09-10n 2019-09-20a")
    }

    @Test func whatLeadsOutOrPastTheEndIsRefused() throws {
        func refused(_ change: (inout ReplayRecord) -> Void) throws {
            var hostile = try record()
            change(&hostile)
            #expect(throws: FileError.self) { try read(hostile) }
        }
        for path in [
            "../a.tif", "data/pixels/../../a.tif", "/etc/passwd", "data/pixels/a.vrt", "data/pixels//a.tif",
            "data/pixels/a\n.tif", "/vsicurl/http://x/a.tif", "data/pixels/A.tif", "",
        ] {
            try refused { $0.files[0].path = path }
        }
        try refused { $0.files[0].scene = 1 }
        try refused { $0.files[0].scene = -1 }
        try refused { $0.groups[0].scenes = [7] }
        try refused { $0.groups[0].files = [1] }
        try refused { $0.groups[0].pixelSizeMetres = 0 }
        try refused { $0.groups[0].rows = 0..<Int.max }
        try refused { $0.groups[0].columns = 0..<(1 << 40) }
        try refused { $0.groups[0].bands = [] }
        try refused { $0.groups[0].sites = [] }
        try refused { $0.version = 9 }
        try refused { $0.format = "x" }
    }

    @Test func whatIsNoRecordIsRefused() throws {
        for text in ["", "{", "[]", "null", "{\"format\": \"sitewarden-replay\", \"version\": 1}"] {
            let folder = try TemporaryFolder()
            try folder.put(text, at: ReplayRecord.fileName)
            #expect(throws: FileError.self, "\(text)") { try ReplayRecord.read(from: folder.path) }
        }
        let folder = try TemporaryFolder()
        #expect(throws: FileError.self) { try Replay.run(folder.path) }
    }

    /// A manifest's settings, whatever was set, are those of the run.
    @Test func recordedSettingsReadBack() throws {
        var configuration = Configuration()
        #expect(try Configuration(json: JSONValue(encoding: configuration), subject: "x") == configuration)
        configuration.sites.source = "PG:service=heritage"
        // A pipeline adds to the weights and takes none away.
        configuration.sites.significanceWeights.merge(["world: heritage": 1, "'": 0.25, "yes": 0.5]) { $1 }
        configuration.output.reportTitle = "Khans & <towers> # \"1\"\n*a &b"
        configuration.findings.matchingOverlap = 1e-7
        configuration.detection.pair.seedScore = 123456.789
        configuration.scenes.exclude = ["S2A_*", "- x", "yes", "007"]
        #expect(try Configuration(json: JSONValue(encoding: configuration), subject: "x") == configuration)
        #expect(throws: ConfigurationError.self) {
            try Configuration(json: .object(["later": .bool(true)]), subject: "x")
        }
    }

    @Test func aNewFolderAppearsWholeOrNotAtAll() throws {
        struct Stop: Error {}
        let folder = try TemporaryFolder()
        let target = folder.path + "/deep/pack"
        #expect(throws: Stop.self) {
            try NewFolder.publish(at: target) { path in
                try WholeFile.write("half", to: path + "/file")
                throw Stop()
            }
        }
        #expect(try FolderTree.list(folder.path).files.isEmpty)
        try NewFolder.publish(at: target) { try WholeFile.write("whole", to: $0 + "/file") }
        #expect(try FolderTree.list(folder.path).files == ["deep/pack/file"])
        #expect(throws: FileError.self) { try NewFolder.publish(at: target) { _ in } }
        // Also where it came while the private one was filled.
        #expect(throws: FileError.self) {
            try NewFolder.publish(at: folder.path + "/other") { _ in try folder.put("x", at: "other/file") }
        }
        #expect(try FolderTree.list(folder.path).files == ["deep/pack/file", "other/file"])
    }
}
