extension VectorKernels {
    public static func combine(
        _ values: UnsafePointer<Float>, planes: UnsafePointer<Int>, coefficients: UnsafePointer<Float>, predictors: Int,
        constant: Float, count: Int,
        output: UnsafeMutablePointer<Float>
    ) {
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            var sum = FloatVector(repeating: constant)
            for band in 0..<predictors {
                unsafe sum += coefficients[band] * FloatVector(values + (planes[band] &+ pixel))
            }
            unsafe sum.store(output + pixel)
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            var sum = constant
            for band in 0..<predictors { unsafe sum += coefficients[band] * values[planes[band] &+ pixel] }
            unsafe output[pixel] = sum
            pixel &+= 1
        }
    }
}

extension VectorKernels {
    public static func markNormalisedDifference(
        high: (UnsafePointer<Float>, UnsafePointer<Float>), low: (UnsafePointer<Float>, UnsafePointer<Float>),
        above limit: Float, valid: UnsafePointer<UInt8>, count: Int, output: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        // Keeps the index of black pixels finite.
        let least: Float = 1e-6
        func isAbove(_ high: Float, _ low: Float) -> Bool { (high - low) / (high + low + least) > limit }
        let limits = FloatVector(repeating: limit)
        @inline(__always)
        func index(_ high: UnsafePointer<Float>, _ low: UnsafePointer<Float>, _ pixel: Int) -> FloatVector {
            let first = unsafe FloatVector(high + pixel)
            let second = unsafe FloatVector(low + pixel)
            return (first - second) / (first + second + FloatVector(repeating: least))
        }
        let one = SIMD8<Int32>(repeating: 1)
        let zero = SIMD8<Int32>()
        var any: UInt8 = 0
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            let first = unsafe index(high.0, low.0, pixel)
            let second = unsafe index(high.1, low.1, pixel)
            let smaller = first.replacing(with: second, where: second .< first)
            let marks = zero.replacing(with: one, where: smaller .> limits)
            for lane in 0..<FloatVector.scalarCount {
                let mark = unsafe UInt8(truncatingIfNeeded: marks[lane]) & valid[pixel &+ lane]
                unsafe output[pixel &+ lane] = mark
                any |= mark
            }
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            let mark: UInt8 =
                unsafe isAbove(high.0[pixel], low.0[pixel]) && isAbove(high.1[pixel], low.1[pixel]) ? 1 : 0
            unsafe output[pixel] = mark & valid[pixel]
            unsafe any |= output[pixel]
            pixel &+= 1
        }
        return any != 0
    }
}

extension VectorKernels {
    public static func residualAndGradients(
        predicted: UnsafePointer<Float>, observed: UnsafePointer<Float>, rows: Int, columns: Int,
        residual: UnsafeMutablePointer<Float>, east: UnsafeMutablePointer<Float>, south: UnsafeMutablePointer<Float>,
        energy: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func single(_ row: Int, _ column: Int) {
            let above = max(row &- 1, 0) &* columns
            let here = row &* columns
            let below = min(row &+ 1, rows &- 1) &* columns
            let left = max(column &- 1, 0)
            let right = min(column &+ 1, columns &- 1)
            @inline(__always)
            func gradient(_ plane: UnsafePointer<Float>) -> (east: Float, south: Float) {
                let northWest = unsafe plane[above &+ left]
                let northEast = unsafe plane[above &+ right]
                let southWest = unsafe plane[below &+ left]
                let southEast = unsafe plane[below &+ right]
                let middle = unsafe 2 * (plane[here &+ right] - plane[here &+ left])
                let vertical = unsafe 2 * (plane[below &+ column] - plane[above &+ column])
                return (
                    (northEast - northWest + middle + southEast - southWest) / 8,
                    (southWest - northWest + vertical + southEast - northEast) / 8
                )
            }
            let first = unsafe gradient(predicted)
            let second = unsafe gradient(observed)
            let pixel = here &+ column
            unsafe residual[pixel] = observed[pixel] - predicted[pixel]
            unsafe east[pixel] = (first.east + second.east) / 2
            unsafe south[pixel] = (first.south + second.south) / 2
            unsafe energy[pixel] = max(
                first.east * first.east + first.south * first.south,
                second.east * second.east + second.south * second.south)
        }
        @inline(__always)
        func gradient(_ plane: UnsafePointer<Float>, _ above: Int, _ here: Int, _ below: Int) -> (
            FloatVector, FloatVector
        ) {
            let northWest = unsafe FloatVector(plane + (above &- 1))
            let northEast = unsafe FloatVector(plane + (above &+ 1))
            let southWest = unsafe FloatVector(plane + (below &- 1))
            let southEast = unsafe FloatVector(plane + (below &+ 1))
            let middle = unsafe 2 * (FloatVector(plane + (here &+ 1)) - FloatVector(plane + (here &- 1)))
            let vertical = unsafe 2 * (FloatVector(plane + below) - FloatVector(plane + above))
            return (
                (northEast - northWest + middle + southEast - southWest) * 0.125,
                (southWest - northWest + vertical + southEast - northEast) * 0.125
            )
        }
        for row in 0..<rows {
            let above = max(row &- 1, 0) &* columns
            let here = row &* columns
            let below = min(row &+ 1, rows &- 1) &* columns
            var column = 0
            if columns > 0 { single(row, 0) }
            column = 1
            while column &+ FloatVector.scalarCount < columns {
                let first = unsafe gradient(predicted, above &+ column, here &+ column, below &+ column)
                let second = unsafe gradient(observed, above &+ column, here &+ column, below &+ column)
                let pixel = here &+ column
                unsafe (FloatVector(observed + pixel) - FloatVector(predicted + pixel)).store(residual + pixel)
                unsafe ((first.0 + second.0) * 0.5).store(east + pixel)
                unsafe ((first.1 + second.1) * 0.5).store(south + pixel)
                let one = first.0 * first.0 + first.1 * first.1
                let other = second.0 * second.0 + second.1 * second.1
                unsafe (one.replacing(with: other, where: other .> one)).store(energy + pixel)
                column &+= FloatVector.scalarCount
            }
            while column < columns {
                single(row, column)
                column &+= 1
            }
        }
    }
}

