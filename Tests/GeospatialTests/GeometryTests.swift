import Foundation
import Testing

@testable import Geospatial

struct GeometryTests {
    private let square = try! Geometry(wkt: "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))")
    private let bowTie = try! Geometry(wkt: "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")

    @Test func describesASquareWithAHole() {
        #expect(square.kind == .polygon)
        #expect(square.area == 15)
        #expect(square.length == 20)
        #expect(square.isValid)
        #expect(square.invalidityReason == nil)
        #expect(square.envelope == Envelope(minimumX: 0, minimumY: 0, maximumX: 4, maximumY: 4))
        #expect(square.rings.count == 2)
        #expect(square.rings[1].first == Coordinate(x: 1, y: 1))
        #expect(square.coordinates.count == 10)
        #expect(square.wkt == "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))")
    }

    @Test func survivesWellKnownBinary() throws {
        let copy = try Geometry(wkb: square.wkb)
        #expect(copy == square)
        #expect(copy.hashValue == square.hashValue)
        #expect(square.wkb.first == 1, "little endian")
        let high = try Geometry(wkt: "POINT Z (1 2 3)")
        #expect(try Geometry(wkb: high.wkb).wkt == "POINT (1 2)")
    }

    /// As GEOS 3.11.1 writes them: `GEOSWKBWriter_writeHEX_r`, little endian, two dimensions.
    @Test(arguments: [
        ("POINT (1 2)", "0101000000000000000000F03F0000000000000040"),
        ("POINT Z (1 2 3)", "0101000000000000000000F03F0000000000000040"),
        ("POINT EMPTY", "0101000000000000000000F87F000000000000F87F"),
        ("LINESTRING EMPTY", "010200000000000000"), ("POLYGON EMPTY", "010300000000000000"),
        ("MULTIPOLYGON EMPTY", "010600000000000000"),
        (
            "LINESTRING (0 0, 1 -2)",
            "01020000000200000000000000000000000000000000000000000000000000F03F00000000000000C0"
        ),
        (
            "LINEARRING (0 0, 1 0, 0 1, 0 0)",
            "01020000000400000000000000000000000000000000000000000000000000F03F00000000000000000000000000000000"
                + "000000000000F03F00000000000000000000000000000000"
        ),
        (
            "POLYGON ((0 0, 4 0, 0 4, 0 0), (1 1, 1 2, 2 1, 1 1))",
            "01030000000200000004000000000000000000000000000000000000000000000000001040000000000000000000000000"
                + "00000000000000000000104000000000000000000000000000000000"
                + "04000000000000000000F03F000000000000F03F000000000000F03F00000000000000400000000000000040"
                + "000000000000F03F000000000000F03F000000000000F03F"
        ),
        (
            "GEOMETRYCOLLECTION (POINT (1 2), MULTIPOINT (3 4), GEOMETRYCOLLECTION EMPTY)",
            "0107000000030000000101000000000000000000F03F000000000000004001040000000100000001010000000000000000"
                + "0008400000000000001040010700000000000000"
        ),
    ]) func writesWellKnownBinaryAsGEOSDoes(text: String, binary: String) throws {
        let geometry = try Geometry(wkt: text)
        #expect(geometry.wkb.map { String(format: "%02X", $0) }.joined() == binary)
        #expect(try geometry.isEmpty || Geometry(wkb: geometry.wkb).wkb == geometry.wkb)
    }

