public import Geospatial

/// Work for an inspector: one disturbance at one site.
public struct InspectionTask: Sendable {
    /// Lower-case UUID, the same in every run that lists this disturbance at this site.
    public var id: String
    public var siteID: String
    public var siteName: String
    public var finding: Finding
    /// The finding's place in this site.
    public var zone: ZoneOverlap
    /// The longitudes and latitudes around the site that `outline()` shows; nil where it shows the whole finding.
    public var surroundings: Envelope?
    /// 1 is to be visited first.
    public var rank: Int
    public var terms: ScoreTerms

    public init(
        id: String, siteID: String, siteName: String, finding: Finding, zone: ZoneOverlap,
        surroundings: Envelope?, rank: Int, terms: ScoreTerms
    ) {
        self.id = id
        self.siteID = siteID
        self.siteName = siteName
        self.finding = finding
        self.zone = zone
        self.surroundings = surroundings
        self.rank = rank
        self.terms = terms
    }

    public var score: Double { terms.score }

    /// What of the finding lies in the site's surroundings, in WGS 84: the finding's own outline where it does not reach
    /// beyond them.
    ///
    /// A change of a whole landscape is a task at each of its sites; each shows its own part of it.
    public func outline() throws -> Geometry {
        guard let surroundings else { return finding.geometry }
        let shown = try finding.geometry.clipped(to: surroundings)
        // In a plane that stretches lengths a zone may reach further than its metres.
        return shown.isEmpty ? finding.geometry : shown
    }

    /// A place to drive to: in what of the finding lies at the site.
    func destination() throws -> Coordinate? { try outline().pointOnSurface }
}

/// The factors of a task's score, each 0 to 1.
public struct ScoreTerms: Hashable, Sendable {
    /// That the ground really changed.
    public var probability: Double
    /// Inside the boundary or in the buffer, and how near.
    public var zone: Double
    /// How much of the site changed.
    public var extent: Double
    /// How strong the strongest departure inside is.
    public var magnitude: Double
    /// How much such a change harms a site.
    public var kind: Double
    /// What the site is worth, from the register.
    public var significance: Double
    /// How lately it was seen.
    public var recency: Double

    public init(
        probability: Double, zone: Double, extent: Double, magnitude: Double, kind: Double, significance: Double,
        recency: Double
    ) {
        self.probability = probability
        self.zone = zone
        self.extent = extent
        self.magnitude = magnitude
        self.kind = kind
        self.significance = significance
        self.recency = recency
    }

    /// Names and values in the order they are written out.
    public var named: [(name: String, value: Double)] {
        [
            ("probability", probability), ("zone", zone), ("extent", extent), ("magnitude", magnitude), ("kind", kind),
            ("significance", significance), ("recency", recency),
        ]
    }

    /// 100 x the product of all terms.
    public var score: Double { 100 * probability * zone * extent * magnitude * kind * significance * recency }
}
