internal import Geospatial

extension PlaneOnGround {
    /// From longitude and latitude on WGS 84 into the plane.
    func placed(_ geometry: Geometry) throws -> Geometry { try geometry.transformed(with: fromWGS84) }

    /// From the plane back to longitude and latitude.
    func lifted(_ geometry: Geometry) throws -> Geometry { try geometry.transformed(with: toWGS84) }
}

/// The UTM zones of many places, each made once.
final class MetricPlanes {
    private struct Zone: Hashable {
        let column: Int
        let isSouth: Bool
    }

    private var planes: [Zone: PlaneOnGround] = [:]

    /// The zone of the middle of a geometry in longitude and latitude.
    func plane(around geometry: Geometry) throws -> PlaneOnGround {
        let centre = geometry.envelope?.centre ?? Coordinate(x: 0, y: 0)
        // A zone is six degrees wide.
        let zone = Zone(column: Int((centre.x / 6).rounded(.down)), isSouth: centre.y < 0)
        if let known = planes[zone] { return known }
        let made = try PlaneOnGround(.utm(longitude: centre.x, latitude: centre.y))
        planes[zone] = made
        return made
    }
}
