/// 1.4826: one standard deviation of a normal distribution in units of its median absolute deviation.
let medianAbsoluteDeviationScale: Float = 1.4826

/// The value at position `k` of the sorted values; reorders them.
/// - Precondition: `0 <= k < values.count`, no NaN.
func select(_ k: Int, in values: inout [Float]) -> Float {
    let count = values.count
    return unsafe values.withUnsafeMutableBufferPointer { unsafe select(k, in: $0.baseAddress!, count: count) }
}

private func select(_ k: Int, in values: UnsafeMutablePointer<Float>, count: Int) -> Float {
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

/// The upper median, or nil of nothing; reorders the values.
func median(_ values: inout [Float]) -> Float? {
    values.isEmpty ? nil : select(values.count / 2, in: &values)
}

/// The upper median of at least one value, which are only read.
/// - Parameter scratch: Memory that is kept from call to call.
func median(_ values: UnsafePointer<Float>, count: Int, scratch: inout [Float]) -> Float {
    if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
    return unsafe scratch.withUnsafeMutableBufferPointer { buffer in
        unsafe select(
            count / 2, count: count, scratch: buffer.baseAddress!, value: { unsafe values[$0] },
            lanes: { unsafe FloatVector(values + $0) })
    }
}

/// Median and scaled median absolute deviation, or nil of nothing.
func medianAndDeviation(_ values: [Float]) -> (median: Float, deviation: Float)? {
    guard !values.isEmpty else { return nil }
    var scratch: [Float] = []
    return unsafe medianAndDeviation(values, count: values.count, scratch: &scratch)
}

/// Median and scaled median absolute deviation of at least one value, which are only read.
/// - Parameter scratch: Memory that is kept from call to call.
func medianAndDeviation(
    _ values: UnsafePointer<Float>, count: Int, scratch: inout [Float]
) -> (median: Float, deviation: Float) {
    if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
    return unsafe scratch.withUnsafeMutableBufferPointer { buffer in
        let rank = count / 2
        let scratch = buffer.baseAddress!
        let middle = unsafe select(
            rank, count: count, scratch: scratch, value: { unsafe values[$0] },
            lanes: { unsafe FloatVector(values + $0) })
        let centre = FloatVector(repeating: middle)
        let deviation = unsafe select(
            rank, count: count, scratch: scratch, value: { unsafe abs(values[$0] - middle) },
            lanes: {
                let distance = unsafe FloatVector(values + $0) - centre
                let opposite = FloatVector() - distance
                return distance.replacing(with: opposite, where: distance .< FloatVector())
            })
        return (middle, deviation * medianAbsoluteDeviationScale)
    }
}

/// The value at position `k` of `count` sorted values, given one by one and by lanes.
///
/// A sample tells between which two values it lies with near certainty (Floyd and Rivest 1975); counting narrows these
/// down, and only what is left between them is searched.
@inline(__always)
private func select(
    _ k: Int, count: Int, scratch: UnsafeMutablePointer<Float>, value: (Int) -> Float, lanes: (Int) -> FloatVector
) -> Float {
    let sampleCount = 256
    guard count >= 8 * sampleCount else {
        for index in 0..<count { unsafe scratch[index] = value(index) }
        return unsafe select(k, in: scratch, count: count)
    }
    /// How many values are less than a limit.
    @inline(__always)
    func rank(_ limit: Float) -> Int {
        let limits = FloatVector(repeating: limit)
        var counts = SIMD8<Int32>()
        let one = SIMD8<Int32>(repeating: 1)
        var index = 0
        while index &+ FloatVector.scalarCount <= count {
            counts &+= SIMD8<Int32>().replacing(with: one, where: lanes(index) .< limits)
            index &+= FloatVector.scalarCount
        }
        var total = 0
        for lane in 0..<FloatVector.scalarCount { total &+= Int(counts[lane]) }
        while index < count {
            total &+= value(index) < limit ? 1 : 0
            index &+= 1
        }
        return total
    }
    let step = count / sampleCount
    for index in 0..<sampleCount { unsafe scratch[index] = value(index &* step) }
    let share = Double(k) / Double(count)
    // Four standard deviations of the sample's rank.
    let slack = 4 * (Double(sampleCount) * share * (1 - share)).squareRoot() + 1
    let low = max(Int(share * Double(sampleCount) - slack), 0)
    let high = min(Int(share * Double(sampleCount) + slack), sampleCount - 1)
    var least = unsafe select(low, in: scratch, count: sampleCount)
    var most = unsafe select(high - low, in: scratch + low, count: sampleCount - low)
    var below = rank(least)
    var reached = rank(most)
    guard below <= k, reached > k else {
        // Not between them, or on one of many equal values.
        for index in 0..<count { unsafe scratch[index] = value(index) }
        return unsafe select(k, in: scratch, count: count)
    }
    // Where the wanted rank would be if the values were spread evenly, and a little to either side of it.
    for _ in 0..<2 {
        let density = Double(reached - below) / Double(most - least)
        let guess = Double(least) + (Double(k - below) + 0.5) / density
        let margin = 0.06 * Double(most - least)
        let lower = Float(guess - margin)
        let upper = Float(guess + margin)
        if lower > least {
            let count = rank(lower)
            if count <= k { (least, below) = (lower, count) } else { (most, reached) = (lower, count) }
        }
        if upper < most, upper > least {
            let count = rank(upper)
            if count <= k { (least, below) = (upper, count) } else { (most, reached) = (upper, count) }
        }
    }
    // Least belongs to what is kept, most does not.
    var kept = 0
    let floor = FloatVector(repeating: least)
    let ceiling = FloatVector(repeating: most)
    let one = SIMD8<Int32>(repeating: 1)
    let zero = SIMD8<Int32>()
    var index = 0
    while index &+ 2 &* FloatVector.scalarCount <= count {
        let first = lanes(index)
        let second = lanes(index &+ FloatVector.scalarCount)
        var inside = one.replacing(with: zero, where: first .< floor).replacing(with: zero, where: first .>= ceiling)
        inside &+= one.replacing(with: zero, where: second .< floor).replacing(with: zero, where: second .>= ceiling)
        if inside.wrappedSum() != 0 {
            for lane in 0..<2 &* FloatVector.scalarCount {
                let number = value(index &+ lane)
                unsafe scratch[kept] = number
                kept &+= (number < least ? 0 : 1) &- (number < most ? 0 : 1)
            }
        }
        index &+= 2 &* FloatVector.scalarCount
    }
    while index < count {
        let number = value(index)
        unsafe scratch[kept] = number
        kept &+= (number < least ? 0 : 1) &- (number < most ? 0 : 1)
        index &+= 1
    }
    return unsafe select(k - below, in: scratch, count: kept)
}
