/// The mean over the valid pixels of the square window around each pixel; 0 where it holds none.
/// - Parameters:
///   - values: One a pixel, rows first; read only where `valid` is 1.
///   - valid: 1 where a value counts, 0 elsewhere.
///   - radius: The window has 2 x radius + 1 rows and columns, cut at the borders.
func boxMean(_ values: [Float], valid: [UInt8], rows: Int, columns: Int, radius: Int) -> [Float] {
    // Sums of whole numbers and of reflectance in Double are exact enough to subtract what leaves the window.
    var rowSum = [Double](repeating: 0, count: columns)
    var rowCount = [Int32](repeating: 0, count: columns)
    var means = [Float](repeating: 0, count: values.count)
    func add(row: Int, sign: Double, step: Int32) {
        let start = row * columns
        for column in 0..<columns where valid[start + column] != 0 {
            rowSum[column] += sign * Double(values[start + column])
            rowCount[column] += step
        }
    }
    for row in 0..<min(radius, rows) { add(row: row, sign: 1, step: 1) }
    for row in 0..<rows {
        if row + radius < rows { add(row: row + radius, sign: 1, step: 1) }
        if row - radius - 1 >= 0 { add(row: row - radius - 1, sign: -1, step: -1) }
        var sum = 0.0
        var count: Int32 = 0
        for column in 0..<min(radius, columns) {
            sum += rowSum[column]
            count += rowCount[column]
        }
        for column in 0..<columns {
            if column + radius < columns {
                sum += rowSum[column + radius]
                count += rowCount[column + radius]
            }
            if column - radius - 1 >= 0 {
                sum -= rowSum[column - radius - 1]
                count -= rowCount[column - radius - 1]
            }
            means[row * columns + column] = count > 0 ? Float(sum / Double(count)) : 0
        }
    }
    return means
}
