import Testing

@testable import Geospatial

struct SpatialIndexTests {
    /// A 20 x 20 board of squares of one unit, row by row.
    private let cells: [Envelope] = (0..<400).map { cell in
        let x = Double(cell % 20)
        let y = Double(cell / 20)
        return Envelope(minimumX: x, minimumY: y, maximumX: x + 0.9, maximumY: y + 0.9)
    }

    @Test func findsWhatPlainComparisonFinds() throws {
        let index = try SpatialIndex(cells)
        for step in 0..<40 {
            let low = Double(step) / 2 - 1
            let asked = Envelope(minimumX: low, minimumY: low / 2, maximumX: low + 3, maximumY: low / 2 + 1.5)
            #expect(index.query(asked) == cells.indices.filter { cells[$0].intersects(asked) })
        }
    }

    @Test func emptyGeometriesAreInNoAnswer() throws {
        let index = try SpatialIndex([
            Geometry(wkt: "POLYGON EMPTY"), Geometry(wkt: "POINT (1 1)"), Geometry(wkt: "POINT (5 5)"),
        ])
        #expect(index.count == 2)
        #expect(index.query(Geometry(rectangle: Envelope(minimumX: 0, minimumY: 0, maximumX: 2, maximumY: 2))) == [1])
        #expect(try index.query(Geometry(wkt: "POINT EMPTY")).isEmpty)
        let none = try SpatialIndex([Envelope?]())
        #expect(none.query(cells[0]).isEmpty)
    }

    @Test func isSharedByManyThreads() async throws {
        let index = try SpatialIndex(cells)
        let asked = cells
        await withTaskGroup(of: Void.self) { group in
            for cell in 0..<64 {
                group.addTask { #expect(index.query(asked[cell]) == [cell]) }
            }
        }
    }
}
