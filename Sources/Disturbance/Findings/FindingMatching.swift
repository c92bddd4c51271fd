internal import Geospatial

/// A finding of this run and where it came from.
public struct MatchedFinding: Sendable {
    /// As it is to be kept; its zones are not known yet.
    public var record: RegisteredFinding
    /// Position of this run's candidate; nil where the run saw none on its ground.
    public var candidate: Int?

    /// Square metres since it was first seen; negative where it shrank.
    public var growthSquareMetres: Double {
        record.finding.areaSquareMetres - record.finding.firstAreaSquareMetres
    }
}

/// Recognises this run's candidates among the findings that are open.
///
/// - A candidate is an open finding seen again where they share enough of the smaller one's area. It takes the place,
///   kind and strength of the finding; the observations are added to those there are.
/// - The oldest open finding chooses first, by day first seen and then id, and takes the candidate it shares most
///   ground with. So where several open findings lie in one candidate the oldest goes on; the others are finished and
///   say which they were merged into. Where one open finding has fallen into several candidates, the one that shares
///   most ground with it goes on and the others are new findings that say what they were split from.
/// - A finished finding is never taken up again: what is seen on its ground is new.
/// - An open finding without candidate is told what the run saw of its ground. Where that was nothing, for cloud, it
///   stays as it is.
public struct FindingMatching: Sendable {
    private let settings: FindingSettings
    private let statusSettings: StatusSettings

    public init(settings: FindingSettings, statusSettings: StatusSettings) {
        self.settings = settings
        self.statusSettings = statusSettings
    }

    /// - Parameters:
    ///   - candidates: Of the whole run, no two on the same ground.
    ///   - known: The latest record of each finding that earlier periods left open. Finished ones may be among them:
    ///     what is seen on their ground is new, and is never given their name, which holds the period of another run.
    ///   - followUps: Clear observations in the period of open findings' ground, by finding id; used where there is
    ///     no candidate on it.
    ///   - period: The run's.
    /// - Returns: Open findings, and those that this run finished, ordered by id.
    public func match(
        _ candidates: [Candidate], with known: [RegisteredFinding], followUps: [String: ObservationLog], period: Period
    ) throws -> [MatchedFinding] {
        let open = known.filter(\.isOpen).sorted { Self.isOlder($0.finding, $1.finding) }
        let overlaps = try overlaps(of: candidates, with: open)
        let byOpen = Dictionary(grouping: overlaps, by: \.open)
        let byCandidate = Dictionary(grouping: overlaps, by: \.candidate)
        var claimed: [Int?] = Array(repeating: nil, count: candidates.count)
        var chosen: [Int?] = Array(repeating: nil, count: open.count)
        for position in open.indices {
            let free = byOpen[position, default: []].filter { claimed[$0.candidate] == nil }
            guard let best = Self.largest(free) else { continue }
            chosen[position] = best.candidate
            claimed[best.candidate] = position
        }

        var matched: [MatchedFinding] = []
        for (position, previous) in open.enumerated() {
            if let candidate = chosen[position] {
                matched.append(seenAgain(previous, as: candidates[candidate], at: candidate))
            } else if let shared = Self.largest(byOpen[position, default: []]),
                let host = claimed[shared.candidate]
            {
                var merged = previous
                merged.finding.status = .finished
                merged.mergedInto = open[host].finding.id
                matched.append(MatchedFinding(record: merged, candidate: nil))
            } else {
                let log = followUps[previous.finding.id] ?? ObservationLog()
                matched.append(followed(previous, with: log))
            }
        }
        var taken = Set(known.map(\.finding.id))
        for (position, candidate) in candidates.enumerated() where claimed[position] == nil {
            let origin = Self.largest(byCandidate[position, default: []]).map { open[$0.open].finding.id }
            let record = RegisteredFinding(
                finding: new(candidate, period: period, taken: &taken), splitFrom: origin)
            matched.append(MatchedFinding(record: record, candidate: position))
        }
        return matched.sorted { $0.record.finding.id < $1.record.finding.id }
    }

    // MARK: What becomes of a finding

