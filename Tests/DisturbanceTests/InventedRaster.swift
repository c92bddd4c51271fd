import Foundation
import Geospatial

/// Writes small tiled GeoTIFFs byte by byte (TIFF 6.0, GeoTIFF 1.1), so that reading them checks GDAL too.
struct InventedRaster {
    enum Sample {
        case uint8, int16, uint16, float32

        var bytes: Int {
            switch self {
            case .uint8: 1
            case .int16, .uint16: 2
            case .float32: 4
            }
        }
        /// Values of the tag SampleFormat.
        var format: UInt16 {
            switch self {
            case .uint8, .uint16: 1
            case .int16: 2
            case .float32: 3
            }
        }
    }

    var rows: Int
    var columns: Int
    var originX = 500_000.0
    var originY = 5_000_000.0
    var pixelSize = 10.0
    var epsg = 32634
    /// Rows and columns of a block, a multiple of 16.
    var block = 16
    var sample = Sample.uint16
    var nodata: Int?
    /// One value a pixel, rows first.
    var values: [Double]

    init(rows: Int, columns: Int, values: [Double]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    init(rows: Int, columns: Int, value: (_ row: Int, _ column: Int) -> Double) {
        self.init(
            rows: rows, columns: columns, values: (0..<rows * columns).map { value($0 / columns, $0 % columns) })
    }

    /// Pixels come last, block after block, so a file cut short lacks its last blocks.
    var bytes: [UInt8] {
        let blockRows = (rows + block - 1) / block
        let blockColumns = (columns + block - 1) / block
        let blockBytes = block * block * sample.bytes
        var tags: [(tag: UInt16, type: UInt16, count: Int, data: [UInt8])] = []
        func shorts(_ tag: UInt16, _ values: [UInt16]) { tags.append((tag, 3, values.count, values.flatMap(little))) }
        func longs(_ tag: UInt16, _ values: [UInt32]) { tags.append((tag, 4, values.count, values.flatMap(little))) }
        func doubles(_ tag: UInt16, _ values: [Double]) {
            tags.append((tag, 12, values.count, values.flatMap { little($0.bitPattern) }))
        }
        longs(256, [UInt32(columns)])
        longs(257, [UInt32(rows)])
        shorts(258, [UInt16(sample.bytes * 8)])
        shorts(259, [1])
        shorts(262, [1])
        shorts(277, [1])
        longs(322, [UInt32(block)])
        longs(323, [UInt32(block)])
        let count = blockRows * blockColumns
        longs(324, [UInt32](repeating: 0, count: count))
        longs(325, [UInt32](repeating: UInt32(blockBytes), count: count))
        shorts(339, [sample.format])
        doubles(33550, [pixelSize, pixelSize, 0])
        doubles(33922, [0, 0, 0, originX, originY, 0])
        // Projected, pixel is area, the code of the reference system.
        shorts(34735, [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, UInt16(epsg)])
        if let nodata {
            let text = Array("\(nodata)".utf8) + [0]
            tags.append((42113, 2, text.count, text))
        }
        let entriesEnd = 8 + 2 + tags.count * 12 + 4
        var outside: [UInt8] = []
        let outsideBytes = tags.reduce(0) { $0 + ($1.data.count > 4 ? ($1.data.count + 1) / 2 * 2 : 0) }
        let pixelsStart = entriesEnd + outsideBytes
        var file: [UInt8] = Array("II".utf8) + little(UInt16(42)) + little(UInt32(8)) + little(UInt16(tags.count))
        for entry in tags {
            var data = entry.data
            if entry.tag == 324 {
                data = (0..<count).flatMap { little(UInt32(pixelsStart + $0 * blockBytes)) }
            }
            file += little(entry.tag) + little(entry.type) + little(UInt32(entry.count))
            if data.count <= 4 {
                file += data + [UInt8](repeating: 0, count: 4 - data.count)
            } else {
                file += little(UInt32(entriesEnd + outside.count))
                outside += data + (data.count % 2 == 1 ? [0] : [])
            }
        }
        file += little(UInt32(0)) + outside
        for blockRow in 0..<blockRows {
            for blockColumn in 0..<blockColumns {
                for row in blockRow * block..<(blockRow + 1) * block {
                    for column in blockColumn * block..<(blockColumn + 1) * block {
                        file += stored(row < rows && column < columns ? values[row * columns + column] : 0)
                    }
                }
            }
        }
        return file
    }

    private func stored(_ value: Double) -> [UInt8] {
        switch sample {
        case .uint8: [UInt8(value)]
        case .int16: little(Int16(value))
        case .uint16: little(UInt16(value))
        case .float32: little(Float(value).bitPattern)
        }
    }

    private func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
    }

    func write(to path: String, withoutLastBytes missing: Int = 0) throws {
        try Data(bytes.dropLast(missing)).write(to: URL(filePath: path))
    }

    var grid: Grid {
        get throws {
            Grid(
                rows: rows, columns: columns,
                transform: GeoTransform(originX: originX, originY: originY, pixelSize: pixelSize),
                crs: try CoordinateReferenceSystem(epsg: epsg))
        }
    }
}
