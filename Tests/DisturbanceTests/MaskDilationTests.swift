import Testing

@testable import Disturbance

struct MaskDilationTests {
    @Test(arguments: [(1, 1, 2), (1, 9, 1), (7, 1, 3), (5, 8, 1), (12, 11, 2), (4, 4, 9)], [0.0, 0.03, 0.5, 1])
    func marksEverythingWithinTheSquare(shape: (Int, Int, Int), share: Double) {
        let (rows, columns, radius) = shape
        for seed in 0..<20 {
            var random = SeededGenerator(seed: seed)
            let mask = random.mask(rows * columns, share: share)
            var dilated = mask
            dilate(&dilated, rows: rows, columns: columns, radius: radius)
            let marked = mask.indices.filter { mask[$0] != 0 }
            let expected = mask.indices.map { pixel -> UInt8 in
                marked.contains {
                    abs($0 / columns - pixel / columns) <= radius && abs($0 % columns - pixel % columns) <= radius
                } ? 1 : 0
            }
            #expect(dilated == expected)
        }
    }

    @Test func radiusZeroAndNoPixelsChangeNothing() {
        var mask: [UInt8] = [0, 1, 0]
        dilate(&mask, rows: 1, columns: 3, radius: 0)
        #expect(mask == [0, 1, 0])
        var empty: [UInt8] = []
        dilate(&empty, rows: 0, columns: 3, radius: 2)
        #expect(empty.isEmpty)
    }
}
