/// Sums of whole numbers over the square window of each pixel, exact.
/// - Parameters:
///   - values: One a pixel, rows first; the sum over a window has to fit the type.
///   - radius: The window has 2 x radius + 1 rows and columns, cut at the borders.
///   - output: Receives the sums.
func boxSum(
    _ values: UnsafePointer<Int32>, rows: Int, columns: Int, radius: Int, output: UnsafeMutablePointer<Int32>
) {
    // Sums over the rows of the window, with a margin of zeros on both sides.
    var sums = [Int32](repeating: 0, count: columns + 2 * radius + 1)
    let margin = radius + 1
    unsafe sums.withUnsafeMutableBufferPointer { buffer in
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

/// The mean over the counting pixels of the 3 x 3 window around each pixel; 0 where it holds none.
/// - Parameters:
///   - weight: 1 where a pixel counts, 0 elsewhere; values are finite everywhere.
///   - counts: Counting pixels of each window, at least 1.
///   - output: Receives the means; may not be `values`.
func boxMeanOfThree(
    _ values: UnsafePointer<Float>, weight: UnsafePointer<Float>, counts: UnsafePointer<Float>, rows: Int,
    columns: Int, output: UnsafeMutablePointer<Float>
) {
    // Sums down three rows, with a margin of zeros and room for whole vectors.
    var sums = [Float](repeating: 0, count: columns + 2 + 2 * FloatVector.scalarCount)
    unsafe sums.withUnsafeMutableBufferPointer { buffer in
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
                    (columnSums[column &- 1] + columnSums[column] + columnSums[column &+ 1]) / counts[here &+ column]
            }
        }
    }
}
