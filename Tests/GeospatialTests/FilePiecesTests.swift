import Foundation
import Testing

@testable import Geospatial

/// Files whose pieces are known, read through GDAL and past it.
struct FilePiecesTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "pieces-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func file(_ bytes: [UInt8]) throws -> String {
        let url = folder.appending(path: "file")
        try Data(bytes).write(to: url)
        return url.path
    }

    private func pieces(of path: String, chunk: Int = 100_000) throws -> FilePieces {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        var gathering = FilePieces.Gathering()
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            gathering.add(Array(bytes[start..<min(start + chunk, bytes.count)]))
        }
        return gathering.pieces(ofFileAt: path)
    }

    @Test(arguments: [0, 1, 4095, 16384, 16385, 50_000])
    func everyRangeReadsAsItWas(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
        let path = try file(bytes)
        // However the bytes came when the pieces were taken.
        for chunk in [1000, 16384, 1 << 20] {
            let pieces = try pieces(of: path, chunk: chunk)
            let reader = try #require(CheckedFile(path: path, pieces: pieces))
            for (start, end) in [(0, count), (0, min(3, count)), (count / 2, count), (max(count - 1, 0), count)] {
                #expect(unsafe reader.withBytes(start..<end) { unsafe [UInt8]($0) } == Array(bytes[start..<end]))
            }
            #expect(unsafe reader.withBytes(0..<count + 1) { _ in } == nil)
            #expect(!pieces.hasChanged)
        }
    }

    @Test func aFlippedBitIsNoticedWhereverItIsRead() throws {
        var bytes = (0..<60_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let pieces = try pieces(of: file(bytes))
        bytes[40_000] ^= 0x10
        let path = try file(bytes)
        let reader = try #require(CheckedFile(path: path, pieces: pieces))
        // Another piece is as it was.
        #expect(unsafe reader.withBytes(0..<100) { _ in } != nil)
        #expect(!pieces.hasChanged)
        #expect(unsafe reader.withBytes(39_000..<39_001) { _ in } == nil)
        #expect(pieces.hasChanged)
    }

    @Test func aShortenedFileIsNoticed() throws {
        let bytes = [UInt8](repeating: 7, count: 30_000)
        let pieces = try pieces(of: file(bytes))
        let path = try file(Array(bytes.prefix(20_000)))
        let reader = try #require(CheckedFile(path: path, pieces: pieces))
        #expect(unsafe reader.withBytes(17_000..<17_010) { _ in } == nil)
        #expect(pieces.hasChanged)
    }

    private func raster(values: RasterBlock.Values) throws -> String {
        let path = folder.appending(path: "raster-\(UUID().uuidString).tif").path
        let grid = Grid(
            rows: 80, columns: 96, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
        try RasterWriter.writeGeoTIFF([("a", values)], grid: grid, nodata: 0, blockSize: 32, to: path)
        return path
    }

    private static let kinds: [RasterBlock.Values] = [
        .uint16((0..<80 * 96).map { UInt16(truncatingIfNeeded: $0 &* 2654435761 >> 7) }),
        // GDAL reads these itself.
        .float32((0..<80 * 96).map { Float(($0 &* 2654435761) % 10_007) }),
    ]

    @Test(arguments: [0, 1])
    func everyBlockOfARasterIsChecked(kind: Int) throws {
        let path = try raster(values: Self.kinds[kind])
        let pieces = try pieces(of: path)
        let plain = try RasterFile(path: path)
        let checked = try RasterFile(path: path, pieces: pieces)
        #expect(plain.header == checked.header)
        #expect(try plain.values(band: 0, window: plain.header.grid.window)
            == checked.values(band: 0, window: plain.header.grid.window))
        #expect(checked.readsDirectly == (kind == 0))
        let original = try Data(contentsOf: URL(filePath: path))
        // Every 97th byte: header, directory, places of the blocks, blocks.
        for offset in stride(from: 0, to: original.count, by: 97) {
            var bytes = original
            bytes[offset] ^= 1 << UInt8(offset % 8)
            try bytes.write(to: URL(filePath: path))
            let pieces = FilePieces.Gathering.of([UInt8](original), at: path)
            #expect(throws: GeospatialError.self, "byte \(offset)") {
                let file = try RasterFile(path: path, pieces: pieces)
                for row in 0..<file.header.blockRowCount {
                    for column in 0..<file.header.blockColumnCount {
                        _ = try file.block(band: 0, row: row, column: column)
                    }
                }
            }
            #expect(pieces.hasChanged)
        }
        try original.write(to: URL(filePath: path))
        #expect(throws: Never.self) { try RasterFile(path: path, pieces: pieces).block(band: 0, row: 0, column: 0) }
    }

    @Test func theErrorNamesTheFileAndNotItsNameInside() throws {
        let path = folder.appending(path: "no.tif").path
        try Data("no raster".utf8).write(to: URL(filePath: path))
        let pieces = try pieces(of: path)
        #expect {
            _ = try RasterFile(path: path, pieces: pieces)
        } throws: { error in
            "\(error)".contains(path) && !"\(error)".contains("vsichecked")
        }
    }

    @Test func aShapefileIsAllOfItsFiles() throws {
        let path = folder.appending(path: "sites.shp").path
        let dataset = try VectorDataset.create(path, driver: .shapefile)
        _ = try dataset.createLayer(
            LayerDefinition(name: "sites", crs: .wgs84, kind: .polygon, fields: [FieldDefinition("id", .text)]))
        try dataset.close()
        let names = try VectorDataset.files(of: path).compactMap { $0.split(separator: "/").last.map(String.init) }
        #expect(Set(["sites.shp", "sites.dbf", "sites.shx", "sites.prj"]).isSubset(of: names))
        #expect(try VectorDataset.files(of: "PG:service=none") == [])
    }
}

extension FilePieces.Gathering {
    fileprivate static func of(_ bytes: [UInt8], at path: String) -> FilePieces {
        var gathering = Self()
        gathering.add(bytes)
        return gathering.pieces(ofFileAt: path)
    }
}
