import Testing

@testable import Geospatial

/// Own polygons from pixels against those of `GDALPolygonize`.
struct PatchOutlinesTests {
    /// One label a character, `.` for none.
    private func labels(_ rows: [String]) -> [Int32] {
        rows.joined().map { $0 == "." ? 0 : Int32($0.wholeNumberValue!) }
    }

    private func grid(rows: Int, columns: Int) throws -> Grid {
        // Steps that are no round numbers: places must agree to the last bit.
        Grid(
            rows: rows, columns: columns,
            transform: GeoTransform(originX: 500_003.7, originY: 5_000_011.3, pixelSize: 9.99),
            crs: try CoordinateReferenceSystem(epsg: 32634))
    }

    /// Later versions begin and direct rings in another way.
    private static let isGDALOfTheseRings =
        GDALLibrary.versions["gdal"].map { $0.hasPrefix("3.6.") || $0.hasPrefix("3.5.") } ?? false

    private func expectEqual(_ labels: [Int32], rows: Int, columns: Int, _ comment: Comment? = nil) throws {
        let grid = try grid(rows: rows, columns: columns)
        let raster = try LabelRaster(labels, grid: grid)
        for connectivity in [Connectivity.four, .eight] {
            let found = try polygonize(labels, grid: grid, connectivity: connectivity)
            let wanted = try raster.polygons(connectivity: connectivity)
            if Self.isGDALOfTheseRings {
                #expect(found.map(\.label) == wanted.map(\.label), comment)
                #expect(found.map(\.geometry.wkt) == wanted.map(\.geometry.wkt), comment)
            } else {
                // The same ground for each label.
                for label in Set(labels) where label != 0 {
                    func ground(_ polygons: [LabelledPolygon]) throws -> Geometry {
                        try Geometry.union(
                            of: polygons.filter { $0.label == Int(label) }.map { try $0.geometry.madeValid() })
                    }
                    #expect(try ground(found).equals(ground(wanted)), comment)
                }
                #expect(found.map(\.label).sorted() == wanted.map(\.label).sorted(), comment)
            }
        }
    }

    @Test(arguments: 0..<8)
    func randomMasksGiveTheSamePolygons(part: Int) throws {
        for seed in part * 60..<(part + 1) * 60 {
            var numbers = SeededNumbers(state: UInt64(seed))
            let (rows, columns) = (1 + Int(numbers.next(below: 34)), 1 + Int(numbers.next(below: 24)))
            let tenths = numbers.next(below: 11)
            let kinds = 1 + numbers.next(below: 3)
            let labels = (0..<rows * columns).map { _ in
                numbers.next(below: 10) < tenths ? Int32(1 + numbers.next(below: kinds)) : 0
            }
            try expectEqual(labels, rows: rows, columns: columns, "seed \(seed)")
        }
    }

    @Test(arguments: [
        // Touches at corners, in both directions, and one after another.
        ["1.", ".1"], [".1", "1."], ["1.1", ".1.", "1.1"], ["1.1.1", ".1.1.", "1.1.1"],
        // Holes that meet at a corner, one another or the outside.
        ["1111", "1.11", "11.1", "1111"], ["1111", "11.1", "1.11", "1111"], ["11.", "1.1", "111"],
        ["11111", "1.1.1", "11.11", "1.1.1", "11111"],
        // A patch in a hole of another, and one that touches the hole's corner.
        ["11111", "1...1", "1.2.1", "1...1", "11111"], ["11111", "1.111", "11211", "111.1", "11111"],
        // At the border, the whole of it, one row, one column, one pixel.
        ["111", "111", "111"], ["111", "1.1", "111"], ["1.1"], ["1", ".", "1"], ["1"],
        // Parts of one label that end in different steps of rows.
        ["1.1", "...", "...", "...", "...", "1..", "...", "..1", "...", "...", "...", "1.1", ".1.", "...", "..1"],
    ])
    func drawnMasksGiveTheSamePolygons(rows: [String]) throws {
        try expectEqual(labels(rows), rows: rows.count, columns: rows[0].count)
    }

    @Test func anEmptyMaskHasNoOutlines() {
        for (rows, columns) in [(0, 0), (0, 4), (3, 0), (3, 4), (1, 40)] {
            let outlines = PatchOutlines(
                labels: [Int32](repeating: 0, count: rows * columns), rows: rows, columns: columns,
                connectivity: .eight)
            #expect(outlines.patches.isEmpty)
        }
    }

    @Test func holesThatMeetAtACornerStayTwo() throws {
        let rows = ["1111", "1.11", "11.1", "1111"]
        let outlines = PatchOutlines(labels: labels(rows), rows: 4, columns: 4, connectivity: .four)
        #expect(outlines.patches.count == 1)
        let holes = outlines.patches[0].rings.dropFirst().map { $0.map { [$0.row, $0.column] } }
        #expect(
            holes == [
                [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]], [[2, 2], [3, 2], [3, 3], [2, 3], [2, 2]],
            ])
    }

    /// Long runs and rows beyond a vector's width.
    @Test func areaIsThatOfThePixels() throws {
        var numbers = SeededNumbers(state: 5)
        let (rows, columns) = (61, 1003)
        let labels = (0..<rows * columns).map { _ in
            numbers.next(below: 40) == 0 ? Int32(1 + numbers.next(below: 2)) : 0
        }
        let grid = try grid(rows: rows, columns: columns)
        let area = try polygonize(labels, grid: grid, connectivity: .eight).reduce(0.0) {
            $0 + (try $1.geometry.madeValid()).area
        }
        #expect(abs(area / grid.pixelArea - Double(labels.count { $0 != 0 })) < 1e-3)
    }
}
