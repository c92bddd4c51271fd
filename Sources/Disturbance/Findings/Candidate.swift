public import Geospatial

/// A patch of changed pixels in one group of sites, before it is known from earlier runs.
public struct Candidate: Sendable {
    /// In WGS 84.
    public var geometry: Geometry
    public var kind: DisturbanceKind
    public var kindCertainty: Double
    public var method: ChangeMethod
    public var log: ObservationLog
    /// Strongest departure inside, in standard deviations of what is usual there.
    public var magnitude: Double
    /// Probability that the ground really changed, 0 to 1.
    public var probability: Double
    /// Strongest departure inside each site's boundary, or in its buffer where the patch does not reach further.
    public var magnitudes: [String: Double]
    public var evidence: Deferred<Evidence>
    public var explanation: Deferred<Explanation>?

    public init(
        geometry: Geometry, kind: DisturbanceKind, kindCertainty: Double, method: ChangeMethod, log: ObservationLog,
        magnitude: Double, probability: Double, magnitudes: [String: Double] = [:],
        evidence: Deferred<Evidence>, explanation: Deferred<Explanation>? = nil
    ) {
        self.geometry = geometry
        self.kind = kind
        self.kindCertainty = kindCertainty
        self.method = method
        self.log = log
        self.magnitude = magnitude
        self.probability = probability
        self.magnitudes = magnitudes
        self.evidence = evidence
        self.explanation = explanation
    }

    /// Makes one candidate of those that neighbouring groups found on the same ground.
    /// - Parameter candidates: By group; those of one group never overlap.
    /// - Returns: Ordered by envelope from north to south, then west to east.
    public static func merged(_ candidates: [[Candidate]]) throws -> [Candidate] {
        let all = candidates.flatMap { $0 }
        let groups = candidates.enumerated().flatMap { index, members in members.map { _ in index } }
        let index = try SpatialIndex(all.map(\.geometry))
        var parent = Array(all.indices)
        func root(_ member: Int) -> Int {
            var member = member
            while parent[member] != member { member = parent[member] }
            return member
        }
        for (first, candidate) in all.enumerated() {
            let near = index.query(candidate.geometry).filter { $0 > first && groups[$0] != groups[first] }
            guard !near.isEmpty else { continue }
            let prepared = try PreparedGeometry(candidate.geometry)
            for second in near {
                guard root(first) != root(second), try prepared.intersects(all[second].geometry),
                    try candidate.geometry.intersection(all[second].geometry).area > 0
                else { continue }
                parent[max(root(first), root(second))] = min(root(first), root(second))
            }
        }
        let families = Dictionary(grouping: all.indices, by: root)
        return try families.sorted { $0.key < $1.key }.map { try joined($0.value.sorted().map { all[$0] }) }
            .sorted { ($0.order) < ($1.order) }
    }

    private var order: (Double, Double, Double) {
        guard let envelope = geometry.envelope else { return (0, 0, 0) }
        return (-envelope.maximumY, envelope.minimumX, envelope.minimumY)
    }

    /// The largest tells the kind and the evidence; the strongest tells how strong and how sure.
    private static func joined(_ family: [Candidate]) throws -> Candidate {
        guard family.count > 1, var whole = family.max(by: { $0.geometry.area < $1.geometry.area }) else {
            return family[0]
        }
        whole.geometry = try Geometry.union(of: family.map(\.geometry)).polygonalPart()
        whole.magnitude = family.map(\.magnitude).max()!
        whole.probability = family.map(\.probability).max()!
        whole.magnitudes = family.reduce(into: [:]) { all, one in all.merge(one.magnitudes) { max($0, $1) } }
        // On a day on which one group saw it and the other did not, it was seen.
        let entries = family.flatMap { $0.log.entries }
        whole.log = ObservationLog(entries.filter { $0.state == .normal } + entries.filter { $0.state == .anomalous })
        return whole
    }
}
