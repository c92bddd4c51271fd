import Geospatial
import Testing

@testable import Disturbance

struct CandidateTests {
    private func candidate(
        _ column: Double, _ row: Double, width: Double = 1, height: Double = 1, log: String = "2019-06-05a",
        kind: DisturbanceKind = .soilExposed, magnitude: Double = 5
    ) throws -> Candidate {
        var made = try RegisterFixtures.candidate(
            RegisterFixtures.square(column, row, width: width, height: height), log: log, magnitude: magnitude)
        made.kind = kind
        return made
    }

    @Test func neighboursWithCommonGroundBecomeOne() throws {
        let merged = try Candidate.merged([
            [candidate(0, 0, width: 3, log: "2019-06-05a 2019-06-10n", kind: .burnt, magnitude: 5)],
            [candidate(2, 0, log: "2019-06-05n 2019-06-10a 2019-06-15n", magnitude: 9)],
        ])
        try #require(merged.count == 1)
        #expect(try merged[0].geometry.equals(RegisterFixtures.square(0, 0, width: 3)))
        // The largest tells the kind, the strongest the strength; a day on which one of them saw it was seen.
        #expect(merged[0].kind == .burnt)
        #expect(merged[0].magnitude == 9)
        #expect(merged[0].log.text == "2019-06-05a 2019-06-10a 2019-06-15n")
    }

    @Test func touchingSidesAndPatchesOfOneGroupStayApart() throws {
        #expect(try Candidate.merged([[candidate(0, 0)], [candidate(1, 0)]]).count == 2)
        #expect(try Candidate.merged([[candidate(0, 0)], [candidate(1, 1)]]).count == 2)
        #expect(try Candidate.merged([[candidate(0, 0), candidate(0.5, 0)]]).count == 2)
        #expect(try Candidate.merged([]).isEmpty)
        #expect(try Candidate.merged([[], []]).isEmpty)
    }

    @Test func chainsAcrossThreeGroupsAreOne() throws {
        let merged = try Candidate.merged([
            [candidate(0, 0, width: 2), candidate(3, 0, width: 2)], [candidate(1, 0, width: 3)],
        ])
        #expect(merged.count == 1)
        #expect(try merged[0].geometry.equals(RegisterFixtures.square(0, 0, width: 5)))
    }

    @Test func orderIsNorthToSouthThenWestToEastWhateverTheGroups() throws {
        let parts = [
            try candidate(5, 5), try candidate(0, 5), try candidate(3, 9), try candidate(2, 0), try candidate(2.5, 0),
        ]
        let wanted = try Candidate.merged(parts.map { [$0] }).map(\.geometry.wkt)
        #expect(wanted.count == 4)
        for seed in 0..<10 {
            var random = SeededGenerator(seed: seed)
            let other = try Candidate.merged(parts.shuffled(using: &random).map { [$0] })
            let corners = other.map { $0.geometry.envelope }
            #expect(try corners == Candidate.merged(parts.map { [$0] }).map { $0.geometry.envelope })
        }
    }
}
