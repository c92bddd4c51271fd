import Geospatial

@testable import Disturbance

/// Boxes on a plain in UTM zone 34 north: metres east and north of (500 km, 5000 km).
enum LabelledGround {
    static func day(_ text: String) -> Day { Day(text)! }

    static func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) throws -> Geometry {
        try PlaneOnGround(CoordinateReferenceSystem(epsg: 32634)).lifted(
            Geometry(
                rectangle: Envelope(
                    minimumX: 500_000 + x, minimumY: 5_000_000 + y, maximumX: 500_000 + x + width,
                    maximumY: 5_000_000 + y + height)))
    }

    /// A square of 200 m with a square buffer of 250 m around it; sites stand a kilometre apart, `number` from 0.
    static func site(_ id: String, number: Int) throws -> WatchedSite {
        let x = Double(number) * 1000
        return WatchedSite(id: id, core: try box(x, 0, 200, 200), zone: try box(x - 250, -250, 700, 700))
    }

    static func disturbed(
        _ geometry: Geometry, row: Int = 1, from begun: String? = nil, to ended: String? = nil, kind: String? = nil
    ) -> TruthArea {
        TruthArea(
            row: row, state: .disturbed, geometry: geometry, begun: begun.map(day), ended: ended.map(day), kind: kind)
    }

    static func undisturbed(_ geometry: Geometry, row: Int = 1, inspected: String? = nil) -> TruthArea {
        TruthArea(row: row, state: .undisturbed, geometry: geometry, ended: inspected.map(day))
    }

    static func task(
        _ id: String, at site: String, _ geometry: Geometry, rank: Int = 1, status: FindingStatus = .first,
        kind: String = "soil_exposed", seen: String? = nil, probability: Double? = 0.75
    ) -> PublishedRun.Task {
        PublishedRun.Task(
            id: id, siteID: site, rank: rank, kind: kind, status: status, firstSeen: seen.map(day),
            probability: probability, geometry: geometry)
    }

    static func seen(_ count: Int = 1, last: String) -> PublishedRun.View {
        PublishedRun.View(outcome: .noDisturbance, clearObservations: count, lastClear: day(last))
    }

    /// - Parameter coverage: Sites that are not in it were seen once, on the last day.
    static func run(
        _ period: String, _ tasks: [PublishedRun.Task] = [], sites: [WatchedSite],
        coverage: [String: PublishedRun.View] = [:]
    ) throws -> PublishedRun {
        let period = try Period(period)
        var views = Dictionary(uniqueKeysWithValues: sites.map { ($0.id, seen(last: "\(period.end)")) })
        views.merge(coverage) { $1 }
        return PublishedRun(folder: period.label, period: period, tasks: tasks, coverage: views)
    }

    static func truth(_ areas: [TruthArea]) -> TruthRegister {
        TruthRegister(source: "truth", rowCount: areas.count, areas: areas)
    }
}
