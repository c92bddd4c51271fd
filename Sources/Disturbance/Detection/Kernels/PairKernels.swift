/// Pixels a vector holds.
private let lanes = 8

/// Loads eight neighbouring pixels.
@inline(__always)
private func load(_ values: Span<Float>, _ start: Int) -> SIMD8<Float> {
    var vector = SIMD8<Float>()
    // Lane by lane: the compiler turns this into one load, and the bounds were checked for the whole row.
    for lane in 0..<lanes { vector[lane] = unsafe values[unchecked: start &+ lane] }
    return vector
}

/// Adds the weighted square of the departure of a band to a running sum, for each pixel.
///
/// departure = (residual - shiftEast x east - shiftSouth x south - centre) / sqrt(sigma^2 + edge^2 x edgeEnergy)
/// - Parameters:
///   - residual: Second date minus its prediction from the first, reflectance.
///   - east: Mean gradient of both dates eastwards, reflectance a pixel.
///   - south: The same southwards.
///   - edgeEnergy: Mean squared gradient around the pixel.
///   - sigma: Robust standard deviation of unchanged ground, reflectance.
///   - edge: Registration error that remains, pixels.
///   - departure: Receives the departure, standard deviations.
func pairDeparture(
    residual: Span<Float>, east: Span<Float>, south: Span<Float>, edgeEnergy: Span<Float>, shiftEast: Float,
    shiftSouth: Float, centre: Float, sigma: Float, edge: Float, departure: inout MutableSpan<Float>
) {
    let count = residual.count
    precondition(
        east.count == count && south.count == count && edgeEnergy.count == count && departure.count == count)
    let variance = sigma * sigma
    let edgeVariance = edge * edge
    var pixel = 0
    while pixel &+ lanes <= count {
        let moved =
            load(residual, pixel) - shiftEast * load(east, pixel) - shiftSouth * load(south, pixel)
            - SIMD8(repeating: centre)
        let noise = SIMD8(repeating: variance) + edgeVariance * load(edgeEnergy, pixel)
        for lane in 0..<lanes { unsafe departure[unchecked: pixel &+ lane] = moved[lane] / noise[lane].squareRoot() }
        pixel &+= lanes
    }
    while pixel < count {
        let moved = residual[pixel] - shiftEast * east[pixel] - shiftSouth * south[pixel] - centre
        departure[pixel] = moved / (variance + edgeVariance * edgeEnergy[pixel]).squareRoot()
        pixel += 1
    }
}

/// Adds `weight` x (departure - local)^2 to each pixel's sum.
func accumulateSquares(
    departure: Span<Float>, local: Span<Float>, weight: Float, sum: inout MutableSpan<Float>
) {
    let count = departure.count
    precondition(local.count == count && sum.count == count)
    var pixel = 0
    while pixel &+ lanes <= count {
        let difference = load(departure, pixel) - load(local, pixel)
        let addend = weight * (difference * difference)
        for lane in 0..<lanes { unsafe sum[unchecked: pixel &+ lane] += addend[lane] }
        pixel &+= lanes
    }
    while pixel < count {
        let difference = departure[pixel] - local[pixel]
        sum[pixel] += weight * (difference * difference)
        pixel += 1
    }
}

/// Adds `coefficient` x `values` to each pixel's sum.
func accumulate(_ values: Span<Float>, coefficient: Float, sum: inout MutableSpan<Float>) {
    let count = values.count
    precondition(sum.count == count)
    var pixel = 0
    while pixel &+ lanes <= count {
        let addend = coefficient * load(values, pixel)
        for lane in 0..<lanes { unsafe sum[unchecked: pixel &+ lane] += addend[lane] }
        pixel &+= lanes
    }
    while pixel < count {
        sum[pixel] += coefficient * values[pixel]
        pixel += 1
    }
}
