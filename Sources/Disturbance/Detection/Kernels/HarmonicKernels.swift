/// Coefficients of a seasonal curve: mean, and cosine and sine of one and of two cycles a year.
let harmonicTerms = 5

/// Pixels fitted at once.
private let lanes = 8
private typealias Vector = SIMD8<Float>

@inline(__always)
private func load(_ values: UnsafePointer<Float>, _ start: Int) -> Vector {
    var vector = Vector()
    for lane in 0..<lanes { unsafe vector[lane] = values[start &+ lane] }
    return vector
}

@inline(__always)
private func load(_ values: UnsafePointer<UInt8>, _ start: Int) -> Vector {
    var vector = Vector()
    for lane in 0..<lanes { unsafe vector[lane] = Float(values[start &+ lane]) }
    return vector
}

@inline(__always)
private func store(_ vector: Vector, _ values: UnsafeMutablePointer<Float>, _ start: Int) {
    for lane in 0..<lanes { unsafe values[start &+ lane] = vector[lane] }
}

@inline(__always)
private func squareRoot(_ vector: Vector) -> Vector {
    var root = Vector()
    for lane in 0..<lanes { root[lane] = vector[lane].squareRoot() }
    return root
}

/// Where the planes of a stack lie: day, then band, then pixel.
struct PlaneLayout {
    let bands: Int
    /// Pixels of a plane, a multiple of eight.
    let pixels: Int

    @inline(__always)
    func plane(_ day: Int, _ band: Int) -> Int { (day &* bands &+ band) &* pixels }
}

/// Fits a seasonal curve to each pixel and band by ridge least squares, leaving out observations far from it.
///
/// Outliers are told by the root mean square over the bands of residual / `scale`: an observation takes part in the
/// last fit where this is at most `trim` times the pixel's median (at least half a scale, so that a quiet pixel keeps
/// its observations).
/// - Parameters:
///   - values: Reflectance; day, band, pixel. Anything where `clear` is 0.
///   - clear: 1 for an observation; day, pixel.
///   - design: `harmonicTerms` numbers for each day.
///   - days: How many days are history.
///   - scale: One for each band, reflectance.
///   - ridge: Added to the squares of the seasonal terms, observations.
///   - coefficients: Receives band, term, pixel.
///   - weights: Receives 1 for the observations of the last fit; day, pixel.
func fitHarmonics(
    values: UnsafePointer<Float>, clear: UnsafePointer<UInt8>, design: UnsafePointer<Float>, days: Int,
    layout: PlaneLayout, scale: UnsafePointer<Float>, ridge: Float, trim: Float, fits: Int,
    coefficients: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<UInt8>
) {
    let bands = layout.bands
    let pixels = layout.pixels
    let terms = harmonicTerms
    unsafe withUnsafeTemporaryAllocation(of: Vector.self, capacity: terms * terms + terms * bands + days) { scratch in
        let gram = scratch.baseAddress!
        let right = unsafe gram + terms * terms
        let distance = unsafe right + terms * bands
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: max(days, 1)) { sorted in
            var pixel = 0
            while pixel < pixels {
                for day in 0..<days {
                    for lane in 0..<lanes {
                        let index = day &* pixels &+ pixel &+ lane
                        unsafe weights[index] = clear[index]
                    }
                }
                for fit in 0..<fits {
                    for index in 0..<terms * terms + terms * bands { unsafe gram[index] = Vector(repeating: 0) }
                    for day in 0..<days {
                        let weight = unsafe load(UnsafePointer(weights), day &* pixels &+ pixel)
                        for i in 0..<terms {
                            let weighted = unsafe weight * design[day &* terms &+ i]
                            for j in 0...i { unsafe gram[i &* terms &+ j] += weighted * design[day &* terms &+ j] }
                            for band in 0..<bands {
                                let value = unsafe load(values, layout.plane(day, band) &+ pixel)
                                let zero = Vector(repeating: 0)
                                // Unclear pixels may hold NaN, which no weight of 0 removes.
                                unsafe right[i &* bands &+ band] +=
                                    weighted * value.replacing(with: zero, where: weight .== zero)
                            }
                        }
                    }
                    unsafe gram[0] += Vector(repeating: 1e-6)
                    for i in 1..<terms { unsafe gram[i &* terms &+ i] += Vector(repeating: ridge) }
                    unsafe factorise(gram, size: terms)
                    for band in 0..<bands { unsafe solve(gram, right + band, size: terms, stride: bands) }
                    guard fit < fits - 1 else { break }
                    for day in 0..<days {
                        var sum = Vector(repeating: 0)
                        for band in 0..<bands {
                            var residual = unsafe load(values, layout.plane(day, band) &+ pixel)
                            for i in 0..<terms {
                                unsafe residual -= design[day &* terms &+ i] * right[i &* bands &+ band]
                            }
                            unsafe residual /= Vector(repeating: scale[band])
                            sum += residual * residual
                        }
                        unsafe distance[day] = squareRoot(sum / Float(bands))
                    }
                    for lane in 0..<lanes {
                        var count = 0
                        for day in 0..<days where unsafe clear[day &* pixels &+ pixel &+ lane] != 0 {
                            unsafe sorted[count] = distance[day][lane]
                            count += 1
                        }
                        guard count > 0 else { continue }
                        var departures = unsafe UnsafeMutableBufferPointer(rebasing: sorted[0..<count])
                        unsafe departures.sort()
                        let limit = unsafe trim * max(sorted[count / 2], 0.5)
                        for day in 0..<days {
                            let index = day &* pixels &+ pixel &+ lane
                            unsafe weights[index] = clear[index] != 0 && distance[day][lane] <= limit ? 1 : 0
                        }
                    }
                }
                for band in 0..<bands {
                    for i in 0..<terms {
                        unsafe store(
                            right[i &* bands &+ band], coefficients, (band &* terms &+ i) &* pixels &+ pixel)
                    }
                }
                pixel &+= lanes
            }
        }
    }
}

