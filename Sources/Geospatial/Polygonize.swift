internal import CGDAL

/// Which pixels count as neighbours.
public enum Connectivity: Sendable {
    /// Pixels that share a side.
    case four
    /// Pixels that share a side or a corner.
    case eight
}

/// A patch of pixels of one label, as a polygon in the reference system of its grid.
public struct LabelledPolygon: Sendable {
    public let label: Int
    public let geometry: Geometry
}

/// Turns patches of equal label into polygons along pixel edges.
///
/// With `.eight`, patches that touch at a corner are one polygon, valid for GEOS after `madeValid()`.
/// - Parameters:
///   - labels: One label a pixel, rows first; 0 belongs to no patch.
///   - grid: Where the pixels lie.
/// - Returns: Polygons as `GDALPolygonize` gives them: see `PatchOutlines`.
public func polygonize(_ labels: [Int32], grid: Grid, connectivity: Connectivity) throws -> [LabelledPolygon] {
    try PatchOutlines(
        labels: labels, rows: grid.rows, columns: grid.columns, connectivity: connectivity
    ).patches.map { patch in
        let rings = patch.rings.map { ring in
            ring.map { grid.coordinate(row: Double($0.row), column: Double($0.column)) }
        }
        return LabelledPolygon(
            label: Int(patch.label),
            geometry: try Geometry(polygonWithExterior: rings[0], holes: Array(rings.dropFirst())))
    }
}

/// Labels as a raster of GDAL's: `GDALPolygonize`, which tests and benchmarks hold `polygonize` against.
package struct LabelRaster {
    private let raster: MemoryRaster

    package init(_ labels: [Int32], grid: Grid) throws {
        raster = try MemoryRaster(grid: grid, bandCount: 1, type: GDT_Int32, isPlaced: false)
        try raster.write(labels, band: 0, type: GDT_Int32)
    }

    /// - Returns: Polygons in the order GDAL finds them.
    package func polygons(connectivity: Connectivity) throws -> [LabelledPolygon] {
        let subject = "polygons from pixels"
        return try withGDALErrors("GDALPolygonize", subject: subject) {
            let driver = try unsafe requireHandle(OGRGetDriverByName("Memory"), "OGRGetDriverByName", subject: subject)
            let store = try unsafe requireHandle(
                OGR_Dr_CreateDataSource(driver, "polygons", nil), "OGR_Dr_CreateDataSource", subject: subject)
            defer { unsafe OGR_DS_Destroy(store) }
            let layer = try unsafe requireHandle(
                OGR_DS_CreateLayer(store, "polygons", nil, wkbPolygon, nil), "OGR_DS_CreateLayer", subject: subject)
            let field = try unsafe requireHandle(
                OGR_Fld_Create("label", OFTInteger), "OGR_Fld_Create", subject: subject)
            defer { unsafe OGR_Fld_Destroy(field) }
            guard unsafe OGR_L_CreateField(layer, field, 0) == OGRERR_NONE else {
                throw GeospatialError(subject: subject, message: "failed", function: "OGR_L_CreateField")
            }
            let options = connectivity == .eight ? ["8CONNECTED=8"] : []
            try unsafe withOptionList(options) { list in
                let band = try unsafe raster.band(0)
                // The band is its own mask: 0 is background.
                try requireNone(
                    unsafe GDALPolygonize(band, band, layer, 0, list, nil, nil), "GDALPolygonize", subject: subject)
            }
            unsafe OGR_L_ResetReading(layer)
            var polygons: [LabelledPolygon] = []
            while let feature = unsafe OGR_L_GetNextFeature(layer) {
                defer { unsafe OGR_F_Destroy(feature) }
                let label = unsafe Int(OGR_F_GetFieldAsInteger(feature, 0))
                let geometry = try unsafe requireHandle(
                    OGR_F_GetGeometryRef(feature), "OGR_F_GetGeometryRef", subject: subject)
                var bytes = [UInt8](repeating: 0, count: unsafe Int(OGR_G_WkbSize(geometry)))
                guard unsafe OGR_G_ExportToIsoWkb(geometry, wkbNDR, &bytes) == OGRERR_NONE else {
                    throw GeospatialError(subject: subject, message: "failed", function: "OGR_G_ExportToIsoWkb")
                }
                polygons.append(LabelledPolygon(label: label, geometry: try Geometry(wkb: bytes)))
            }
            return polygons
        }
    }
}

/// Marks the pixels of a geometry (`GDALRasterizeGeometries`).
/// - Parameters:
///   - geometry: In the reference system of `grid`.
///   - allTouched: True marks every pixel the geometry touches, false those whose centre lies in it.
/// - Returns: One value a pixel, rows first: 1 inside, 0 outside.
public func rasterize(_ geometry: Geometry, grid: Grid, allTouched: Bool) throws -> [UInt8] {
    let raster = try MemoryRaster(grid: grid, bandCount: 1, type: GDT_Byte, isPlaced: false)
    let subject = "pixels from a polygon"
    try withGDALErrors("GDALRasterizeGeometries", subject: subject) {
        var handle: OGRGeometryH? = nil
        let bytes = geometry.wkb
        guard unsafe OGR_G_CreateFromWkb(bytes, nil, &handle, Int32(bytes.count)) == OGRERR_NONE,
            let shape = unsafe handle
        else { throw GeospatialError(subject: subject, message: "failed", function: "OGR_G_CreateFromWkb") }
        defer { unsafe OGR_G_DestroyGeometry(shape) }
        var shapes: [OGRGeometryH?] = unsafe [shape]
        var bands: [Int32] = [1]
        var burn: [Double] = [1]
        try unsafe withOptionList(allTouched ? ["ALL_TOUCHED=TRUE"] : []) { list in
            try requireNone(
                unsafe GDALRasterizeGeometries(
                    raster.dataset, 1, &bands, 1, &shapes, nil, nil, &burn, list, nil, nil),
                "GDALRasterizeGeometries", subject: subject)
        }
    }
    return try raster.read(UInt8(0), band: 0, type: GDT_Byte)
}
