import Foundation
import Testing

@testable import Geospatial

struct GDALLibraryTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/sitewarden-gdal-\(UUID().uuidString)"
    private let committed = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Data/quickstart/scenes/2017-07-01/B04.tif").path()

    @Test func noOtherDriverIsThere() {
        let used = Set(RasterDriver.allCases.map(\.rawValue) + VectorDriver.allCases.map(\.rawValue))
        #expect(Set(GDALLibrary.drivers).isSubset(of: used.union(["MEM", "Memory", "COG"])))
        #expect(Set(GDALLibrary.drivers).isSuperset(of: ["GTiff", "COG", "PNG", "MEM", "Memory", "GeoJSON", "GPKG"]))
        for name in ["VRT", "OGR_VRT", "WMS", "HTTP", "WCS", "GTI", "LIBKML", "SQLite", "PDF", "ESRIJSON"] {
            #expect(!GDALLibrary.drivers.contains(name), "\(name)")
        }
    }

    /// Files that lead to another file, each of which an unguarded GDAL follows.
    @Test func noRasterLeadsToAnother() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func refusal(_ name: String, _ text: String) throws -> String {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            return #expect(throws: GeospatialError.self) { try RasterFile(path: "\(folder)/\(name)") }?.description
                ?? ""
        }
        let source =
            "<SimpleSource><SourceFilename>\(committed)</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        let vrt = """
            <VRTDataset rasterXSize="100" rasterYSize="100"><SRS>EPSG:3035</SRS>
            <GeoTransform>5000000,10,0,3000000,0,-10</GeoTransform>
            <VRTRasterBand dataType="UInt16" band="1">\(source)</VRTRasterBand></VRTDataset>
            """
        #expect(try refusal("renamed.tif", vrt).contains("not recognized"))
        #expect(
            try refusal("index.tif", "<GDALTileIndexDataset><IndexDataset>a.gpkg</IndexDataset></GDALTileIndexDataset>")
                .contains("not recognized"))
        #expect(
            try refusal("service.tif", "<GDAL_WMS><Service name=\"TMS\"><ServerUrl>http://127.0.0.1:9/</ServerUrl>")
                .contains("not recognized"))
        #expect(try refusal("link.jp2", "\(committed)").contains("not recognized"))
        // A text that GDAL would take for a dataset of its own.
        for name in ["vrt://\(committed)", vrt, "WMS:http://127.0.0.1:9/", "GTIFF_DIR:1:/none.tif"] {
            #expect(throws: GeospatialError.self) { try RasterFile(path: name) }
        }
    }

    /// A good file whose overviews and mask are said to lie in a VRT: what is read is the file itself, and nothing else.
    @Test func sideCarsAreNotFollowed() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/good.tif"
        try FileManager.default.copyItem(atPath: committed, toPath: path)
        let before = try RasterFile(path: path).values(band: 0, window: Window(rows: 0..<100, columns: 0..<100))
        let evil =
            "<VRTDataset rasterXSize=\"50\" rasterYSize=\"50\"><VRTRasterBand dataType=\"UInt16\" band=\"1\"/></VRTDataset>"
        for name in ["good.tif.ovr", "good.tif.msk", "good.ovr", "good.aux"] {
            try Data(evil.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        try Data(
            """
            <PAMDataset><SRS>EPSG:4326</SRS><GeoTransform>0,1,0,0,0,-1</GeoTransform>
            <Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/vsicurl/http://127.0.0.1:9/x</MDI></Metadata></PAMDataset>
            """.utf8
        ).write(to: URL(filePath: "\(path).aux.xml"))
        let raster = try RasterFile(path: path)
        #expect(raster.header.grid.crs.epsgCode == 3035)
        #expect(try raster.values(band: 0, window: Window(rows: 0..<100, columns: 0..<100)) == before)
        // And nothing is written beside it.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 6)
    }
}
