import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Scenes that cannot be used: one line names the file and the mend, and the rest goes on.
struct BadSceneTests {
    /// So many that a band which one of them lacks is worth keeping.
    private static let days =
        ["2019-02-09", "2019-03-11", "2019-03-31", "2019-04-20"] + Watch.pairDays + ["2019-06-24"]
    private static let broken = "2019-06-24"

    /// One way in which the last date is broken.
    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// All of them stand in the line that tells it.
        let told: [String]
        /// That the file is not there is told once, and that the scene is left out for it.
        let lines: Int
        let make: @Sendable (_ watch: Watch, _ red: String) throws -> Void

        init(
            _ name: String, told: [String], lines: Int = 1, make: @escaping @Sendable (Watch, String) throws -> Void
        ) {
            testDescription = name
            self.told = told
            self.lines = lines
            self.make = make
        }
    }

    static let faults = [
        Fault("truncated", told: ["B04.tif", "Fetch the file again"]) { _, red in
            let bytes = try Data(contentsOf: URL(filePath: red))
            try bytes.prefix(bytes.count * 6 / 10).write(to: URL(filePath: red))
        },
        Fault("truncated within its head", told: ["B04.tif", "Fetch the file again"]) { _, red in
            try Data(contentsOf: URL(filePath: red)).prefix(60).write(to: URL(filePath: red))
        },
        Fault("empty file", told: ["B04.tif", "Fetch the file again"]) { _, red in
            try Data().write(to: URL(filePath: red))
        },
        Fault("garbage inside a block", told: ["B04.tif", "block (0, 0)", "Fetch the file again"]) { _, red in
            var bytes = try Data(contentsOf: URL(filePath: red))
            let middle = bytes.count / 2
            for index in middle..<middle + 400 { bytes[index] = UInt8(truncatingIfNeeded: index &* 37) }
            try bytes.write(to: URL(filePath: red))
        },
        Fault("nowhere on the Earth", told: ["B04.tif", "lies nowhere on the Earth", "scenes.exclude"]) { _, red in
            let grid = Grid(
                rows: 8, columns: 8, transform: GeoTransform(originX: 1e18, originY: 1e18, pixelSize: 1e17),
                crs: try CoordinateReferenceSystem(epsg: 3035))
            try FileManager.default.removeItem(atPath: red)
            try RasterWriter.writeGeoTIFF(
                [("red", .uint16([UInt16](repeating: 900, count: 64)))], grid: grid, nodata: 0, to: red)
        },
        Fault("text", told: ["B04.tif", "Fetch the file again"]) { _, red in
            try Data("<html>404 Not Found</html>".utf8).write(to: URL(filePath: red))
        },
        Fault("missing file", told: ["B04.tif missing", "Add it"], lines: 2) { _, red in
            try FileManager.default.removeItem(atPath: red)
        },
        Fault("missing band", told: ["band red is missing", "scenes.exclude"]) { watch, _ in
            let items = try watch.folder.text("scenes/items.json")
            let whole = items.replacing(#/"B04": \{"href": "\./2019-06-24/.*?\}\]\}, /#, with: "")
            #expect(whole.count < items.count)
            try watch.folder.write(whole, to: "scenes/items.json")
        },
        Fault("no reference system", told: ["B04.tif", "names no coordinate reference system"]) { _, red in
            // 34735: GeoKeyDirectoryTag; 65000 is anybody's.
            try TIFFBytes.change(red) { try $0.rename(tag: 34735, to: 65_000) }
        },
        Fault("no place", told: ["B04.tif", "has no geotransform"]) { _, red in
            // 33550: ModelPixelScaleTag.
            try TIFFBytes.change(red) { try $0.rename(tag: 33550, to: 65_000) }
        },
        Fault("one band lies elsewhere", told: ["B04.tif", "lie in different places"]) { watch, red in
            try FileManager.default.removeItem(atPath: red)
            var wrong = Landscape()
            wrong.crs = "EPSG:32640"
            try wrong.write([Day(broken)!], to: watch.folder.path + "/wrong")
            try FileManager.default.copyItem(atPath: watch.folder.path + "/wrong/\(broken)/B04.tif", toPath: red)
        },
        Fault("whole scene lies elsewhere", told: ["shows no site", "reference system"]) { watch, _ in
            try FileManager.default.removeItem(atPath: watch.folder.path + "/scenes/\(broken)")
            let items = try watch.folder.data("scenes/items.json")
            var wrong = Landscape()
            wrong.crs = "EPSG:32640"
            try wrong.write([Day(broken)!], to: watch.folder.path + "/scenes")
            try items.write(to: URL(filePath: watch.folder.path + "/scenes/items.json"))
        },
        Fault("virtual raster posing as a TIFF", told: ["B04.tif", "Fetch the file again"]) { watch, red in
            let secret = watch.folder.path + "/secret.tif"
            try FileManager.default.moveItem(atPath: red, toPath: secret)
            try VirtualRaster.text(of: secret).write(toFile: red, atomically: true, encoding: .utf8)
        },
        Fault("one huge block", told: ["B04.tif", "stores blocks of 30000 x 30000", "cloud-optimised GeoTIFF"]) {
            _, red in
            try TIFFBytes.change(red) { bytes in
                // ImageWidth, ImageLength, TileWidth, TileLength: the file stays as small as it is.
                for tag in [256, 257, 322, 323] { try bytes.set(tag: tag, to: 30_000) }
            }
        },
        Fault("file on a server that is not allowed", told: ["127.0.0.1", "scenes.allowedHosts"], lines: 2) {
            watch, _ in
            let items = try watch.folder.text("scenes/items.json")
            try watch.folder.write(
                items.replacing("./\(broken)/B04.tif", with: "http://127.0.0.1:9/B04.tif"), to: "scenes/items.json")
        },
        Fault("file on a server that refuses", told: ["127.0.0.1:9/B04.tif"]) { watch, _ in
            let pipeline = try watch.folder.text("pipeline.yaml")
            try watch.folder.write(
                pipeline.replacing("scenes: {", with: "scenes: {allowedHosts: [127.0.0.1], "), to: "pipeline.yaml")
            let items = try watch.folder.text("scenes/items.json")
            try watch.folder.write(
                items.replacing("./\(broken)/B04.tif", with: "http://127.0.0.1:9/B04.tif"), to: "scenes/items.json")
        },
    ]

    @Test(arguments: faults)
    func oneBrokenSceneIsNamedAndTheRestGoesOn(fault: Fault) async throws {
        let watch = try Watch.pair(days: Self.days)
        try fault.make(watch, watch.folder.path + "/scenes/\(Self.broken)/B04.tif")
        let run = try await watch.scan("2019-06")
        #expect(run.status == 2, "\(run.errors)")
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("Not used: ") }
        #expect(lines.count == fault.lines, "\(run.errors)")
        let line = try #require(lines.first)
        #expect(line.contains(Self.broken), "\(line)")
        for words in fault.told { #expect(line.contains(words), "\(line)") }
        #expect(!run.errors.contains("secret.tif"))
        // The other date shows the hole.
        #expect(try watch.tasks("2019-06")["A-dug"]?.first?["last_seen"] as? String == "2019-06-09")
        let manifest = try watch.folder.json("runs/2019-06/run.json")
        #expect((manifest["problems"] as? [String])?.count == fault.lines)
        #expect(try watch.folder.text("runs/2019-06/report.html").contains("S2_2019-06-24"))
        #expect(try Register.check(watch.folder.path + "/runs/register.gpkg")?.runs == ["2019-06"])
    }

    /// With no scene over any site there is nothing to say of the sites, and that is said.
    @Test func allScenesOutsideAllSites() async throws {
        let watch = try Watch.pair { $0.crs = "EPSG:32640" }
        let run = try await watch.scan("2019-06")
        #expect(run.status == 2)
        #expect(run.errors.contains("2 scenes (S2_2019-05-10, S2_2019-06-09) show no site"), "\(run.errors)")
        #expect(try watch.tasks("2019-06").isEmpty)
        #expect(try watch.coverage("2019-06").values.allSatisfy { $0["outcome"] == "no_imagery" })
    }

    @Test func noSceneCanBeUsed() async throws {
        let watch = try Watch.pair()
        for day in Watch.pairDays {
            try FileManager.default.removeItem(atPath: watch.folder.path + "/scenes/\(day)")
        }
        let run = try await watch.scan("2019-06")
        #expect(run.status == 65 && run.errors.contains("items.json: holds no scene that can be used"))
        #expect(!watch.folder.exists("runs"))
    }

    @Test(arguments: [
        "none", "none.json", "http://127.0.0.1:9/items.json", "ftp://127.0.0.1/items.json", "/vsimem/x.json",
    ])
    func sourcesThatCannotBeRead(source: String) async throws {
        let watch = try Watch.pair()
        let path = source.contains("/") ? source : watch.folder.path + "/" + source
        let run = try await watch.scan("2019-06", ["--scenes", path])
        let isMissing = !source.hasPrefix("ftp") && !source.hasPrefix("/vsimem")
        #expect(run.status == (isMissing ? 66 : 65))
        #expect(run.errors.contains(path) && run.output.isEmpty, "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
        #expect(run.duration < .seconds(60))
        #expect(!watch.folder.exists("runs"))
    }

    @Test func itemsThatAreNoJSON() async throws {
        let watch = try Watch.pair()
        try watch.folder.write("{\"type\": \"FeatureCollection\", \"features\": [", to: "scenes/items.json")
        let run = try await watch.scan("2019-06")
        #expect(run.status == 65 && run.errors.contains("scenes/items.json"), "\(run.errors)")
        #expect(!watch.folder.exists("runs"))
    }

    /// A month under cloud is no fault of the input; the coverage tells it.
    @Test func aMonthUnderCloud() async throws {
        let watch = try Watch.pair { $0.cloudyDays = [Day("2019-06-09")!] }
        let run = try await watch.scan("2019-06")
        #expect(run.status == 0 && run.output.contains("Sites: 1 no imagery, 4 not seen"), "\(run.output)")
        #expect(try watch.tasks("2019-06").isEmpty)
    }

    @Test func aMonthWithoutAcquisitions() async throws {
        let watch = try Watch.pair()
        let run = try await watch.scan("2019-07")
        #expect(run.status == 0 && run.output.contains("Sites: 5 no imagery"), "\(run.output)")
    }
}

