import Geospatial
import Testing

@testable import Disturbance

/// Months one after another, as a pipeline runs them.
private struct Months {
    var runs: [RunRecord] = []
    let matching = FindingMatching(settings: FindingSettings(), statusSettings: StatusSettings())

    mutating func run(
        _ period: String, _ candidates: [Candidate], followUps: [String: ObservationLog] = [:]
    ) throws -> [MatchedFinding] {
        let period = try Period(period)
        let known = RegisterState(runs: runs).openFindings(before: period)
        let matched = try matching.match(candidates, with: known, followUps: followUps, period: period)
        runs.removeAll { $0.period == period }
        runs.append(
            RunRecord(period: period, configurationSHA256: "", findings: matched.map(\.record), tasks: []))
        return matched
    }
}

@Suite struct FindingMatchingTests {
    private func candidate(
        _ column: Double, _ row: Double = 0, width: Double = 1, log: String, magnitude: Double = 5
    ) throws -> Candidate {
        try RegisterFixtures.candidate(
            RegisterFixtures.square(column, row, width: width), log: log, magnitude: magnitude)
    }

    @Test func aDisturbanceKeepsItsIdAndGoesFromFirstToConfirmed() throws {
        var months = Months()
        let june = try months.run("2019-06", [candidate(0, log: "2019-06-20a")])
        let july = try months.run("2019-07", [candidate(0.2, log: "2019-07-05a")])
        let august = try months.run("2019-08", [candidate(0.2, width: 2, log: "2019-08-04a 2019-08-09a")])
        #expect(june.count == 1 && july.count == 1 && august.count == 1)
        #expect(Set([june, july, august].map { $0[0].record.finding.id }).count == 1)
        #expect([june, july, august].map { $0[0].record.finding.status } == [.first, .provisional, .confirmed])
        #expect(august[0].record.finding.log.text == "2019-06-20a 2019-07-05a 2019-08-04a 2019-08-09a")
        #expect(august[0].candidate == 0)
        // Twice as wide as in June.
        let area = june[0].record.finding.areaSquareMetres
        #expect(abs(august[0].growthSquareMetres - area) < area * 1e-3)
        #expect(august[0].record.finding.firstAreaSquareMetres == area)
    }

    @Test func runningAMonthAgainGivesTheSame() throws {
        var months = Months()
        _ = try months.run("2019-06", [candidate(0, log: "2019-06-20a")])
        let candidates = [try candidate(0, log: "2019-07-05a"), try candidate(5, log: "2019-07-10a")]
        let first = try months.run("2019-07", candidates)
        _ = try months.run("2019-08", [candidate(0, log: "2019-08-05a")])
        let before = months.runs.first { $0.label == "2019-07" }!.contentSHA256
        let second = try months.run("2019-07", candidates)
        #expect(first.map(\.record.finding.id) == second.map(\.record.finding.id))
        #expect(months.runs.first { $0.label == "2019-07" }!.contentSHA256 == before)
    }

    @Test func cloudNeitherAdvancesNorResets() throws {
        var months = Months()
        let june = try months.run("2019-06", [candidate(0, log: "2019-06-10a 2019-06-20a")])
        let july = try months.run("2019-07", [])
        #expect(july.map(\.record.finding.status) == [.provisional])
        #expect(july[0].record.finding.log == june[0].record.finding.log)
        #expect(july[0].record.finding.geometry == june[0].record.finding.geometry)
        #expect(july[0].candidate == nil)
        let august = try months.run("2019-08", [candidate(0, log: "2019-08-01a")])
        #expect(august.map(\.record.finding.status) == [.confirmed])
        #expect(august[0].record.finding.id == june[0].record.finding.id)
    }

    @Test func twoNormalObservationsFinishAFindingAndWhatComesBackIsNew() throws {
        var months = Months()
        let june = try months.run("2019-06", [candidate(0, log: "2019-06-10a")])
        let id = june[0].record.finding.id
        let july = try months.run("2019-07", [], followUps: [id: ObservationLog(text: "2019-07-10n")!])
        #expect(july.map(\.record.finding.status) == [.first])
        let august = try months.run("2019-08", [], followUps: [id: ObservationLog(text: "2019-08-10n")!])
        #expect(august.map(\.record.finding.status) == [.finished])
        #expect(august[0].record.finding.id == id)
        let september = try months.run("2019-09", [candidate(0, log: "2019-09-10a")])
        #expect(september.count == 1)
        #expect(september[0].record.finding.id != id)
        #expect(september[0].record.finding.status == .first)
    }

    @Test func anAnomalyBetweenNormalObservationsStartsTheCountAgain() throws {
        var months = Months()
        let id = try months.run("2019-06", [candidate(0, log: "2019-06-10a")])[0].record.finding.id
        let july = try months.run(
            "2019-07", [], followUps: [id: ObservationLog(text: "2019-07-01n 2019-07-06a 2019-07-11n")!])
        #expect(july.map(\.record.finding.status) == [.provisional])
    }

