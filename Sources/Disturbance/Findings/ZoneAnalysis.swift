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

    private let planes: [Plane]
    private let minimumOverlapSquareMetres: Double
    private var prepared: [String: (core: PreparedGeometry, zone: PreparedGeometry)] = [:]

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
            // Where outlines of several groups were joined, their last digits leave spikes that this may turn over.
            let placed = try geometry.transformed(with: plane.ground.fromWGS84).valid()
            guard placed.area > 0 else { continue }
            let scale = areaSquareMetres / placed.area
            for candidate in plane.index.query(placed) {
                let site = plane.sites[candidate]
                let zones = try preparedZones(of: site)
                guard try zones.zone.intersects(placed) else { continue }
                let touchesCore = try zones.core.intersects(placed)
                let touchedCore =
                    if !touchesCore { 0.0 } else if try zones.core.contains(placed) { placed.area } else {
                        try placed.intersection(site.core).area
                    }
                let inZone = try zones.zone.contains(placed) ? placed.area : placed.intersection(site.zone).area
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
                        distanceToCoreMetres: touchesCore ? 0 : try placed.distance(to: site.core)))
            }
        }
        return overlaps.sorted { $0.siteID < $1.siteID }
    }

    private func preparedZones(of site: PlacedSite) throws -> (core: PreparedGeometry, zone: PreparedGeometry) {
        if let known = prepared[site.site.id] { return known }
        let made = (core: try PreparedGeometry(site.core), zone: try PreparedGeometry(site.zone))
        prepared[site.site.id] = made
        return made
    }
}
