import Testing

@testable import Geospatial

struct GridTests {
    private func grid(
        rows: Int = 4, columns: Int = 6, x: Double = 500_000, y: Double = 5_000_000, pixelSize: Double = 10,
        epsg: Int = 32634
    ) throws -> Grid {
        Grid(
            rows: rows, columns: columns, transform: GeoTransform(originX: x, originY: y, pixelSize: pixelSize),
            crs: try CoordinateReferenceSystem(epsg: epsg))
    }

    @Test func placesAndPositionsGoBothWaysAlsoWhereTheGridIsTurned() throws {
        var turned = try grid()
        turned.transform = GeoTransform(
            originX: 500_000, columnStepX: 8, rowStepX: 6, originY: 5_000_000, columnStepY: 6, rowStepY: -8)
        for grid in [try grid(), turned] {
            for (row, column) in [(0.0, 0.0), (0.5, 0.5), (4, 6), (-3, 2.25)] {
                let found = grid.position(of: grid.coordinate(row: row, column: column))
                #expect(abs(found.row - row) < 1e-9 && abs(found.column - column) < 1e-9)
            }
            #expect(grid.pixelArea == 100)
        }
        #expect(try grid().coordinate(row: 1, column: 2) == Coordinate(x: 500_020, y: 4_999_990))
    }

    @Test func windowsCoverWhatAnEnvelopeTouches() throws {
        let grid = try grid()
        #expect(grid.window(covering: grid.envelope) == grid.window)
        #expect(grid.window(covering: grid.envelope.expanded(by: 1_000)) == grid.window)
        let inside = Envelope(minimumX: 500_012, minimumY: 4_999_978, maximumX: 500_018, maximumY: 4_999_988)
        #expect(grid.window(covering: inside) == Window(rows: 1..<3, columns: 1..<2))
        // Along pixel edges, but for rounding.
        let edges = Envelope(
            minimumX: 500_010 - 1e-6, minimumY: 4_999_980 - 1e-6, maximumX: 500_020 + 1e-6, maximumY: 4_999_990 + 1e-6)
        #expect(grid.window(covering: edges) == Window(rows: 1..<2, columns: 1..<2))
        for far in [
            Envelope(minimumX: 0, minimumY: 0, maximumX: 10, maximumY: 10),
            Envelope(minimumX: 600_000, minimumY: 4_999_970, maximumX: 600_010, maximumY: 4_999_990),
        ] { #expect(grid.window(covering: far).isEmpty) }
    }

    @Test func gridOfAWindowLiesWhereTheWindowLies() throws {
        let grid = try grid()
        let window = Window(rows: 1..<3, columns: 2..<6)
        let part = grid.grid(of: window)
        #expect(part.rows == 2 && part.columns == 4)
        #expect(part.envelope == grid.envelope(of: window))
        #expect(part.isAligned(with: grid) && grid.isAligned(with: part))
    }

    @Test func alignmentIsOneLatticeOneSizeOneSystem() throws {
        let grid = try grid()
        #expect(try grid.isAligned(with: self.grid(x: 412_340, y: 4_000_010)))
        #expect(try !grid.isAligned(with: self.grid(x: 500_005)))
        #expect(try !grid.isAligned(with: self.grid(pixelSize: 20)))
        #expect(try !grid.isAligned(with: self.grid(epsg: 32635)))
        // Far from the origin a tiny difference of the pixel size would add up.
        #expect(try !grid.isAligned(with: self.grid(pixelSize: 10.001)))
    }

    @Test func windowsIntersectAndContain() {
        let window = Window(rows: 2..<6, columns: 1..<5)
        #expect(window.pixelCount == 16)
        #expect(window.intersection(Window(rows: 4..<9, columns: 0..<2)) == Window(rows: 4..<6, columns: 1..<2))
        #expect(window.intersection(Window(rows: 7..<9, columns: 0..<2)).isEmpty)
        #expect(window.contains(Window(rows: 2..<3, columns: 4..<5)))
        #expect(!window.contains(Window(rows: 2..<7, columns: 4..<5)))
    }

    @Test func envelopesCoverWhatDoesNotReachOut() {
        let box = Envelope(minimumX: 0, minimumY: 0, maximumX: 4, maximumY: 3)
        #expect(box.covers(box))
        #expect(box.covers(Envelope(minimumX: 1, minimumY: 1, maximumX: 2, maximumY: 2)))
        let outside = [(-1.0, 1.0, 2.0, 2.0), (1, -1, 2, 2), (1, 1, 5, 2), (1, 1, 2, 4), (6, 6, 7, 7)]
        for (west, south, east, north) in outside {
            #expect(!box.covers(Envelope(minimumX: west, minimumY: south, maximumX: east, maximumY: north)))
        }
    }
}
