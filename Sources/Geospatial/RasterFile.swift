internal import CGDAL

/// The raster formats that may be opened. A VRT is none of them: it can name any file and any host.
public enum RasterDriver: String, CaseIterable, Sendable {
    case geoTIFF = "GTiff"
    case jpeg2000 = "JP2OpenJPEG"
    case png = "PNG"
}

/// What a raster may cost before any of its pixels is read.
public struct RasterLimits: Hashable, Sendable {
    /// Most pixels of one band.
    public var pixels = 40_000 * 40_000
    /// Most bytes of one decoded block: a small file may declare a block that fills the memory.
    public var blockBytes = 256 << 20

    public init() {}
}

/// How pixels are stored; types that are rarer in satellite scenes are read as `float32`.
public enum PixelType: Hashable, Sendable {
    case uint8, int16, uint16, float32

    public var byteCount: Int {
        switch self {
        case .uint8: 1
        case .int16, .uint16: 2
        case .float32: 4
        }
    }

    public var is16BitInteger: Bool { self == .int16 || self == .uint16 }

    init(gdalType: GDALDataType) {
        switch gdalType {
        case GDT_Byte: self = .uint8
        case GDT_Int16: self = .int16
        case GDT_UInt16: self = .uint16
        default: self = .float32
        }
    }

    var gdalType: GDALDataType {
        switch self {
        case .uint8: GDT_Byte
        case .int16: GDT_Int16
        case .uint16: GDT_UInt16
        case .float32: GDT_Float32
        }
    }
}

/// Everything about a raster that is known without reading its pixels.
public struct RasterHeader: Hashable, Sendable {
    public var grid: Grid
    public var bandCount: Int
    /// The first band's type; a scene's file holds bands of one type.
    public var pixelType: PixelType
    /// Declared missing value of the first band, in stored values.
    public var nodata: Double?
    public var blockRows: Int
    public var blockColumns: Int

    public init(
        grid: Grid, bandCount: Int, pixelType: PixelType, nodata: Double?, blockRows: Int, blockColumns: Int
    ) {
        self.grid = grid
        self.bandCount = bandCount
        self.pixelType = pixelType
        self.nodata = nodata
        self.blockRows = blockRows
        self.blockColumns = blockColumns
    }

    public var blockRowCount: Int { (grid.rows + blockRows - 1) / blockRows }
    public var blockColumnCount: Int { (grid.columns + blockColumns - 1) / blockColumns }

    /// How many blocks there are, southwards and eastwards; those at the edges count whole.
    public var blockGrid: (rows: Int, columns: Int) {
        ((grid.rows + blockRows - 1) / blockRows, (grid.columns + blockColumns - 1) / blockColumns)
    }

    /// The indices of the blocks that hold the pixels of `window`.
    public func blocks(covering window: Window) -> Window {
        guard !window.isEmpty else { return Window(rows: 0..<0, columns: 0..<0) }
        return Window(
            rows: window.rows.lowerBound / blockRows..<(window.rows.upperBound + blockRows - 1) / blockRows,
            columns: window.columns.lowerBound / blockColumns..<(window.columns.upperBound + blockColumns - 1)
                / blockColumns)
    }

    /// The pixels of one block, cut to the grid.
    public func window(ofBlockAtRow row: Int, column: Int) -> Window {
        Window(
            rows: row * blockRows..<min((row + 1) * blockRows, grid.rows),
            columns: column * blockColumns..<min((column + 1) * blockColumns, grid.columns))
    }
}

/// One decoded block: whole as stored, with `columns` values a row, also where the grid ends inside it.
public struct RasterBlock: Sendable {
    public enum Values: Sendable {
        case uint8([UInt8])
        case int16([Int16])
        case uint16([UInt16])
        case float32([Float])
    }

    public let values: Values
    public let rows: Int
    public let columns: Int