/// The seasonal curve of one band on one day.
/// - Parameters:
///   - coefficients: Band, term, pixel.
///   - design: `harmonicTerms` numbers of the day.
///   - output: Receives one value a pixel.
func predictHarmonics(
    coefficients: UnsafePointer<Float>, design: UnsafePointer<Float>, band: Int, pixels: Int,
    output: UnsafeMutablePointer<Float>
) {
    var pixel = 0
    while pixel < pixels {
        var sum = Vector(repeating: 0)
        for i in 0..<harmonicTerms {
            unsafe sum += design[i] * load(coefficients, (band &* harmonicTerms &+ i) &* pixels &+ pixel)
        }
        unsafe store(sum, output, pixel)
        pixel &+= lanes
    }
}

/// Cholesky's factor of the covariance of each pixel's residuals, drawn towards the covariance of all pixels.
///
/// S = (sum of r r' + kappa x prior) / (n - terms + kappa): with few observations the prior rules.
/// - Parameters:
///   - weights: 1 for the observations of the last fit; day, pixel.
///   - prior: bands x bands, reflectance squared.
///   - kappa: Observations the prior is worth.
///   - factor: Receives the lower triangle: row x bands + column, then pixel; the diagonal as its inverse.
///   - freedom: Receives the degrees of freedom, kappa included, one a pixel.
func factoriseResiduals(
    values: UnsafePointer<Float>, weights: UnsafePointer<UInt8>, coefficients: UnsafePointer<Float>,
    design: UnsafePointer<Float>, days: Int, layout: PlaneLayout, prior: UnsafePointer<Float>, kappa: Float,
    factor: UnsafeMutablePointer<Float>, freedom: UnsafeMutablePointer<Float>
) {
    let bands = layout.bands
    let pixels = layout.pixels
    let terms = harmonicTerms
    unsafe withUnsafeTemporaryAllocation(of: Vector.self, capacity: bands * bands + bands) { scratch in
        let sums = scratch.baseAddress!
        let residual = unsafe sums + bands * bands
        var pixel = 0
        while pixel < pixels {
            for index in 0..<bands * bands { unsafe sums[index] = Vector(repeating: 0) }
            var count = Vector(repeating: 0)
            for day in 0..<days {
                let weight = unsafe load(weights, day &* pixels &+ pixel)
                count += weight
                for band in 0..<bands {
                    var value = unsafe load(values, layout.plane(day, band) &+ pixel)
                    for i in 0..<terms {
                        unsafe value -=
                            design[day &* terms &+ i]
                            * load(UnsafePointer(coefficients), (band &* terms &+ i) &* pixels &+ pixel)
                    }
                    let zero = Vector(repeating: 0)
                    unsafe residual[band] = value.replacing(with: zero, where: weight .== zero)
                }
                for row in 0..<bands {
                    for column in 0...row {
                        unsafe sums[row &* bands &+ column] += residual[row] * residual[column]
                    }
                }
            }
            let one = Vector(repeating: 1)
            let spare = count - Float(terms)
            let degrees = spare.replacing(with: one, where: spare .< one) + kappa
            for row in 0..<bands {
                for column in 0...row {
                    unsafe sums[row &* bands &+ column] =
                        (sums[row &* bands &+ column] + kappa * prior[row &* bands &+ column]) / degrees
                }
            }
            unsafe factorise(sums, size: bands)
            for row in 0..<bands {
                for column in 0...row {
                    unsafe store(sums[row &* bands &+ column], factor, (row &* bands &+ column) &* pixels &+ pixel)
                }
            }
            unsafe store(degrees, freedom, pixel)
            pixel &+= lanes
        }
    }
}

