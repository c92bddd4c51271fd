/// What would hold the true value in 95 of 100 such samples.
public struct ConfidenceInterval: Codable, Hashable, Sendable {
    public var lower: Double
    public var upper: Double

    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// The normal quantile at 0.975.
    static let normalQuantile = 1.959_963_984_540_054

    /// Of a share of independent cases (Wilson 1927); nil where there are none.
    public static func wilson(_ count: Int, of total: Int) -> ConfidenceInterval? {
        guard total > 0 else { return nil }
        let (n, share, z) = (Double(total), Double(count) / Double(total), normalQuantile)
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // At the ends the formula gives 0 and 1 but for the rounding.
        return ConfidenceInterval(
            lower: count == 0 ? 0 : max(middle - half, 0), upper: count == total ? 1 : min(middle + half, 1))
    }

    /// Of the mean behind a count of independent events: Byar's approximation of the exact Poisson interval (Breslow
    /// and Day 1987, Statistical Methods in Cancer Research II, 2.3), within 2 % of it.
    public static func poisson(_ count: Int) -> ConfidenceInterval {
        func limit(_ n: Double, _ z: Double) -> Double {
            let root = 1 - 1 / (9 * n) + z / (3 * n.squareRoot())
            return n * root * root * root
        }
        return ConfidenceInterval(
            lower: count == 0 ? 0 : max(limit(Double(count), -normalQuantile), 0),
            upper: limit(Double(count + 1), normalQuantile))
    }
}

/// So many of so many, with the Wilson interval.
public struct Proportion: Codable, Hashable, Sendable {
    public let numerator: Int
    public let denominator: Int
    /// nil where there is nothing to count.
    public let value: Double?
    public let interval: ConfidenceInterval?

    public init(_ numerator: Int, of denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
        value = denominator > 0 ? Double(numerator) / Double(denominator) : nil
        interval = ConfidenceInterval.wilson(numerator, of: denominator)
    }
}

/// Events for each unit of what they could happen in, with the Poisson interval.
public struct EventRate: Codable, Hashable, Sendable {
    public let numerator: Int
    /// In units of the rate, for example ten sites for a year.
    public let denominator: Double
    public let value: Double?
    public let interval: ConfidenceInterval?

    public init(_ numerator: Int, in denominator: Double) {
        self.numerator = numerator
        self.denominator = denominator
        let poisson = ConfidenceInterval.poisson(numerator)
        value = denominator > 0 ? Double(numerator) / denominator : nil
        interval =
            denominator > 0
            ? ConfidenceInterval(lower: poisson.lower / denominator, upper: poisson.upper / denominator) : nil
    }
}

/// A figure that is no share, with an interval from resampling the sites, and what chance would give.
public struct Estimate: Codable, Hashable, Sendable {
    public var value: Double?
    public var interval: ConfidenceInterval?
    public var chance: Double?

    public init(value: Double?, interval: ConfidenceInterval?, chance: Double?) {
        self.value = value
        self.interval = interval
        self.chance = chance
    }
}
