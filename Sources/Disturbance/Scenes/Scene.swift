public import Geospatial

/// One acquisition: a STAC Item, or a folder of bands named by a day.
public struct Scene: Hashable, Sendable {
    public let id: String
    /// The day of acquisition in UTC.
    public let day: Day
    /// The date and time of acquisition as the source gives it.
    public let instant: String
    /// The satellite, such as `sentinel-2a`; empty where unknown.
    public let platform: String
    /// The family of satellites, such as `sentinel-2`; empty where unknown.
    public let constellation: String
    /// The grid square or path and row, such as `33UXP`; empty where unknown.
    public let tile: String
    public let bands: [Band: SceneAsset]
    public let mask: SceneMask?
    /// Cloud cover in percent, 0...100, where the metadata say.
    public let cloudCoverPercent: Double?
    /// Outer rings of the outline, longitude and latitude on WGS 84; empty where unknown. Holes are not kept.
    public let footprint: [[Coordinate]]

    public init(
        id: String, day: Day, instant: String, platform: String = "", constellation: String = "", tile: String = "",
        bands: [Band: SceneAsset], mask: SceneMask? = nil, cloudCoverPercent: Double? = nil,
        footprint: [[Coordinate]] = []
    ) {
        self.id = id
        self.day = day
        self.instant = instant
        self.platform = platform
        self.constellation = constellation
        self.tile = tile
        self.bands = bands
        self.mask = mask
        self.cloudCoverPercent = cloudCoverPercent
        self.footprint = footprint
    }

    /// The near infrared: `nir` where the scene has it, otherwise `nir08`.
    public var nearInfrared: SceneAsset? { bands[.nir] ?? bands[.nir08] }

    /// The bands in order of wavelength with their assets.
    public var sortedBands: [(band: Band, asset: SceneAsset)] {
        bands.sorted { $0.key < $1.key }.map { (band: $0.key, asset: $0.value) }
    }

    /// The bounding box of the footprint in longitude and latitude, nil where it is unknown.
    public var bounds: Envelope? {
        let coordinates = footprint.flatMap { $0 }
        return coordinates.isEmpty ? nil : Envelope(around: coordinates)
    }
}

/// One raster layer of a scene.
public struct SceneAsset: Hashable, Sendable {
    /// What GDAL opens: a local path or `/vsicurl/URL`.
    public let path: String
    /// The location as the source gives it.
    public let href: String
    /// The layer inside the file, the first is 1.
    public let bandNumber: Int
    /// How stored values become reflectance.
    public let calibration: Calibration
    /// The stored value that means no data, where the metadata say.
    public let nodata: Double?
    /// Size and placing by the metadata. The file itself is the authority once it is open.
    public let grid: SceneGrid
    /// Pixel size on the ground in metres, where known.
    public let gsd: Double?

    public init(
        path: String, href: String, bandNumber: Int = 1, calibration: Calibration, nodata: Double? = nil,
        grid: SceneGrid = SceneGrid(), gsd: Double? = nil
    ) {
        self.path = path
        self.href = href
        self.bandNumber = bandNumber
        self.calibration = calibration
        self.nodata = nodata
        self.grid = grid
        self.gsd = gsd
    }

    /// Reflectance is the stored value times this, plus `offset`.
    public var scale: Double { calibration.scale }
    public var offset: Double { calibration.offset }
    /// Whether scale and offset give reflectance; otherwise values are in a unit of the file's own.
    public var isReflectance: Bool { calibration.isReflectance }
    /// How scale and offset were decided, for reports.
    public var offsetSource: String { calibration.source }
}

/// What a scene's metadata say about a raster's grid, so that planning need not open the file.
public struct SceneGrid: Hashable, Sendable {
    public var epsg: Int?
    public var rows: Int?
    public var columns: Int?
    public var transform: GeoTransform?

    public init(epsg: Int? = nil, rows: Int? = nil, columns: Int? = nil, transform: GeoTransform? = nil) {
        self.epsg = epsg
        self.rows = rows
        self.columns = columns
        self.transform = transform
    }

    /// The grid, or nil where the metadata do not tell all of it.
    /// - Throws: `GeospatialError` where the reference system is not known.
    public func grid() throws -> Grid? {
        guard let epsg, let rows, let columns, let transform else { return nil }
        return Grid(rows: rows, columns: columns, transform: transform, crs: try CoordinateReferenceSystem(epsg: epsg))
    }
}

/// The raster that tells which pixels of a scene are observations.
public struct SceneMask: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Scene classification of Sentinel-2 Level-2A, 8-bit classes.
        case sentinel2SCL
        /// QA_PIXEL of Landsat Collection 2, 16 bits.
        case landsatQA
        /// Fmask of the Harmonized Landsat Sentinel-2 product, 8 bits.
        case hlsFmask
    }

    public let kind: Kind
    public let asset: SceneAsset

    public init(kind: Kind, asset: SceneAsset) {
        self.kind = kind
        self.asset = asset
    }
}