extension VectorKernels {
    public static func shiftSums(
        residual: UnsafePointer<Float>, east: UnsafePointer<Float>, south: UnsafePointer<Float>,
        edgeEnergy: UnsafePointer<Float>, weight: UnsafePointer<Float>, variance: Float, edgeVariance: Float, count: Int
    ) -> (Double, Double, Double, Double, Double) {
        var a = SIMD8<Double>()
        var b = a
        var c = a
        var d = a
        var e = a
        let zero = FloatVector(repeating: 0)
        var pixel = 0
        while pixel < count {
            let filled = min(FloatVector.scalarCount, count &- pixel)
            var r = zero
            var x = zero
            var y = zero
            var limit = zero
            if filled == FloatVector.scalarCount {
                unsafe r = FloatVector(residual + pixel)
                unsafe x = FloatVector(east + pixel)
                unsafe y = FloatVector(south + pixel)
                unsafe limit =
                    9 * (variance + edgeVariance * FloatVector(edgeEnergy + pixel)) * FloatVector(weight + pixel)
            } else {
                for lane in 0..<filled {
                    unsafe r[lane] = residual[pixel &+ lane]
                    unsafe x[lane] = east[pixel &+ lane]
                    unsafe y[lane] = south[pixel &+ lane]
                    unsafe limit[lane] =
                        9 * (variance + edgeVariance * edgeEnergy[pixel &+ lane]) * weight[pixel &+ lane]
                }
            }
            let isChanged = r * r .>= limit
            x.replace(with: zero, where: isChanged)
            y.replace(with: zero, where: isChanged)
            let xx = x * x
            let yy = y * y
            let xy = x * y
            let xr = x * r
            let yr = y * r
            for lane in 0..<FloatVector.scalarCount { a[lane] += Double(xx[lane]) }
            for lane in 0..<FloatVector.scalarCount { b[lane] += Double(yy[lane]) }
            for lane in 0..<FloatVector.scalarCount { c[lane] += Double(xy[lane]) }
            for lane in 0..<FloatVector.scalarCount { d[lane] += Double(xr[lane]) }
            for lane in 0..<FloatVector.scalarCount { e[lane] += Double(yr[lane]) }
            pixel &+= FloatVector.scalarCount
        }
        func total(_ sums: SIMD8<Double>) -> Double {
            var sum = 0.0
            for lane in 0..<FloatVector.scalarCount { sum += sums[lane] }
            return sum
        }
        return (total(a), total(b), total(c), total(d), total(e))
    }
}

extension VectorKernels {
    public static func unshift(
        residual: UnsafePointer<Float>, east: UnsafePointer<Float>, south: UnsafePointer<Float>, shiftEast: Float,
        shiftSouth: Float, count: Int, output: UnsafeMutablePointer<Float>
    ) {
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            let moved =
                unsafe FloatVector(residual + pixel) - shiftEast * FloatVector(east + pixel)
                - shiftSouth * FloatVector(south + pixel)
            unsafe moved.store(output + pixel)
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            unsafe output[pixel] = residual[pixel] - shiftEast * east[pixel] - shiftSouth * south[pixel]
            pixel &+= 1
        }
    }
}

