/// 1.4826: one standard deviation of a normal distribution in units of its median absolute deviation.
private let deviationScale: Float = 1.4826

extension VectorKernels {
    public static var medianAbsoluteDeviationScale: Float { deviationScale }

    public static func select(_ k: Int, in values: UnsafeMutablePointer<Float>, count: Int) -> Float {
        unsafe quickselect(k, in: values, count: count)
    }

    public static func select(
        _ k: Int, of values: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
    ) -> Float {
        unsafe selected(
            k, count: count, scratch: scratch, value: { unsafe values[$0] }, lanes: { unsafe FloatVector(values + $0) })
    }

    public static func medianAndDeviation(
        _ values: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
    ) -> (median: Float, deviation: Float) {
        let middle = unsafe select(count / 2, of: values, count: count, scratch: scratch)
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

private func quickselect(_ k: Int, in values: UnsafeMutablePointer<Float>, count: Int) -> Float {
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
/// A sample tells between which two values it lies with near certainty, and what it is close to (Floyd and Rivest
/// 1975); counting what is below these three tells where, and only the values close to there are gathered and searched.
@inline(__always)
private func selected(
    _ k: Int, count: Int, scratch: UnsafeMutablePointer<Float>, value: (Int) -> Float, lanes: (Int) -> FloatVector
) -> Float {
    let sampleCount = 512
    guard count >= 8 * sampleCount else { return unsafe selectedAmongAll(k, count, scratch, value) }
    let step = count / sampleCount
    for index in 0..<sampleCount {
        // Off the regular step, which may be that of the rows.
        unsafe scratch[index] = value(index &* step &+ (index &* 40_503) % step)
    }
    let (least, near, most) = unsafe bracket(Double(k) / Double(count), in: scratch, count: sampleCount)
    let (below, nearBelow, reached) = ranks(of: least, near, most, count: count, value: value, lanes: lanes)
    guard below <= k, k < reached else {
        // Not between them, or on one of many equal values.
        return unsafe selectedAmongAll(k, count, scratch, value)
    }
    // Where the wanted rank would be if the values on its side of `near` were spread evenly. They are nearly, and by
    // chance: to either side of it a hundredth of what is between, and what a count of so many strays by.
    let (from, to, first, last) = k < nearBelow ? (least, near, below, nearBelow) : (near, most, nearBelow, reached)
    let guess = from + (to - from) * (Float(k - first) + 0.5) / Float(last - first)
    let margin = (0.01 + 1 / Float(reached - below).squareRoot()) * (most - least)
    var found = unsafe gathered(
        from: max(guess - margin, least), to: min(guess + margin, most), count: count, into: scratch, value: value,
        lanes: lanes)
    if found.below > k || k >= found.below + found.kept {
        found = unsafe gathered(from: least, to: most, count: count, into: scratch, value: value, lanes: lanes)
    }
    return unsafe quickselect(k - found.below, in: scratch, count: found.kept)
}

@inline(__always)
private func selectedAmongAll(
    _ k: Int, _ count: Int, _ scratch: UnsafeMutablePointer<Float>, _ value: (Int) -> Float
) -> Float {
    for index in 0..<count { unsafe scratch[index] = value(index) }
    return unsafe quickselect(k, in: scratch, count: count)
}

/// Two values of a sample between which a share of the values lies with near certainty, and the sample's own; reorders
/// the sample.
private func bracket(
    _ share: Double, in sample: UnsafeMutablePointer<Float>, count: Int
) -> (least: Float, near: Float, most: Float) {
    // Three and a half standard deviations of the sample's rank.
    let slack = 3.5 * (Double(count) * share * (1 - share)).squareRoot() + 1
    let middle = Int(share * Double(count))
    let low = max(Int(share * Double(count) - slack), 0)
    let high = min(Int(share * Double(count) + slack), count - 1)
    let least = unsafe quickselect(low, in: sample, count: count)
    let most = unsafe quickselect(high - low, in: sample + low, count: count - low)
    let near = unsafe quickselect(min(middle, high) - low, in: sample + low, count: high - low + 1)
    return (least, near, most)
}

/// How many values are less than each of three.
@inline(__always)
private func ranks(
    of first: Float, _ second: Float, _ third: Float, count: Int, value: (Int) -> Float, lanes: (Int) -> FloatVector
) -> (Int, Int, Int) {
    let low = FloatVector(repeating: first)
    let middle = FloatVector(repeating: second)
    let high = FloatVector(repeating: third)
    let (one, zero) = (SIMD8<Int32>(repeating: 1), SIMD8<Int32>())
    var (belowLow, belowMiddle, belowHigh) = (zero, zero, zero)
    var index = 0
    while index &+ FloatVector.scalarCount <= count {
        let numbers = lanes(index)
        belowLow &+= zero.replacing(with: one, where: numbers .< low)
        belowMiddle &+= zero.replacing(with: one, where: numbers .< middle)
        belowHigh &+= zero.replacing(with: one, where: numbers .< high)
        index &+= FloatVector.scalarCount
    }
    var ranks = (Int(belowLow.wrappedSum()), Int(belowMiddle.wrappedSum()), Int(belowHigh.wrappedSum()))
    while index < count {
        let number = value(index)
        ranks.0 &+= number < first ? 1 : 0
        ranks.1 &+= number < second ? 1 : 0
        ranks.2 &+= number < third ? 1 : 0
        index &+= 1
    }
    return ranks
}

/// Gathers the values from one up to, but without, another.
/// - Returns: How many these are, and how many are less.
@inline(__always)
private func gathered(
    from least: Float, to most: Float, count: Int, into kept: UnsafeMutablePointer<Float>, value: (Int) -> Float,
    lanes: (Int) -> FloatVector
) -> (kept: Int, below: Int) {
    let (floor, ceiling) = (FloatVector(repeating: least), FloatVector(repeating: most))
    let (one, zero) = (SIMD8<Int32>(repeating: 1), SIMD8<Int32>())
    var below = zero
    var found = 0
    var index = 0
    let lanesOfTwo = 2 &* FloatVector.scalarCount
    while index &+ lanesOfTwo <= count {
        let (first, second) = (lanes(index), lanes(index &+ FloatVector.scalarCount))
        let isFirstBelow = zero.replacing(with: one, where: first .< floor)
        let isSecondBelow = zero.replacing(with: one, where: second .< floor)
        let isFirstKept = zero.replacing(with: one, where: first .< ceiling) &- isFirstBelow
        let isSecondKept = zero.replacing(with: one, where: second .< ceiling) &- isSecondBelow
        below &+= isFirstBelow &+ isSecondBelow
        // Most vectors hold none.
        if (isFirstKept | isSecondKept).wrappedSum() != 0 {
            for lane in 0..<FloatVector.scalarCount {
                unsafe kept[found] = first[lane]
                found &+= Int(isFirstKept[lane])
            }
            for lane in 0..<FloatVector.scalarCount {
                unsafe kept[found] = second[lane]
                found &+= Int(isSecondKept[lane])
            }
        }
        index &+= lanesOfTwo
    }
    var rank = Int(below.wrappedSum())
    while index < count {
        let number = value(index)
        unsafe kept[found] = number
        found &+= (number < least ? 0 : 1) &- (number < most ? 0 : 1)
        rank &+= number < least ? 1 : 0
        index &+= 1
    }
    return (found, rank)
}
