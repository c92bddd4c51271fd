import Geospatial
import Testing

@testable import Disturbance

@Suite struct JoinedFindingsTests {
    /// One candidate, which the second of three findings goes on with.
    private func joined() throws -> JoinedFindings {
        let candidate = Candidate(
            geometry: try RegisterFixtures.square(0, 0), kind: .soilExposed, kindCertainty: 1, method: .pair,
            log: ObservationLog(), magnitude: 7, probability: 0.9, magnitudes: ["A": 5],
            evidence: Deferred(Evidence(quantity: "NDVI", series: [], before: nil, after: nil, sceneIDs: [])))
        let matches = try ["a", "b", "d"].map { id in
            var finding = try InventedRun.finding(1)
            finding.id = id
            finding.zones = []
            return MatchedFinding(
                record: RegisteredFinding(finding: finding), candidate: id == "b" ? 0 : nil)
        }
        let zone = ZoneOverlap(
            siteID: "A", coreSquareMetres: 1, bufferSquareMetres: 0, coreShare: 0, bufferShare: 0,
            distanceToCoreMetres: 0)
        return JoinedFindings(candidates: [candidate], matches: matches, zones: [[zone], [zone], []])
    }

    @Test func findingsHaveTheirZonesWithWhatTheirPatchMeasuresThere() throws {
        let joined = try joined()
        #expect(joined.findings.map(\.finding.zones.count) == [1, 1, 0])
        #expect(joined.findings[0].finding.zones[0].magnitude == nil)
        #expect(joined.findings[1].finding.zones[0].magnitude == 5)
        #expect(joined.candidate(at: 0) == nil && joined.candidate(at: 1)?.magnitude == 7)
    }

    @Test func aFindingIsFoundByItsID() throws {
        let joined = try joined()
        #expect(["a", "b", "c", "d", "", "z"].map(joined.position) == [0, 1, nil, 2, nil, nil])
    }
}
