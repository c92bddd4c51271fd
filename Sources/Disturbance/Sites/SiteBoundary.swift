internal import Geospatial

/// The geometry of one row, checked, repaired and brought to longitude and latitude on WGS 84.
struct SiteBoundary {
    /// nil where the row is rejected.
    private(set) var core: Geometry?
    private(set) var problems: [SiteProblem] = []

    private let siteID: String
    private let row: Int

    /// A boundary below this is a slip of the hand, not a place: one square metre is less than one grave.
    static let smallestAreaSquareMetres = 1.0

    /// - Parameters:
    ///   - transformation: From the source's reference system to WGS 84.
    ///   - isGeographic: Whether the source's coordinates are longitude and latitude in degrees.
    init(
        _ feature: Feature, siteID: String, row: Int, isGeographic: Bool,
        transformation: borrowing CoordinateTransformation
    ) {
        self.siteID = siteID
        self.row = row
        core = checked(feature, isGeographic: isGeographic, transformation: transformation)
    }

    private mutating func report(
        _ severity: SiteProblem.Severity, _ kind: SiteProblem.Kind, _ message: String, _ mend: String
    ) {
        problems.append(SiteProblem(severity, kind, siteID: siteID, row: row, message: message, mend: mend))
    }

    private mutating func checked(
        _ feature: Feature, isGeographic: Bool, transformation: borrowing CoordinateTransformation
    ) -> Geometry? {
        guard let given = feature.geometry else {
            if let problem = feature.problem {
                report(.rejected, .unreadableGeometry, "its geometry cannot be read: \(problem)", "Draw it again")
            } else {
                report(.rejected, .noGeometry, "it has no geometry", "Draw its boundary")
            }
            return nil
        }
        guard !given.isEmpty else {
            report(.rejected, .noGeometry, "its geometry is empty", "Draw its boundary")
            return nil
        }
        guard given.hasFiniteCoordinates else {
            report(.rejected, .notFinite, "a coordinate is no number", "Remove or correct that vertex")
            return nil
        }
        if isGeographic, !isInRange(given) { return nil }
        guard let shape = ofOneKind(given) else { return nil }
        let valid = shape.kind.isPolygonal && !shape.isValid ? repaired(shape) : shape
        guard let valid else { return nil }
        do {
            let placed = try valid.transformed(with: transformation)
            guard isGeographic || isInRange(placed), isOnOneSide(placed) else { return nil }
            return hasArea(
                placed, before: valid === shape ? nil : try? shape.transformed(with: transformation),
                reason: valid === shape ? nil : shape.invalidityReason) ? placed : nil
        } catch {
            report(
                .rejected, .outOfRange, "its coordinates have no place on the Earth: \(error)",
                "Correct them, or the reference system of the source")
            return nil
        }
    }

    private mutating func isInRange(_ geometry: Geometry) -> Bool {
        guard let box = geometry.envelope else { return false }
        func fits(_ x: (Double, Double), _ y: (Double, Double)) -> Bool {
            x.0 >= -180 && x.1 <= 180 && y.0 >= -90 && y.1 <= 90
        }
        let x = (box.minimumX, box.maximumX)
        let y = (box.minimumY, box.maximumY)
        if fits(x, y) { return true }
        let place = "longitude \(x.0) to \(x.1), latitude \(y.0) to \(y.1)"
        if fits(y, x) {
            report(
                .rejected, .swapped, "\(place) is off the Earth, but not the other way round",
                "Swap longitude and latitude in the source")
        } else {
            report(
                .rejected, .outOfRange, "\(place) is off the Earth",
                "If these are metres, give the source its reference system or set sites.crs")
        }
        return false
    }

    /// The polygons, or the points where there is nothing else.
    private mutating func ofOneKind(_ geometry: Geometry) -> Geometry? {
        switch geometry.kind {
        case .polygon, .multiPolygon, .point, .multiPoint: return geometry
        case .line, .multiLine:
            report(.rejected, .line, "it is drawn as a line", "Draw its boundary as a polygon")
            return nil
        case .collection:
            let polygons = geometry.polygonalPart()
            guard !polygons.isEmpty else {
                report(
                    .rejected, .mixedGeometry, "it is a collection without a polygon", "Draw its boundary as a polygon")
                return nil
            }
            report(
                .repaired, .mixedGeometry, "points or lines beside its boundary are left out",
                "Keep only polygons in its geometry")
            return polygons
        }
    }

    private mutating func repaired(_ geometry: Geometry) -> Geometry? {
        do {
            let valid = try geometry.madeValid().polygonalPart()
            if !valid.isEmpty { return valid }
            report(
                .rejected, .zeroArea, "its boundary encloses nothing (\(geometry.invalidityReason ?? "invalid"))",
                "Draw its boundary as a polygon with an area")
        } catch {
            report(.rejected, .invalidBoundary, "its boundary cannot be repaired: \(error)", "Draw it again")
        }
        return nil
    }

    /// A polygon that spans half the Earth runs the wrong way round it: cut at 180 degrees it would not.
    private mutating func isOnOneSide(_ geometry: Geometry) -> Bool {
        func width(_ part: Geometry) -> Double { part.envelope.map { $0.maximumX - $0.minimumX } ?? 0 }
        guard width(geometry) > 180 else { return true }
        if geometry.parts.contains(where: { width($0) > 180 }) {
            report(
                .rejected, .antimeridian, "it crosses the antimeridian in one piece and would go round the Earth",
                "Cut it at longitude 180 into a multipolygon, as RFC 7946 says")
            return false
        }
        report(
            .warning, .antimeridian, "its parts lie on both sides of the antimeridian",
            "Register the two sides as two sites, so that each is watched on its own grid")
        return true
    }

    /// - Parameter before: The boundary before a repair, in longitude and latitude; nil where it needed none.
    private mutating func hasArea(_ geometry: Geometry, before: Geometry?, reason: String?) -> Bool {
        guard geometry.kind.isPolygonal else { return true }
        let area = geometry.ellipsoidalArea
        guard area >= Self.smallestAreaSquareMetres else {
            report(
                .rejected, .zeroArea, "its boundary encloses \(Self.squareMetres(area))",
                "Draw its boundary as a polygon with an area")
            return false
        }
        if let before {
            report(
                .repaired, .invalidBoundary,
                "its boundary is invalid (\(reason ?? "no reason given")) and was repaired: "
                    + "\(Self.squareMetres(before.ellipsoidalArea)) before, \(Self.squareMetres(area)) after",
                "Check the repair and correct the boundary in the register")
        }
        return true
    }

    /// Rounded to a tenth below 100 m2, to the metre above.
    static func squareMetres(_ area: Double) -> String {
        area < 100 ? "\((area * 10).rounded() / 10) m2" : "\(Int(area.rounded())) m2"
    }
}