    @Test func whereTwoGrowIntoOneTheOldestGoesOn() throws {
        var months = Months()
        let old = try months.run("2019-06", [candidate(0, log: "2019-06-20a")])[0].record.finding.id
        let july = try months.run(
            "2019-07", [candidate(0, log: "2019-07-05a"), candidate(2, log: "2019-07-05a")])
        let young = try #require(july.first { $0.record.finding.id != old }).record.finding.id
        let august = try months.run("2019-08", [candidate(0, width: 3, log: "2019-08-05a")])
        #expect(august.count == 2)
        let kept = try #require(august.first { $0.record.finding.id == old })
        let merged = try #require(august.first { $0.record.finding.id == young })
        #expect(kept.record.finding.status == .confirmed && kept.candidate == 0)
        #expect(merged.record.finding.status == .finished && merged.record.mergedInto == old)
        // A finished finding is listed once, and no more.
        let september = try months.run("2019-09", [])
        #expect(september.map(\.record.finding.id) == [old])
    }

    @Test func whereOneFallsApartTheLargestPartGoesOn() throws {
        var months = Months()
        let whole = try months.run("2019-06", [candidate(0, width: 4, log: "2019-06-20a")])[0].record.finding.id
        let parts = [try candidate(0, width: 1, log: "2019-07-05a"), try candidate(2, width: 2, log: "2019-07-05a")]
        let july = try months.run("2019-07", parts)
        let kept = try #require(july.first { $0.record.finding.id == whole })
        let split = try #require(july.first { $0.record.finding.id != whole })
        #expect(july.count == 2 && kept.candidate == 1 && split.candidate == 0)
        #expect(split.record.splitFrom == whole)
        #expect(split.record.finding.log.text == "2019-07-05a")
        #expect(kept.growthSquareMetres < 0)
        // It says so in later months too.
        let august = try months.run("2019-08", [])
        #expect(august.first { $0.record.finding.id == split.record.finding.id }?.record.splitFrom == whole)
    }

    @Test func theShareOfTheSmallerAreaDecides() throws {
        // 0.1 of the smaller one is asked for.
        for (offset, isSame) in [(0.85, true), (0.95, false), (1.0, false)] {
            var months = Months()
            let june = try months.run("2019-06", [candidate(0, log: "2019-06-20a")])
            let july = try months.run("2019-07", [candidate(offset, width: 1, log: "2019-07-05a")])
            #expect(july.contains { $0.record.finding.id == june[0].record.finding.id && $0.candidate == 0 } == isSame)
            #expect(july.count == (isSame ? 1 : 2))
        }
        // A large finding that swallows a small one shares all of the smaller.
        var months = Months()
        let june = try months.run("2019-06", [candidate(3, 0, width: 0.2, log: "2019-06-20a")])
        let july = try months.run("2019-07", [candidate(0, 0, width: 9, log: "2019-07-05a")])
        #expect(july.map(\.record.finding.id) == june.map(\.record.finding.id))
    }

    @Test func neighboursKeepApartThoughBothTouchBoth() throws {
        var months = Months()
        let june = try months.run(
            "2019-06", [candidate(0, log: "2019-06-20a"), candidate(1, log: "2019-06-20a")])
        let west = try #require(june.first { $0.candidate == 0 }).record.finding.id
        let east = try #require(june.first { $0.candidate == 1 }).record.finding.id
        // Both candidates moved east by 0.2: the eastern one of July lies on both, the western one on one.
        let july = try months.run(
            "2019-07", [candidate(0.2, log: "2019-07-05a"), candidate(1.2, log: "2019-07-05a")])
        #expect(july.count == 2)
        #expect(july.first { $0.record.finding.id == west }?.candidate == 0)
        #expect(july.first { $0.record.finding.id == east }?.candidate == 1)
    }

    @Test func aFindingSeenAndGoneWithinOneMonthIsFinishedAtOnce() throws {
        var months = Months()
        let june = try months.run("2019-06", [candidate(0, log: "2019-06-01a 2019-06-06n 2019-06-11n")])
        #expect(june.map(\.record.finding.status) == [.finished])
    }

    @Test func idsAreOrderedAndDoNotDependOnTheOrderOfCandidates() throws {
        let candidates = try (0..<20).map { try candidate(Double($0 * 2), log: "2019-06-20a") }
        var months = Months()
        var others = Months()
        let first = try months.run("2019-06", candidates).map(\.record.finding.id)
        let second = try others.run("2019-06", candidates.reversed()).map(\.record.finding.id)
        #expect(first == second && first == first.sorted() && Set(first).count == 20)
    }
}