    private func seenAgain(_ previous: RegisteredFinding, as candidate: Candidate, at position: Int) -> MatchedFinding {
        let old = previous.finding
        let log = old.log.merged(with: candidate.log)
        var record = previous
        record.finding = Finding(
            id: old.id, geometry: candidate.geometry, areaSquareMetres: candidate.geometry.ellipsoidalArea,
            kind: candidate.kind, kindCertainty: candidate.kindCertainty, method: candidate.method, log: log,
            status: statusSettings.status(of: log), magnitude: candidate.magnitude, probability: candidate.probability,
            firstAreaSquareMetres: old.firstAreaSquareMetres, zones: [])
        return MatchedFinding(record: record, candidate: position)
    }

    private func followed(_ previous: RegisteredFinding, with log: ObservationLog) -> MatchedFinding {
        var record = previous
        if !log.entries.isEmpty {
            record.finding.log = previous.finding.log.merged(with: log)
            record.finding.status = statusSettings.status(of: record.finding.log)
        }
        return MatchedFinding(record: record, candidate: nil)
    }

    private func new(_ candidate: Candidate, period: Period, taken: inout Set<String>) -> Finding {
        let area = candidate.geometry.ellipsoidalArea
        let parts = [
            "finding", (candidate.log.firstAnomalous ?? period.start).description,
            Self.place(of: candidate.geometry), period.label,
        ]
        var id = StableIdentifier.uuid(parts)
        var repetition = 2
        // Two patches in one place on one day come only from geometry that overlaps itself; both are kept.
        while !taken.insert(id).inserted {
            id = StableIdentifier.uuid(parts + [String(repetition)])
            repetition += 1
        }
        return Finding(
            id: id, geometry: candidate.geometry, areaSquareMetres: area, kind: candidate.kind,
            kindCertainty: candidate.kindCertainty, method: candidate.method, log: candidate.log,
            status: statusSettings.status(of: candidate.log), magnitude: candidate.magnitude,
            probability: candidate.probability, firstAreaSquareMetres: area, zones: [])
    }

    /// A place inside, in whole hundred-thousandths of a degree (about a metre): longitude, latitude.
    private static func place(of geometry: Geometry) -> String {
        guard let point = geometry.pointOnSurface else { return "" }
        return "\(Int((point.x * 1e5).rounded())) \(Int((point.y * 1e5).rounded()))"
    }

    // MARK: Overlaps

    private struct Overlap {
        let open: Int
        let candidate: Int
        let squareMetres: Double
    }

    /// In the order of the open findings, then of the candidates.
    private func overlaps(of candidates: [Candidate], with open: [RegisteredFinding]) throws -> [Overlap] {
        guard !candidates.isEmpty else { return [] }
        let patches = try candidates.map { try $0.geometry.valid() }
        let index = try SpatialIndex(patches)
        var overlaps: [Overlap] = []
        for (position, record) in open.enumerated() {
            let geometry = try record.finding.geometry.valid()
            for candidate in index.query(geometry) {
                let other = patches[candidate]
                guard try geometry.intersects(other) else { continue }
                let shared = try geometry.intersection(other).polygonalPart().ellipsoidalArea
                let smaller = min(geometry.ellipsoidalArea, other.ellipsoidalArea)
                guard shared > 0, shared >= settings.matchingOverlap * smaller else { continue }
                overlaps.append(Overlap(open: position, candidate: candidate, squareMetres: shared))
            }
        }
        return overlaps
    }

    /// Of equally large ones the first: that of the oldest finding, and there of the first candidate.
    private static func largest(_ overlaps: [Overlap]) -> Overlap? {
        overlaps.reduce(nil) { best, next in
            guard let best, best.squareMetres >= next.squareMetres else { return next }
            return best
        }
    }

    private static func isOlder(_ first: Finding, _ second: Finding) -> Bool {
        switch (first.firstSeen, second.firstSeen) {
        case (let a?, let b?) where a != b: a < b
        case (_?, nil): true
        case (nil, _?): false
        default: first.id < second.id
        }
    }
}