    @Test func coordinatesAndPolygonsComeInTheOrderOfTheParts() throws {
        let square = "((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))"
        let mixed = try Geometry(
            wkt:
                "GEOMETRYCOLLECTION (POINT (9 9), MULTIPOLYGON (\(square), ((5 5, 6 5, 6 6, 5 5))), "
                + "LINESTRING (7 7, 8 8), POLYGON EMPTY, GEOMETRYCOLLECTION (POLYGON ((3 0, 4 0, 4 1, 3 0))))")
        #expect(
            mixed.polygons.map { $0.map { $0.map(\.x) } } == [
                [[0, 4, 4, 0], [1, 2, 2, 1]], [[5, 6, 6, 5]], [[3, 4, 4, 3]],
            ])
        #expect(mixed.coordinates.map(\.x) == [9, 0, 4, 4, 0, 1, 2, 2, 1, 5, 6, 6, 5, 7, 8, 3, 4, 4, 3])
        let there = try mixed.transformed(
            from: CoordinateReferenceSystem("EPSG:32648"), to: CoordinateReferenceSystem("EPSG:32649"))
        #expect(there.coordinates.count == mixed.coordinates.count && there.coordinates != mixed.coordinates)
    }

    @Test func equalPlacesNeedNotBeEqualBytes() throws {
        let turned = try Geometry(wkt: "POLYGON ((4 0, 4 4, 0 4, 0 0, 4 0), (1 1, 2 1, 2 2, 1 2, 1 1))")
        #expect(turned != square)
        #expect(try turned.equals(square))
        let normal = try square.normalized()
        #expect(try turned.normalized() == normal)
    }

    @Test func brokenTextIsAnErrorWithWhatGEOSSaid() {
        let error = #expect(throws: GeospatialError.self) { try Geometry(wkt: "POLYGON ((0 0, 1 1") }
        #expect(error?.message.contains("ParseException") == true)
        #expect(throws: GeospatialError.self) { try Geometry(wkb: [1, 3, 0]) }
        #expect(throws: GeospatialError.self) { try Geometry(wkb: []) }
        #expect(throws: GeospatialError.self) {
            try Geometry(polygonWithExterior: [Coordinate(x: 0, y: 0), Coordinate(x: 1, y: 0)])
        }
    }

    @Test func aPolygonIsClosedAndKeepsItsHoles() throws {
        let corners = [(0.0, 0.0), (4, 0), (4, 4), (0, 4)].map { Coordinate(x: $0.0, y: $0.1) }
        let hole = [(1.0, 1.0), (2, 1), (2, 2), (1, 2)].map { Coordinate(x: $0.0, y: $0.1) }
        #expect(try Geometry(polygonWithExterior: corners, holes: [hole]) == square)
        #expect(Geometry(rectangle: square.envelope!).area == 16)
        #expect(Geometry(point: Coordinate(x: 1, y: 2)).wkt == "POINT (1 2)")
    }

    @Test func aBowTieKeepsBothHalvesWhenRepaired() throws {
        #expect(!bowTie.isValid)
        #expect(bowTie.invalidityReason == "Self-intersection at 1.0 1.0")
        let repaired = try bowTie.madeValid()
        #expect(repaired.isValid)
        #expect(repaired.kind == .multiPolygon)
        #expect(repaired.area == 2)
    }

    @Test func thePolygonalPartDropsPointsAndLines() throws {
        let mixed = try Geometry(
            wkt: "GEOMETRYCOLLECTION (POINT (9 9), LINESTRING (0 0, 1 1), POLYGON ((0 0, 1 0, 1 1, 0 0)))")
        #expect(mixed.polygonalPart().wkt == "POLYGON ((0 0, 1 0, 1 1, 0 0))")
        #expect(try Geometry(wkt: "LINESTRING (0 0, 1 1)").polygonalPart().isEmpty)
        #expect(square.polygonalPart() === square)
        #expect(mixed.parts.map(\.kind) == [.point, .line, .polygon])
    }

    @Test func overlayAndRelations() throws {
        let other = Geometry(rectangle: Envelope(minimumX: 3, minimumY: 3, maximumX: 6, maximumY: 6))
        let far = Geometry(point: Coordinate(x: 9, y: 6))
        #expect(try square.intersection(other).area == 1)
        #expect(try square.union(other).area == 23)
        #expect(try square.difference(other).area == 14)
        #expect(try Geometry.union(of: [square, other, other]).area == 23)
        #expect(try Geometry.union(of: []).isEmpty)
        #expect(try square.intersects(other))
        #expect(try !square.intersects(far))
        #expect(try other.distance(to: far) == 3)
        let corner = Geometry(point: Coordinate(x: 0, y: 0))
        #expect(try square.covers(corner))
        #expect(try !square.contains(corner))
        #expect(try square.buffer(distance: 1).contains(square))
        let circle = try far.buffer(distance: 10, quadrantSegments: 64)
        #expect(abs(circle.area - 100 * .pi) < 0.1)
        #expect(square.centroid!.x > 2)
        #expect(try square.covers(Geometry(point: square.pointOnSurface!)))
        #expect(try Geometry(wkt: "LINESTRING (0 0, 1 0.01, 2 0)").simplified(tolerance: 0.1).coordinates.count == 2)
    }

    @Test func whatIsInvalidIsOverlaidAsItWouldBeMadeValid() throws {
        let bowTie = try Geometry(wkt: "POLYGON ((0 0, 10 0, 0 10, 10 10, 0 0))")
        let square = try Geometry(wkt: "POLYGON ((0 0, 10 0, 10 5, 0 5, 0 0))")
        #expect(try bowTie.intersection(square).area == 25)
        #expect(try square.intersection(bowTie).area == 25)
        #expect(try square.difference(bowTie).area == 25)
        #expect(try bowTie.union(square).area == 75)
        #expect(try Geometry.union(of: [square, bowTie, square]).area == 75)
    }

    @Test func aRectangleCutsOffWhatReachesOutOfIt() throws {
        func clipped(_ geometry: Geometry, _ edges: (Double, Double, Double, Double)) throws -> Geometry {
            try geometry.clipped(
                to: Envelope(minimumX: edges.0, minimumY: edges.1, maximumX: edges.2, maximumY: edges.3))
        }
        #expect(try clipped(square, (0, 0, 4, 4)) === square)
        let left = try clipped(square, (-1, -1, 1.5, 9))
        #expect(try left.equals(Geometry(wkt: "POLYGON ((0 0, 1.5 0, 1.5 1, 1 1, 1 2, 1.5 2, 1.5 4, 0 4, 0 0))")))
        #expect(try clipped(square, (1.2, 1.2, 1.8, 1.8)).isEmpty, "inside the hole")
        #expect(try clipped(square, (3, 3, 3.5, 3.5)).area == 0.25)
        #expect(try clipped(square, (4, 0, 9, 4)).isEmpty, "a shared edge is no area")
        #expect(try clipped(square, (6, 6, 9, 9)).isEmpty)
        // Two teeth of a comb.
        let comb = try Geometry(
            wkt: "POLYGON ((0 0, 9 0, 9 5, 8 5, 8 1, 5 1, 5 5, 4 5, 4 1, 1 1, 1 5, 0 5, 0 0))")
        let teeth = try clipped(comb, (0, 2, 6, 9))
        #expect(teeth.polygons.count == 2 && teeth.area == 6)
        // One that crosses itself.
        let half = try clipped(bowTie, (-1, -1, 1, 3))
        #expect(half.isValid && half.area == 1)
    }

    @Test(arguments: 0..<4) func clippingIsTheIntersectionWithARectangle(part: Int) throws {
        for seed in part * 50..<(part + 1) * 50 {
            var numbers = SeededNumbers(state: UInt64(seed))
            func place(_ limit: UInt64) -> Double { Double(numbers.next(below: limit)) }
            // Squares of a lattice, as patches are: they meet at corners and along edges, and leave holes.
            let squares = (0..<40).map { _ in
                let (x, y) = (place(9), place(9))
                return Geometry(
                    rectangle: Envelope(minimumX: x, minimumY: y, maximumX: x + 1, maximumY: y + 1))
            }
            let whole = try Geometry.union(of: squares)
            // On the edges of the squares, or across them.
            let offset = seed % 2 == 0 ? 0 : 0.375
            let (west, south) = (place(8) + offset, place(8) + offset)
            let rectangle = Envelope(
                minimumX: west, minimumY: south, maximumX: west + 1 + place(6), maximumY: south + 1 + place(6))
            let clipped = try whole.clipped(to: rectangle)
            #expect(clipped.isValid && (clipped.isEmpty || clipped.kind.isPolygonal), "seed \(seed)")
            let expected = try whole.intersection(Geometry(rectangle: rectangle)).polygonalPart()
            #expect(try clipped.isEmpty && expected.isEmpty || clipped.equals(expected), "seed \(seed)")
        }
    }

    @Test func emptyGeometryHasNoPlace() throws {
        let empty = try Geometry(wkt: "POLYGON EMPTY")
        #expect(empty.isEmpty)
        #expect(empty.envelope == nil)
        #expect(empty.centroid == nil)
        #expect(empty.pointOnSurface == nil)
        #expect(empty.rings.isEmpty)
        #expect(empty.ellipsoidalArea == 0)
    }

    /// GEOS 3.11 reads past the end of an empty line among others; found by Tests/Fuzz/run.
    @Test func emptyLinesAmongOthersHaveNoPlace() throws {
        let place = Coordinate(x: 1, y: 2)
        #expect(
            try Geometry(wkt: "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING EMPTY)").pointOnSurface == place)
        #expect(
            try Geometry(wkt: "GEOMETRYCOLLECTION (LINESTRING EMPTY, LINESTRING (0 2, 1 2, 2 2))").pointOnSurface
                == place)
        #expect(
            try Geometry(wkt: "GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (LINESTRING EMPTY), POINT (1 2))").pointOnSurface
                == place)
        #expect(try Geometry(wkt: "MULTILINESTRING (EMPTY, (0 2, 1 2, 2 2))").pointOnSurface == place)
        #expect(try Geometry(wkt: "GEOMETRYCOLLECTION (LINESTRING EMPTY, LINESTRING EMPTY)").pointOnSurface == nil)
    }

    @Test func coordinatesThatAreNoNumbersAreSeen() throws {
        #expect(square.hasFiniteCoordinates)
        let broken = Geometry(point: Coordinate(x: .nan, y: 3))
        #expect(!broken.hasFiniteCoordinates)
        #expect(!broken.isValid)
    }

    @Test func transformationKeepsRingsApart() throws {
        let utm = try CoordinateReferenceSystem(epsg: 32648)
        let placed = try Geometry(
            wkt: "POLYGON ((105 48, 105.1 48, 105.1 48.1, 105 48.1, 105 48), "
                + "(105.02 48.02, 105.04 48.02, 105.04 48.04, 105.02 48.02))")
        let moved = try placed.transformed(from: .wgs84, to: utm)
        #expect(moved.rings.map(\.count) == [5, 4])
        // 105 degrees east is the central meridian of zone 48.
        #expect(abs(moved.rings[0][0].x - 500_000) < 1e-6)
        let back = try moved.transformed(from: utm, to: .wgs84)
        for (first, second) in zip(placed.coordinates, back.coordinates) {
            #expect(abs(first.x - second.x) < 1e-9)
            #expect(abs(first.y - second.y) < 1e-9)
        }
        let nowhere = Geometry(point: Coordinate(x: 0, y: 91))
        #expect(throws: GeospatialError.self) { try nowhere.transformed(from: .wgs84, to: utm) }
    }

    @Test func geoJSONHasSevenDecimals() throws {
        let text = try Geometry(point: Coordinate(x: 105.123456789, y: 48)).geoJSON()
        #expect(text == #"{ "type": "Point", "coordinates": [ 105.1234568, 48.0 ] }"#)
    }

    @Test func oneGeometryIsReadByManyThreads() async throws {
        let circle = try Geometry(point: Coordinate(x: 0, y: 0)).buffer(distance: 100, quadrantSegments: 100)
        let expected = circle.area
        try await withThrowingTaskGroup(of: Double.self) { group in
            for step in 0..<64 {
                group.addTask {
                    let other = Geometry(
                        rectangle: Envelope(
                            minimumX: Double(step), minimumY: 0, maximumX: Double(step) + 1, maximumY: 1))
                    let meets = try circle.intersects(other)
                    #expect(meets)
                    return circle.area
                }
            }
            for try await area in group { #expect(area == expected) }
        }
    }
}

