/// What the groups of a run show together.
struct JoinedFindings: Sendable {
    /// Patches of the period; those that several groups saw are one.
    let candidates: [Candidate]
    /// With their zones; ordered by id.
    let findings: [RegisteredFinding]
    /// For each of `findings` the position of its patch; nil where the period made out none on its ground.
    private let candidateOf: [Int?]

    /// - Parameters:
    ///   - matches: Ordered by finding id.
    ///   - zones: Of each of them; what a patch measures at a site is added.
    init(candidates: [Candidate], matches: [MatchedFinding], zones: [[ZoneOverlap]]) {
        self.candidates = candidates
        candidateOf = matches.map(\.candidate)
        findings = zip(matches, zones).map { match, zones in
            var record = match.record
            record.finding.zones = zones
            if let candidate = match.candidate {
                for index in record.finding.zones.indices {
                    let site = record.finding.zones[index].siteID
                    record.finding.zones[index].magnitude = candidates[candidate].magnitudes[site]
                }
            }
            return record
        }
    }

    func candidate(at position: Int) -> Candidate? { candidateOf[position].map { candidates[$0] } }

    /// Where a finding stands among all; nil where it does not.
    func position(ofFinding id: String) -> Int? {
        var range = findings.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            let found = findings[middle].finding.id
            if found == id { return middle }
            range = found < id ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
