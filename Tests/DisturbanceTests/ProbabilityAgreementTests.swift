import Testing

@testable import Disturbance

struct ProbabilityAgreementTests {
    private func member(_ site: String, _ probability: Double, _ isRight: Bool) -> ProbabilityAgreement.Member {
        ProbabilityAgreement.Member(siteID: site, probability: probability, isRight: isRight)
    }

    @Test func brierScoreAndBinsByHand() {
        let agreement = ProbabilityAgreement([
            member("A", 0.75, true), member("A", 0.75, true), member("B", 0.75, false), member("C", 1, true),
        ])
        // (0.0625 x 2 + 0.5625 + 0) / 4; three of four right give a base rate's 0.1875.
        #expect(agreement.tasks == 4 && agreement.brierScore.value == 0.171875 && agreement.brierScore.chance == 0.1875)
        #expect(agreement.bins.count == 2)
        #expect(agreement.bins[0].from == 0.7 && agreement.bins[0].right == Proportion(2, of: 3))
        #expect(agreement.bins[0].meanProbability == 0.75)
        // Certainty belongs to the last bin.
        #expect(agreement.bins[1].from == 0.9 && agreement.bins[1].right == Proportion(1, of: 1))
    }

    @Test func nothingIsNothing() {
        let none = ProbabilityAgreement([])
        #expect(none.brierScore.value == nil && none.brierScore.chance == nil && none.bins == [])
    }
}
