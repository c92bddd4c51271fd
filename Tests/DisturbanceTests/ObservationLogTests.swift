import Testing

@testable import Disturbance

struct ObservationLogTests {
    @Test func textGoesBothWays() throws {
        for text in ["", "2019-06-05a", "2018-12-31n 2019-01-01a 2019-06-05n"] {
            let log = try #require(ObservationLog(text: text))
            #expect(log.text == text)
            #expect(ObservationLog(text: log.text) == log)
        }
    }

    @Test(arguments: [
        "2019-06-05", "2019-06-05x", "a", "2019-13-05a", "2019-02-30a", "2019-06-05a,2019-06-06a", "20190605a",
    ])
    func malformedTextIsRefused(text: String) {
        #expect(ObservationLog(text: text) == nil)
    }

    @Test func daysAreSortedAndCountOnce() throws {
        let log = try #require(ObservationLog(text: "2019-06-10n 2019-06-05a 2019-06-10a"))
        #expect(log.text == "2019-06-05a 2019-06-10a")
        #expect(log.clearCount == 2)
        #expect(log.anomalousCount == 2)
    }

    @Test func mergingTwiceAddsNothingAndTheNewerHolds() throws {
        let old = try #require(ObservationLog(text: "2019-06-05a 2019-06-10n"))
        let new = try #require(ObservationLog(text: "2019-06-10a 2019-06-15n"))
        let merged = old.merged(with: new)
        #expect(merged.text == "2019-06-05a 2019-06-10a 2019-06-15n")
        #expect(merged.merged(with: new) == merged)
        #expect(merged.upTo(Day("2019-06-10")!).text == "2019-06-05a 2019-06-10a")
    }

    @Test func firstLastAndTheEnd() throws {
        let log = try #require(ObservationLog(text: "2019-06-01n 2019-06-05a 2019-06-10n 2019-06-15a 2019-06-20n"))
        #expect(log.firstAnomalous == Day("2019-06-05"))
        #expect(log.lastAnomalous == Day("2019-06-15"))
        #expect(log.normalCountAtEnd == 1)
        let none = ObservationLog()
        #expect(none.firstAnomalous == nil && none.lastAnomalous == nil && none.normalCountAtEnd == 0)
    }
}
