import Geospatial
import Testing

@testable import Disturbance

@Suite struct RunResultsTests {
    @Test(arguments: 0..<20) func partsAreThoseOfTheGroupsInTheirOrder(seed: Int) throws {
        let groups = try (0..<4).map { try GroupResultFileTests.result(seed: 100 * seed + $0) }
        var results = RunResults(groups)
        #expect(results.takeCoverage().map(\.siteID) == groups.flatMap(\.coverage).map(\.siteID))
        #expect(results.takeCoverage().isEmpty)
        let candidates = results.takeCandidates()
        #expect(candidates.map(\.count) == groups.map(\.candidates.count).filter { $0 > 0 })
        #expect(candidates.joined().map(\.log) == groups.flatMap(\.candidates).map(\.log))
        #expect(results.takeCandidates().isEmpty)
        #expect(
            results.followUps["f1"]
                == groups.dropFirst().reduce(groups[0].followUps["f1"]!) { $0.merged(with: $1.followUps["f1"]!) })
        #expect(results.scores.map(\.group) == groups.indices.filter { groups[$0].score != nil })
        #expect(results.shiftedDays.map(\.day) == groups.flatMap(\.shiftedDays).map(\.day))
        let lines = groups.flatMap(\.problems).map(\.description)
        #expect(Set(results.problems) == Set(lines) && Set(results.problems).count == results.problems.count)
        #expect(results.problems == results.problems.sorted { lines.firstIndex(of: $0)! < lines.firstIndex(of: $1)! })
    }

    @Test func ofOpenGroundTheGroupTellsThatSeesMostOfItAndOfEqualOnesTheFirst() throws {
        func group(_ seed: Int, pixels: Int) throws -> (GroupResult, Explanation) {
            var result = try GroupResultFileTests.result(seed: seed)
            let explanation = try #require(result.explanations["f1"]).explanation
            result.explanations = ["f1": GroundExplanation(pixelCount: pixels, explanation: explanation)]
            return (result, try explanation.value)
        }
        let (few, _) = try group(1, pixels: 3)
        let (most, wanted) = try group(2, pixels: 9)
        let (asMany, _) = try group(3, pixels: 9)
        let results = RunResults([few, most, asMany])
        #expect(try results.grounds["f1"].map { try Packer.bytes(of: $0.value) } == Packer.bytes(of: wanted))
    }
}
