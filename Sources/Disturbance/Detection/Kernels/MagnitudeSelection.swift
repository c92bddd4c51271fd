/// The value at position `rank` of the sorted magnitudes of some numbers, which are left as they are.
/// - Parameters:
///   - values: Every `stride`th number from here on; no NaN.
///   - count: How many of them, more than `rank`.
func selectMagnitude(_ rank: Int, of values: UnsafePointer<Float>, count: Int, stride: Int = 1) -> Float {
    // The bits of numbers without a sign are in their order; the first eleven tell all but close ones apart.
    let digits: UInt32 = 20
    return unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: 1 << 11) { histogram in
        unsafe histogram.initialize(repeating: 0)
        var index = 0
        for _ in 0..<count {
            unsafe histogram[Int(values[index].magnitude.bitPattern >> digits)] &+= 1
            index &+= stride
        }
        var rest = rank
        var bin = 0
        while unsafe rest >= Int(histogram[bin]) {
            unsafe rest -= Int(histogram[bin])
            bin += 1
        }
        var close: [Float] = []
        unsafe close.reserveCapacity(Int(histogram[bin]))
        index = 0
        for _ in 0..<count {
            let magnitude = unsafe values[index].magnitude
            if Int(magnitude.bitPattern >> digits) == bin { close.append(magnitude) }
            index &+= stride
        }
        return select(rest, in: &close)
    }
}
