extension VectorKernels {
    public static func selectMagnitude(_ rank: Int, of values: UnsafePointer<Float>, count: Int, stride: Int) -> Float {
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
            let close = unsafe Int(histogram[bin])
            return unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: close) { magnitudes in
                var found = 0
                index = 0
                for _ in 0..<count {
                    let magnitude = unsafe values[index].magnitude
                    if Int(magnitude.bitPattern >> digits) == bin {
                        unsafe magnitudes[found] = magnitude
                        found += 1
                    }
                    index &+= stride
                }
                return unsafe quickselect(rest, in: magnitudes.baseAddress!, count: close)
            }
        }
    }
}
