#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Geometry {
    /// Square metres on the WGS 84 ellipsoid of polygons in longitude and latitude (degrees); 0 for points and lines.
    ///
    /// An edge is the straight line between its ends in longitude and latitude, as GeoJSON has it.
    /// An exterior counts as positive and a hole as negative, whatever way they are wound.
    public var ellipsoidalArea: Double {
        polygons.reduce(0) { sum, rings in
            guard let exterior = rings.first else { return sum }
            return sum + rings.dropFirst().reduce(WGS84.area(ofRing: exterior)) { $0 - WGS84.area(ofRing: $1) }
        }
    }
}

/// The figure of the Earth of WGS 84 (NIMA TR8350.2).
enum WGS84 {
    static let semiMajorAxisMetres = 6_378_137.0
    static let flattening = 1 / 298.257_223_563
    static let eccentricitySquared = flattening * (2 - flattening)

    /// Twice the area between the equator and a latitude, per radian of longitude, over the squared semi-major axis.
    ///
    /// Snyder, Map Projections: A Working Manual (USGS 1395), equation 3-12.
    /// - Parameter sine: The sine of the latitude.
    static func authalic(sine: Double) -> Double {
        let e = eccentricitySquared.squareRoot()
        return (1 - eccentricitySquared) * (sine / (1 - eccentricitySquared * sine * sine) + atanh(e * sine) / e)
    }

    /// Square metres inside a closed ring of longitudes and latitudes in degrees, whatever its winding.
    ///
    /// By Green's theorem: the integral of the zone's area over the longitude along every edge.
    static func area(ofRing ring: [Coordinate]) -> Double {
        guard let first = ring.first else { return 0 }
        // Measured from the first latitude, so that a small ring far from the equator loses no digits.
        let origin = authalic(sine: sin(first.y * .pi / 180))
        // Gauss-Legendre with three nodes: over a degree the rest is below the rounding of a Double.
        let node = (3.0 / 5).squareRoot() / 2
        let nodes = [(0.5 - node, 5.0 / 18), (0.5, 8.0 / 18), (0.5 + node, 5.0 / 18)]
        var sum = 0.0
        for (start, end) in zip(ring, ring.dropFirst()) {
            let deltaX = end.x - start.x
            let deltaY = end.y - start.y
            guard deltaX != 0 else { continue }
            let pieces = max(1, max(abs(deltaX), abs(deltaY)).rounded(.up))
            guard pieces.isFinite else { return .nan }
            for piece in 0..<Int(pieces) {
                for (place, weight) in nodes {
                    let latitude = start.y + deltaY * (Double(piece) + place) / pieces
                    let height = authalic(sine: sin(latitude * .pi / 180)) - origin
                    sum += weight * height * deltaX / pieces * .pi / 180
                }
            }
        }
        return abs(sum) * semiMajorAxisMetres * semiMajorAxisMetres / 2
    }
}
