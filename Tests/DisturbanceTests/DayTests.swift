import Testing

@testable import Disturbance

struct DayTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11016), ("2000-03-01", 11017), ("2019-09-04", 18143),
        ("1582-10-15", -141_427), ("0001-01-01", -719_162), ("9999-12-31", 2_932_896),
    ])
    func knownDaysHaveTheirNumber(text: String, number: Int) {
        #expect(Day(text)?.number == number)
        #expect(Day(number: number).description == text)
    }

    @Test(arguments: [
        "2019-02-29", "1900-02-29", "2019-13-01", "2019-00-01", "2019-04-31", "2019-1-01", "2019-01-1", "20190101",
        "2019/01/01", " 2019-01-01", "2019-01-01 ", "٢٠١٩-٠١-٠١", "", "0000-01-01", "+019-01-01",
    ])
    func whatIsNoDayIsRefused(text: String) {
        #expect(Day(text) == nil)
    }

    @Test func compactDays() {
        #expect(Day(compact: "20190904") == Day("2019-09-04"))
        #expect(Day(compact: "2019-904") == nil)
        #expect(Day(compact: "20190931") == nil)
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() {
        var (year, month, day) = (1800, 1, 1)
        let first = Day(year: 1800, month: 1, day: 1)!
        for step in 0..<146_097 {
            let current = first.adding(days: step)
            let components = current.components
            guard components == (year, month, day) else {
                Issue.record("\(current) is not \(year)-\(month)-\(day)")
                return
            }
            day += 1
            if day > Day.length(ofMonth: month, year: year) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2200, 1, 1))
    }

    @Test func dayOfYear() {
        #expect(Day("2019-01-01")?.dayOfYear == 1)
        #expect(Day("2019-12-31")?.dayOfYear == 365)
        #expect(Day("2020-12-31")?.dayOfYear == 366)
        #expect(Day("2020-03-01")?.dayOfYear == 61)
    }

    @Test func orderAndDistance() throws {
        let first = try #require(Day("2019-02-27"))
        let second = try #require(Day("2019-03-02"))
        #expect(first < second)
        #expect(second.days(since: first) == 3)
        #expect(first.adding(days: 3) == second)
    }

    @Test(arguments: [
        ("2024-05-17", 0, "2024-04-01"), ("2024-05-17", 1, "2024-05-01"), ("2024-05-17", 2, "2024-03-01"),
        ("2024-01-31", 0, "2024-01-01"), ("2024-01-31", 1, "2023-11-01"), ("2024-01-31", 2, "2023-12-01"),
        ("2024-01-01", 0, "2024-01-01"),
    ])
    func quartersBeginInTurn(day: String, turn: Int, start: String) {
        #expect(Day(day)!.startOfQuarter(turn: turn) == Day(start)!)
    }
}
