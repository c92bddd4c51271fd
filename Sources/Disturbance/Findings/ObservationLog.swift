/// The clear observations of one finding since it was first seen, each day once.
///
/// Cloudy days are not in it, so cloud neither advances nor resets a finding, and running a period twice adds nothing.
public struct ObservationLog: Hashable, Sendable {
    /// What one clear observation showed.
    public enum State: Character, Sendable {
        case anomalous = "a"
        case normal = "n"
    }

    public struct Entry: Hashable, Sendable {
        public let day: Day
        public let state: State

        public init(day: Day, state: State) {
            self.day = day
            self.state = state
        }
    }

    /// In order of day.
    public private(set) var entries: [Entry]

    /// A day given twice counts once; the later entry of the array holds.
    public init(_ entries: [Entry] = []) {
        // Those that were kept come in order.
        if zip(entries, entries.dropFirst()).allSatisfy({ $0.day < $1.day }) {
            self.entries = entries
            return
        }
        var byDay: [Day: State] = [:]
        for entry in entries { byDay[entry.day] = entry.state }
        self.entries = byDay.map { Entry(day: $0.key, state: $0.value) }.sorted { $0.day < $1.day }
    }

    /// Both logs as one; on a day in both, `newer` holds.
    public func merged(with newer: ObservationLog) -> ObservationLog { ObservationLog(entries + newer.entries) }

    /// Without the days after `day`.
    public func upTo(_ day: Day) -> ObservationLog { ObservationLog(entries.filter { $0.day <= day }) }

    public var anomalousCount: Int { entries.count { $0.state == .anomalous } }
    public var clearCount: Int { entries.count }
    public var firstAnomalous: Day? { entries.first { $0.state == .anomalous }?.day }
    public var lastAnomalous: Day? { entries.last { $0.state == .anomalous }?.day }

    /// Normal observations since the last anomalous one.
    public var normalCountAtEnd: Int { entries.reversed().prefix { $0.state == .normal }.count }

    /// One line such as `2019-06-05a 2019-06-10n`, the form kept in the register.
    public var text: String { entries.map { "\($0.day)\($0.state.rawValue)" }.joined(separator: " ") }

    /// Reads `text` back; nil where it is malformed.
    public init?(text: String) {
        var entries: [Entry] = []
        for word in text.utf8.split(separator: UInt8(ascii: " ")) {
            guard let last = word.last, let state = State(rawValue: Character(Unicode.Scalar(last))),
                let day = Day(Substring(word.dropLast()))
            else { return nil }
            entries.append(Entry(day: day, state: state))
        }
        self.init(entries)
    }
}
