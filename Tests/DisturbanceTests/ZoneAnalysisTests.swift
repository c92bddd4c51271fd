import Geospatial
import Testing

@testable import Disturbance

struct ZoneAnalysisTests {
    /// Squares of 100 m in a plane, their south-west corners in metres from (500 000, 5 000 000).
    private struct Plane {
        let crs: CoordinateReferenceSystem
        let lattice: AnalysisLattice
        let north: Double

        init(epsg: Int = 32634, north: Double = 5_000_000) throws {
            crs = try CoordinateReferenceSystem(epsg: epsg)
            lattice = AnalysisLattice(crs: crs, pixelSizeMetres: 10, origin: Coordinate(x: 0, y: 0))
            self.north = north
        }

        func square(_ x: Double, _ y: Double, width: Double = 100) throws -> Geometry {
            try Geometry(
                rectangle: Envelope(
                    minimumX: 500_000 + x, minimumY: north + y, maximumX: 500_000 + x + width,
                    maximumY: north + y + width)
            ).transformed(from: crs, to: .wgs84)
        }

        func group(_ sites: [Site]) throws -> [SiteGroup] {
            let fromWGS84 = try CoordinateTransformation(from: .wgs84, to: crs)
            let placed = try sites.map {
                try PlacedSite($0, on: lattice, ringMetres: 100, fromWGS84: fromWGS84)
            }
            return SiteGroup.grouping(placed, on: lattice, cellPixels: 256)
        }
    }

    private func overlaps(_ geometry: Geometry, _ groups: [SiteGroup]) throws -> [ZoneOverlap] {
        try ZoneAnalysis(groups: groups, minimumOverlapSquareMetres: 50).overlaps(
            of: geometry, areaSquareMetres: geometry.ellipsoidalArea)
    }

    @Test func insideHalfInBufferAndOutside() throws {
        let plane = try Plane()
        let groups = try plane.group([Site(id: "S1", core: plane.square(0, 0, width: 200), bufferMetres: 200)])
        // UTM shrinks lengths by 0.04 % at its central meridian, areas by 0.08 %.
        func isNear(_ area: Double, _ wanted: Double) -> Bool { abs(area - wanted) < wanted * 0.002 + 0.5 }

        let inside = try #require(try overlaps(plane.square(50, 50), groups).first)
        #expect(isNear(inside.coreSquareMetres, 10_000) && inside.bufferSquareMetres < 0.01)
        #expect(abs(inside.coreShare - 0.25) < 1e-6 && inside.bufferShare < 1e-6)
        #expect(inside.distanceToCoreMetres == 0 && inside.isInCore)

        let half = try #require(try overlaps(plane.square(150, 50), groups).first)
        #expect(isNear(half.coreSquareMetres, 5_000) && isNear(half.bufferSquareMetres, 5_000))
        #expect(half.distanceToCoreMetres == 0 && half.isInCore)

        let beside = try #require(try overlaps(plane.square(250, 50), groups).first)
        #expect(beside.coreSquareMetres == 0 && isNear(beside.bufferSquareMetres, 10_000))
        #expect(abs(beside.distanceToCoreMetres - 50) < 0.01 && !beside.isInCore)
        #expect(beside.coreShare == 0 && beside.bufferShare > 0.03 && beside.bufferShare < 0.05)

        let rim = try #require(try overlaps(plane.square(350, 50), groups).first)
        #expect(isNear(rim.bufferSquareMetres, 5_000))

        #expect(try overlaps(plane.square(450, 50), groups).isEmpty)
        #expect(try overlaps(plane.square(40_000, 50), groups).isEmpty)

        let whole = try #require(try overlaps(plane.square(-1_000, -1_000, width: 3_000), groups).first)
        #expect(abs(whole.coreShare - 1) < 1e-6 && abs(whole.bufferShare - 1) < 1e-6)
    }

    @Test func lessThanTheOutlineIsSureOfIsNoOverlap() throws {
        let plane = try Plane()
        let groups = try plane.group([Site(id: "S1", core: plane.square(0, 0), bufferMetres: 200)])
        // 0.4 m by 100 m inside: 40 m2.
        let touching = try #require(try overlaps(plane.square(99.6, 0), groups).first)
        #expect(!touching.isInCore && touching.bufferSquareMetres > 9_900 && touching.distanceToCoreMetres == 0)
        let inside = try #require(try overlaps(plane.square(99.4, 0), groups).first)
        #expect(inside.isInCore && abs(inside.coreSquareMetres - 60) < 1)
        #expect(try overlaps(plane.square(299.6, 0), groups).isEmpty)
        // Half of a small one is enough: 8 m by 8 m, 5 m of it inside.
        let small = try #require(try overlaps(plane.square(95, 10, width: 8), groups).first)
        #expect(small.isInCore && abs(small.coreSquareMetres - 40) < 1)
    }

