import Geospatial
import Testing

@testable import Disturbance

struct AnalysisLatticeTests {
    private func grid(_ epsg: Int, x: Double, y: Double, pixelSize: Double) throws -> Grid {
        Grid(
            rows: 100, columns: 100, transform: GeoTransform(originX: x, originY: y, pixelSize: pixelSize),
            crs: try CoordinateReferenceSystem(epsg: epsg))
    }

    @Test func metricPlanesAreAcceptedAndStretchedOnesRefused() throws {
        let place = Coordinate(x: 22.15, y: 45.2)
        #expect(try AnalysisLattice(of: grid(32634, x: 500_000, y: 5_000_000, pixelSize: 10), near: place) != nil)
        // The European equal-area plane, stretched by less than a percent here.
        #expect(try AnalysisLattice(of: grid(3035, x: 5_271_982.5, y: 2_533_004.2, pixelSize: 10), near: place) != nil)
        #expect(
            try AnalysisLattice(
                of: grid(3857, x: 2_465_000, y: 6_446_000, pixelSize: 10), near: Coordinate(x: 22.15, y: 50)) == nil)
        #expect(
            try AnalysisLattice(of: grid(3857, x: 0, y: 0, pixelSize: 10), near: Coordinate(x: 22.15, y: 0.1)) != nil)
        #expect(try AnalysisLattice(of: grid(4326, x: 22, y: 46, pixelSize: 0.0001), near: place) == nil)
        // A foot of the United States survey is no metre.
        #expect(
            try AnalysisLattice(
                of: grid(2263, x: 984_000, y: 200_000, pixelSize: 30), near: Coordinate(x: -74, y: 40.7)) == nil)
    }

    @Test func turnedOrOblongPixelsAreRefused() throws {
        let crs = try CoordinateReferenceSystem(epsg: 32634)
        let place = Coordinate(x: 21, y: 45)
        func lattice(_ transform: GeoTransform) -> AnalysisLattice? {
            AnalysisLattice(of: Grid(rows: 9, columns: 9, transform: transform, crs: crs), near: place)
        }
        #expect(
            lattice(
                GeoTransform(
                    originX: 500_000, columnStepX: 10, rowStepX: 1, originY: 5_000_000, columnStepY: 1, rowStepY: -10))
                == nil)
        #expect(
            lattice(
                GeoTransform(
                    originX: 500_000, columnStepX: 10, rowStepX: 0, originY: 5_000_000, columnStepY: 0, rowStepY: -20))
                == nil)
    }

    @Test func gridsOfOneLatticeAreEqualWhereverTheyBegin() throws {
        let place = Coordinate(x: 21, y: 45)
        let first = try #require(
            try AnalysisLattice(of: grid(32634, x: 399_960, y: 5_000_040, pixelSize: 10), near: place))
        let second = try #require(
            try AnalysisLattice(of: grid(32634, x: 509_760, y: 4_900_020, pixelSize: 10), near: place))
        let shifted = try #require(
            try AnalysisLattice(of: grid(32634, x: 509_765, y: 4_900_020, pixelSize: 10), near: place))
        #expect(first == second)
        #expect(first.origin == Coordinate(x: 0, y: 0))
        #expect(shifted != first)
        #expect(shifted.origin == Coordinate(x: 5, y: 0))
    }

    @Test(arguments: [10.0, 30, 0.5], [0.0, 3.3])
    func windowsAndGridsGoBothWays(pixelSize: Double, origin: Double) throws {
        let lattice = AnalysisLattice(
            crs: try CoordinateReferenceSystem(epsg: 32634), pixelSizeMetres: pixelSize,
            origin: Coordinate(x: origin, y: origin))
        for window in [
            Window(rows: 0..<4, columns: 0..<7), Window(rows: -500_012..<(-499_900), columns: -3..<5),
            Window(rows: 12..<13, columns: 40_000..<40_001),
        ] {
            let grid = lattice.grid(of: window)
            #expect(lattice.window(covering: grid.envelope) == window)
            // A tenth of a pixel on each side touches the neighbours.
            let wider = lattice.window(covering: grid.envelope.expanded(by: pixelSize / 10))
            #expect(wider.rows.lowerBound == window.rows.lowerBound - 1)
            #expect(wider.columns.upperBound == window.columns.upperBound + 1)
        }
    }

    @Test func aPointHasOnePixel() throws {
        let lattice = AnalysisLattice(
            crs: try CoordinateReferenceSystem(epsg: 32634), pixelSizeMetres: 10, origin: Coordinate(x: 0, y: 0))
        let point = Envelope(minimumX: 25, minimumY: 25, maximumX: 25, maximumY: 25)
        #expect(lattice.window(covering: point) == Window(rows: -3..<(-2), columns: 2..<3))
        let corner = Envelope(minimumX: 30, minimumY: 30, maximumX: 30, maximumY: 30)
        #expect(lattice.window(covering: corner).pixelCount == 1)
    }
}
