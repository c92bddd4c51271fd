import Testing

@testable import Disturbance

struct FindingStatusTests {
    @Test(arguments: [
        ("2019-06-05a", FindingStatus.first), ("2019-06-05a 2019-06-10n", .first),
        ("2019-06-05a 2019-06-10n 2019-06-15a", .provisional), ("2019-06-05a 2019-06-10a", .provisional),
        ("2019-06-05a 2019-06-10a 2019-06-15a", .confirmed),
        ("2019-06-05a 2019-06-10a 2019-06-15a 2019-06-20n", .confirmed),
        ("2019-06-05a 2019-06-10a 2019-06-15a 2019-06-20n 2019-06-25n", .finished),
        ("2019-06-05a 2019-06-20n 2019-06-25n", .finished),
        ("2019-06-05a 2019-06-20n 2019-06-25n 2019-06-30a", .provisional),
    ])
    func countsClearObservations(log: String, status: FindingStatus) throws {
        #expect(StatusSettings().status(of: try #require(ObservationLog(text: log))) == status)
    }

    @Test func numbersCanBeSet() throws {
        var settings = StatusSettings()
        settings.provisionalObservations = 3
        settings.confirmedObservations = 5
        settings.finishedNormalObservations = 1
        func status(_ text: String) throws -> FindingStatus {
            settings.status(of: try #require(ObservationLog(text: text)))
        }
        #expect(try status("2019-06-05a 2019-06-10a") == .first)
        #expect(try status("2019-06-05a 2019-06-10a 2019-06-11a 2019-06-12a") == .provisional)
        #expect(try status("2019-06-05a 2019-06-10n") == .finished)
    }
}
