import Geospatial

/// A raster of whole numbers taken from a file, to be written again otherwise.
struct RasterFileCopy {
    private let grid: Grid
    private let nodata: Double?
    private let values: [UInt16]

    init(path: String) throws {
        let raster = try RasterFile(path: path)
        grid = raster.header.grid
        nodata = raster.header.nodata
        values = try raster.values(band: 0, window: grid.window).map { UInt16($0) }
    }

    func write(to path: String, change: (UInt16) -> UInt16) throws {
        try RasterWriter.writeCOG([("changed", .uint16(values.map(change)))], grid: grid, nodata: nodata, to: path)
    }
}
