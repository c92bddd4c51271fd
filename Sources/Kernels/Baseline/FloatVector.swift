/// Pixels that the kernels work on at once. Eight on every machine, so that every machine adds in the same order.
typealias FloatVector = SIMD8<Float>

extension FloatVector {
    /// Eight consecutive values.
    @inline(__always)
    init(_ values: UnsafePointer<Float>) {
        self.init()
        for lane in 0..<Self.scalarCount { unsafe self[lane] = values[lane] }
    }

    /// Eight consecutive values.
    @inline(__always)
    init(_ values: UnsafePointer<UInt8>) {
        self.init()
        for lane in 0..<Self.scalarCount { unsafe self[lane] = Float(values[lane]) }
    }

    /// The first of eight values; the others are 0.
    @inline(__always)
    init(_ values: UnsafePointer<Float>, count: Int) {
        if count == Self.scalarCount {
            unsafe self.init(values)
        } else {
            self.init()
            for lane in 0..<count { unsafe self[lane] = values[lane] }
        }
    }

    @inline(__always)
    func store(_ values: UnsafeMutablePointer<Float>) {
        for lane in 0..<Self.scalarCount { unsafe values[lane] = self[lane] }
    }

    @inline(__always)
    var isZero: Bool {
        var isZero = true
        // Lane by lane: the library's minimum is a function that all instruction sets would share.
        for lane in 0..<Self.scalarCount where self[lane] != 0 { isZero = false }
        return isZero
    }

    @inline(__always)
    var squareRoots: FloatVector {
        var roots = FloatVector()
        for lane in 0..<Self.scalarCount { roots[lane] = self[lane].squareRoot() }
        return roots
    }
}

/// Cholesky's factor of one matrix for each lane, in place: lower triangle, the diagonal as its inverse.
@inline(__always)
func factorise(_ matrix: UnsafeMutablePointer<FloatVector>, size: Int) {
    // Smallest pivot: far below any variance of reflectance, and above what rounding leaves of it.
    let least = FloatVector(repeating: 1e-12)
    for column in 0..<size {
        var pivot = unsafe matrix[column &* size &+ column]
        for k in 0..<column { unsafe pivot -= matrix[column &* size &+ k] * matrix[column &* size &+ k] }
        let inverse = FloatVector(repeating: 1) / pivot.replacing(with: least, where: pivot .< least).squareRoots
        unsafe matrix[column &* size &+ column] = inverse
        for row in column &+ 1..<max(size, column &+ 1) {
            var value = unsafe matrix[row &* size &+ column]
            for k in 0..<column { unsafe value -= matrix[row &* size &+ k] * matrix[column &* size &+ k] }
            unsafe matrix[row &* size &+ column] = value * inverse
        }
    }
}

/// Solves in place with a factor from `factorise`.
@inline(__always)
func substitute(_ factor: UnsafePointer<FloatVector>, _ right: UnsafeMutablePointer<FloatVector>, size: Int) {
    for row in 0..<size {
        var value = unsafe right[row]
        for k in 0..<row { unsafe value -= factor[row &* size &+ k] * right[k] }
        unsafe right[row] = value * factor[row &* size &+ row]
    }
    for row in (0..<size).reversed() {
        var value = unsafe right[row]
        for k in row &+ 1..<max(size, row &+ 1) { unsafe value -= factor[k &* size &+ row] * right[k] }
        unsafe right[row] = value * factor[row &* size &+ row]
    }
}
