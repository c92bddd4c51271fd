internal import CGDAL

/// A raster in memory that GDAL can work on: the way into and out of its algorithms.
@safe
final class MemoryRaster {
    let dataset: GDALDatasetH
    let grid: Grid

    /// - Parameters:
    ///   - bandCount: Bands, all zero at first.
    ///   - isPlaced: Whether the raster names its reference system; what stays among pixels needs none, and to make one
    ///     takes longer than to work on a small raster.
    init(grid: Grid, bandCount: Int, type: GDALDataType, isPlaced: Bool = true) throws {
        GDALLibrary.started
        let made = try unsafe withGDALErrors("GDALCreate", subject: "raster in memory") {
            let driver = try unsafe requireHandle(GDALGetDriverByName("MEM"), "GDALGetDriverByName", subject: "MEM")
            return try unsafe requireHandle(
                GDALCreate(driver, "", Int32(grid.columns), Int32(grid.rows), Int32(bandCount), type, nil),
                "GDALCreate", subject: "raster in memory")
        }
        unsafe dataset = unsafe made
        self.grid = grid
        try withGDALErrors("GDALSetGeoTransform", subject: "raster in memory") {
            var coefficients = grid.transform.gdalCoefficients
            try requireNone(
                unsafe GDALSetGeoTransform(made, &coefficients), "GDALSetGeoTransform", subject: "raster in memory")
            guard isPlaced else { return }
            let reference = try ReferenceHandle(grid.crs.wkt)
            try requireNone(
                unsafe GDALSetSpatialRef(made, reference.pointer), "GDALSetSpatialRef", subject: "raster in memory")
        }
    }

    deinit { unsafe GDALClose(dataset) }

    func band(_ index: Int) throws -> GDALRasterBandH {
        try unsafe requireHandle(GDALGetRasterBand(dataset, Int32(index + 1)), "GDALGetRasterBand", subject: "MEM")
    }

    /// - Parameter values: One value a pixel, rows first.
    func write<Value: BitwiseCopyable>(_ values: [Value], band index: Int, type: GDALDataType) throws {
        precondition(values.count == grid.pixelCount)
        var copy = values
        try transfer(GF_Write, &copy, band: index, type: type)
    }

    func read<Value: BitwiseCopyable>(_ zero: Value, band index: Int, type: GDALDataType) throws -> [Value] {
        var values = [Value](repeating: zero, count: grid.pixelCount)
        try transfer(GF_Read, &values, band: index, type: type)
        return values
    }

    private func transfer<Value: BitwiseCopyable>(
        _ direction: GDALRWFlag, _ values: inout [Value], band index: Int, type: GDALDataType
    ) throws {
        let handle = try unsafe band(index)
        let rows = Int32(grid.rows)
        let columns = Int32(grid.columns)
        try withGDALErrors("GDALRasterIO", subject: "raster in memory") {
            try unsafe values.withUnsafeMutableBytes { bytes in
                try requireNone(
                    unsafe GDALRasterIO(
                        handle, direction, 0, 0, columns, rows, bytes.baseAddress, columns, rows, type, 0, 0),
                    "GDALRasterIO", subject: "raster in memory")
            }
        }
    }
}
