import Geospatial
import Testing

@testable import Disturbance

struct PatchLabellingTests {
    private func labelling(
        _ drawing: [String], seeds: Set<Character> = ["#", "s"], minimumPixels: Int = 1
    ) -> PatchLabelling {
        let pixels = drawing.flatMap { Array($0) }
        return PatchLabelling(
            candidates: pixels.map { $0 == "." ? 0 : 1 }, seeds: pixels.map { seeds.contains($0) ? 1 : 0 },
            rows: drawing.count, columns: drawing[0].count, minimumPixels: minimumPixels)
    }

    @Test func patchesTouchAtSidesAndCorners() {
        let found = labelling([
            "#...#",
            ".#..#",
            ".....",
            "##.#.",
            "...#.",
        ])
        #expect(
            found.labels == [
                1, 0, 0, 0, 2,
                0, 1, 0, 0, 2,
                0, 0, 0, 0, 0,
                3, 3, 0, 4, 0,
                0, 0, 0, 4, 0,
            ])
        #expect(found.patches == [[0, 6], [4, 9], [15, 16], [18, 23]])
    }

    @Test func armsThatMeetLateAreOnePatch() {
        let found = labelling([
            "#.#.#",
            "#.#.#",
            "#.#.#",
            "##.##",
            "..#..",
        ])
        #expect(found.patches.count == 1)
        #expect(found.patches[0].count == 14)
    }

    @Test func rightAndLeftEdgesOfNeighbouringRowsDoNotTouch() {
        #expect(labelling(["....#", "#....", "....."]).patches.count == 2)
    }

    @Test func patchesNeedASeedAndEnoughPixels() {
        let drawing = [
            "gg.s.",
            "gg.g.",
            ".....",
            "s...s",
            ".....",
        ]
        let found = labelling(drawing, minimumPixels: 2)
        #expect(found.patches == [[3, 8]])
        #expect(found.labels.filter { $0 != 0 } == [1, 1])
        #expect(labelling(drawing).patches == [[3, 8], [15], [19]])
    }

    @Test func keepingCountsAnew() {
        let kept = labelling(["#.#.#"]).keeping { $0 != [2] }
        #expect(kept.labels == [1, 0, 0, 0, 2])
        #expect(kept.patches == [[0], [4]])
    }

    /// The patch, and which known ground its pixels lie on: `a` and `b` known, `#` new.
    private func parted(_ drawing: [String]) -> [[Int]] {
        let cells = drawing.flatMap { Array($0) }
        let known = cells.map { Int32($0 == "a" ? 1 : $0 == "b" ? 2 : 0) }
        let mask = cells.map { UInt8($0 == "." ? 0 : 1) }
        return PatchLabelling(
            candidates: mask, seeds: mask, rows: drawing.count, columns: drawing[0].count, minimumPixels: 1
        ).parted(along: known, rows: drawing.count, columns: drawing[0].count, minimumPixels: 2) { $0.count >= 3 }
            .patches
    }

    @Test func groundAwayFromWhatIsKnownBecomesAPatchOfItsOwn() {
        #expect(parted(["aa#####"]) == [[0, 1, 2], [3, 4, 5, 6]])
        // Too little of it for a patch: the known ground has grown.
        #expect(parted(["aa###.."]) == [[0, 1, 2, 3, 4]])
    }

    @Test func knownDisturbancesThatGrewTogetherStayThemselves() {
        #expect(parted(["aa##bb"]) == [[0, 1, 2, 3], [4, 5]])
        // One pixel of known ground is no share: the patch is the other's.
        #expect(parted(["a.bbb", "#####"]) == [[0, 2, 3, 4, 5, 6, 7, 8, 9]])
        #expect(parted(["#####"]) == [[0, 1, 2, 3, 4]])
    }

    @Test(arguments: [(1, 1), (1, 40), (37, 1), (20, 33), (48, 48)], [0.1, 0.4, 0.6, 1])
    func patchesAreThePolygonsOfGDAL(shape: (Int, Int), share: Double) throws {
        let (rows, columns) = shape
        let grid = Grid(
            rows: rows, columns: columns, transform: GeoTransform(originX: 500_000, originY: 4_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32638))
        for seed in 0..<4 {
            var random = SeededGenerator(seed: seed)
            let mask = random.mask(rows * columns, share: share)
            let found = PatchLabelling(
                candidates: mask, seeds: mask, rows: rows, columns: columns, minimumPixels: 1)
            // Of the mask, not of the labels: GDAL finds the patches by itself.
            let oracle = try polygonize(mask.map { Int32($0) }, grid: grid, connectivity: .eight)
            #expect(oracle.count == found.patches.count)
            var shapes: [Int: [LabelledPolygon]] = [:]
            for polygon in try polygonize(found.labels, grid: grid, connectivity: .eight) {
                shapes[polygon.label, default: []].append(polygon)
            }
            #expect(shapes.keys.sorted() == found.patches.indices.map { $0 + 1 })
            for (index, patch) in found.patches.enumerated() {
                let shape = try #require(shapes[index + 1])
                #expect(shape.count == 1)
                #expect(try shape[0].geometry.madeValid().area == Double(patch.count) * 100)
            }
            let areas = try oracle.map { try $0.geometry.madeValid().area }.sorted()
            #expect(areas == found.patches.map { Double($0.count) * 100 }.sorted())
        }
    }
}