/// How unusual a day is for each pixel, in standard deviations.
///
/// Hotelling's T squared of the residuals, over its degrees of freedom: sqrt(T2 x (v - p + 1) / (v x p)) with p bands;
/// its square follows F(p, v - p + 1) where nothing changed, so the measure knows how long the history is.
/// - Parameters:
///   - residuals: Band, pixel.
///   - factor: From `factoriseResiduals`.
///   - whitened: Receives the residuals in standard deviations, uncorrelated: band, pixel.
///   - anomaly: Receives one value a pixel.
func hotellingAnomaly(
    residuals: UnsafePointer<Float>, factor: UnsafePointer<Float>, freedom: UnsafePointer<Float>, bands: Int,
    pixels: Int, whitened: UnsafeMutablePointer<Float>, anomaly: UnsafeMutablePointer<Float>
) {
    let one = Vector(repeating: 1)
    var pixel = 0
    while pixel < pixels {
        var sum = Vector(repeating: 0)
        for row in 0..<bands {
            var value = unsafe load(residuals, row &* pixels &+ pixel)
            for column in 0..<row {
                unsafe value -=
                    load(factor, (row &* bands &+ column) &* pixels &+ pixel)
                    * load(UnsafePointer(whitened), column &* pixels &+ pixel)
            }
            unsafe value *= load(factor, (row &* bands &+ row) &* pixels &+ pixel)
            unsafe store(value, whitened, row &* pixels &+ pixel)
            sum += value * value
        }
        let degrees = unsafe load(freedom, pixel)
        let spare = degrees - Float(bands) + 1
        let ratio = spare.replacing(with: one, where: spare .< one) / (degrees * Float(bands))
        unsafe store(squareRoot(sum * ratio), anomaly, pixel)
        pixel &+= lanes
    }
}

/// Whitens one spectrum for each pixel: the direction in which some cause would move it.
func whiten(
    _ spectrum: UnsafePointer<Float>, factor: UnsafePointer<Float>, bands: Int, pixels: Int,
    whitened: UnsafeMutablePointer<Float>
) {
    var pixel = 0
    while pixel < pixels {
        for row in 0..<bands {
            var value = unsafe load(spectrum, row &* pixels &+ pixel)
            for column in 0..<row {
                unsafe value -=
                    load(factor, (row &* bands &+ column) &* pixels &+ pixel)
                    * load(UnsafePointer(whitened), column &* pixels &+ pixel)
            }
            unsafe store(
                value * load(factor, (row &* bands &+ row) &* pixels &+ pixel), whitened, row &* pixels &+ pixel)
        }
        pixel &+= lanes
    }
}

/// Cholesky's factor in place, lower triangle, the diagonal as its inverse.
@inline(__always)
private func factorise(_ matrix: UnsafeMutablePointer<Vector>, size: Int) {
    // Smallest pivot: far below any variance of reflectance, and above what rounding leaves of it.
    let least = Vector(repeating: 1e-12)
    for column in 0..<size {
        var pivot = unsafe matrix[column &* size &+ column]
        for k in 0..<column { unsafe pivot -= matrix[column &* size &+ k] * matrix[column &* size &+ k] }
        let inverse = Vector(repeating: 1) / squareRoot(pivot.replacing(with: least, where: pivot .< least))
        unsafe matrix[column &* size &+ column] = inverse
        for row in column &+ 1..<max(size, column &+ 1) {
            var value = unsafe matrix[row &* size &+ column]
            for k in 0..<column { unsafe value -= matrix[row &* size &+ k] * matrix[column &* size &+ k] }
            unsafe matrix[row &* size &+ column] = value * inverse
        }
    }
}

/// Solves in place with a factor from `factorise`; the unknowns lie `stride` apart.
@inline(__always)
private func solve(
    _ factor: UnsafeMutablePointer<Vector>, _ right: UnsafeMutablePointer<Vector>, size: Int, stride: Int
) {
    for row in 0..<size {
        var value = unsafe right[row &* stride]
        for k in 0..<row { unsafe value -= factor[row &* size &+ k] * right[k &* stride] }
        unsafe right[row &* stride] = value * factor[row &* size &+ row]
    }
    for row in (0..<size).reversed() {
        var value = unsafe right[row &* stride]
        for k in row &+ 1..<max(size, row &+ 1) { unsafe value -= factor[k &* size &+ row] * right[k &* stride] }
        unsafe right[row &* stride] = value * factor[row &* size &+ row]
    }
}
