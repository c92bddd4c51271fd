/// What the groups of a run found out, as far as the stages need it that look at all of them together.
///
/// Not copyable, and the large parts are taken out once: what a country's groups found out is in memory once.
struct RunResults: ~Copyable {
    private var candidates: [[Candidate]] = []
    private var coverage: [SiteCoverage] = []
    /// Clear observations of the ground of open findings, by finding id.
    private(set) var followUps: [String: ObservationLog] = [:]
    private var seenGrounds: [String: GroundExplanation] = [:]
    /// Change scores with the position of their group, where they were asked for.
    private(set) var scores: [(group: Int, score: Deferred<[Float]>)] = []
    private(set) var shiftedDays: [ShiftedDay] = []
    /// Lines, each once, in the order in which they came.
    private(set) var problems: [String] = []
    private var knownProblems: Set<String> = []
    private var groupCount = 0

    /// - Parameter siteCount: Rows of coverage to come.
    init(siteCount: Int) { coverage.reserveCapacity(siteCount) }

    /// - Parameter results: In the order of the plan.
    init(_ results: [GroupResult]) {
        self.init(siteCount: results.reduce(0) { $0 + $1.coverage.count })
        for result in results { add(result) }
    }

    /// Adds what the plan's next group found out.
    mutating func add(_ result: GroupResult) {
        if !result.candidates.isEmpty { candidates.append(result.candidates) }
        coverage += result.coverage
        followUps.merge(result.followUps) { $0.merged(with: $1) }
        seenGrounds.merge(result.explanations) { $1.pixelCount > $0.pixelCount ? $1 : $0 }
        if let score = result.score { scores.append((groupCount, score)) }
        shiftedDays += result.shiftedDays
        for problem in result.problems.map(\.description) where knownProblems.insert(problem).inserted {
            problems.append(problem)
        }
        groupCount += 1
    }

    /// What the ground of each open finding looked like, by finding id, where the group shows most of it; of equal
    /// groups the first.
    var grounds: [String: Deferred<Explanation>] { seenGrounds.mapValues(\.explanation) }

    /// Patches, by group; they are no longer here afterwards.
    mutating func takeCandidates() -> [[Candidate]] {
        defer { candidates = [] }
        return candidates
    }

    /// A row for each site, in the order of the groups; they are no longer here afterwards.
    mutating func takeCoverage() -> [SiteCoverage] {
        defer { coverage = [] }
        return coverage
    }
}
