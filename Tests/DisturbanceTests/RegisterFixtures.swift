import Foundation
import Geospatial

@testable import Disturbance

/// A folder of a test's own, removed with this object.
final class RegisterFolder {
    let path: String
    var register: String { path + "/register.gpkg" }

    init() throws {
        path = NSTemporaryDirectory() + "sitewarden-register-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

extension Register {
    /// All of a register, each run compared with its hash; one that does not exist yet is empty.
    static func load(from source: String) throws -> RegisterState {
        try reading(source) { register in
            guard let register else { return RegisterState() }
            return RegisterState(runs: try register.runs().map(register.record), verdicts: try register.verdicts())
        }
    }
}

/// Findings on a plain of squares near 44 degrees east, 36 north; a hundredth of a degree is about 900 by 1100 m.
enum RegisterFixtures {
    static func square(_ column: Double, _ row: Double, width: Double = 1, height: Double = 1) throws -> Geometry {
        Geometry(
            rectangle: Envelope(
                minimumX: 44 + column / 100, minimumY: 36 + row / 100, maximumX: 44 + (column + width) / 100,
                maximumY: 36 + (row + height) / 100))
    }

    /// - Parameter log: As the register keeps it, `2019-06-05a 2019-06-10n`.
    static func candidate(_ geometry: Geometry, log: String, magnitude: Double = 5) throws -> Candidate {
        Candidate(
            geometry: geometry, kind: .soilExposed, kindCertainty: 0.75, method: .baseline,
            log: ObservationLog(text: log)!, magnitude: magnitude, probability: 0.875,
            evidence: Deferred(
                Evidence(quantity: "red reflectance", series: [], before: nil, after: nil, sceneIDs: [])))
    }

    static func finding(
        _ id: String, _ geometry: Geometry, log: String, status: FindingStatus = .first, magnitude: Double = 5
    ) -> Finding {
        Finding(
            id: id, geometry: geometry, areaSquareMetres: geometry.ellipsoidalArea, kind: .soilExposed,
            kindCertainty: 0.75, method: .baseline, log: ObservationLog(text: log)!, status: status,
            magnitude: magnitude, probability: 0.875, firstAreaSquareMetres: 0.1 + 0.2, zones: [])
    }

    static func task(_ finding: Finding, site: String, name: String = "A site", rank: Int = 1) -> InspectionTask {
        InspectionTask(
            id: StableIdentifier.uuid(["task", finding.id, site]), siteID: site, siteName: name, finding: finding,
            zone: ZoneOverlap(
                siteID: site, coreSquareMetres: 1234.5, bufferSquareMetres: 1 / 3, coreShare: 0.25, bufferShare: 0.125,
                distanceToCoreMetres: 0), surroundings: nil, rank: rank,
            terms: ScoreTerms(
                probability: 0.875, zone: 1, extent: 0.9, magnitude: 0.8, kind: 1, significance: 0.95, recency: 1))
    }

    static func run(
        _ period: String, _ findings: [Finding], tasks: [InspectionTask] = [], configuration: String = "c0"
    ) throws -> RunRecord {
        RunRecord(
            period: try Period(period), configurationSHA256: configuration,
            findings: findings.map { RegisteredFinding(finding: $0) }, tasks: tasks.map { RegisteredTask($0) })
    }

    static let hostileNames = [
        "Robert'); DROP TABLE tasks;--", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u{202E}gnp.exe",
        "کاروانسرای شاه‌عباسی", "line\nbreak\ttab", "\"quoted\" & 'single' %s %d", "[% to_string(1+1) %]",
        String(repeating: "long ", count: 2000),
    ]
}
