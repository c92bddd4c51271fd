internal import Foundation
internal import Geospatial

/// A plane with the ways between it and longitude and latitude. Not Sendable: one for each thread.
final class PlaneOnGround {
    let fromWGS84: CoordinateTransformation
    let toWGS84: CoordinateTransformation

    init(_ crs: CoordinateReferenceSystem) throws {
        fromWGS84 = try CoordinateTransformation(from: .wgs84, to: crs)
        toWGS84 = try CoordinateTransformation(from: crs, to: .wgs84)
    }

    /// The distance between places a few kilometres apart, by the radii of curvature of the ellipsoid of WGS 84 half way
    /// between them.
    static func metres(from first: Coordinate, to second: Coordinate) -> Double {
        let semiMajorAxis = 6_378_137.0
        let flattening = 1 / 298.257223563
        let squaredEccentricity = flattening * (2 - flattening)
        let latitude = (first.y + second.y) / 2 * .pi / 180
        let factor = 1 - squaredEccentricity * sin(latitude) * sin(latitude)
        let meridian = semiMajorAxis * (1 - squaredEccentricity) / (factor * factor.squareRoot())
        let primeVertical = semiMajorAxis / factor.squareRoot()
        // Across the date line the shorter way.
        let longitudes = (second.x - first.x).remainder(dividingBy: 360) * .pi / 180
        let north = meridian * (second.y - first.y) * .pi / 180
        let east = primeVertical * cos(latitude) * longitudes
        return (north * north + east * east).squareRoot()
    }
}

/// The planes of several reference systems, each made once: finding the way into one takes longer than to go it.
struct PlanesOnGround {
    private var planes: [CoordinateReferenceSystem: PlaneOnGround] = [:]

    mutating func plane(of crs: CoordinateReferenceSystem) throws -> PlaneOnGround {
        if let known = planes[crs] { return known }
        let made = try PlaneOnGround(crs)
        planes[crs] = made
        return made
    }
}
