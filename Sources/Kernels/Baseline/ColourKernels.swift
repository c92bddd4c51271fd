extension VectorKernels {
    public static func subtractColourChange(
        values: UnsafeMutablePointer<Float>, predicted: UnsafePointer<Float>, pixels: Int, bands: Int, start: Int,
        count: Int, left: UnsafePointer<Float>, right: UnsafePointer<Float>, part: Float, step: Float,
        unit: UnsafePointer<Float>
    ) {
        let lanes = FloatVector.scalarCount
        let ramp = FloatVector(0, 1, 2, 3, 4, 5, 6, 7) * step
        unsafe withUnsafeTemporaryAllocation(of: FloatVector.self, capacity: bands) { spectrum in
            var offset = 0
            while offset < count {
                let parts = ramp + (part + Float(offset) * step)
                let filled = min(lanes, count - offset)
                for band in 0..<bands {
                    let plane = unsafe predicted + band &* pixels + start + offset
                    unsafe spectrum[band] = FloatVector(plane, count: filled) * unit[band]
                }
                for band in 0..<bands {
                    let low = unsafe left + band &* (bands + 1)
                    let high = unsafe right + band &* (bands + 1)
                    var shift = unsafe low[0] + (high[0] - low[0]) * parts
                    for other in 0..<bands {
                        let coefficient = unsafe low[other + 1] + (high[other + 1] - low[other + 1]) * parts
                        unsafe shift += coefficient * spectrum[other]
                    }
                    let plane = unsafe values + band &* pixels + start + offset
                    if filled == lanes {
                        unsafe (FloatVector(plane) - shift).store(plane)
                    } else {
                        for lane in 0..<filled { unsafe plane[lane] -= shift[lane] }
                    }
                }
                offset += lanes
            }
        }
    }
}

extension VectorKernels {
    public static func keepTwoLargest(
        _ values: UnsafePointer<Float>, weights: UnsafePointer<UInt8>, count: Int, largest: UnsafeMutablePointer<Float>,
        second: UnsafeMutablePointer<Float>
    ) {
        for pixel in 0..<count {
            // Without a branch, so that many pixels are done at once.
            let value = unsafe weights[pixel] != 0 ? values[pixel] : -.infinity
            let top = unsafe largest[pixel]
            let lesser = value < top ? value : top
            let runnerUp = unsafe second[pixel]
            unsafe second[pixel] = runnerUp < lesser ? lesser : runnerUp
            unsafe largest[pixel] = top < value ? value : top
        }
    }
}

/// Samples whose numbers are widened at once: with 12 columns 12 KiB, within the first cache of any machine.
private let widened = 128
private typealias WideVector = SIMD4<Double>

extension WideVector {
    @inline(__always)
    fileprivate init(_ values: UnsafePointer<Double>) {
        self = unsafe Self(values[0], values[1], values[2], values[3])
    }

    /// In one order on every machine.
    @inline(__always)
    fileprivate var total: Double { (self[0] + self[1]) + (self[2] + self[3]) }
}

/// Widens a part of some columns of numbers.
@inline(__always)
private func widen(
    _ columns: UnsafePointer<Float>, stride: Int, number: Int, start: Int, count: Int,
    to wide: UnsafeMutablePointer<Double>
) {
    for column in 0..<number {
        let from = unsafe columns + column &* stride + start
        let into = unsafe wide + column &* widened
        for index in 0..<count { unsafe into[index] = Double(from[index]) }
    }
}

extension VectorKernels {
    public static func sumColourProducts(
        sample: UnsafePointer<Float>, stride: Int, count: Int, observations: Int, bands: Int,
        products: UnsafeMutablePointer<Double>
    ) {
        let width = 2 * bands + 1
        for index in 0..<(bands + 1) * width { unsafe products[index] = 0 }
        unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: (2 * bands + 1) * widened) { scratch in
            let wide = scratch.baseAddress!
            for index in 0..<widened { unsafe wide[index] = 1 }
            var start = 0
            while start < count {
                let part = min(widened, count - start)
                unsafe widen(sample, stride: stride, number: 2 * bands, start: start, count: part, to: wide + widened)
                for row in 0...bands {
                    let line = unsafe products + row &* width
                    unsafe addProducts(wide, row, from: 0, to: row + 1, count: part, sums: line)
                    unsafe addProducts(wide, row, from: bands + 1, to: width, count: part, sums: line)
                }
                start += part
            }
        }
        unsafe products[0] = Double(observations)
    }
}

/// Adds the sums of the products of one column with some others.
@inline(__always)
private func addProducts(
    _ wide: UnsafePointer<Double>, _ row: Int, from first: Int, to end: Int, count: Int,
    sums: UnsafeMutablePointer<Double>
) {
    let own = unsafe wide + row &* widened
    var column = first
    while column + 4 <= end {
        let others = unsafe wide + column &* widened
        var (a, b, c, d) = (WideVector(), WideVector(), WideVector(), WideVector())
        var index = 0
        while index < count {
            let value = unsafe WideVector(own + index)
            unsafe a += value * WideVector(others + index)
            unsafe b += value * WideVector(others + widened + index)
            unsafe c += value * WideVector(others + 2 &* widened + index)
            unsafe d += value * WideVector(others + 3 &* widened + index)
            index += 4
        }
        unsafe sums[column] += a.total
        unsafe sums[column + 1] += b.total
        unsafe sums[column + 2] += c.total
        unsafe sums[column + 3] += d.total
        column += 4
    }
    while column < end {
        let other = unsafe wide + column &* widened
        var sum = WideVector()
        var index = 0
        while index < count {
            unsafe sum += WideVector(own + index) * WideVector(other + index)
            index += 4
        }
        unsafe sums[column] += sum.total
        column += 1
    }
}

extension VectorKernels {
    public static func measureColour(
        sample: UnsafePointer<Float>, stride: Int, count: Int, bands: Int, rate: UnsafePointer<Double>,
        solution: UnsafePointer<Double>, distances: UnsafeMutablePointer<Float>
    ) {
        unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * bands * widened) { scratch in
            let wide = scratch.baseAddress!
            var start = 0
            while start < count {
                let part = min(widened, count - start)
                unsafe widen(sample, stride: stride, number: 2 * bands, start: start, count: part, to: wide)
                var index = 0
                while index < part {
                    var sum = WideVector()
                    for band in 0..<bands {
                        let line = unsafe solution + band &* (bands + 1)
                        var rest = unsafe WideVector(wide + (bands + band) &* widened + index) - line[0]
                        for other in 0..<bands {
                            unsafe rest -= line[other + 1] * WideVector(wide + other &* widened + index)
                        }
                        unsafe rest *= rate[band]
                        sum += rest * rest
                    }
                    sum /= Double(bands)
                    for lane in 0..<4 { unsafe distances[start + index + lane] = Float(sum[lane].squareRoot()) }
                    index += 4
                }
                start += part
            }
        }
    }
}