    /// - Parameter values: `rows` x `columns`, rows first.
    public init(values: Values, rows: Int, columns: Int) {
        self.values = values
        self.rows = rows
        self.columns = columns
    }

    public var byteCount: Int {
        switch values {
        case .uint8(let values): values.count
        case .int16(let values): values.count * 2
        case .uint16(let values): values.count * 2
        case .float32(let values): values.count * 4
        }
    }

    /// A copy of some of its rows.
    public func rows(_ part: Range<Int>) -> RasterBlock {
        let range = part.lowerBound * columns..<part.upperBound * columns
        let values: Values =
            switch self.values {
            case .uint8(let values): .uint8(Array(values[range]))
            case .int16(let values): .int16(Array(values[range]))
            case .uint16(let values): .uint16(Array(values[range]))
            case .float32(let values): .float32(Array(values[range]))
            }
        return RasterBlock(values: values, rows: part.count, columns: columns)
    }
}

/// An open raster. Not Sendable: GDAL's handles belong to one thread.
@safe
public final class RasterFile {
    public let path: String
    public let header: RasterHeader
    private let dataset: GDALDatasetH
    /// Set on first use: planning opens every file and reads none.
    private lazy var direct: TIFFBlocks? = unsafe TIFFBlocks(
        dataset: dataset, path: path, pieces: pieces, header: header)
    /// What the file held when it was first seen.
    private let pieces: FilePieces?
    /// What GDAL knows the file by.
    private let name: String

    /// Opens a raster for reading with one of `drivers` and no other.
    /// - Parameter pieces: What the file held when it was first seen; whatever is read from here on is compared with it.
    /// - Throws: `GeospatialError` where the file cannot be opened, has no place on the ground, exceeds `limits`, or is
    ///   not as it was.
    public init(
        path: String, drivers: [RasterDriver] = [.geoTIFF, .jpeg2000], limits: RasterLimits = RasterLimits(),
        pieces: FilePieces? = nil
    ) throws {
        let name = pieces.map(CheckedFileSystem.add) ?? path
        do {
            let opened = try unsafe RemoteHosts.asking(path) {
                try unsafe withGDALErrors("GDALOpenEx", subject: path) {
                    try unsafe withOptionList(drivers.map(\.rawValue)) { names in
                        let flags = UInt32(GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR)
                        return try unsafe requireHandle(
                            GDALOpenEx(name, flags, UnsafePointer(OpaquePointer(names)), nil, nil), "GDALOpenEx",
                            subject: path)
                    }
                }
            }
            do {
                header = try unsafe Self.header(of: opened, path: path, pieces: pieces, limits: limits)
                try Self.requireUnchanged(pieces)
            } catch {
                unsafe GDALClose(opened)
                throw error
            }
            unsafe dataset = unsafe opened
        } catch {
            defer { if pieces != nil { CheckedFileSystem.remove(name) } }
            try Self.requireUnchanged(pieces)
            throw Self.told(error, of: path, insteadOf: name)
        }
        self.path = path
        self.pieces = pieces
        self.name = name
    }

    deinit {
        unsafe GDALClose(dataset)
        if pieces != nil { CheckedFileSystem.remove(name) }
    }

    /// GDAL may pass over a read that failed.
    private static func requireUnchanged(_ pieces: FilePieces?) throws {
        if let pieces, pieces.hasChanged { throw pieces.changeError }
    }

    /// GDAL's messages name the file as GDAL knows it.
    private static func told(_ error: any Error, of path: String, insteadOf name: String) -> any Error {
        guard let error = error as? GeospatialError, name != path else { return error }
        return GeospatialError(
            subject: error.subject, message: error.message.replacing(name, with: path), function: error.function,
            isMissing: error.isMissing)
    }

    /// Runs a read of pixels; its outcome counts only where every byte was as it was first seen.
    private func checked<Result>(_ read: () throws -> Result) throws -> Result {
        guard let pieces else { return try read() }
        let outcome = Swift.Result { try read() }
        try Self.requireUnchanged(pieces)
        return try outcome.mapError { Self.told($0, of: path, insteadOf: name) }.get()
    }

