import Foundation
import Testing

@testable import Geospatial

struct RasterFileTests {
    /// 100 x 100 numbers of 16 bits in blocks of 64 x 64, of the committed series.
    private let committed = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Data/quickstart/scenes/2017-07-01/B04.tif").path()

    private func temporary(_ name: String) -> String {
        FileManager.default.temporaryDirectory.path + "/sitewarden-raster-\(UUID().uuidString)-\(name)"
    }

    @Test func headerTellsGridTypeAndBlocks() throws {
        let header = try RasterFile(path: committed).header
        #expect(header.grid.rows == 100 && header.grid.columns == 100 && header.bandCount == 1)
        #expect(header.grid.crs.epsgCode == 3035 && header.grid.transform.isNorthUp)
        #expect(header.pixelType == .uint16 && header.nodata == 0)
        #expect(header.blockRows == 64 && header.blockRowCount == 2 && header.blockColumnCount == 2)
        #expect(header.window(ofBlockAtRow: 1, column: 0) == Window(rows: 64..<100, columns: 0..<64))
        #expect(
            header.blocks(covering: Window(rows: 0..<65, columns: 64..<70)) == Window(rows: 0..<2, columns: 1..<2))
        #expect(header.blocks(covering: Window(rows: 5..<5, columns: 0..<3)).isEmpty)
    }

    @Test func blocksHoldThePixelsOfTheirWindows() throws {
        let raster = try RasterFile(path: committed)
        let whole = try raster.values(band: 0, window: raster.header.grid.window)
        for row in 0..<2 {
            for column in 0..<2 {
                let block = try raster.block(band: 0, row: row, column: column)
                guard case .uint16(let values) = block.values else {
                    Issue.record("no numbers of 16 bits")
                    return
                }
                #expect(values.count == 64 * 64 && block.byteCount == 2 * 64 * 64)
                let window = raster.header.window(ofBlockAtRow: row, column: column)
                for y in window.rows {
                    for x in window.columns {
                        #expect(Float(values[(y - row * 64) * 64 + x - column * 64]) == whole[y * 100 + x])
                    }
                }
            }
        }
    }

    @Test func badRequestsAndFilesAreErrorsWithTheirPath() throws {
        let raster = try RasterFile(path: committed)
        #expect(throws: GeospatialError.self) { try raster.block(band: 1, row: 0, column: 0) }
        #expect(throws: GeospatialError.self) { try raster.block(band: 0, row: 2, column: 0) }
        #expect(throws: GeospatialError.self) {
            try raster.values(band: 0, window: Window(rows: 0..<101, columns: 0..<1))
        }
        func refusal(_ path: String, limits: RasterLimits = RasterLimits()) -> String {
            #expect(throws: GeospatialError.self) { try RasterFile(path: path, limits: limits) }?.description ?? ""
        }
        #expect(refusal("/nonexistent.tif").contains("/nonexistent.tif"))
        var limits = RasterLimits()
        limits.pixels = 9_999
        #expect(refusal(committed, limits: limits).contains("9999"))
        limits = RasterLimits()
        limits.blockBytes = 8_191
        #expect(refusal(committed, limits: limits).contains("blocks of 64 x 64"))
        // A VRT can name any file and any host, whatever its own name.
        let disguised = temporary("scene.tif")
        defer { try? FileManager.default.removeItem(atPath: disguised) }
        try Data("<VRTDataset rasterXSize=\"1\" rasterYSize=\"1\"/>".utf8).write(to: URL(filePath: disguised))
        #expect(refusal(disguised).contains(disguised))
    }

    @Test func whatIsWrittenIsReadBackBitByBitAndTwiceTheSame() throws {
        let grid = Grid(
            rows: 7, columns: 9, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
        let score = (0..<63).map { $0 % 10 == 3 ? Float.nan : Float($0) / 3 }
        let other = score.map { -$0 }
        let paths = [temporary("a.tif"), temporary("b.tif")]
        defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
        for path in paths {
            try RasterWriter.writeCOG([("score", score), ("other", other)], grid: grid, to: path)
        }
        let raster = try RasterFile(path: paths[0])
        #expect(raster.header.grid.isAligned(with: grid) && raster.header.bandCount == 2)
        #expect(raster.header.nodata?.isNaN == true && raster.header.pixelType == .float32)
        for (band, wanted) in [score, other].enumerated() {
            let found = try raster.values(band: band, window: grid.window)
            #expect(zip(found, wanted).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
        }
        #expect(try Data(contentsOf: URL(filePath: paths[0])) == Data(contentsOf: URL(filePath: paths[1])))
        #expect(throws: GeospatialError.self) {
            try RasterWriter.writeCOG([("score", score)], grid: grid, to: "/nonexistent/score.tif")
        }
    }

    @Test func picturesArePNGAndTheSameEachTime() throws {
        let rgb = (0..<5 * 3 * 3).map { UInt8($0 * 5) }
        let first = try RasterWriter.png(rgb: rgb, rows: 5, columns: 3)
        #expect(first.prefix(4) == [0x89, 0x50, 0x4E, 0x47])
        // Width and height in the header chunk.
        #expect(first[16..<24] == [0, 0, 0, 3, 0, 0, 0, 5])
        #expect(try RasterWriter.png(rgb: rgb, rows: 5, columns: 3) == first)
    }
}
