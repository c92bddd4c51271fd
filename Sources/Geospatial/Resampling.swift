internal import CGDAL

/// How pixel values between pixel centres are found.
public enum Resampling: String, Sendable {
    case nearest, bilinear, cubic, average

    var gdalAlgorithm: GDALResampleAlg {
        switch self {
        case .nearest: GRA_NearestNeighbour
        case .bilinear: GRA_Bilinear
        case .cubic: GRA_Cubic
        case .average: GRA_Average
        }
    }
}

/// Brings a raster from its own grid to another, whatever their reference systems.
/// - Parameters:
///   - values: One value a pixel of `source`, rows first; NaN where there is none.
///   - source: The grid of `values`.
///   - target: The grid wanted.
///   - method: Interpolation; pixels without a value take no part in it.
/// - Returns: One value a pixel of `target`; NaN where `source` has none.
/// - Throws: `GeospatialError` where one reference system cannot be reached from the other.
public func resampled(
    _ values: [Float], from source: Grid, to target: Grid, method: Resampling
) throws -> [Float] {
    let isReprojected = source.crs != target.crs
    let input = try MemoryRaster(grid: source, bandCount: 1, type: GDT_Float32, isPlaced: isReprojected)
    try input.write(values, band: 0, type: GDT_Float32)
    let output = try MemoryRaster(grid: target, bandCount: 1, type: GDT_Float32, isPlaced: isReprojected)
    try output.write([Float](repeating: .nan, count: target.pixelCount), band: 0, type: GDT_Float32)
    let subject = "resampling \(source.crs.name) to \(target.crs.name)"
    try withGDALErrors("GDALReprojectImage", subject: subject) {
        try requireNone(
            unsafe GDALSetRasterNoDataValue(input.band(0), .nan), "GDALSetRasterNoDataValue", subject: subject)
        try requireNone(
            unsafe GDALSetRasterNoDataValue(output.band(0), .nan), "GDALSetRasterNoDataValue", subject: subject)
        // 0.125 pixels: the error GDAL may make where it interpolates the transformation instead of computing it.
        try requireNone(
            unsafe GDALReprojectImage(
                input.dataset, nil, output.dataset, nil, method.gdalAlgorithm, 0, 0.125, nil, nil, nil),
            "GDALReprojectImage", subject: subject)
    }
    return try output.read(Float.nan, band: 0, type: GDT_Float32)
}