    private static func header(
        of dataset: GDALDatasetH, path: String, pieces: FilePieces?, limits: RasterLimits
    ) throws -> RasterHeader {
        let rows = unsafe Int(GDALGetRasterYSize(dataset))
        let columns = unsafe Int(GDALGetRasterXSize(dataset))
        let bandCount = unsafe Int(GDALGetRasterCount(dataset))
        guard rows > 0, columns > 0, bandCount > 0, let band = unsafe GDALGetRasterBand(dataset, 1) else {
            throw GeospatialError(subject: path, message: "holds no pixels")
        }
        guard rows.multipliedReportingOverflow(by: columns).partialValue <= limits.pixels, rows <= limits.pixels else {
            throw GeospatialError(
                subject: path, message: "has \(rows) x \(columns) pixels, more than the limit of \(limits.pixels)")
        }
        var blockColumns: Int32 = 0
        var blockRows: Int32 = 0
        unsafe GDALGetBlockSize(band, &blockColumns, &blockRows)
        let storedType = unsafe GDALGetRasterDataType(band)
        let storedBytes = Int(blockRows) * Int(blockColumns) * Int(GDALGetDataTypeSizeBytes(storedType))
        guard blockRows > 0, blockColumns > 0, storedBytes <= limits.blockBytes else {
            throw GeospatialError(
                subject: path,
                message:
                    "stores blocks of \(blockRows) x \(blockColumns) pixels, more than \(limits.blockBytes) bytes. "
                    + "Rewrite it as a tiled or cloud-optimised GeoTIFF")
        }
        var coefficients = [Double](repeating: 0, count: 6)
        guard unsafe GDALGetGeoTransform(dataset, &coefficients) == CE_None,
            coefficients.allSatisfy(\.isFinite),
            coefficients[1] * coefficients[5] - coefficients[2] * coefficients[4] != 0
        else {
            throw GeospatialError(
                subject: path, message: "has no geotransform, so its pixels have no place on the ground")
        }
        let crs = try unsafe reference(of: dataset, path: path, pieces: pieces)
        var hasNodata: Int32 = 0
        let nodata = unsafe GDALGetRasterNoDataValue(band, &hasNodata)
        return RasterHeader(
            grid: Grid(
                rows: rows, columns: columns,
                transform: GeoTransform(
                    originX: coefficients[0], columnStepX: coefficients[1], rowStepX: coefficients[2],
                    originY: coefficients[3], columnStepY: coefficients[4], rowStepY: coefficients[5]),
                crs: crs),
            bandCount: bandCount, pixelType: PixelType(gdalType: storedType),
            nodata: hasNodata != 0 ? nodata : nil, blockRows: Int(blockRows), blockColumns: Int(blockColumns))
    }

    private static func reference(
        of dataset: GDALDatasetH, path: String, pieces: FilePieces?
    ) throws -> CoordinateReferenceSystem {
        let file = VirtualFile.isLocalFile(path) ? CheckedFile(path: path, pieces: pieces) : nil
        let keys = file.flatMap { GeoKeys(in: $0) }
        if let known = keys?.reference { return known }
        guard let handle = unsafe GDALGetSpatialRef(dataset) else {
            throw GeospatialError(
                subject: path,
                message: "names no coordinate reference system. Set it, for example with gdal_edit.py -a_srs")
        }
        let reference = try unsafe CoordinateReferenceSystem.describing(handle)
        keys?.remember(reference)
        return reference
    }

    /// Whether blocks are read past GDAL.
    var readsDirectly: Bool { direct != nil }

