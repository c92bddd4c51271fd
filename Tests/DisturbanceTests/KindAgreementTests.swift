import Testing

@testable import Disturbance

struct KindAgreementTests {
    /// `s:b` is a task that says b on ground of s, each at a site of its own.
    private func agreement(_ text: String) -> KindAgreement {
        KindAgreement(
            text.split(separator: " ").enumerated().map { index, pair in
                let parts = pair.split(separator: ":").map(String.init)
                return KindAgreement.Pair(siteID: "S\(index)", truth: parts[0], task: parts[1])
            })
    }

    @Test func macroF1ByHand() {
        // s: 2 of 3 found, 3 named: F1 2/3. b: 1 of 2 found, 1 named: F1 2/3. x is no kind of the truth.
        let agreement = agreement("s:s s:s s:x b:b b:s")
        #expect(agreement.accuracy == Proportion(3, of: 5) && agreement.accuracyOfCommonest == 0.6)
        #expect(abs((agreement.macroF1.value ?? 0) - 2.0 / 3) < 1e-12)
        // Always s: precision 3/5, recall 1, F1 3/4; b has none.
        #expect(abs((agreement.macroF1.chance ?? 0) - 0.375) < 1e-12)
        #expect(agreement.kinds.map(\.kind) == ["b", "s"])
        #expect(agreement.kinds[1].precision == Proportion(2, of: 3))
        #expect(agreement.kinds[0].precision == Proportion(1, of: 1))
        #expect(agreement.kinds[0].recall == Proportion(1, of: 2))
        #expect(agreement.confusion.map { "\($0.truth)\($0.task)\($0.count)" } == ["bb1", "bs1", "ss2", "sx1"])
    }

    @Test func allRightIsOneAndNothingIsNothing() {
        #expect(agreement("s:s b:b b:b").macroF1.value == 1)
        let none = KindAgreement([])
        #expect(none.macroF1.value == nil && none.accuracy.value == nil && none.confusion == [])
    }
}
