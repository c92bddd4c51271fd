import Testing

@testable import Geospatial

struct PolygonizeTests {
    private func grid(rows: Int, columns: Int) throws -> Grid {
        Grid(
            rows: rows, columns: columns, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
    }

    @Test func cornersJoinWithEightNeighboursOnly() throws {
        let labels: [Int32] = [
            1, 1, 0, 0,
            0, 0, 1, 0,
            0, 2, 2, 0,
        ]
        let grid = try grid(rows: 3, columns: 4)
        #expect(try polygonize(labels, grid: grid, connectivity: .four).map(\.label).sorted() == [1, 1, 2])
        let eight = try polygonize(labels, grid: grid, connectivity: .eight)
        #expect(eight.map(\.label).sorted() == [1, 2])
        #expect(try eight.first { $0.label == 1 }?.geometry.madeValid().area == 300)
        #expect(
            eight.first { $0.label == 2 }?.geometry.envelope
                == Envelope(minimumX: 500_010, minimumY: 4_999_970, maximumX: 500_030, maximumY: 4_999_980))
    }

    @Test func holesAreCutOutAndBackgroundIsNone() throws {
        let ring: [Int32] = [
            3, 3, 3,
            3, 0, 3,
            3, 3, 3,
        ]
        let found = try polygonize(ring, grid: grid(rows: 3, columns: 3), connectivity: .eight)
        #expect(found.count == 1)
        #expect(found[0].geometry.area == 800)
        #expect(found[0].geometry.rings.count == 2)
        let none = try polygonize([0, 0, 0, 0], grid: grid(rows: 2, columns: 2), connectivity: .eight)
        #expect(none.isEmpty)
    }

    @Test func polygonsGoBackToTheirPixels() throws {
        let grid = try grid(rows: 5, columns: 5)
        let labels: [Int32] = [
            0, 1, 1, 0, 0,
            0, 1, 0, 0, 2,
            0, 1, 1, 0, 2,
            0, 0, 0, 0, 0,
            3, 3, 0, 0, 0,
        ]
        for polygon in try polygonize(labels, grid: grid, connectivity: .four) {
            let pixels = try rasterize(polygon.geometry, grid: grid, allTouched: false)
            #expect(pixels == labels.map { $0 == polygon.label ? 1 : 0 })
        }
    }

    @Test func allTouchedMarksMoreThanCentres() throws {
        let grid = try grid(rows: 3, columns: 3)
        let small = Geometry(
            rectangle: Envelope(minimumX: 500_011, minimumY: 4_999_981, maximumX: 500_013, maximumY: 4_999_983))
        #expect(try rasterize(small, grid: grid, allTouched: false) == [0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(try rasterize(small, grid: grid, allTouched: true) == [0, 0, 0, 0, 1, 0, 0, 0, 0])
        let point = Geometry(point: Coordinate(x: 500_025, y: 4_999_975))
        #expect(try rasterize(point, grid: grid, allTouched: true) == [0, 0, 0, 0, 0, 0, 0, 0, 1])
    }
}
