extension VectorKernels {
    public static func predictHarmonics(
        coefficients: UnsafePointer<Float>, design: UnsafePointer<Float>, band: Int, pixels: Int,
        output: UnsafeMutablePointer<Float>
    ) {
        var pixel = 0
        while pixel < pixels {
            let own = unsafe coefficients + band &* harmonicTerms &* pixels + pixel
            var sum = FloatVector(repeating: 0)
            for i in 0..<harmonicTerms { unsafe sum += FloatVector(own + i &* pixels) * design[i] }
            unsafe sum.store(output + pixel)
            pixel &+= FloatVector.scalarCount
        }
    }
}

extension VectorKernels {
    public static func factoriseResiduals(
        values: UnsafePointer<Float>, weights: UnsafePointer<UInt8>, coefficients: UnsafePointer<Float>,
        design: UnsafePointer<Float>, days: Int, bands: Int, pixels: Int, prior: UnsafePointer<Float>,
        kappa: Float,
        factor: UnsafeMutablePointer<Float>, freedom: UnsafeMutablePointer<Float>
    ) {
        let zero = FloatVector(repeating: 0)
        let one = FloatVector(repeating: 1)
        unsafe withUnsafeTemporaryAllocation(
            of: FloatVector.self, capacity: bands * bands + max(days, 1) * bands
        ) { scratch in
            let sums = scratch.baseAddress!
            // Band, day.
            let residuals = unsafe sums + bands * bands
            var pixel = 0
            while pixel < pixels {
                var count = zero
                for day in 0..<days { unsafe count += FloatVector(weights + day &* pixels + pixel) }
                for band in 0..<bands {
                    let own = unsafe coefficients + band &* harmonicTerms &* pixels + pixel
                    let (a, b, c, d, e) = unsafe (
                        FloatVector(own), FloatVector(own + pixels), FloatVector(own + 2 &* pixels),
                        FloatVector(own + 3 &* pixels), FloatVector(own + 4 &* pixels)
                    )
                    for day in 0..<days {
                        let number = unsafe design + day &* harmonicTerms
                        var value = unsafe FloatVector(values + (day &* bands + band) &* pixels + pixel)
                        unsafe value -= a * number[0]
                        unsafe value -= b * number[1]
                        unsafe value -= c * number[2]
                        unsafe value -= d * number[3]
                        unsafe value -= e * number[4]
                        let weight = unsafe FloatVector(weights + day &* pixels + pixel)
                        unsafe residuals[band &* days + day] = value.replacing(with: zero, where: weight .== zero)
                    }
                }
                for row in 0..<bands {
                    for column in 0...row {
                        var sum = zero
                        for day in 0..<days {
                            unsafe sum += residuals[row &* days + day] * residuals[column &* days + day]
                        }
                        unsafe sums[row &* bands + column] = sum
                    }
                }
                let spare = count - Float(harmonicTerms)
                let degrees = spare.replacing(with: one, where: spare .< one) + kappa
                for row in 0..<bands {
                    for column in 0...row {
                        unsafe sums[row &* bands + column] =
                            (sums[row &* bands + column] + kappa * prior[row &* bands + column]) / degrees
                    }
                }
                unsafe factorise(sums, size: bands)
                for row in 0..<bands {
                    for column in 0...row {
                        unsafe sums[row &* bands + column].store(
                            factor + (row &* bands + column) &* pixels + pixel)
                    }
                }
                unsafe degrees.store(freedom + pixel)
                pixel &+= FloatVector.scalarCount
            }
        }
    }
}

extension VectorKernels {
    public static func hotellingAnomaly(
        residuals: UnsafePointer<Float>, factor: UnsafePointer<Float>, freedom: UnsafePointer<Float>, bands: Int,
        pixels: Int, whitened: UnsafeMutablePointer<Float>, anomaly: UnsafeMutablePointer<Float>
    ) {
        let one = FloatVector(repeating: 1)
        var pixel = 0
        while pixel < pixels {
            var sum = FloatVector(repeating: 0)
            for row in 0..<bands {
                var value = unsafe FloatVector(residuals + row &* pixels + pixel)
                let line = unsafe factor + row &* bands &* pixels + pixel
                for column in 0..<row {
                    unsafe value -=
                        FloatVector(line + column &* pixels) * FloatVector(whitened + column &* pixels + pixel)
                }
                unsafe value *= FloatVector(line + row &* pixels)
                unsafe value.store(whitened + row &* pixels + pixel)
                sum += value * value
            }
            let degrees = unsafe FloatVector(freedom + pixel)
            let spare = degrees - Float(bands) + 1
            let ratio = spare.replacing(with: one, where: spare .< one) / (degrees * Float(bands))
            unsafe (sum * ratio).squareRoots.store(anomaly + pixel)
            pixel &+= FloatVector.scalarCount
        }
    }
}
