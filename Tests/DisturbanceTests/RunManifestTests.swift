import Foundation
import Testing

@testable import Disturbance

@Suite struct RunManifestTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func manifest() -> RunManifest {
        RunManifest(
            versions: ["sitewarden": "0.1.0", "gdal": "3.6.2"], period: InventedRun.period,
            configuration: .object([
                "register": .text("PG:host=db user=x password=secret"), "threshold": .number(0.1),
                "count": .integer(3), "list": .array([.bool(true), .null]),
            ]),
            inputs: [
                RunManifest.File(path: "sites/b.geojson", digest: FileDigest(of: [1])),
                RunManifest.File(path: "PG:password='se cret' host=db", digest: FileDigest(of: [])),
            ],
            counts: ["tasks": 2, "sites": 16], problems: ["https://user:secret@host/x: unreachable"],
            previous: RunManifest.Previous(period: InventedRun.period, sha256: nil),
            remote: ["https://user:secret@host/x.tif"])
    }

    @Test func theTextIsStableAndComplete() throws {
        var manifest = manifest()
        try folder.put("a", at: "report.html")
        try folder.put("b", at: "rasters/x.tif")
        try manifest.write(into: folder.path)
        let text = try folder.text("run.json")
        #expect(text.hasSuffix("}\n") && text.contains("\"threshold\" : 0.1"))
        #expect(manifest.outputs.map(\.path) == ["rasters/x.tif", "report.html"])
        #expect(try RunManifest.read(from: folder.path) == manifest)
        #expect(try String(decoding: manifest.bytes(), as: UTF8.self) == text)
        let order = ["configuration", "counts", "format", "inputs", "outputs", "period", "previous", "problems", "versions"]
        let places = order.compactMap { text.firstRange(of: "\n  \"\($0)\"")?.lowerBound }
        #expect(places.count == order.count && places == places.sorted())
    }

    @Test func itHoldsNeitherPasswordsNorPlaces() throws {
        var manifest = manifest()
        try folder.put("a", at: "report.html")
        try manifest.write(into: folder.path)
        let text = try folder.text("run.json")
        #expect(!text.contains("secret") && !text.contains("se cret") && !text.contains(folder.path))
    }

    @Test func hostileTextReadsBack() throws {
        var manifest = manifest()
        manifest.problems = [InventedRun.hostileName]
        try manifest.write(into: folder.path)
        #expect(try RunManifest.read(from: folder.path).problems == [InventedRun.hostileName])
    }

    @Test func changesAreFound() throws {
        var manifest = manifest()
        for name in ["a", "b", "c"] { try folder.put(name, at: name) }
        try manifest.write(into: folder.path)
        #expect(try manifest.differences(in: folder.path) == [])
        try manifest.verify(folder.path)
        try folder.put("changed", at: "a")
        try FileManager.default.removeItem(atPath: "\(folder.path)/b")
        try folder.put("new", at: "d/e")
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/f", withDestinationPath: "c")
        #expect(try manifest.differences(in: folder.path) == ["a", "b", "d/e", "f"])
        #expect(throws: FileError.self) { try manifest.verify(folder.path) }
    }

    @Test func otherFormatsAreRefused() throws {
        try folder.put("{\"format\": 99}", at: "run.json")
        #expect {
            try RunManifest.read(from: folder.path)
        } throws: { error in
            "\(error)".contains("is of format 99; this version reads 1 to 2")
        }
        try folder.put("{", at: "run.json")
        #expect(throws: FileError.self) { try RunManifest.read(from: folder.path) }
    }

    /// One manifest of each format there has been; later versions must go on reading them.
    @Test func formatOneIsRead() throws {
        let format1 = """
            {"configuration": {"a": [1, 0.5, "x", null, true]}, "counts": {"tasks": 1}, "format": 1,
             "inputs": [{"bytes": 3, "path": "a", "sha256": "00"}], "outputs": [], "period": "2019-09-01/2019-09-30",
             "problems": ["p"], "versions": {"sitewarden": "0.1.0"}}
            """
        try folder.put(format1, at: "run.json")
        let manifest = try RunManifest.read(from: folder.path)
        #expect(manifest.period == InventedRun.period && manifest.inputs.first?.bytes == 3)
    }

    @Test func configurationsEncode() throws {
        struct Settings: Encodable {
            var name = "a"
            var limit: Int? = 3
            var share = 0.25
        }
        #expect(
            try JSONValue(encoding: Settings())
                == .object(["name": .text("a"), "limit": .integer(3), "share": .number(0.25)]))
    }
}
