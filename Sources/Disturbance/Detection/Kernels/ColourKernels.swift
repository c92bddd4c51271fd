private let lanes = 8
private typealias Vector = SIMD8<Float>

/// Takes a linear change of colour off a run of pixels of one row.
///
/// value -= c0 + sum over the bands of c(band + 1) x unit(band) x predicted(band), where each coefficient goes linearly
/// from `left` to `right` over the run.
/// - Parameters:
///   - values: The band's plane, changed in place.
///   - predicted: Band, pixel.
///   - start: First pixel of the run; there are `count`.
///   - left: Coefficients at part 0: constant, then one for each band.
///   - right: Coefficients at part 1.
///   - part: Of the first pixel; it grows by `step` a pixel.
///   - unit: One for each band.
func subtractColourChange(
    values: UnsafeMutablePointer<Float>, predicted: UnsafePointer<Float>, pixels: Int, bands: Int, start: Int,
    count: Int, left: UnsafePointer<Float>, right: UnsafePointer<Float>, part: Float, step: Float,
    unit: UnsafePointer<Float>
) {
    let ramp = Vector(0, 1, 2, 3, 4, 5, 6, 7) * step
    var offset = 0
    while offset < count {
        let parts = ramp + (part + Float(offset) * step)
        var shift = unsafe left[0] + (right[0] - left[0]) * parts
        let filled = min(lanes, count &- offset)
        for band in 0..<bands {
            var spectrum = Vector()
            let plane = band &* pixels &+ start &+ offset
            if filled == lanes {
                for lane in 0..<lanes { unsafe spectrum[lane] = predicted[plane &+ lane] }
            } else {
                for lane in 0..<filled { unsafe spectrum[lane] = predicted[plane &+ lane] }
            }
            let coefficient = unsafe left[band &+ 1] + (right[band &+ 1] - left[band &+ 1]) * parts
            shift += unsafe coefficient * (spectrum * unit[band])
        }
        for lane in 0..<filled { unsafe values[start &+ offset &+ lane] -= shift[lane] }
        offset &+= lanes
    }
}

/// The largest and second largest value of each pixel over the days on which it counts.
/// - Parameters:
///   - values: One plane.
///   - weights: 1 where the day counts.
///   - largest: Updated in place.
///   - second: Updated in place.
func keepTwoLargest(
    _ values: UnsafePointer<Float>, weights: UnsafePointer<UInt8>, count: Int, largest: UnsafeMutablePointer<Float>,
    second: UnsafeMutablePointer<Float>
) {
    for pixel in 0..<count where unsafe weights[pixel] != 0 {
        let value = unsafe values[pixel]
        let top = unsafe largest[pixel]
        unsafe second[pixel] = max(second[pixel], min(value, top))
        unsafe largest[pixel] = max(value, top)
    }
}

/// Adds the products of the first `rows` elements with all `columns` elements to a matrix.
/// - Parameters:
///   - vector: `columns` numbers.
///   - matrix: rows x columns, changed in place.
@inline(__always)
func addOuterProduct(
    _ vector: UnsafePointer<Double>, rows: Int, columns: Int, to matrix: UnsafeMutablePointer<Double>
) {
    for row in 0..<rows {
        let factor = unsafe vector[row]
        let line = unsafe matrix + row &* columns
        for column in 0..<columns { unsafe line[column] += factor * vector[column] }
    }
}
