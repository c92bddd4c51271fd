import Foundation

/// Planes of invented ground that the kernels work on; the same on every run.
final class Planes {
    let rows: Int
    let columns: Int
    let bands = 4
    let days = 12
    /// Plane after plane: days x bands, reflectance.
    let values: [Float]
    /// 1 where a day shows a pixel, four fifths of them: day, pixel.
    let clear: [UInt8]
    let weight: [Float]
    let whole: [Int32]
    let pixels: [Int32]
    /// What kernels write; as much as any of them needs.
    var output: [Float]
    var second: [Float]
    var integers: [Int32]
    var bytes: [UInt8]
    var doubles: [Double]

    var count: Int { rows * columns }

    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        var state: UInt64 = 7
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let count = rows * columns
        values = (0..<days * bands * count).map { index in
            0.1 + 0.05 * Float(index % columns) / Float(columns) + Float(next() % 10_000) * 2e-6
        }
        clear = (0..<days * count).map { _ in next() % 5 == 0 ? 0 : 1 }
        weight = (0..<count).map { _ in next() % 10 == 0 ? 0 : 1 }
        whole = (0..<count).map { _ in Int32(next() % 2000) - 1000 }
        pixels = (0..<count).filter { _ in next() % 4 != 0 }.map { Int32($0) }
        output = Array(repeating: 0, count: bands * 6 * count)
        second = Array(repeating: 0, count: bands * 5 * count)
        integers = Array(repeating: 0, count: count)
        bytes = Array(repeating: 0, count: days * count)
        doubles = Array(repeating: 0, count: 256)
    }

    /// Time of copying a byte, reading and writing counted each.
    func copyNanosecondsPerByte(rounds: Int) -> Double {
        var best = Double.infinity
        let size = second.count * MemoryLayout<Float>.stride
        for _ in 0..<rounds {
            let start = DispatchTime.now().uptimeNanoseconds
            unsafe second.withUnsafeMutableBytes { target in
                unsafe output.withUnsafeBytes { source in
                    unsafe target.baseAddress!.copyMemory(from: source.baseAddress!, byteCount: size)
                }
            }
            best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) / Double(2 * size))
        }
        return best
    }

    /// Everything a kernel may have written.
    func digest() -> UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        func add(_ bits: UInt64) { hash = (hash ^ bits) &* 1_099_511_628_211 }
        for value in output { add(UInt64(value.bitPattern)) }
        for value in second { add(UInt64(value.bitPattern)) }
        for value in integers { add(UInt64(UInt32(bitPattern: value))) }
        for value in bytes { add(UInt64(value)) }
        for value in doubles { add(value.bitPattern) }
        return hash
    }

    func clearOutputs() {
        for index in output.indices { output[index] = 0 }
        for index in second.indices { second[index] = 0 }
        for index in integers.indices { integers[index] = 0 }
        for index in bytes.indices { bytes[index] = 0 }
        for index in doubles.indices { doubles[index] = 0 }
    }
}
