import Testing

@testable import Disturbance

struct PeriodTests {
    @Test(arguments: [
        ("2019-09", "2019-09-01/2019-09-30", "2019-09"), ("2020-02", "2020-02-01/2020-02-29", "2020-02"),
        ("2019-12", "2019-12-01/2019-12-31", "2019-12"),
        ("2019-08-01/2019-09-30", "2019-08-01/2019-09-30", "2019-08-01_2019-09-30"),
        ("2019-09-05/2019-09-05", "2019-09-05/2019-09-05", "2019-09-05_2019-09-05"),
        // However a month is written, its folder is the same.
        ("2019-09-01/2019-09-30", "2019-09-01/2019-09-30", "2019-09"),
    ])
    func formsAndLabels(text: String, days: String, label: String) throws {
        let period = try Period(text)
        #expect(period.description == days)
        #expect(period.label == label)
    }

    @Test(arguments: ["", "2019", "2019-13", "2019-09-01", "2019-09-01/", "/", "2019-09/2019-10", "a/b/c", "2019-9"])
    func errorsTellTheForms(text: String) throws {
        let error = try #require(throws: SceneError.self) { try Period(text) }
        #expect(error.description.contains("'\(text)'"))
        #expect(error.message.contains("2019-09, or"))
    }

    @Test func wrongOrderIsNamed() throws {
        let error = try #require(throws: SceneError.self) { try Period("2019-09-02/2019-09-01") }
        #expect(error.message.contains("ends before it starts"))
    }

    @Test func bothEndsAreInside() throws {
        let period = try Period("2019-09")
        let days = ["2019-08-31", "2019-09-01", "2019-09-30", "2019-10-01"].compactMap { Day($0) }
        #expect(days.map(period.contains) == [false, true, true, false])
        #expect(days.map(period.isHistory) == [true, false, false, false])
        #expect(period.dayCount == 30)
    }
}
