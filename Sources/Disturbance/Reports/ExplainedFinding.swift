internal import Geospatial

/// One finding of a run with what the run saw of its ground.
public struct ExplainedFinding: Codable, Hashable, Sendable {
    /// Where it lies in relation to one site; see `ZoneOverlap`.
    public struct Zone: Codable, Hashable, Sendable {
        public var siteID: String
        public var coreSquareMetres: Double
        public var bufferSquareMetres: Double
        /// 0 to 1.
        public var coreShare: Double
        public var bufferShare: Double
        public var distanceToCoreMetres: Double
        /// Strongest departure there; nil where only that of the whole finding is known.
        public var magnitude: Double?

        private enum CodingKeys: String, CodingKey {
            case magnitude
            case siteID = "site_id"
            case coreSquareMetres = "area_core_m2"
            case bufferSquareMetres = "area_buffer_m2"
            case coreShare = "share_core"
            case bufferShare = "share_buffer"
            case distanceToCoreMetres = "distance_to_core_m"
        }

        init(_ zone: ZoneOverlap) {
            siteID = zone.siteID
            coreSquareMetres = ReadableNumber.rounded(zone.coreSquareMetres, places: 2)
            bufferSquareMetres = ReadableNumber.rounded(zone.bufferSquareMetres, places: 2)
            coreShare = ReadableNumber.rounded(zone.coreShare, places: 6)
            bufferShare = ReadableNumber.rounded(zone.bufferShare, places: 6)
            distanceToCoreMetres = ReadableNumber.rounded(zone.distanceToCoreMetres, places: 2)
            magnitude = zone.magnitude.map { ReadableNumber.rounded($0, places: 4) }
        }
    }

    public var id: String
    public var status: FindingStatus
    public var kind: DisturbanceKind
    /// How clearly the spectrum speaks for `kind`, 0 to 1.
    public var kindCertainty: Double
    public var method: ChangeMethod
    /// That the ground really changed, 0 to 1.
    public var probability: Double
    /// Strongest departure inside, in standard deviations of what is usual there.
    public var magnitude: Double
    public var squareMetres: Double
    public var firstSquareMetres: Double
    /// A place inside, degrees on WGS 84.
    public var longitude: Double?
    public var latitude: Double?
    /// Clear observations since it was first seen, of all runs: `2019-06-05a 2019-06-10n`, a anomalous, n normal.
    public var observations: String
    public var firstSeen: Day?
    public var lastSeen: Day?
    /// The earlier run in whose period it was last seen; nil where that is this run, or before every run.
    public var lastSeenRun: String?
    /// Whether this run made out a changed patch on its ground; otherwise place, kind and strength are of an earlier
    /// run.
    public var isMadeOut: Bool
    /// The finding it was a part of until that fell into several.
    public var splitFrom: String?
    /// Ordered by site id.
    public var zones: [Zone]
    /// Nil where no scene of this run shows the ground.
    public var explanation: Explanation?

    private enum CodingKeys: String, CodingKey {
        case status, kind, method, probability, longitude, latitude, observations, zones, explanation
        case id = "finding_id"
        case kindCertainty = "kind_certainty"
        case magnitude = "magnitude_sd"
        case squareMetres = "area_m2"
        case firstSquareMetres = "first_area_m2"
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
        case lastSeenRun = "last_seen_run"
        case isMadeOut = "made_out_in_this_run"
        case splitFrom = "split_from"
    }

    /// - Parameters:
    ///   - finding: With its zones.
    ///   - isMadeOut: Whether it has a candidate of this run, which `explanation` is then of.
    public init(
        _ finding: Finding, isMadeOut: Bool, lastSeenRun: String?, splitFrom: String?, explanation: Explanation?
    ) {
        id = finding.id
        status = finding.status
        kind = finding.kind
        kindCertainty = ReadableNumber.rounded(finding.kindCertainty, places: 6)
        method = finding.method
        probability = ReadableNumber.rounded(finding.probability, places: 6)
        magnitude = ReadableNumber.rounded(finding.magnitude, places: 4)
        squareMetres = ReadableNumber.rounded(finding.areaSquareMetres, places: 2)
        firstSquareMetres = ReadableNumber.rounded(finding.firstAreaSquareMetres, places: 2)
        let place = finding.geometry.pointOnSurface
        // Seven decimals are a centimetre, as in the GeoJSON files.
        longitude = place.map { ReadableNumber.rounded($0.x, places: 7) }
        latitude = place.map { ReadableNumber.rounded($0.y, places: 7) }
        observations = finding.log.text
        firstSeen = finding.firstSeen
        lastSeen = finding.lastSeen
        self.lastSeenRun = lastSeenRun
        self.isMadeOut = isMadeOut
        self.splitFrom = splitFrom
        zones = finding.zones.map(Zone.init)
        self.explanation = explanation
    }

    /// Its place in one site.
    public func zone(ofSite siteID: String) -> Zone? { zones.first { $0.siteID == siteID } }
}
