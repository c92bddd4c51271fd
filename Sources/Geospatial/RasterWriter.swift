internal import CGDAL

/// Writes rasters as whole files.
public enum RasterWriter {
    /// Writes bands of floating point as a cloud-optimised GeoTIFF; the same values give the same bytes.
    ///
    /// The caller publishes the file: GDAL neither syncs nor reports a full disk before the file is closed.
    /// - Parameters:
    ///   - bands: Name and one value a pixel of `grid`, rows first, for each band; NaN is nodata.
    ///   - path: The file to make.
    public static func writeCOG(_ bands: [(name: String, values: [Float])], grid: Grid, to path: String) throws {
        let raster = try MemoryRaster(grid: grid, bandCount: bands.count, type: GDT_Float32)
        for (index, band) in bands.enumerated() {
            try raster.write(band.values, band: index, type: GDT_Float32)
            try withGDALErrors("GDALSetRasterNoDataValue", subject: path) {
                let handle = try unsafe raster.band(index)
                unsafe GDALSetDescription(handle, band.name)
                try requireNone(unsafe GDALSetRasterNoDataValue(handle, .nan), "GDALSetRasterNoDataValue", subject: path)
            }
        }
        try copy(raster, to: path, driver: "COG", options: ["COMPRESS=DEFLATE", "PREDICTOR=YES", "OVERVIEWS=NONE"])
    }

    /// A picture as the bytes of a PNG file.
    /// - Parameters:
    ///   - rgb: Three bytes a pixel, rows first.
    public static func png(rgb: [UInt8], rows: Int, columns: Int) throws -> [UInt8] {
        precondition(rgb.count == rows * columns * 3)
        let grid = Grid(
            rows: rows, columns: columns, transform: GeoTransform(originX: 0, originY: 0, pixelSize: 1), crs: .wgs84)
        let raster = try MemoryRaster(grid: grid, bandCount: 3, type: GDT_Byte)
        for band in 0..<3 {
            try raster.write(
                stride(from: band, to: rgb.count, by: 3).map { rgb[$0] }, band: band, type: GDT_Byte)
        }
        let path = "/vsimem/\(UInt(bitPattern: ObjectIdentifier(raster))).png"
        defer { unsafe VSIUnlink(path) }
        try copy(raster, to: path, driver: "PNG", options: ["ZLEVEL=9"])
        var count: vsi_l_offset = 0
        let bytes = try unsafe requireHandle(
            VSIGetMemFileBuffer(path, &count, 0), "VSIGetMemFileBuffer", subject: "PNG in memory")
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    private static func copy(_ raster: MemoryRaster, to path: String, driver name: String, options: [String]) throws {
        try withGDALErrors("GDALCreateCopy", subject: path) {
            let driver = try unsafe requireHandle(GDALGetDriverByName(name), "GDALGetDriverByName", subject: name)
            try unsafe withOptionList(options) { list in
                let made = try unsafe requireHandle(
                    GDALCreateCopy(driver, path, raster.dataset, 0, list, nil, nil), "GDALCreateCopy", subject: path)
                unsafe GDALClose(made)
            }
        }
    }
}
