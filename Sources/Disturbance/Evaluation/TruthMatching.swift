internal import Foundation
internal import Geospatial

/// Where tasks, sites and labelled ground lie in relation to each other; all measured in the UTM zone of the site.
final class TruthMatching {
    /// A task on or beside one area of the truth.
    struct Overlap {
        /// Position among the areas.
        let area: Int
        /// Part of the task's own area on the area grown by the tolerance.
        let share: Double
    }

    /// Where a disturbance lies.
    struct Place {
        /// Sites whose buffer it touches or comes within the tolerance of, in order.
        var nearSites: [String] = []
        /// Whether it touches a buffer.
        var isWatched = false
        /// Square metres inside each boundary where that is more than the least.
        var insideSquareMetres: [String: Double] = [:]
        /// The largest of its area, measured at any of the sites.
        var squareMetres = 0.0

        /// The site it is inside most; where it is inside none, nil.
        var mainSite: String? {
            insideSquareMetres.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        }
    }

    private struct Placed {
        let geometry: Geometry
        let halo: Geometry
    }

    private let areas: [TruthArea]
    private let sites: [String: WatchedSite]
    private let settings: EvaluationSettings
    private let areaIndex: SpatialIndex
    private let planes = MetricPlanes()
    private var placed: [ObjectIdentifier: [Int: Placed]] = [:]

    init(areas: [TruthArea], sites: [WatchedSite], settings: EvaluationSettings) throws {
        self.areas = areas
        self.sites = Dictionary(sites.map { ($0.id, $0) }) { first, _ in first }
        self.settings = settings
        areaIndex = try SpatialIndex(
            areas.map { area in area.geometry.envelope.map { Self.grown($0, byMetres: settings.toleranceMetres) } })
    }

    /// In degrees, at least as far as the tolerance reaches.
    private static func grown(_ envelope: Envelope, byMetres metres: Double) -> Envelope {
        // A degree of latitude is at least 110,574 m; one of longitude shrinks with the cosine of the latitude.
        let degrees = metres / 110_000
        let latitude = min(max(abs(envelope.minimumY), abs(envelope.maximumY)), 89)
        let wide = degrees / cos(latitude * .pi / 180)
        return Envelope(
            minimumX: envelope.minimumX - wide, minimumY: envelope.minimumY - degrees,
            maximumX: envelope.maximumX + wide, maximumY: envelope.maximumY + degrees)
    }

    // MARK: Places of the truth

    /// For each area, where it lies among the sites.
    func places() throws -> [Place] {
        var places = [Place](repeating: Place(), count: areas.count)
        for id in sites.keys.sorted() {
            guard let site = sites[id] else { continue }
            let close = areaIndex.query(site.zone)
            guard !close.isEmpty else { continue }
            let plane = try plane(of: id, around: site.zone)
            let zone = try plane.placed(site.zone)
            let core = try site.core.map(plane.placed)
            for index in close {
                let area = try placedArea(index, in: plane)
                let distance = try zone.distance(to: area.geometry)
                guard distance <= settings.toleranceMetres else { continue }
                places[index].nearSites.append(id)
                if distance == 0 { places[index].isWatched = true }
                places[index].squareMetres = max(places[index].squareMetres, area.geometry.area)
                guard let core else { continue }
                let inside = try core.intersection(area.geometry).area
                if inside > settings.leastInsideSquareMetres { places[index].insideSquareMetres[id] = inside }
            }
        }
        return places
    }

    /// Whether at least half of a site lies on these areas; of a point, its middle.
    func isCovered(_ siteID: String, by indices: [Int]) throws -> Bool {
        guard !indices.isEmpty, let site = sites[siteID] else { return false }
        let plane = try plane(of: siteID, around: site.zone)
        let ground = try Geometry.union(of: indices.map { try placedArea($0, in: plane).geometry })
        guard let core = try site.core.map(plane.placed) else {
            let zone = try plane.placed(site.zone)
            return try zone.centroid.map { try ground.intersects(Geometry(point: $0)) } ?? false
        }
        return try core.intersection(ground).area >= core.area / 2
    }

    // MARK: Tasks

    /// The areas of a state that a task matches: at least the least share of it lies within the tolerance of them.
    func overlaps(of task: PublishedRun.Task, among state: TruthArea.State) throws -> [Overlap] {
        let indices = areaIndex.query(task.geometry).filter { areas[$0].state == state }
        guard !indices.isEmpty else { return [] }
        let plane = try plane(of: task.siteID, around: task.geometry)
        let shape = try plane.placed(task.geometry)
        guard shape.area > 0 else { return [] }
        return try indices.compactMap { index in
            let share = try shape.intersection(placedArea(index, in: plane).halo).area / shape.area
            return share >= settings.leastShare ? Overlap(area: index, share: share) : nil
        }
    }

    /// Part of a task's own area on the ground of those areas together, without tolerance.
    func share(of task: PublishedRun.Task, on isMeant: (TruthArea) -> Bool) throws -> Double {
        let indices = areaIndex.query(task.geometry).filter { isMeant(areas[$0]) }
        guard !indices.isEmpty else { return 0 }
        let plane = try plane(of: task.siteID, around: task.geometry)
        let shape = try plane.placed(task.geometry)
        guard shape.area > 0 else { return 0 }
        let ground = try Geometry.union(of: indices.map { try placedArea($0, in: plane).geometry })
        return try shape.intersection(ground).area / shape.area
    }

    // MARK: Planes

    /// The plane of a site; of a site nobody drew, that of what lies there.
    private func plane(of siteID: String, around geometry: Geometry) throws -> PlaneOnGround {
        try planes.plane(around: sites[siteID]?.zone ?? geometry)
    }

    private func placedArea(_ index: Int, in plane: PlaneOnGround) throws -> Placed {
        if let known = placed[ObjectIdentifier(plane)]?[index] { return known }
        let geometry = try plane.placed(areas[index].geometry)
        let made = Placed(
            geometry: geometry, halo: try geometry.buffer(distance: settings.toleranceMetres, quadrantSegments: 16))
        placed[ObjectIdentifier(plane), default: [:]][index] = made
        return made
    }
}
