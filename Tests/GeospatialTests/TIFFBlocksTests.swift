import Foundation
import Testing

@testable import Geospatial

/// Blocks unpacked past GDAL against the same pixels read by GDAL.
struct TIFFBlocksTests {
    private let folder: URL
    private let grid: Grid

    /// Not a multiple of a block in either direction; three bands of numbers over the whole range, some alike.
    private static let rows = 70
    private static let columns = 91

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sitewarden-blocks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        grid = Grid(
            rows: Self.rows, columns: Self.columns,
            transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
    }

    private func number(_ index: Int, _ band: Int) -> Int {
        // Smooth ground with noise on it, and a corner of nothing.
        if index % Self.columns < 32 && index / Self.columns < 32 { return 0 }
        return (index * 7 + band * 1013 + (index * index * 31 >> 3) % 4096) % 65536
    }

    private func written(_ name: String, _ values: (Int) -> RasterBlock.Values) throws -> String {
        let path = folder.appending(path: name + ".tif").path()
        try RasterWriter.writeGeoTIFF(
            (0..<3).map { ("B\($0)", values($0)) }, grid: grid, nodata: nil, blockSize: 32, to: path)
        return path
    }

    private func sources() throws -> [(type: String, path: String)] {
        let count = Self.rows * Self.columns
        return [
            ("Byte", try written("byte") { band in .uint8((0..<count).map { UInt8(number($0, band) & 0xFF) }) }),
            ("UInt16", try written("uint16") { band in .uint16((0..<count).map { UInt16(number($0, band)) }) }),
            ("Int16", try written("int16") { band in .int16((0..<count).map { Int16(number($0, band) - 32768) }) }),
            ("Float32", try written("float") { band in .float32((0..<count).map { Float(number($0, band)) / 7 }) }),
        ]
    }

    /// `gdal_translate` with creation options; nil where the driver refuses the combination.
    private func translated(
        _ source: String, options: [String], bands: [Int] = [], more: [String] = []
    ) throws -> String? {
        let path = folder.appending(path: UUID().uuidString + ".tif").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["gdal_translate", "-q"] + bands.flatMap { ["-b", "\($0)"] } + options.flatMap { ["-co", $0] }
            + more + [source, path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0 && FileManager.default.fileExists(atPath: path) ? path : nil
    }

    private func numbers(_ block: RasterBlock) -> [Float] {
        switch block.values {
        case .uint8(let values): values.map { Float($0) }
        case .int16(let values): values.map { Float($0) }
        case .uint16(let values): values.map { Float($0) }
        case .float32(let values): values
        }
    }

    /// Whether every block of every band is what GDAL reads there.
    private func agrees(_ raster: RasterFile) throws -> Bool {
        let header = raster.header
        for band in 0..<header.bandCount {
            for row in 0..<header.blockRowCount {
                for column in 0..<header.blockColumnCount {
                    let window = header.window(ofBlockAtRow: row, column: column)
                    let expected = try raster.values(band: band, window: window)
                    let found = numbers(try raster.block(band: band, row: row, column: column))
                    guard found.count == header.blockRows * header.blockColumns else { return false }
                    for y in 0..<window.rows.count {
                        let start = y * header.blockColumns
                        guard
                            found[start..<start + window.columns.count]
                                == expected[y * window.columns.count..<(y + 1) * window.columns.count]
                        else { return false }
                    }
                }
            }
        }
        return true
    }

    @Test func everyKindOfFileHoldsWhatGDALReads() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var direct = 0
        var left = 0
        for (type, source) in try sources() {
            for layout in [["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=48"], ["BLOCKYSIZE=11"]] {
                for packing in [
                    ["COMPRESS=DEFLATE"], ["COMPRESS=DEFLATE", "PREDICTOR=2"], ["COMPRESS=NONE"], ["COMPRESS=LZW"],
                    ["COMPRESS=DEFLATE", "PREDICTOR=3"],
                ] {
                    let rarer = [
                        ["INTERLEAVE=BAND", "BIGTIFF=YES"], ["INTERLEAVE=BAND", "ENDIANNESS=BIG"],
                        ["INTERLEAVE=BAND", "SPARSE_OK=TRUE"],
                    ]
                    for more in [["INTERLEAVE=BAND"], ["INTERLEAVE=PIXEL"]] + (type == "UInt16" ? rarer : []) {
                        let options = layout + packing + more
                        guard let path = try translated(source, options: options) else { continue }
                        let raster = try RasterFile(path: path)
                        #expect(try agrees(raster), "\(type) \(options)")
                        let isUsual =
                            packing[0] == "COMPRESS=DEFLATE" && !more.contains("INTERLEAVE=PIXEL")
                            && !more.contains("ENDIANNESS=BIG") && type != "Float32"
                            && (packing.count == 1 || type != "Byte")
                        #expect(raster.readsDirectly == isUsual, "\(type) \(options)")
                        if isUsual { direct += 1 } else { left += 1 }
                        try FileManager.default.removeItem(atPath: path)
                    }
                }
            }
        }
        // Types x layouts x predictors x variants, less what the driver refuses: neither part may be empty by mistake.
        #expect(direct == (1 + 2 * 3 + 2) * 2 && left > 50)
    }

    @Test func fewerBitsThanTheTypeHasAreLeftToGDAL() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try #require(
            try translated(
                sources()[1].path, options: ["COMPRESS=DEFLATE", "NBITS=12"], bands: [1],
                more: ["-scale", "0", "65535", "0", "4095"]))
        let raster = try RasterFile(path: path)
        #expect(!raster.readsDirectly)
        #expect(try agrees(raster))
    }

    @Test func aDamagedBlockIsTheErrorGDALGives() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let options = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE", "PREDICTOR=2"]
        let path = try #require(try translated(sources()[1].path, options: options, bands: [1]))
        var bytes = try Data(contentsOf: URL(filePath: path))
        let whole = bytes
        var refused = 0
        for offset in stride(from: 2_000, to: whole.count - 100, by: whole.count / 40) {
            bytes = whole
            bytes[offset] ^= 0x55
            try bytes.write(to: URL(filePath: path))
            guard let raster = try? RasterFile(path: path), raster.readsDirectly else { continue }
            var isRefused = false
            for row in 0..<raster.header.blockRowCount {
                for column in 0..<raster.header.blockColumnCount {
                    do { _ = try raster.block(band: 0, row: row, column: column) } catch {
                        isRefused = true
                        #expect("\(error)".contains(path))
                    }
                }
            }
            if isRefused { refused += 1 }
        }
        // A checksum stands at the end of each block.
        #expect(refused > 20)
        // Cut short: the blocks that are left read on, the others are errors.
        try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
        if let raster = try? RasterFile(path: path) {
            var failures = 0
            for row in 0..<raster.header.blockRowCount {
                for column in 0..<raster.header.blockColumnCount
                where (try? raster.block(band: 0, row: row, column: column)) == nil { failures += 1 }
            }
            #expect(failures > 0)
        }
    }

    @Test(arguments: [(1, 1), (3, 7), (4, 16), (9, 5), (8, 1)])
    func predictorIsARunningSumOfEachRow(rows: Int, columns: Int) {
        var generator = SystemRandomNumberGenerator()
        let differences = (0..<rows * columns).map { _ in UInt16.random(in: 0...UInt16.max, using: &generator) }
        var values = differences
        undoPredictor(&values, columns: columns)
        for row in 0..<rows {
            var sum: UInt16 = 0
            for column in 0..<columns {
                sum &+= differences[row * columns + column]
                #expect(values[row * columns + column] == sum)
            }
        }
    }
}
