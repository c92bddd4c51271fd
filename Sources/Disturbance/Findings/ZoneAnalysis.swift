public import Geospatial

/// Finds the sites whose zones a finding touches, and how much of them.
///
/// Not Sendable: prepared geometries belong to one thread.
public final class ZoneAnalysis {
    /// The sites analysed in one plane.
    private struct Plane {
        let ground: PlaneOnGround
        let sites: [PlacedSite]
        let index: SpatialIndex
        /// In WGS 84.
        let bounds: Envelope
    }

    private struct PreparedZones {
        let core: PreparedGeometry
        let zone: PreparedGeometry
        let surroundings: Envelope
    }

    private let planes: [Plane]
    private let minimumOverlapSquareMetres: Double
    private var prepared: [String: PreparedZones] = [:]

    /// - Parameters:
    ///   - groups: All groups of the plan.
    ///   - minimumOverlapSquareMetres: Of a finding with a core or a zone; less of it, unless it is half of the finding,
    ///     is no overlap.
    public init(groups: [SiteGroup], minimumOverlapSquareMetres: Double) throws {
        self.minimumOverlapSquareMetres = minimumOverlapSquareMetres
        let byLattice = Dictionary(grouping: groups, by: \.lattice.crs)
        planes = try byLattice.sorted { $0.key.wkt < $1.key.wkt }.map { crs, groups in
            let sites = groups.flatMap(\.sites)
            let extent = sites.compactMap(\.zone.envelope).reduce(nil as Envelope?) { $0?.union($1) ?? $1 }!
            let ground = try PlaneOnGround(crs)
            return Plane(
                ground: ground, sites: sites, index: try SpatialIndex(sites.map(\.zone)),
                bounds: try ground.toWGS84.transform(extent))
        }
    }

    /// The zones touched, ordered by site id; areas are on the ellipsoid.
    ///
    /// Overlaps are measured in the site's plane and scaled by the ratio of the finding's ellipsoidal to its planar
    /// area, which over the extent of a finding is constant to a few parts in a million.
    /// - Parameters:
    ///   - geometry: In WGS 84.
    ///   - areaSquareMetres: Its area on the ellipsoid.
    public func overlaps(of geometry: Geometry, areaSquareMetres: Double) throws -> [ZoneOverlap] {
        guard let envelope = geometry.envelope else { return [] }
        var overlaps: [ZoneOverlap] = []
        for plane in planes where plane.bounds.intersects(envelope) {
            let placed = try geometry.transformed(with: plane.ground.fromWGS84)
            guard placed.area > 0 else { continue }
            let scale = areaSquareMetres / placed.area
            for candidate in plane.index.query(placed) {
                let site = plane.sites[candidate]
                let zones = try preparedZones(of: site)
                // A change of a whole landscape lies in many zones: each looks at its own part. What of it is nearest to
                // the core lies in the zone too.
                var part = try placed.clipped(to: zones.surroundings)
                guard try zones.zone.intersects(part) else { continue }
                // Where outlines of several groups were joined, their last digits leave spikes that the way into this
                // plane may turn over; what was clipped is valid.
                if part === placed { part = try placed.valid() }
                let touchesCore = try zones.core.intersects(part)
                let touchedCore =
                    if !touchesCore { 0.0 } else if try zones.core.contains(part) { part.area } else {
                        try part.intersection(site.core).area
                    }
                let inZone = try zones.zone.contains(part) ? part.area : part.intersection(site.zone).area
                let least = min(minimumOverlapSquareMetres / scale, placed.area / 2)
                guard inZone > 0, inZone >= least else { continue }
                let inCore = touchedCore >= least ? touchedCore : 0
                let coreArea = site.core.area
                let bufferArea = site.zone.area - coreArea
                let inBuffer = max(inZone - inCore, 0)
                overlaps.append(
                    ZoneOverlap(
                        siteID: site.site.id, coreSquareMetres: inCore * scale, bufferSquareMetres: inBuffer * scale,
                        coreShare: coreArea > 0 ? min(inCore / coreArea, 1) : 0,
                        bufferShare: bufferArea > 0 ? min(inBuffer / bufferArea, 1) : 0,
                        distanceToCoreMetres: touchesCore ? 0 : try part.distance(to: site.core)))
            }
        }
        return overlaps.sorted { $0.siteID < $1.siteID }
    }

    private func preparedZones(of site: PlacedSite) throws -> PreparedZones {
        if let known = prepared[site.site.id] { return known }
        // A metre more, for a zone of which only the edge is touched.
        let made = PreparedZones(
            core: try PreparedGeometry(site.core), zone: try PreparedGeometry(site.zone),
            surroundings: site.zone.envelope!.expanded(by: 1))
        prepared[site.site.id] = made
        return made
    }
}
