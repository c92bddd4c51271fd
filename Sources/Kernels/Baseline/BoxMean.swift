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
        let room = columns + 2 + 2 * FloatVector.scalarCount
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { buffer in
            unsafe buffer.initialize(repeating: 0)
            let columnSums = unsafe buffer.baseAddress! + 1
            for row in 0..<rows {
                let here = row &* columns
                let above = row > 0 ? here &- columns : -1
                let below = row &+ 1 < rows ? here &+ columns : -1
                for column in 0..<columns {
                    unsafe columnSums[column] = values[here &+ column] * weight[here &+ column]
                }
                if above >= 0 {
                    for column in 0..<columns {
                        unsafe columnSums[column] += values[above &+ column] * weight[above &+ column]
                    }
                }
                if below >= 0 {
                    for column in 0..<columns {
                        unsafe columnSums[column] += values[below &+ column] * weight[below &+ column]
                    }
                }
                for column in 0..<columns {
                    unsafe output[here &+ column] =
                        (columnSums[column &- 1] + columnSums[column] + columnSums[column &+ 1])
                        / counts[here &+ column]
                }
            }
        }
    }
}
