import Testing

@testable import Geospatial

struct ResamplingTests {
    private func grid(rows: Int, columns: Int, x: Double = 0, y: Double = 100, pixelSize: Double) throws -> Grid {
        Grid(
            rows: rows, columns: columns,
            transform: GeoTransform(originX: 500_000 + x, originY: 5_000_000 + y, pixelSize: pixelSize),
            crs: try CoordinateReferenceSystem(epsg: 32634))
    }

    @Test func theSameGridGivesTheSameValues() throws {
        let grid = try grid(rows: 5, columns: 5, pixelSize: 10)
        let values = (0..<25).map { Float($0) }
        for method in [Resampling.nearest, .bilinear, .cubic, .average] {
            #expect(try resampled(values, from: grid, to: grid, method: method) == values)
        }
    }

    @Test func bilinearKeepsASlopeAndNearestKeepsClasses() throws {
        let coarse = try grid(rows: 10, columns: 10, pixelSize: 20)
        let fine = try grid(rows: 8, columns: 8, x: 40, y: 60, pixelSize: 10)
        let slope = (0..<100).map { (Float($0 % 10) + 0.5) * 20 }
        let found = try resampled(slope, from: coarse, to: fine, method: .bilinear)
        for pixel in 0..<64 { #expect(abs(found[pixel] - (40 + (Float(pixel % 8) + 0.5) * 10)) < 1e-3) }
        let classes = (0..<100).map { Float(($0 * 7) % 11) }
        let nearest = try resampled(classes, from: coarse, to: fine, method: .nearest)
        for pixel in 0..<64 {
            let row = 2 + pixel / 8 / 2
            let column = 2 + pixel % 8 / 2
            #expect(nearest[pixel] == classes[row * 10 + column])
        }
    }

    @Test func missingPixelsStayMissingAndSpoilNoOther() throws {
        let coarse = try grid(rows: 6, columns: 6, pixelSize: 20)
        let fine = try grid(rows: 16, columns: 16, x: -20, y: 120, pixelSize: 10)
        var values = [Float](repeating: 5, count: 36)
        values[14] = .nan
        let found = try resampled(values, from: coarse, to: fine, method: .bilinear)
        #expect(found.allSatisfy { $0.isNaN || abs($0 - 5) < 1e-6 })
        // Beyond the source there is nothing.
        #expect(found[0].isNaN && found[17].isNaN && found[255].isNaN)
        let nearest = try resampled(values, from: coarse, to: fine, method: .nearest)
        #expect(nearest.count { !$0.isNaN } == 35 * 4)
    }
}