extension VectorKernels {
    public static func standardise(
        _ moved: UnsafeMutablePointer<Float>, edgeEnergy: UnsafePointer<Float>, centre: Float, sigma: Float,
        edge: Float,
        count: Int
    ) {
        let variance = sigma * sigma
        let edgeVariance = edge * edge
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            let noise = unsafe FloatVector(repeating: variance) + edgeVariance * FloatVector(edgeEnergy + pixel)
            let distance = unsafe FloatVector(moved + pixel) - FloatVector(repeating: centre)
            var departure = FloatVector()
            for lane in 0..<FloatVector.scalarCount { departure[lane] = distance[lane] / noise[lane].squareRoot() }
            unsafe departure.store(moved + pixel)
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            unsafe moved[pixel] = (moved[pixel] - centre) / (variance + edgeVariance * edgeEnergy[pixel]).squareRoot()
            pixel &+= 1
        }
    }
}

extension VectorKernels {
    public static func accumulateSquares(
        departure: UnsafePointer<Float>, local: UnsafePointer<Int32>, counts: UnsafePointer<Float>, unit: Float,
        weight: Float, count: Int, sum: UnsafeMutablePointer<Float>
    ) {
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            var around = FloatVector()
            for lane in 0..<FloatVector.scalarCount { unsafe around[lane] = Float(local[pixel &+ lane]) }
            let difference = unsafe FloatVector(departure + pixel) - around * unit / FloatVector(counts + pixel)
            unsafe (FloatVector(sum + pixel) + weight * (difference * difference)).store(sum + pixel)
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            let difference = unsafe departure[pixel] - Float(local[pixel]) * unit / counts[pixel]
            unsafe sum[pixel] += weight * (difference * difference)
            pixel &+= 1
        }
    }
}

extension VectorKernels {
    public static func quantise(
        _ values: UnsafePointer<Float>, limit: Float, weight: UnsafePointer<Float>, scale: Float, count: Int,
        output: UnsafeMutablePointer<Int32>
    ) {
        // 1.5 x 2^23: the last bit of a number near it is 1, so that adding it rounds to whole numbers.
        let wholeNumbers: Float = 12_582_912
        let high = FloatVector(repeating: limit)
        let low = FloatVector(repeating: -limit)
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            var clipped = unsafe FloatVector(values + pixel)
            clipped.replace(with: high, where: clipped .> high)
            clipped.replace(with: low, where: clipped .< low)
            let scaled = unsafe clipped * FloatVector(weight + pixel) * scale + wholeNumbers
            for lane in 0..<FloatVector.scalarCount {
                unsafe output[pixel &+ lane] = Int32(bitPattern: scaled[lane].bitPattern &- wholeNumbers.bitPattern)
            }
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            let clipped = unsafe min(max(values[pixel], -limit), limit)
            let scaled = unsafe clipped * weight[pixel] * scale + wholeNumbers
            unsafe output[pixel] = Int32(bitPattern: scaled.bitPattern &- wholeNumbers.bitPattern)
            pixel &+= 1
        }
    }
}

extension VectorKernels {
    public static func leastSquaresResidual(
        _ planes: UnsafePointer<Float>, response: Int, stride: Int, coefficients: UnsafePointer<Float>,
        predictors: Int, count: Int,
        output: UnsafeMutablePointer<Float>
    ) {
        var pixel = 0
        while pixel &+ FloatVector.scalarCount <= count {
            var residual = unsafe FloatVector(planes + (response &+ pixel)) - coefficients[predictors]
            for band in 0..<predictors {
                unsafe residual -= coefficients[band] * FloatVector(planes + (band &* stride &+ pixel))
            }
            unsafe residual.store(output + pixel)
            pixel &+= FloatVector.scalarCount
        }
        while pixel < count {
            var residual = unsafe planes[response &+ pixel] - coefficients[predictors]
            for band in 0..<predictors { unsafe residual -= coefficients[band] * planes[band &* stride &+ pixel] }
            unsafe output[pixel] = residual
            pixel &+= 1
        }
    }
}

extension VectorKernels {
    public static func indices(
        of values: UnsafePointer<Float>, awayFrom centre: Float, atLeast distance: Float, count: Int,
        output: UnsafeMutablePointer<Int32>
    ) -> Int {
        var found = 0
        for index in 0..<count {
            unsafe output[found] = Int32(truncatingIfNeeded: index)
            unsafe found &+= abs(values[index] - centre) >= distance ? 1 : 0
        }
        return found
    }
}

extension VectorKernels {
    public static func gather(
        _ values: UnsafePointer<Float>, at pixels: UnsafePointer<Int32>, count: Int, output: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<count { unsafe output[index] = values[Int(pixels[index])] }
    }
}
