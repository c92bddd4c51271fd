extension VectorKernels {
    public static func productSum(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double {
        var sums = SIMD8<Double>()
        var index = 0
        while index &+ 4 &* FloatVector.scalarCount <= count {
            let first = unsafe FloatVector(a + index) * FloatVector(b + index)
            let second = unsafe FloatVector(a + (index &+ 8)) * FloatVector(b + (index &+ 8))
            let third = unsafe FloatVector(a + (index &+ 16)) * FloatVector(b + (index &+ 16))
            let fourth = unsafe FloatVector(a + (index &+ 24)) * FloatVector(b + (index &+ 24))
            let partial = (first + second) + (third + fourth)
            for lane in 0..<FloatVector.scalarCount { sums[lane] += Double(partial[lane]) }
            index &+= 4 &* FloatVector.scalarCount
        }
        var sum = 0.0
        for lane in 0..<FloatVector.scalarCount { sum += sums[lane] }
        while index < count {
            unsafe sum += Double(a[index] * b[index])
            index &+= 1
        }
        return sum
    }

    public static func sum(_ values: UnsafePointer<Float>, count: Int) -> Double {
        var sums = SIMD8<Double>()
        var index = 0
        while index &+ 4 &* FloatVector.scalarCount <= count {
            let partial =
                unsafe (FloatVector(values + index) + FloatVector(values + (index &+ 8)))
                + (FloatVector(values + (index &+ 16)) + FloatVector(values + (index &+ 24)))
            for lane in 0..<FloatVector.scalarCount { sums[lane] += Double(partial[lane]) }
            index &+= 4 &* FloatVector.scalarCount
        }
        var sum = 0.0
        for lane in 0..<FloatVector.scalarCount { sum += sums[lane] }
        while index < count {
            unsafe sum += Double(values[index])
            index &+= 1
        }
        return sum
    }
}
