/// How well a list puts disturbed sites before others.
public struct SiteRanking: Codable, Hashable, Sendable {
    /// Of how many of the first `sites` listed sites are disturbed.
    public struct Head: Codable, Hashable, Sendable {
        public let sites: Int
        public let precision: Proportion
    }

    /// Sites of which the truth says whether they are disturbed.
    public let sites: Int
    public let disturbed: Int
    public let listed: Int
    /// Its chance is the share of disturbed sites.
    public let averagePrecision: Estimate
    /// The mean average precision of all orders of the sites.
    public let averagePrecisionOfRandomOrder: Double?
    /// The same of all lists as long as this one: sites that are not listed add nothing there either.
    public let averagePrecisionOfRandomList: Double?
    public let precisionAt: [Head]
    /// Of having a task at all: how many of the sites with a task are disturbed, how many of the disturbed have one.
    public let precision: Proportion
    public let recall: Proportion
    /// Its chance is that of as many sites drawn at random.
    public let f1: Estimate
    /// With a task for every site.
    public let f1OfAll: Double?

    /// A site of which the truth says whether it is disturbed.
    struct Member {
        let isDisturbed: Bool
        /// Place of its first task in the list; nil without a task.
        let rank: Int?
    }

    /// - Parameter members: By site id; their order does not matter.
    init(_ members: [String: Member]) {
        let ordered = members.sorted { $0.key < $1.key }.map(\.value)
        let n = ordered.count
        let disturbedCount = ordered.count(where: \.isDisturbed)
        // Positions of the listed ones, in order of rank.
        let list = ordered.indices.filter { ordered[$0].rank != nil }
            .sorted { (ordered[$0].rank ?? 0, $0) < (ordered[$1].rank ?? 0, $1) }
        let hits = list.count { ordered[$0].isDisturbed }
        sites = n
        disturbed = disturbedCount
        listed = list.count
        let share = n > 0 ? Double(disturbedCount) / Double(n) : nil
        // Without both kinds of sites every order is as good as any.
        let isMeasurable = disturbedCount > 0 && disturbedCount < n

        func precisionOfOrder(_ draws: [Int]?) -> Double? {
            Self.averagePrecision(
                list: list.map { (ordered[$0].isDisturbed, draws?[$0] ?? 1) },
                disturbed: draws.map { draws in
                    ordered.indices.reduce(0) { $0 + (ordered[$1].isDisturbed ? draws[$1] : 0) }
                } ?? disturbedCount)
        }
        averagePrecision = Estimate(
            value: isMeasurable ? precisionOfOrder(nil) : nil,
            interval: isMeasurable ? Bootstrap.interval(unitCount: n, of: precisionOfOrder) : nil, chance: share)
        averagePrecisionOfRandomOrder = Self.expectedAveragePrecision(
            sites: n, disturbed: disturbedCount, listed: n)
        averagePrecisionOfRandomList = Self.expectedAveragePrecision(
            sites: n, disturbed: disturbedCount, listed: list.count)
        precisionAt = [5, 10, 20, 50].map { k in
            let head = list.prefix(k)
            return Head(
                sites: k, precision: Proportion(head.count { ordered[$0].isDisturbed }, of: head.count))
        }
        precision = Proportion(hits, of: list.count)
        recall = Proportion(hits, of: disturbedCount)

        func f1OfList(_ draws: [Int]?) -> Double? {
            var (both, listed, disturbed) = (0, 0, 0)
            for (index, member) in ordered.enumerated() {
                let weight = draws?[index] ?? 1
                if member.rank != nil { listed += weight }
                if member.isDisturbed { disturbed += weight }
                if member.rank != nil, member.isDisturbed { both += weight }
            }
            return listed + disturbed > 0 ? 2 * Double(both) / Double(listed + disturbed) : nil
        }
        let listedShare = n > 0 ? Double(list.count) / Double(n) : 0
        f1 = Estimate(
            value: isMeasurable ? f1OfList(nil) : nil,
            interval: isMeasurable ? Bootstrap.interval(unitCount: n, of: f1OfList) : nil,
            chance: share.flatMap { $0 + listedShare > 0 ? 2 * $0 * listedShare / ($0 + listedShare) : nil })
        f1OfAll = share.map { 2 * $0 / (1 + $0) }
    }

    /// The mean of the precision at every disturbed site; those without a task add nothing.
    /// - Parameters:
    ///   - list: In order of rank, each with how often it counts.
    ///   - disturbed: How many there are, listed or not.
    static func averagePrecision(list: [(isDisturbed: Bool, count: Int)], disturbed: Int) -> Double? {
        guard disturbed > 0 else { return nil }
        var (seen, hits, sum) = (0, 0, 0.0)
        for (isDisturbed, count) in list {
            for _ in 0..<count {
                seen += 1
                guard isDisturbed else { continue }
                hits += 1
                sum += Double(hits) / Double(seen)
            }
        }
        return sum / Double(disturbed)
    }

    /// The mean over all lists of `listed` of the sites: at place i a disturbed one stands behind (i - 1)(P - 1)/(N - 1)
    /// others of its kind, and P/N of the places are theirs.
    static func expectedAveragePrecision(sites: Int, disturbed: Int, listed: Int) -> Double? {
        guard disturbed > 0 else { return nil }
        let others = sites > 1 ? Double(disturbed - 1) / Double(sites - 1) : 0
        return (0..<listed).reduce(0.0) { $0 + (1 + Double($1) * others) / Double($1 + 1) } / Double(sites)
    }
}
