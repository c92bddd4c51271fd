internal import Kernels

/// The value at position `k` of the sorted values; reorders them.
/// - Precondition: `0 <= k < values.count`, no NaN.
func select(_ k: Int, in values: inout [Float]) -> Float {
    let count = values.count
    return unsafe values.withUnsafeMutableBufferPointer {
        unsafe kernels.select(k, in: $0.baseAddress!, count: count)
    }
}

/// The upper median, or nil of nothing; reorders the values.
func median(_ values: inout [Float]) -> Float? {
    values.isEmpty ? nil : select(values.count / 2, in: &values)
}

/// The upper median of at least one value, which are only read.
/// - Parameter scratch: Memory that is kept from call to call.
func median(_ values: UnsafePointer<Float>, count: Int, scratch: inout [Float]) -> Float {
    if scratch.count < count { scratch = [Float](repeating: 0, count: count) }
    return unsafe kernels.median(values, count: count, scratch: &scratch)
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
    return unsafe kernels.medianAndDeviation(values, count: count, scratch: &scratch)
}