/// A virtual raster that shows another file.
enum VirtualRaster {
    static func text(of path: String) -> String {
        """
        <VRTDataset rasterXSize="\(Landscape.columns)" rasterYSize="\(Landscape.rows)">
        <SRS>\(Landscape.zone34)</SRS><GeoTransform>500000,10,0,5000000,0,-10</GeoTransform>
        <VRTRasterBand dataType="UInt16" band="1"><SimpleSource>
        <SourceFilename relativeToVRT="0">\(path)</SourceFilename><SourceBand>1</SourceBand>
        </SimpleSource></VRTRasterBand></VRTDataset>
        """
    }
}

/// The first directory of a little-endian TIFF, as its bytes (TIFF 6.0, section 2).
struct TIFFBytes {
    private var bytes: [UInt8]

    static func change(_ path: String, _ body: (inout TIFFBytes) throws -> Void) throws {
        var tiff = TIFFBytes(bytes: [UInt8](try Data(contentsOf: URL(filePath: path))))
        try body(&tiff)
        try Data(tiff.bytes).write(to: URL(filePath: path))
    }

    mutating func rename(tag: Int, to other: Int) throws { put(other, at: try entry(of: tag), bytes: 2) }

    /// - Precondition: The tag holds one SHORT or LONG.
    mutating func set(tag: Int, to value: Int) throws {
        let entry = try entry(of: tag)
        put(value, at: entry + 8, bytes: number(at: entry + 2, bytes: 2) == 3 ? 2 : 4)
    }

    private func entry(of tag: Int) throws -> Int {
        let directory = number(at: 4, bytes: 4)
        let entries = (0..<number(at: directory, bytes: 2)).map { directory + 2 + 12 * $0 }
        return try #require(entries.first { number(at: $0, bytes: 2) == tag })
    }

    private func number(at offset: Int, bytes count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    private mutating func put(_ value: Int, at offset: Int, bytes count: Int) {
        for index in 0..<count { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
}
