/// Intervals from resampling: the same on every run and machine.
enum Bootstrap {
    static let resampleCount = 1000
    private static let seed: UInt64 = 0x5173_7761_7264_656E

    /// The 2.5 and 97.5 percent quantiles of a figure over samples drawn with replacement.
    ///
    /// - Parameters:
    ///   - unitCount: Units to draw from, such as sites; their order must not depend on the order of the input.
    ///   - figure: Gets how often each unit was drawn; nil where the sample has no such figure.
    /// - Returns: nil with fewer than two units, or where fewer than half of the samples have the figure.
    static func interval(unitCount: Int, of figure: (_ draws: [Int]) -> Double?) -> ConfidenceInterval? {
        guard unitCount >= 2 else { return nil }
        var generator = SplitMix64(state: seed)
        var values: [Double] = []
        var draws = [Int](repeating: 0, count: unitCount)
        for _ in 0..<resampleCount {
            for unit in draws.indices { draws[unit] = 0 }
            for _ in 0..<unitCount { draws[generator.index(below: unitCount)] += 1 }
            if let value = figure(draws) { values.append(value) }
        }
        guard values.count * 2 >= resampleCount else { return nil }
        values.sort()
        return ConfidenceInterval(lower: quantile(values, 0.025), upper: quantile(values, 0.975))
    }

    /// - Parameter sorted: Ascending, at least one.
    static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }

    /// Steele, Lea and Flood 2014.
    private struct SplitMix64 {
        var state: UInt64

        /// Not the standard library's generator functions: their algorithm may change with its version.
        mutating func index(below count: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            return Int(mixed.multipliedFullWidth(by: UInt64(count)).high)
        }
    }
}
