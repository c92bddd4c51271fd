import Foundation
import Testing

/// Files made to lead the program elsewhere: it opens what it was given, and tells the rest in a line.
struct HostileFileTests {
    private static let broken = "2019-06-24"

    /// A watch whose last date has something else in its red band's place.
    private func scan(_ place: (_ watch: Watch, _ red: String) throws -> Void) async throws -> Program.Run {
        let watch = try Watch.pair(days: Watch.pairDays + [Self.broken])
        let red = watch.folder.path + "/scenes/\(Self.broken)/B04.tif"
        try place(watch, red)
        let run = try await watch.scan("2019-06")
        #expect(run.status == 2 && run.duration < .seconds(60), "\(run.errors)")
        #expect(run.errors.contains("Not used: "), "\(run.errors)")
        return run
    }

    @Test func aVirtualRasterUnderTheNameOfATIFF() async throws {
        let run = try await scan { watch, red in
            let other = watch.folder.path + "/scenes/2019-06-09/B04.tif"
            try FileManager.default.removeItem(atPath: red)
            try watch.folder.write(
                """
                <VRTDataset rasterXSize="52" rasterYSize="48"><SRS>EPSG:32634</SRS>
                <GeoTransform>500000,10,0,5000000,0,-10</GeoTransform><VRTRasterBand dataType="UInt16" band="1">
                <SimpleSource><SourceFilename>\(other)</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>
                """, to: "scenes/\(Self.broken)/B04.tif")
        }
        #expect(run.errors.contains("not recognized"))
    }

    @Test(arguments: ["/dev/zero", "/dev/stdin", "/proc/self/environ", "/nonexistent"])
    func aLinkToADevice(target: String) async throws {
        let run = try await scan { _, red in
            try FileManager.default.removeItem(atPath: red)
            try FileManager.default.createSymbolicLink(atPath: red, withDestinationPath: target)
        }
        #expect(run.errors.contains("B04.tif"))
    }

    @Test func aPipe() async throws {
        _ = try await scan { _, red in
            try FileManager.default.removeItem(atPath: red)
            let made = try Process.run(URL(filePath: "/usr/bin/mkfifo"), arguments: [red])
            made.waitUntilExit()
        }
    }

    @Test(arguments: [
        "/vsicurl/http://127.0.0.1:9/B04.tif", "/vsimem/x.tif", "/vsizip//tmp/a.zip/B04.tif",
        "http://127.0.0.1:9/B04.tif",
        "http://169.254.169.254/latest/meta-data/x.tif", "GTIFF_DIR:1:./2019-06-09/B04.tif",
        "vrt://./2019-06-09/B04.tif",
        "WMS:http://127.0.0.1:9/x.tif", "<VRTDataset/>.tif", "ftp://127.0.0.1/x.tif", "s3://bucket/x.tif",
    ])
    func anAddressInsideACatalogue(href: String) async throws {
        let run = try await scan { watch, _ in
            let items = try watch.folder.text("scenes/items.json")
                .replacing("\"./\(Self.broken)/B04.tif\"", with: "\"\(href)\"")
            #expect(items.contains(href))
            try watch.folder.write(items, to: "scenes/items.json")
        }
        #expect(!run.errors.contains("CURL") && !run.errors.contains("connect"), "\(run.errors)")
    }

    @Test func aPipelineThatNeverEnds() async throws {
        let folder = try TemporaryFolder()
        let pipe = folder.path + "/pipeline.yaml"
        try Process.run(URL(filePath: "/usr/bin/mkfifo"), arguments: [pipe]).waitUntilExit()
        for path in [pipe, "/dev/zero", folder.path] {
            let run = try await Program.run(["config", path])
            #expect(run.status == 78 && run.errors.contains("cannot be read"), "\(run.errors)")
        }
        try folder.write(String(repeating: "#", count: 2 << 20), to: "large.yaml")
        let run = try await Program.run(["config", folder.path + "/large.yaml"])
        #expect(run.status == 78 && run.errors.contains("1 MiB"), "\(run.errors)")
    }
}
