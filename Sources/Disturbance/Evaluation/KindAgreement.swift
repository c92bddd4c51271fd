/// Whether tasks name the kind of disturbance the truth names.
public struct KindAgreement: Codable, Hashable, Sendable {
    /// So many tasks on ground of one kind named it so.
    public struct Cell: Codable, Hashable, Sendable {
        public let truth: String
        public let task: String
        public let count: Int
    }

    /// One kind of the truth.
    public struct Row: Codable, Hashable, Sendable {
        public let kind: String
        public let precision: Proportion
        public let recall: Proportion
        public let f1: Double
    }

    /// Its chance is always naming the commonest kind.
    public let accuracy: Proportion
    public let accuracyOfCommonest: Double?
    /// The mean over the kinds the truth has, each counting the same; its chance is always naming the commonest.
    public let macroF1: Estimate
    public let kinds: [Row]
    public let confusion: [Cell]

    /// A task that matches the truth.
    struct Pair {
        let siteID: String
        let truth: String
        let task: String
    }

    /// - Parameter pairs: Their order does not matter.
    init(_ pairs: [Pair]) {
        let siteIDs = Set(pairs.map(\.siteID)).sorted()
        let bySite = Dictionary(grouping: pairs, by: \.siteID)
        let units = siteIDs.map { bySite[$0] ?? [] }
        let whole = Self.counts(units, draws: nil)
        accuracy = Proportion(pairs.count { $0.truth == $0.task }, of: pairs.count)
        let support = Dictionary(grouping: pairs, by: \.truth).mapValues(\.count)
        let commonest = support.values.max()
        accuracyOfCommonest = commonest.map { Double($0) / Double(pairs.count) }
        let chance = accuracyOfCommonest.map { 2 * $0 / (1 + $0) / Double(support.count) }
        macroF1 = Estimate(
            value: Self.macroF1(whole),
            interval: Bootstrap.interval(unitCount: units.count) { Self.macroF1(Self.counts(units, draws: $0)) },
            chance: chance)
        kinds = support.keys.sorted().map { kind in
            let hits = whole[[kind, kind]] ?? 0
            let named = whole.reduce(0) { $0 + ($1.key[1] == kind ? $1.value : 0) }
            return Row(
                kind: kind, precision: Proportion(hits, of: named), recall: Proportion(hits, of: support[kind] ?? 0),
                f1: Self.f1(of: kind, whole))
        }
        confusion = whole.map { Cell(truth: $0.key[0], task: $0.key[1], count: $0.value) }
            .sorted { ($0.truth, $0.task) < ($1.truth, $1.task) }
    }

    /// How often each pair of truth and task occurs.
    private static func counts(_ units: [[Pair]], draws: [Int]?) -> [[String]: Int] {
        var counts: [[String]: Int] = [:]
        for (index, pairs) in units.enumerated() {
            let weight = draws?[index] ?? 1
            guard weight > 0 else { continue }
            for pair in pairs { counts[[pair.truth, pair.task], default: 0] += weight }
        }
        return counts
    }

    private static func f1(of kind: String, _ counts: [[String]: Int]) -> Double {
        var (hits, sum) = (0, 0)
        for (pair, count) in counts {
            if pair[0] == kind { sum += count }
            if pair[1] == kind { sum += count }
            if pair[0] == kind, pair[1] == kind { hits += count }
        }
        return sum > 0 ? 2 * Double(hits) / Double(sum) : 0
    }

    private static func macroF1(_ counts: [[String]: Int]) -> Double? {
        let kinds = Set(counts.keys.map { $0[0] }).sorted()
        guard !kinds.isEmpty else { return nil }
        return kinds.reduce(0) { $0 + f1(of: $1, counts) } / Double(kinds.count)
    }
}
