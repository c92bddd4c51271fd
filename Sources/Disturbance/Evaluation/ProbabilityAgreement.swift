/// Whether of tasks with a probability of 0.8 four in five are right.
public struct ProbabilityAgreement: Codable, Hashable, Sendable {
    /// Tasks whose probability lies in one tenth of the range.
    public struct Bin: Codable, Hashable, Sendable {
        public let from: Double
        public let to: Double
        public let meanProbability: Double
        public let right: Proportion
    }

    public let tasks: Int
    /// The mean squared difference of probability and outcome; its chance is that of giving each task the share of
    /// right ones.
    public let brierScore: Estimate
    /// Those that hold a task.
    public let bins: [Bin]

    /// A task that is right or wrong.
    struct Member {
        let siteID: String
        let probability: Double
        let isRight: Bool
    }

    /// - Parameter members: Their order does not matter.
    init(_ members: [Member]) {
        // By value, so that sums do not depend on the order of the input.
        let members = members.sorted {
            ($0.siteID, $0.probability, $0.isRight ? 1 : 0) < ($1.siteID, $1.probability, $1.isRight ? 1 : 0)
        }
        tasks = members.count
        let bySite = Dictionary(grouping: members, by: \.siteID)
        let units = bySite.keys.sorted().map { bySite[$0] ?? [] }
        func error(_ member: Member) -> Double {
            let difference = member.probability - (member.isRight ? 1 : 0)
            return difference * difference
        }
        let errors = units.map { (sum: $0.reduce(0) { $0 + error($1) }, count: $0.count) }
        let share = members.isEmpty ? nil : Double(members.count(where: \.isRight)) / Double(members.count)
        brierScore = Estimate(
            value: members.isEmpty ? nil : members.reduce(0) { $0 + error($1) } / Double(members.count),
            interval: Bootstrap.interval(unitCount: units.count) { draws in
                var (sum, count) = (0.0, 0)
                for (index, unit) in errors.enumerated() {
                    sum += unit.sum * Double(draws[index])
                    count += unit.count * draws[index]
                }
                return count > 0 ? sum / Double(count) : nil
            }, chance: share.map { $0 * (1 - $0) })
        bins = (0..<10).compactMap { bin in
            let within = members.filter { min(Int($0.probability * 10), 9) == bin }
            guard !within.isEmpty else { return nil }
            return Bin(
                from: Double(bin) / 10, to: Double(bin + 1) / 10,
                meanProbability: within.reduce(0) { $0 + $1.probability } / Double(within.count),
                right: Proportion(within.count(where: \.isRight), of: within.count))
        }
    }
}
