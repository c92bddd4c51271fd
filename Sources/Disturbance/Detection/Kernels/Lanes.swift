/// Pixels that kernels work on at once; the structure of every sum follows from it, so that all instruction sets give
/// the same bits.
let laneCount = 8
typealias Lanes = SIMD8<Float>

@inline(__always)
func loadLanes(_ values: UnsafePointer<Float>, _ start: Int) -> Lanes {
    // Lane by lane: the compiler turns this into one load.
    var lanes = Lanes()
    for lane in 0..<laneCount { unsafe lanes[lane] = values[start &+ lane] }
    return lanes
}

@inline(__always)
func storeLanes(_ lanes: Lanes, _ values: UnsafeMutablePointer<Float>, _ start: Int) {
    for lane in 0..<laneCount { unsafe values[start &+ lane] = lanes[lane] }
}
