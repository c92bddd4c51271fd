internal import Geospatial

/// Makes the finding of an evidence pack again, from the pack alone, and compares.
public struct Replay: Codable, Hashable, Sendable {
    /// One thing compared, bit for bit.
    public struct Comparison: Codable, Hashable, Sendable {
        public var subject: String
        public var isSame: Bool
        /// As the pack has it, and as it came out; the same text where they are the same.
        public var packed: String
        public var replayed: String
    }

    public var findingID: String
    public var period: Period
    public var scenes: Int
    public var comparisons: [Comparison]
    /// Programs whose version is another than when the pack was made: `proj 9.1.1, now 9.4.0`.
    public var otherVersions: [String]

    public var isSame: Bool { comparisons.allSatisfy(\.isSame) }

    /// - Throws: `FileError` or `GeospatialError` where the pack is none, or its pixels cannot be read.
    public static func run(_ pack: String) throws -> Replay { try Replay(of: ReplayRecord.read(from: pack), in: pack) }

    init(of record: ReplayRecord, in pack: String) throws {
        findingID = record.finding.id
        period = record.period
        scenes = record.scenes.count
        let now = Pipeline.versions
        otherVersions = record.versions.sorted { $0.key < $1.key }.compactMap { name, version in
            now[name] == version ? nil : "\(name) \(version), now \(now[name] ?? "none")"
        }
        let configuration = try Configuration(json: record.configuration, subject: "\(pack)/\(ReplayRecord.fileName)")
        let reconstruction = Reconstruction(
            plan: try record.plan(in: pack, configuration: configuration), configuration: configuration,
            watchedFrom: record.watchedFrom, known: try record.known.map { try $0.registered() })
        guard let outcome = try reconstruction.finding(record.finding.id) else {
            comparisons = [
                Comparison(
                    subject: "finding", isSame: false, packed: record.finding.id, replayed: "no finding of this id")
            ]
            return
        }
        let packed = record.finding
        let replayed = PackedFinding(outcome.record)
        var all: [Comparison] = []
        func compare(_ subject: String, _ first: String, _ second: String) {
            all.append(Comparison(subject: subject, isSame: first == second, packed: first, replayed: second))
        }
        func compare(_ subject: String, _ value: (PackedFinding) -> Double) {
            let (first, second) = (value(packed), value(replayed))
            all.append(
                Comparison(
                    subject: subject, isSame: first.bitPattern == second.bitPattern, packed: "\(first)",
                    replayed: "\(second)"))
        }
        compare("id", packed.id, replayed.id)
        compare("polygon", packed.geometry, replayed.geometry)
        compare("area in m2") { $0.squareMetres }
        compare("area when first seen in m2") { $0.firstSquareMetres }
        compare("kind of change", packed.kind.rawValue, replayed.kind.rawValue)
        compare("certainty of the kind") { $0.kindCertainty }
        compare("way of comparing", packed.method.rawValue, replayed.method.rawValue)
        compare("observations", packed.observations, replayed.observations)
        compare("status", packed.status.rawValue, replayed.status.rawValue)
        compare("magnitude") { $0.magnitude }
        compare("probability") { $0.probability }
        compare("finding it was split from", packed.splitFrom ?? "none", replayed.splitFrom ?? "none")
        compare(
            "days, tests and place", try StableJSON.text(record.explained),
            try StableJSON.text(
                outcome.explained(site: record.siteID, lastSeenRun: record.explained.lastSeenRun)))
        comparisons = all
    }
}
