public import Geospatial

/// Where a finding lies in relation to one site.
public struct ZoneOverlap: Hashable, Sendable {
    public var siteID: String
    /// Area inside the site's boundary, square metres on the ellipsoid.
    public var coreSquareMetres: Double
    /// Area inside the buffer but outside the boundary.
    public var bufferSquareMetres: Double
    /// Part of the site's core that changed, 0 to 1.
    public var coreShare: Double
    /// Part of the site's buffer that changed, 0 to 1.
    public var bufferShare: Double
    /// Shortest distance to the boundary; 0 where it is touched.
    public var distanceToCoreMetres: Double
    /// Strongest departure inside the boundary, or in the buffer where the finding does not reach further; nil where
    /// only that of the whole finding is known.
    public var magnitude: Double?

    public init(
        siteID: String, coreSquareMetres: Double, bufferSquareMetres: Double, coreShare: Double, bufferShare: Double,
        distanceToCoreMetres: Double, magnitude: Double? = nil
    ) {
        self.siteID = siteID
        self.coreSquareMetres = coreSquareMetres
        self.bufferSquareMetres = bufferSquareMetres
        self.coreShare = coreShare
        self.bufferShare = bufferShare
        self.distanceToCoreMetres = distanceToCoreMetres
        self.magnitude = magnitude
    }

    /// True where the finding reaches inside the boundary.
    public var isInCore: Bool { coreSquareMetres > 0 }
}

/// How the change was measured.
public enum ChangeMethod: String, Codable, Sendable {
    /// Departure from a per-pixel seasonal baseline.
    case baseline
    /// One acquisition against one before it.
    case pair
}

/// One place where the ground changed: the evidence a task rests on.
public struct Finding: Sendable {
    /// Kept from run to run, lower-case UUID.
    public var id: String
    /// In WGS 84, longitude and latitude.
    public var geometry: Geometry
    /// On the ellipsoid.
    public var areaSquareMetres: Double
    public var kind: DisturbanceKind
    /// How clearly the spectrum speaks for `kind`, 0 to 1.
    public var kindCertainty: Double
    public var method: ChangeMethod
    /// Clear observations since it was first seen.
    public var log: ObservationLog
    public var status: FindingStatus
    /// Strongest departure inside, in standard deviations of what is usual there.
    public var magnitude: Double
    /// Probability that the ground really changed, 0 to 1.
    public var probability: Double
    /// Area when it was first seen, square metres.
    public var firstAreaSquareMetres: Double
    /// Ordered by site id; empty where it touches no zone.
    public var zones: [ZoneOverlap]

    public init(
        id: String, geometry: Geometry, areaSquareMetres: Double, kind: DisturbanceKind, kindCertainty: Double,
        method: ChangeMethod, log: ObservationLog, status: FindingStatus, magnitude: Double, probability: Double,
        firstAreaSquareMetres: Double, zones: [ZoneOverlap]
    ) {
        self.id = id
        self.geometry = geometry
        self.areaSquareMetres = areaSquareMetres
        self.kind = kind
        self.kindCertainty = kindCertainty
        self.method = method
        self.log = log
        self.status = status
        self.magnitude = magnitude
        self.probability = probability
        self.firstAreaSquareMetres = firstAreaSquareMetres
        self.zones = zones
    }

    public var firstSeen: Day? { log.firstAnomalous }
    public var lastSeen: Day? { log.lastAnomalous }
}
