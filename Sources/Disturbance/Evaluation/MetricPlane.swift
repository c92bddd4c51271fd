internal import Geospatial

/// The UTM zone of a place, to measure metres in.
final class MetricPlane {
    let crs: CoordinateReferenceSystem
    private let fromWGS84: CoordinateTransformation
    private let toWGS84: CoordinateTransformation

    /// - Parameter geometry: In longitude and latitude on WGS 84.
    convenience init(around geometry: Geometry) throws {
        let centre = geometry.envelope?.centre ?? Coordinate(x: 0, y: 0)
        try self.init(.utm(longitude: centre.x, latitude: centre.y))
    }

    init(_ crs: CoordinateReferenceSystem) throws {
        self.crs = crs
        fromWGS84 = try CoordinateTransformation(from: .wgs84, to: crs)
        toWGS84 = try CoordinateTransformation(from: crs, to: .wgs84)
    }

    /// From longitude and latitude into the plane.
    func place(_ geometry: Geometry) throws -> Geometry { try geometry.transformed(with: fromWGS84) }

    func backFromPlane(_ geometry: Geometry) throws -> Geometry { try geometry.transformed(with: toWGS84) }
}
