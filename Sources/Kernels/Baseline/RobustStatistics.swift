/// 1.4826: one standard deviation of a normal distribution in units of its median absolute deviation.
private let deviationScale: Float = 1.4826

extension VectorKernels {
    public static var medianAbsoluteDeviationScale: Float { deviationScale }

    public static func select(_ k: Int, in values: UnsafeMutablePointer<Float>, count: Int) -> Float {
        unsafe quickselect(k, in: values, count: count)
    }

    public static func median(
        _ values: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
    ) -> Float {
        unsafe selected(
            count / 2, count: count, scratch: scratch, value: { unsafe values[$0] },
            lanes: { unsafe FloatVector(values + $0) })
    }

    public static func medianAndDeviation(
        _ values: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
    ) -> (median: Float, deviation: Float) {
        let middle = unsafe median(values, count: count, scratch: scratch)
        let centre = FloatVector(repeating: middle)
        let deviation = unsafe selected(
            count / 2, count: count, scratch: scratch, value: { unsafe abs(values[$0] - middle) },
            lanes: {
                let distance = unsafe FloatVector(values + $0) - centre
                let opposite = FloatVector() - distance
                return distance.replacing(with: opposite, where: distance .< FloatVector())
            })
        return (middle, deviation * deviationScale)
    }
}

func quickselect(_ k: Int, in values: UnsafeMutablePointer<Float>, count: Int) -> Float {
    var low = 0
    var high = count - 1
    while low < high {
        // Median of three keeps sorted input, the common case of quantised reflectance, from being the worst.
        let middle = low + (high - low) / 2
        if unsafe values[middle] < values[low] { unsafe swap(values, middle, low) }
        if unsafe values[high] < values[low] { unsafe swap(values, high, low) }
        if unsafe values[high] < values[middle] { unsafe swap(values, high, middle) }
        let pivot = unsafe values[middle]
        var left = low
        var right = high
        while left <= right {
            while unsafe values[left] < pivot { left &+= 1 }
            while unsafe values[right] > pivot { right &-= 1 }
            if left <= right {
                unsafe swap(values, left, right)
                left &+= 1
                right &-= 1
            }
        }
        if k <= right { high = right } else if k >= left { low = left } else { return unsafe values[k] }
    }
    return unsafe values[k]
}

@inline(__always)
private func swap(_ values: UnsafeMutablePointer<Float>, _ a: Int, _ b: Int) {
    let value = unsafe values[a]
    unsafe values[a] = values[b]
    unsafe values[b] = value
}

/// The value at position `k` of `count` sorted values, given one by one and by lanes.
///
/// A sample tells between which two values it lies with near certainty (Floyd and Rivest 1975); one pass counts what is
/// below these and gathers what is between, and only that is searched.
@inline(__always)
private func selected(
    _ k: Int, count: Int, scratch: UnsafeMutablePointer<Float>, value: (Int) -> Float, lanes: (Int) -> FloatVector
) -> Float {
    let sampleCount = count >= 8192 ? 1024 : 256
    guard count >= 8 * sampleCount else { return unsafe selectAmongAll(k, count, scratch, value) }
    let step = count / sampleCount
    for index in 0..<sampleCount { unsafe scratch[index] = value(index &* step) }
    let (least, most) = unsafe bracket(Double(k) / Double(count), in: scratch, count: sampleCount)
    // Least belongs to what is kept, most does not.
    var kept = 0
    var below = SIMD8<Int32>()
    let floor = FloatVector(repeating: least)
    let ceiling = FloatVector(repeating: most)
    let one = SIMD8<Int32>(repeating: 1)
    let zero = SIMD8<Int32>()
    var index = 0
    while index &+ FloatVector.scalarCount <= count {
        let numbers = lanes(index)
        let isBelow = zero.replacing(with: one, where: numbers .< floor)
        let isWithin = zero.replacing(with: one, where: numbers .< ceiling) &- isBelow
        below &+= isBelow
        if isWithin.wrappedSum() != 0 {
            for lane in 0..<FloatVector.scalarCount {
                unsafe scratch[kept] = numbers[lane]
                kept &+= Int(isWithin[lane])
            }
        }
        index &+= FloatVector.scalarCount
    }
    var rank = Int(below.wrappedSum())
    while index < count {
        let number = value(index)
        unsafe scratch[kept] = number
        kept &+= (number < least ? 0 : 1) &- (number < most ? 0 : 1)
        rank &+= number < least ? 1 : 0
        index &+= 1
    }
    guard rank <= k, k < rank + kept else {
        // Not between them, or on one of many equal values.
        return unsafe selectAmongAll(k, count, scratch, value)
    }
    return unsafe narrowed(k - rank, among: scratch, count: kept, from: least, to: most)
}

@inline(__always)
private func selectAmongAll(
    _ k: Int, _ count: Int, _ scratch: UnsafeMutablePointer<Float>, _ value: (Int) -> Float
) -> Float {
    for index in 0..<count { unsafe scratch[index] = value(index) }
    return unsafe quickselect(k, in: scratch, count: count)
}

/// Two values of a sample between which a share of the values lies with near certainty; reorders the sample.
private func bracket(
    _ share: Double, in sample: UnsafeMutablePointer<Float>, count: Int
) -> (least: Float, most: Float) {
    // Three and a half standard deviations of the sample's rank.
    let slack = 3.5 * (Double(count) * share * (1 - share)).squareRoot() + 1
    let low = max(Int(share * Double(count) - slack), 0)
    let high = min(Int(share * Double(count) + slack), count - 1)
    let least = unsafe quickselect(low, in: sample, count: count)
    let most = unsafe quickselect(high - low, in: sample + low, count: count - low)
    return (least, most)
}

/// The value at position `k` of values that lie within `least` and `most`; reorders them.
private func narrowed(
    _ k: Int, among values: UnsafeMutablePointer<Float>, count: Int, from least: Float, to most: Float
) -> Float {
    // Where the wanted rank would be if the values were spread evenly, and a little to either side of it.
    let guess = least + (most - least) * (Float(k) + 0.5) / Float(count)
    let margin = 0.06 * (most - least)
    let (lower, upper) = (guess - margin, guess + margin)
    var below = 0
    var kept = 0
    for index in 0..<count {
        let number = unsafe values[index]
        below &+= number < lower ? 1 : 0
        kept &+= (number < lower ? 0 : 1) &- (number < upper ? 0 : 1)
    }
    guard below <= k, k < below + kept else { return unsafe quickselect(k, in: values, count: count) }
    kept = 0
    for index in 0..<count {
        let number = unsafe values[index]
        unsafe values[kept] = number
        kept &+= (number < lower ? 0 : 1) &- (number < upper ? 0 : 1)
    }
    return unsafe quickselect(k - below, in: values, count: kept)
}
