/// The days whose acquisitions are the new observations of a run; everything earlier is history.
public struct Period: Hashable, Sendable, CustomStringConvertible {
    /// The first day, inclusive.
    public let start: Day
    /// The last day, inclusive.
    public let end: Day

    /// - Precondition: `start` is not after `end`.
    public init(start: Day, end: Day) {
        precondition(start <= end, "a period cannot end before it starts")
        self.start = start
        self.end = end
    }

    /// - Parameter text: A month, `2019-09`, or a first and last day, `2019-08-01/2019-09-30`.
    /// - Throws: `SceneError` where the text is neither, or the days are in the wrong order.
    public init(_ text: String) throws {
        let forms = "Give a month such as 2019-09, or a first and last day such as 2019-08-01/2019-09-30"
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            guard let first = Day(text + "-01") else {
                throw SceneError(subject: "Period '\(text)'", message: "is not a month. \(forms)")
            }
            self.init(monthFrom: first)
        case 2:
            guard let start = Day(parts[0]), let end = Day(parts[1]) else {
                let wrong = Day(parts[0]) == nil ? parts[0] : parts[1]
                throw SceneError(subject: "Period '\(text)'", message: "'\(wrong)' is not a day. \(forms)")
            }
            guard start <= end else {
                throw SceneError(
                    subject: "Period '\(text)'", message: "ends before it starts. Write the earlier day first")
            }
            self.init(start: start, end: end)
        default:
            throw SceneError(subject: "Period '\(text)'", message: "has too many parts. \(forms)")
        }
    }

    private init(monthFrom first: Day) {
        self.init(start: first, end: first.adding(days: Day.length(ofMonth: first.month, year: first.year) - 1))
    }

    /// The name of the period's folder: `2019-09` for a whole month, otherwise `2019-08-01_2019-09-30`.
    ///
    /// A whole month has the same label whichever way it was written.
    public var label: String {
        let (year, month, day) = start.components
        if day == 1, end == start.adding(days: Day.length(ofMonth: month, year: year) - 1) {
            return String(start.description.prefix(7))
        }
        return "\(start)_\(end)"
    }

    /// `2019-08-01/2019-09-30`.
    public var description: String { "\(start)/\(end)" }

    public var dayCount: Int { end.days(since: start) + 1 }

    public func contains(_ day: Day) -> Bool { start <= day && day <= end }

    /// Whether acquisitions of the day are history: they lie before the first day.
    public func isHistory(_ day: Day) -> Bool { day < start }
}

extension Period: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = try Period(try container.decode(String.self))
        } catch let error as SceneError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
