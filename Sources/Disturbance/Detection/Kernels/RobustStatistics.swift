/// 1.4826: one standard deviation of a normal distribution in units of its median absolute deviation.
let medianAbsoluteDeviationScale: Float = 1.4826

/// The value at position `k` of the sorted values; reorders them.
/// - Precondition: `0 <= k < values.count`, no NaN.
func select(_ k: Int, in values: inout [Float]) -> Float {
    var low = 0
    var high = values.count - 1
    while low < high {
        // Median of three keeps sorted input, the common case of quantised reflectance, from being the worst.
        let middle = low + (high - low) / 2
        if values[middle] < values[low] { values.swapAt(middle, low) }
        if values[high] < values[low] { values.swapAt(high, low) }
        if values[high] < values[middle] { values.swapAt(high, middle) }
        let pivot = values[middle]
        var left = low
        var right = high
        while left <= right {
            while values[left] < pivot { left += 1 }
            while values[right] > pivot { right -= 1 }
            if left <= right {
                values.swapAt(left, right)
                left += 1
                right -= 1
            }
        }
        if k <= right { high = right } else if k >= left { low = left } else { return values[k] }
    }
    return values[k]
}

/// The upper median, or nil of nothing; reorders the values.
func median(_ values: inout [Float]) -> Float? {
    values.isEmpty ? nil : select(values.count / 2, in: &values)
}

/// Median and scaled median absolute deviation, or nil of nothing.
func medianAndDeviation(_ values: [Float]) -> (median: Float, deviation: Float)? {
    var sorted = values
    guard let middle = median(&sorted) else { return nil }
    for index in sorted.indices { sorted[index] = abs(sorted[index] - middle) }
    let deviation = median(&sorted) ?? 0
    return (middle, deviation * medianAbsoluteDeviationScale)
}
