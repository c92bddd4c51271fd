import Foundation

/// Random numbers that are the same on every run (SplitMix64, Steele and others 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func uniform(_ range: ClosedRange<Float>) -> Float { Float.random(in: range, using: &self) }

    /// Of a normal distribution with mean 0 and standard deviation 1 (Box and Muller 1958).
    mutating func normal() -> Float {
        let radius = (-2 * log(Double.random(in: 1e-12...1, using: &self))).squareRoot()
        return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self)))
    }

    mutating func mask(_ count: Int, share: Double) -> [UInt8] {
        (0..<count).map { _ in Double.random(in: 0..<1, using: &self) < share ? 1 : 0 }
    }
}