/// Areas on the ellipsoid against figures that do not come from the formula in use.
struct EllipsoidalAreaTests {
    private let sixtyNorth = Geometry(
        rectangle: Envelope(minimumX: 10, minimumY: 60, maximumX: 11, maximumY: 61))

    /// The area of a cell as the integral of the meridian's radius times the parallel's (Simpson's rule).
    private func integrated(south: Double, north: Double, longitudes: Double) -> Double {
        let a = 6_378_137.0
        let e2 = 0.006_694_379_990_141_317
        func width(_ degrees: Double) -> Double {
            let phi = degrees * .pi / 180
            let w = 1 - e2 * sin(phi) * sin(phi)
            let meridian = a * (1 - e2) / pow(w, 1.5)
            let parallel = a / sqrt(w) * cos(phi)
            return meridian * parallel
        }
        let steps = 1000
        let h = (north - south) / Double(steps)
        let sum = (0...steps).reduce(0.0) { sum, k in
            sum + width(south + Double(k) * h) * (k == 0 || k == steps ? 1 : k % 2 == 1 ? 4 : 2)
        }
        return sum * h / 3 * (.pi / 180) * (longitudes * .pi / 180)
    }

    @Test func aDegreeAtSixtyNorth() {
        let expected = integrated(south: 60, north: 61, longitudes: 1)
        #expect(abs(sixtyNorth.ellipsoidalArea / expected - 1) < 1e-12)
        // A sphere of the mean radius would be half a percent off.
        #expect(abs(expected - 6.124e9) < 0.003e9)
    }

