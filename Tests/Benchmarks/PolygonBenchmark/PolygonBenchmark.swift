import Dispatch
import Foundation
import Geospatial

/// Times the making of polygons from changed pixels, and holds it against GDALPolygonize in the same run.
///
/// USAGE   swift run -c release PolygonBenchmark [SIDE]
///         SIDE  rows and columns of the mask, 5490 where nothing is said
/// MEASURES  seconds of the thread from labels to polygons, the best of interleaved rounds, for several shares of changed
///         pixels; GDAL's labels are in its raster before the clock starts. Status 1 where any polygon differs
@main
struct PolygonBenchmark {
    static func main() throws {
        let side = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5490
        let grid = Grid(
            rows: side, columns: side, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
        print("changed | polygons | corners | GDALPolygonize s | polygonize s | ratio")
        var isSame = true
        for share in [0.001, 0.01, 0.05] {
            let mask = mask(side: side, share: share)
            let raster = try LabelRaster(mask, grid: grid)
            var (best, bestOfGDAL) = (Double.infinity, Double.infinity)
            var (found, wanted): ([LabelledPolygon], [LabelledPolygon]) = ([], [])
            for _ in 0..<3 {
                var start = threadSeconds()
                wanted = try raster.polygons(connectivity: .eight)
                bestOfGDAL = min(bestOfGDAL, threadSeconds() - start)
                start = threadSeconds()
                found = try polygonize(mask, grid: grid, connectivity: .eight)
                best = min(best, threadSeconds() - start)
            }
            isSame = isSame && found.map(\.geometry) == wanted.map(\.geometry)
            let changed = Double(mask.count { $0 != 0 }) / Double(mask.count)
            let corners = found.reduce(0) { $0 + $1.geometry.coordinates.count }
            print(
                String(format: "%.2f %%", 100 * changed), "|", found.count, "|", corners, "|",
                String(format: "%.3f | %.3f | %.1f", bestOfGDAL, best, bestOfGDAL / best))
        }
        print(isSame ? "The same polygons" : "The polygons differ")
        exit(isSame ? 0 : 1)
    }

    /// Seconds for which the processor worked for this thread.
    private static func threadSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Ragged patches of about 14 pixels across, the same on every run.
    private static func mask(side: Int, share: Double) -> [Int32] {
        var state: UInt64 = 7
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var mask = [Int32](repeating: 0, count: side * side)
        for _ in 0..<Int(share * Double(side * side) / 110) {
            let (row, column, radius) = (next(side), next(side), 4 + next(6))
            for y in max(row - radius, 0)..<min(row + radius, side) {
                for x in max(column - radius, 0)..<min(column + radius, side) {
                    let distance = (y - row) * (y - row) + (x - column) * (x - column)
                    // Whole inside, ragged at the rim.
                    if distance < radius * radius * (5 + next(6)) / 10 { mask[y * side + x] = 1 }
                }
            }
        }
        return mask
    }
}
