extension VectorKernels {
    public static func boxSum(
        _ values: UnsafePointer<Int32>, rows: Int, columns: Int, radius: Int, output: UnsafeMutablePointer<Int32>
    ) {
        // Sums over the rows of the window, with a margin of zeros on both sides.
        let margin = radius + 1
        unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: columns + 2 * radius + 1) { buffer in
            unsafe buffer.initialize(repeating: 0)
            let columnSums = unsafe buffer.baseAddress! + margin
            func add(row: Int) {
                let line = unsafe values + row &* columns
                for column in 0..<columns { unsafe columnSums[column] &+= line[column] }
            }
            func subtract(row: Int) {
                let line = unsafe values + row &* columns
                for column in 0..<columns { unsafe columnSums[column] &-= line[column] }
            }
            for row in 0..<min(radius, rows) { add(row: row) }
            for row in 0..<rows {
                if row + radius < rows { add(row: row + radius) }
                if row - radius - 1 >= 0 { subtract(row: row - radius - 1) }
                let line = unsafe output + row &* columns
                var sum: Int32 = 0
                for column in 0..<min(radius, columns) { unsafe sum &+= columnSums[column] }
                for column in 0..<columns {
                    unsafe sum &+= column &+ radius < columns ? columnSums[column &+ radius] : 0
                    unsafe sum &-= columnSums[column &- margin]
                    unsafe line[column] = sum
                }
            }
        }
    }
}

extension VectorKernels {
    public static func boxMeanOfThree(
        _ values: UnsafePointer<Float>, weight: UnsafePointer<Float>, counts: UnsafePointer<Float>, rows: Int,
        columns: Int, output: UnsafeMutablePointer<Float>
    ) {
        // Sums down three rows, with a margin of zeros and room for whole vectors.
        let lanes = FloatVector.scalarCount
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: columns + 2 + 2 * lanes) { buffer in
            unsafe buffer.initialize(repeating: 0)
            let columnSums = unsafe buffer.baseAddress! + 1
            for row in 0..<rows {
                let here = row &* columns
                let above = row > 0 ? here &- columns : -1
                let below = row &+ 1 < rows ? here &+ columns : -1
                @inline(__always)
                func weighted(_ start: Int, _ column: Int, _ count: Int) -> FloatVector {
                    unsafe FloatVector(values + (start &+ column), count: count)
                        * FloatVector(weight + (start &+ column), count: count)
                }
                @inline(__always)
                func addRows(_ column: Int, _ count: Int) {
                    var sum = weighted(here, column, count)
                    if above >= 0 { sum += weighted(above, column, count) }
                    if below >= 0 { sum += weighted(below, column, count) }
                    unsafe sum.store(columnSums + column)
                }
                var column = 0
                while column &+ lanes <= columns {
                    addRows(column, lanes)
                    column &+= lanes
                }
                if column < columns { addRows(column, columns &- column) }
                column = 0
                while column &+ lanes <= columns {
                    let sum =
                        unsafe FloatVector(columnSums + (column &- 1)) + FloatVector(columnSums + column)
                        + FloatVector(columnSums + (column &+ 1))
                    unsafe (sum / FloatVector(counts + (here &+ column))).store(output + (here &+ column))
                    column &+= lanes
                }
                while column < columns {
                    unsafe output[here &+ column] =
                        (columnSums[column &- 1] + columnSums[column] + columnSums[column &+ 1])
                        / counts[here &+ column]
                    column &+= 1
                }
            }
        }
    }
}