    @Test func theWholeEarth() {
        let earth = Geometry(rectangle: Envelope(minimumX: -180, minimumY: -90, maximumX: 180, maximumY: 90))
        // The area of the WGS 84 ellipsoid, 510 065 621.724 km2 (Moritz, Geodetic Reference System 1980, adapted).
        #expect(abs(earth.ellipsoidalArea / 510_065_621_724_000 - 1) < 1e-9)
    }

    @Test func agreesWithAnEqualAreaProjection() throws {
        // A slanted triangle of 200 m and of 20 km at 60 degrees north, projected by PROJ.
        for size in [0.002, 0.2] {
            let x = [10.0, 10 + size, 10 + size / 3]
            let y = [60.0, 60 + size / 4, 60 + size]
            var outline: [Coordinate] = []
            for corner in 0..<3 {
                let next = (corner + 1) % 3
                for step in 0..<200 {
                    let part = Double(step) / 200
                    outline.append(
                        Coordinate(
                            x: x[corner] + part * (x[next] - x[corner]), y: y[corner] + part * (y[next] - y[corner])))
                }
            }
            let triangle = try Geometry(polygonWithExterior: (0..<3).map { Coordinate(x: x[$0], y: y[$0]) })
            let projection = try CoordinateReferenceSystem("+proj=laea +lat_0=60 +lon_0=10 +datum=WGS84 +units=m")
            let projected = try Geometry(polygonWithExterior: outline).transformed(from: .wgs84, to: projection)
            #expect(abs(triangle.ellipsoidalArea / projected.area - 1) < 1e-7)
        }
    }

