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
        try writeCOG(bands.map { ($0.name, .float32($0.values)) }, grid: grid, nodata: .nan, to: path)
    }

    /// Writes bands of stored values as a cloud-optimised GeoTIFF; the same values give the same bytes.
    ///
    /// - Parameters:
    ///   - bands: Name and one value a pixel of `grid`, rows first, for each band; all of one type.
    ///   - nodata: The stored value that stands for a missing one.
    ///   - path: The file to make.
    public static func writeCOG(
        _ bands: [(name: String, values: RasterBlock.Values)], grid: Grid, nodata: Double?, to path: String
    ) throws {
        let raster = try raster(of: bands, grid: grid, nodata: nodata, path: path)
        try copy(raster, to: path, driver: "COG", options: ["COMPRESS=DEFLATE", "PREDICTOR=YES", "OVERVIEWS=NONE"])
    }

    /// Writes bands of stored values as a tiled GeoTIFF, as scenes are; the same values give the same bytes.
    ///
    /// - Parameters:
    ///   - bands: Name and one value a pixel of `grid`, rows first, for each band; all of one type.
    ///   - nodata: The stored value that stands for a missing one.
    ///   - blockSize: Rows and columns of a block, a multiple of 16.
    ///   - path: The file to make.
    public static func writeGeoTIFF(
        _ bands: [(name: String, values: RasterBlock.Values)], grid: Grid, nodata: Double?, blockSize: Int = 256,
        to path: String
    ) throws {
        precondition(blockSize > 0 && blockSize % 16 == 0, "TIFF stores tiles of multiples of 16")
        let raster = try raster(of: bands, grid: grid, nodata: nodata, path: path)
        let options = ["TILED=YES", "BLOCKXSIZE=\(blockSize)", "BLOCKYSIZE=\(blockSize)", "COMPRESS=DEFLATE"]
        try copy(raster, to: path, driver: "GTiff", options: options)
    }

    private static func raster(
        of bands: [(name: String, values: RasterBlock.Values)], grid: Grid, nodata: Double?, path: String
    ) throws -> MemoryRaster {
        guard let type = bands.first?.values.gdalType, bands.allSatisfy({ $0.values.gdalType == type }) else {
            throw GeospatialError(subject: path, message: "bands of several types, or none, cannot be in one file")
        }
        let raster = try MemoryRaster(grid: grid, bandCount: bands.count, type: type)
        for (index, band) in bands.enumerated() {
            switch band.values {
            case .uint8(let values): try raster.write(values, band: index, type: type)
            case .int16(let values): try raster.write(values, band: index, type: type)
            case .uint16(let values): try raster.write(values, band: index, type: type)
            case .float32(let values): try raster.write(values, band: index, type: type)
            }
            try withGDALErrors("GDALSetRasterNoDataValue", subject: path) {
                let handle = try unsafe raster.band(index)
                unsafe GDALSetDescription(handle, band.name)
                guard let nodata else { return }
                try requireNone(
                    unsafe GDALSetRasterNoDataValue(handle, nodata), "GDALSetRasterNoDataValue", subject: path)
            }
        }
        return raster
    }

    /// A picture as the bytes of a PNG file.
    /// - Parameters:
    ///   - rgb: Three bytes a pixel, rows first.
    public static func png(rgb: [UInt8], rows: Int, columns: Int) throws -> [UInt8] {
        precondition(rgb.count == rows * columns * 3)
        let grid = Grid(
            rows: rows, columns: columns, transform: GeoTransform(originX: 0, originY: 0, pixelSize: 1), crs: .wgs84)
        let raster = try MemoryRaster(grid: grid, bandCount: 3, type: GDT_Byte, isPlaced: false)
        for band in 0..<3 {
            try raster.write(
                stride(from: band, to: rgb.count, by: 3).map { rgb[$0] }, band: band, type: GDT_Byte)
        }
        let path = "/vsimem/\(UInt(bitPattern: ObjectIdentifier(raster))).png"
        defer { unsafe VSIUnlink(path) }
        // 3: of enlarged pixels 9 makes files 3 % smaller, and takes thirteen times as long.
        try copy(raster, to: path, driver: "PNG", options: ["ZLEVEL=3"])
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

extension RasterBlock.Values {
    fileprivate var gdalType: GDALDataType {
        switch self {
        case .uint8: GDT_Byte
        case .int16: GDT_Int16
        case .uint16: GDT_UInt16
        case .float32: GDT_Float32
        }
    }
}
