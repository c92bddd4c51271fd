import Testing

@testable import Disturbance

struct ChangeMapTests {
    /// Four pixels watched on days drawn as `a` anomalous, `n` normal, `-` not observed.
    private func log(_ days: [String]) -> String {
        let codes: [Character: ChangeMap.PixelState] = ["a": .anomalous, "n": .normal, "-": .notObserved]
        let map = ChangeMap(
            method: .baseline, score: [Float](repeating: 0, count: days[0].count),
            patches: PatchLabelling(
                candidates: [0, 0, 0, 0], seeds: [0, 0, 0, 0], rows: 2, columns: 2, minimumPixels: 1),
            monitoredDays: days.indices.map { $0 + 1 }, states: days.flatMap { $0.map { codes[$0]!.rawValue } },
            spectra: [], probabilities: [], magnitudes: [])
        let names = (0...days.count).map { Day("2019-06-01")!.adding(days: $0) }
        return map.log(of: [0, 1, 2, 3], days: names).text
    }

    @Test func aDayCountsWhereHalfIsSeenAndIsAnomalousFromThreeTenthsOn() {
        #expect(log(["aaaa"]) == "2019-06-02a")
        #expect(log(["nnnn", "aann", "annn"]) == "2019-06-02n 2019-06-03a 2019-06-04n")
        #expect(log(["a---", "--an", "----"]) == "2019-06-03a")
    }

    /// Two patches on a row of six pixels; a site may hold any of them, and pixels without a patch.
    @Test func aPatchIsAsStrongAsItsStrongestPixelAmongThoseAsked() {
        let patches = PatchLabelling(
            candidates: [1, 1, 0, 1, 1, 1], seeds: [1, 1, 1, 1, 1, 1], rows: 1, columns: 6, minimumPixels: 1)
        let map = ChangeMap(
            method: .pair, score: [2, 5, 9, 4, .nan, 7], patches: patches, monitoredDays: [], states: [], spectra: [],
            probabilities: [], magnitudes: [])
        #expect(map.strongest(among: [0, 1, 2, 3, 4]) == [0: 5, 1: 4])
        #expect(map.strongest(among: [2]) == [:])
        #expect(map.strongest(among: [4]) == [1: 0])
    }
}
