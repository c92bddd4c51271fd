import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// One invented acquisition against another of the same textured ground.
struct PairDetectorTests {
    private static let size = 48
    private static let bands: [Band] = [.blue, .green, .red, .nir]

    /// Smooth random texture: sums of waves, so that it can be asked for between pixels too.
    private struct Texture {
        private let waves: [(row: Double, column: Double, phase: Double, height: Double)]

        init(random: inout SeededGenerator) {
            waves = (0..<8).map { _ in
                (
                    Double(random.uniform(-0.6...0.6)), Double(random.uniform(-0.6...0.6)),
                    Double(random.uniform(0...6.28)), Double(random.uniform(0.004...0.02))
                )
            }
        }

        func value(row: Double, column: Double) -> Double {
            waves.reduce(0) { $0 + $1.height * sin($1.row * row + $1.column * column + $1.phase) }
        }
    }

    /// Two days of `size` x `size` pixels; the second with gain, offset and moved ground.
    private func stack(
        seed: Int, gain: Float = 1, offset: Float = 0, shiftRows: Double = 0, shiftColumns: Double = 0,
        scale: Float = 1, change: (_ values: inout [Float], _ band: Int) -> Void = { _, _ in }
    ) throws -> SceneStack {
        let size = Self.size
        var random = SeededGenerator(seed: seed)
        let shared = Texture(random: &random)
        let own = Self.bands.map { _ in Texture(random: &random) }
        let level = [0.06, 0.09, 0.11, 0.27]
        var values: [Float] = []
        for day in 0..<2 {
            for band in Self.bands.indices {
                var plane = (0..<size * size).map { pixel -> Float in
                    let row = Double(pixel / size) - (day == 1 ? shiftRows : 0)
                    let column = Double(pixel % size) - (day == 1 ? shiftColumns : 0)
                    let ground =
                        level[band] + shared.value(row: row, column: column)
                        + 0.4 * own[band].value(row: row, column: column)
                    let seen = Float(ground) * (day == 1 ? gain : 1) + (day == 1 ? offset : 0)
                    return seen + 0.002 * random.normal()
                }
                if day == 1 { change(&plane, band) }
                values += plane.map { $0 * scale }
            }
        }
        return SceneStack(
            grid: Grid(
                rows: size, columns: size, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
                crs: try CoordinateReferenceSystem(epsg: 32634)),
            bands: Self.bands, days: [Day(number: 0), Day(number: 5)], sceneIDs: [["a"], ["b"]], values: values,
            conditions: [UInt8](repeating: 0, count: 2 * size * size), isReflectance: scale == 1)
    }

    private func compare(_ stack: SceneStack, clear: [UInt8]? = nil) -> PairDetector.Comparison? {
        PairDetector(
            stack: stack, clear: clear ?? [UInt8](repeating: 1, count: 2 * stack.pixelCount),
            settings: DetectionSettings.PairSettings()
        ).compare(before: 0, after: 1)
    }

    /// Patches as `GroupAnalysis` makes them, outside of any core.
    private func patches(_ stack: SceneStack) throws -> [[Int]] {
        let score = try #require(compare(stack)).score
        let settings = DetectionSettings.PairSettings()
        return PatchLabelling(
            candidates: score.map { Double($0) > settings.growScore ? 1 : 0 },
            seeds: score.map { Double($0) > settings.seedScore ? 1 : 0 }, rows: Self.size, columns: Self.size,
            minimumPixels: 4
        ).patches
    }

    @Test(arguments: 0..<2)
    func anotherGainAndOffsetAreNoChange(seed: Int) throws {
        #expect(try patches(stack(seed: seed)).isEmpty)
        #expect(try patches(stack(seed: seed, gain: 1.3, offset: 0.02)).isEmpty)
        #expect(try patches(stack(seed: seed, gain: 0.7, offset: -0.01)).isEmpty)
        #expect(try patches(stack(seed: seed, gain: 1.2, offset: 0.05, scale: 10_000)).isEmpty)
    }

    @Test(arguments: 0..<2, [1, 10_000] as [Float])
    func aBrightBlockIsFoundWithItsArea(seed: Int, scale: Float) throws {
        let block = try stack(seed: seed, gain: 1.1, offset: 0.01, scale: scale) { values, _ in
            for row in 20..<30 { for column in 30..<38 { values[row * Self.size + column] += 0.12 } }
        }
        let found = try patches(block)
        try #require(found.count == 1)
        // 80 pixels, and the rim over which the score is smoothed.
        let inside = found[0].count { (20..<30).contains($0 / Self.size) && (30..<38).contains($0 % Self.size) }
        #expect(inside >= 76)
        #expect(found[0].count < 80 + 2 * 2 * (10 + 8 + 4))
        let comparison = try #require(compare(block))
        // The prediction is the ground without the block.
        let pixel = 2 * block.pixelCount + 25 * Self.size + 34
        #expect(
            comparison.observed[pixel] - comparison.predicted[pixel] > 0.08 * scale)
    }

    @Test(arguments: [(0.3, 0.0), (0, -0.3), (0.2, 0.25)])
    func aShiftOfPartOfAPixelIsNoChange(rows: Double, columns: Double) throws {
        for seed in 0..<2 {
            #expect(try patches(stack(seed: seed, shiftRows: rows, shiftColumns: columns)).isEmpty)
        }
    }

    @Test func tooLittleClearGroundIsNoComparison() throws {
        let stack = try stack(seed: 1)
        let count = stack.pixelCount
        var clear = [UInt8](repeating: 0, count: 2 * count)
        for pixel in 0..<499 { (clear[pixel], clear[count + pixel]) = (1, 1) }
        #expect(compare(stack, clear: clear) == nil)
        (clear[499], clear[count + 499]) = (1, 1)
        #expect(compare(stack, clear: clear) != nil)
        // Clear on one of the days only does not count.
        for pixel in 0..<250 { clear[pixel] = 0 }
        #expect(compare(stack, clear: clear) == nil)
    }

    @Test func hiddenPixelsHaveNoScoreAndChangeNoOther() throws {
        var clear = [UInt8](repeating: 1, count: 2 * Self.size * Self.size)
        for row in 10..<20 { for column in 10..<20 { clear[row * Self.size + column] = 0 } }
        let plain = try stack(seed: 2)
        let spoiled = SceneStack(
            grid: plain.grid, bands: plain.bands, days: plain.days, sceneIDs: plain.sceneIDs,
            values: plain.values.indices.map { index in
                let pixel = index % plain.pixelCount
                let isHidden = (10..<20).contains(pixel / Self.size) && (10..<20).contains(pixel % Self.size)
                return isHidden && index < plain.values.count / 2 ? .nan : plain.values[index]
            }, conditions: plain.conditions, isReflectance: true)
        let score = try #require(compare(spoiled, clear: clear)).score
        #expect(score.indices.allSatisfy { score[$0].isNaN == (clear[$0] == 0) })
        #expect(try #require(compare(plain, clear: clear)).score.filter { !$0.isNaN } == score.filter { !$0.isNaN })
    }
}