    @Test func holesAreTakenOffAndWindingIsNothing() throws {
        let holed = try Geometry(
            wkt:
                "POLYGON ((10 60, 10 61, 11 61, 11 60, 10 60), (10.2 60.2, 10.2 60.4, 10.4 60.4, 10.4 60.2, 10.2 60.2))"
        )
        let hole = Geometry(rectangle: Envelope(minimumX: 10.2, minimumY: 60.2, maximumX: 10.4, maximumY: 60.4))
        let expected = sixtyNorth.ellipsoidalArea - hole.ellipsoidalArea
        #expect(abs(holed.ellipsoidalArea / expected - 1) < 1e-12)
    }
}

struct PreparedGeometryTests {
    @Test func answersAsTheGeometryItself() throws {
        let circle = try Geometry(point: Coordinate(x: 0, y: 0)).buffer(distance: 5)
        let prepared = try PreparedGeometry(circle)
        for step in -8..<9 {
            let cell = Geometry(
                rectangle: Envelope(
                    minimumX: Double(step), minimumY: 0, maximumX: Double(step) + 1, maximumY: 1))
            let expected = try [circle.intersects(cell), circle.contains(cell), circle.covers(cell)]
            #expect(try [prepared.intersects(cell), prepared.contains(cell), prepared.covers(cell)] == expected)
        }
    }
}