    /// Decodes one block of a band.
    /// - Parameters:
    ///   - band: Index of the band, the first is 0.
    ///   - row: Row of the block among the blocks.
    ///   - column: Column of the block among the blocks.
    public func block(band: Int, row: Int, column: Int) throws -> RasterBlock {
        let rows = header.blockRows
        let columns = header.blockColumns
        let count = rows * columns
        let subject = "\(path) block (\(row), \(column))"
        let handle = try unsafe bandHandle(band)
        let isNative = unsafe GDALGetRasterDataType(handle) == header.pixelType.gdalType
        func whole<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws -> [Value] {
            guard (0..<header.blockRowCount).contains(row), (0..<header.blockColumnCount).contains(column),
                let values = direct?.block(
                    type, band: band + 1, row: row, column: column, count: count, columns: columns)
            else { return try filled(0) }
            return values
        }
        func filled<Value: BitwiseCopyable>(_ zero: Value) throws -> [Value] {
            var values = [Value](repeating: zero, count: count)
            try withGDALErrors(isNative ? "GDALReadBlock" : "GDALRasterIO", subject: subject) {
                if isNative {
                    try requireNone(
                        unsafe GDALReadBlock(handle, Int32(column), Int32(row), &values), "GDALReadBlock",
                        subject: subject)
                } else {
                    let window = header.window(ofBlockAtRow: row, column: column)
                    try requireNone(
                        unsafe GDALRasterIOEx(
                            handle, GF_Read, Int32(window.columns.lowerBound), Int32(window.rows.lowerBound),
                            Int32(window.columns.count), Int32(window.rows.count), &values, Int32(window.columns.count),
                            Int32(window.rows.count), header.pixelType.gdalType, 0,
                            GSpacing(columns * header.pixelType.byteCount), nil),
                        "GDALRasterIO", subject: subject)
                }
            }
            return values
        }
        let values: RasterBlock.Values = try checked {
            try RemoteHosts.asking(path) {
                switch header.pixelType {
                case .uint8: .uint8(try whole(UInt8.self))
                case .int16: .int16(try whole(Int16.self))
                case .uint16: .uint16(try whole(UInt16.self))
                case .float32: .float32(try filled(0))
                }
            }
        }
        return RasterBlock(values: values, rows: rows, columns: columns)
    }

    /// Reads a window of a band as floating point, in stored values; nodata is not replaced.
    public func values(band: Int, window: Window) throws -> [Float] {
        guard header.grid.window.contains(window) else {
            throw GeospatialError(subject: path, message: "the window \(window) lies outside the raster")
        }
        var values = [Float](repeating: 0, count: window.pixelCount)
        guard !window.isEmpty else { return values }
        let handle = try unsafe bandHandle(band)
        try checked {
            try withGDALErrors("GDALRasterIO", subject: path) {
                try requireNone(
                    unsafe GDALRasterIO(
                        handle, GF_Read, Int32(window.columns.lowerBound), Int32(window.rows.lowerBound),
                        Int32(window.columns.count), Int32(window.rows.count), &values, Int32(window.columns.count),
                        Int32(window.rows.count), GDT_Float32, 0, 0),
                    "GDALRasterIO", subject: path)
            }
        }
        return values
    }

    /// Reads a window of a band in the type of `header.pixelType`.
    public func storedValues(band: Int, window: Window) throws -> RasterBlock.Values {
        // Numbers of up to 16 bits are exact in floating point.
        let values = try values(band: band, window: window)
        return switch header.pixelType {
        case .uint8: .uint8(values.map { UInt8($0) })
        case .int16: .int16(values.map { Int16($0) })
        case .uint16: .uint16(values.map { UInt16($0) })
        case .float32: .float32(values)
        }
    }

    private func bandHandle(_ band: Int) throws -> GDALRasterBandH {
        guard (0..<header.bandCount).contains(band) else {
            throw GeospatialError(
                subject: path, message: "has \(header.bandCount) bands, so there is no band \(band + 1)")
        }
        return try unsafe requireHandle(GDALGetRasterBand(dataset, Int32(band + 1)), "GDALGetRasterBand", subject: path)
    }
}