    @Test func areasAreOnTheEllipsoidFarNorth() throws {
        // 60 degrees north, at the rim of the zone, where the plane is stretched most.
        let plane = try Plane(epsg: 32634, north: 6_655_000)
        let patch = Geometry(
            rectangle: Envelope(minimumX: 23.80, minimumY: 60.00, maximumX: 23.81, maximumY: 60.01))
        let groups = try plane.group([Site(id: "S1", core: patch, bufferMetres: 100)])
        let zone = try #require(try overlaps(patch, groups).first)
        #expect(abs(zone.coreSquareMetres / patch.ellipsoidalArea - 1) < 1e-9)
        // A cell of 0.01 degrees there: 557.8 m by 1114.1 m on WGS 84.
        #expect(abs(zone.coreSquareMetres - 557.8 * 1_114.1) < 500)
        // The eastern half.
        let half = Geometry(
            rectangle: Envelope(minimumX: 23.805, minimumY: 60.00, maximumX: 23.815, maximumY: 60.01))
        let overlap = try #require(try overlaps(half, groups).first)
        #expect(abs(overlap.coreSquareMetres / (patch.ellipsoidalArea / 2) - 1) < 2e-4)
        #expect(abs(overlap.coreShare - 0.5) < 2e-4)
    }

    /// Where outlines of two groups are joined, spikes of a nanometre stay, which the way into the site's plane turns over.
    @Test func aSpikeThatTheProjectionTurnsOverIsMeasured() throws {
        let finding = try Geometry(
            wkt: """
                POLYGON ((104.92804001369407 40.582186743190654, 104.93159006926744 40.57705382903206, \
                104.91706785870758 40.5685759440979, 104.92804001369407 40.582186743190654), \
                (104.91895587456862 40.570379066406986, 104.91848407973353 40.569748110691364, \
                104.91942875876927 40.57010912985312, 104.91895565720021 40.57055924446412, \
                104.91895554851529 40.57064933349058, 104.91895587456862 40.570379066406986))
                """)
        let plane = try Plane(epsg: 32648, north: 4_490_704)
        let placed = try finding.transformed(from: .wgs84, to: plane.crs)
        try #require(finding.isValid && !placed.isValid)
        let groups = try plane.group([Site(id: "S1", core: plane.square(-7209, 0, width: 349), bufferMetres: 0)])
        let found = try #require(try overlaps(finding, groups).first)
        // The piece of the triangle left of its hole's spike, in the plane 8,268 square metres.
        #expect(abs(found.coreSquareMetres - 8268 / 0.9996 / 0.9996) < 5)
    }

    @Test func allSitesTouchedAreNamedInOrder() throws {
        let plane = try Plane()
        let sites = [
            Site(id: "S2", core: try plane.square(0, 0), bufferMetres: 50),
            Site(id: "S1", core: try plane.square(120, 0), bufferMetres: 50),
            Site(id: "S3", core: try plane.square(2_000, 0), bufferMetres: 50),
        ]
        let found = try overlaps(plane.square(60, 0), plane.group(sites))
        #expect(found.map(\.siteID) == ["S1", "S2"])
        #expect(found.allSatisfy { $0.isInCore })
    }

    @Test func aSiteThatIsAPointHasOnlyABuffer() throws {
        let plane = try Plane()
        let point = Geometry(point: try #require(try plane.square(50, 50).envelope).centre)
        let groups = try plane.group([Site(id: "S1", core: point, bufferMetres: 100)])
        let zone = try #require(try overlaps(plane.square(50, 50), groups).first)
        #expect(zone.coreSquareMetres == 0 && !zone.isInCore && zone.coreShare == 0)
        #expect(zone.bufferSquareMetres > 9_000)
        #expect(zone.distanceToCoreMetres == 0)
    }

    @Test func sitesOfSeveralPlanesAreAllAsked() throws {
        let west = try Plane(epsg: 32634)
        let east = try Plane(epsg: 32635)
        // On the border of the zones, 24 degrees east.
        let square = Geometry(
            rectangle: Envelope(minimumX: 23.999, minimumY: 45, maximumX: 24.001, maximumY: 45.001))
        let groups =
            try west.group([Site(id: "W", core: square, bufferMetres: 10)])
            + east.group([Site(id: "E", core: square, bufferMetres: 10)])
        let found = try overlaps(square, groups)
        #expect(found.map(\.siteID) == ["E", "W"])
        #expect(abs(found[0].coreSquareMetres - found[1].coreSquareMetres) < 1)
    }
}
