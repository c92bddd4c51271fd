/// Gradients by Sobel's operator, in units of the values a pixel; borders are repeated.
/// - Returns: East and south components, one a pixel.
func gradients(_ values: [Float], rows: Int, columns: Int) -> (east: [Float], south: [Float]) {
    var east = [Float](repeating: 0, count: values.count)
    var south = [Float](repeating: 0, count: values.count)
    for row in 0..<rows {
        let above = max(row - 1, 0) * columns
        let here = row * columns
        let below = min(row + 1, rows - 1) * columns
        for column in 0..<columns {
            let left = max(column - 1, 0)
            let right = min(column + 1, columns - 1)
            let northWest = values[above + left]
            let northEast = values[above + right]
            let southWest = values[below + left]
            let southEast = values[below + right]
            // 1/8: the weights 1, 2, 1 over a distance of two pixels.
            east[here + column] =
                (northEast - northWest + 2 * (values[here + right] - values[here + left]) + southEast - southWest) / 8
            south[here + column] =
                (southWest - northWest + 2 * (values[below + column] - values[above + column]) + southEast - northEast)
                / 8
        }
    }
    return (east, south)
}
