internal import Kernels

/// The value at position `rank` of the sorted magnitudes of some numbers, which are left as they are; NaN comes last.
/// - Parameters:
///   - values: Every `stride`th number from here on.
///   - count: How many of them, more than `rank`.
func selectMagnitude(_ rank: Int, of values: UnsafePointer<Float>, count: Int, stride: Int) -> Float {
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { room in
        let magnitudes = room.baseAddress!
        var missing = 0
        for index in 0..<count {
            let magnitude = unsafe values[index &* stride].magnitude
            unsafe magnitudes[index] = magnitude
            missing &+= magnitude.isNaN ? 1 : 0
        }
        guard rank < count - missing else { return .nan }
        if missing > 0 {
            var kept = 0
            for index in 0..<count where unsafe !magnitudes[index].isNaN {
                unsafe magnitudes[kept] = magnitudes[index]
                kept += 1
            }
        }
        return unsafe kernels.select(
            rank, of: UnsafePointer(magnitudes), count: count - missing, scratch: magnitudes + count)
    }
}
