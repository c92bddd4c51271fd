/// A calendar day of the proleptic Gregorian calendar, in UTC.
public struct Day: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let number: Int

    public init(number: Int) { self.number = number }

    /// The day, or nil where there is no such day in the calendar or the year is not within 1...9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        // Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so that the day
        // added in leap years comes last; 146097 days in an era of 400 years, 719468 from 0000-03-01 to 1970-01-01.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    /// The day written as `YYYY-MM-DD`, or nil where the text is anything else.
    public init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 10, digits[4] == UInt8(ascii: "-"), digits[7] == UInt8(ascii: "-") else { return nil }
        self.init(digits: digits[0..<4], digits[5..<7], digits[8..<10])
    }

    /// The day written as `YYYYMMDD`, or nil where the text is anything else.
    public init?(compact text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 8 else { return nil }
        self.init(digits: digits[0..<4], digits[4..<6], digits[6..<8])
    }

    private init?(digits year: ArraySlice<UInt8>, _ month: ArraySlice<UInt8>, _ day: ArraySlice<UInt8>) {
        func value(_ digits: ArraySlice<UInt8>) -> Int? {
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard let year = value(year), let month = value(month), let day = value(day) else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Year, month 1...12 and day of the month 1...31.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    public var year: Int { components.year }
    public var month: Int { components.month }

    /// 1 for the first of January, 365 or 366 for the last of December.
    public var dayOfYear: Int {
        let (year, month, day) = components
        return (1..<month).reduce(day) { $0 + Self.length(ofMonth: $1, year: year) }
    }

    public func adding(days: Int) -> Day { Day(number: number + days) }

    /// The first day of the three months that the day lies in.
    /// - Parameter turn: 0 to 2: the month of the calendar's quarters in which they begin, the first is 0.
    func startOfQuarter(turn: Int) -> Day {
        let (year, month, _) = components
        let months = year * 12 + month - 1
        let start = months - (months - turn) % 3
        // Before the first day there is, only where the years begin.
        return Day(year: start / 12, month: start % 12 + 1, day: 1) ?? self
    }

    /// Days from `other` to this day; negative where this day is earlier.
    public func days(since other: Day) -> Int { number - other.number }

    public static func < (first: Day, second: Day) -> Bool { first.number < second.number }

    /// The number of days in a month.
    /// - Precondition: `month` is within 1...12.
    public static func length(ofMonth month: Int, year: Int) -> Int {
        if month == 2 { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}

extension Day: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String {
        let (year, month, day) = components
        // A register writes and hashes a day for each observation of each finding.
        var text: [UInt8] = []
        text.reserveCapacity(10)
        func add(_ value: Int, digits: Int) {
            var unit = digits == 4 ? 1000 : 10
            while unit > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / unit % 10))
                unit /= 10
            }
        }
        if (0...9999).contains(year) { add(year, digits: 4) } else { text += String(year).utf8 }
        text.append(UInt8(ascii: "-"))
        add(month, digits: 2)
        text.append(UInt8(ascii: "-"))
        add(day, digits: 2)
        return String(decoding: text, as: UTF8.self)
    }
}

extension Day: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let day = Day(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no day. Write it as YYYY-MM-DD")
        }
        self = day
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
