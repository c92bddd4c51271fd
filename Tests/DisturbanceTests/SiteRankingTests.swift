import Testing

@testable import Disturbance

struct SiteRankingTests {
    /// `+1` is a disturbed site at rank 1, `-` an undisturbed one without a task.
    private func ranking(_ text: String) -> SiteRanking {
        var members: [String: SiteRanking.Member] = [:]
        for (index, word) in text.split(separator: " ").enumerated() {
            members["S\(index)"] = SiteRanking.Member(
                isDisturbed: word.hasPrefix("+"), rank: Int(word.dropFirst()))
        }
        return SiteRanking(members)
    }

    @Test func averagePrecisionByHand() {
        // Places 1 and 3 of three are disturbed, a third disturbed site has no task: (1/1 + 2/3 + 0) / 3.
        let ranking = ranking("+1 -2 +3 + -")
        #expect(abs((ranking.averagePrecision.value ?? 0) - (1 + 2.0 / 3) / 3) < 1e-12)
        #expect(ranking.averagePrecision.chance == 0.6)
        #expect(ranking.sites == 5 && ranking.disturbed == 3 && ranking.listed == 3)
        #expect(ranking.precision == Proportion(2, of: 3) && ranking.recall == Proportion(2, of: 3))
        #expect(abs((ranking.f1.value ?? 0) - 2.0 / 3) < 1e-12)
        #expect(ranking.precisionAt.map(\.sites) == [5, 10, 20, 50])
        #expect(ranking.precisionAt[0].precision == Proportion(2, of: 3))
        // Three of five disturbed, three of five listed: drawn at random precision and recall are 0.6.
        #expect(abs((ranking.f1.chance ?? 0) - 0.6) < 1e-12 && abs((ranking.f1OfAll ?? 0) - 0.75) < 1e-12)
    }

    @Test func aPerfectListIsOneAndTheWorstIsBelowChance() {
        let perfect = ranking("+1 +2 +3 - - - -")
        #expect(perfect.averagePrecision.value == 1 && perfect.f1.value == 1)
        #expect(perfect.averagePrecision.interval == ConfidenceInterval(lower: 1, upper: 1))
        #expect(ranking("-1 -2 -3 +4 +5").averagePrecision.value! < 0.4)
        #expect(ranking("+ + - -").averagePrecision.value == 0)
    }

    @Test func withoutBothKindsOfSitesThereIsNothingToMeasure() {
        for text in ["", "+1 +2", "-1 -"] {
            #expect(ranking(text).averagePrecision.value == nil && ranking(text).averagePrecision.interval == nil)
        }
    }

    @Test func theIntervalHoldsTheValue() throws {
        let ranking = ranking("+1 -2 +3 -4 +5 - - + - - - +6 -7 - -")
        let (value, interval) = (
            try #require(ranking.averagePrecision.value), try #require(ranking.averagePrecision.interval)
        )
        #expect(interval.lower < value && value < interval.upper && interval.upper <= 1)
    }

    /// Against the mean over every order, of which the first `listed` are the list.
    @Test(arguments: [(1, 1, 1), (2, 1, 2), (5, 2, 5), (5, 2, 3), (6, 3, 1), (7, 1, 7), (4, 4, 2), (5, 2, 0)])
    func theRandomListIsTheMeanOverAll(sites: Int, disturbed: Int, listed: Int) throws {
        var sum = 0.0
        var count = 0
        for bits in 0..<(1 << sites) where bits.nonzeroBitCount == disturbed {
            let list = (0..<listed).map { (isDisturbed: bits >> $0 & 1 == 1, count: 1) }
            sum += SiteRanking.averagePrecision(list: list, disturbed: disturbed) ?? 0
            count += 1
        }
        let expected = try #require(
            SiteRanking.expectedAveragePrecision(sites: sites, disturbed: disturbed, listed: listed))
        #expect(abs(expected - sum / Double(count)) < 1e-12)
    }

    @Test func aSiteDrawnTwiceStandsTwice() {
        // Twice disturbed, then once not, then once disturbed: (1 + 1 + 3/4) / 3.
        let value = SiteRanking.averagePrecision(list: [(true, 2), (false, 1), (true, 1), (true, 0)], disturbed: 3)
        #expect(abs((value ?? 0) - 2.75 / 3) < 1e-12)
    }
}
