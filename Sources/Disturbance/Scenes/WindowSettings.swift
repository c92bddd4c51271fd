/// How sites become windows; the `windows` part of a pipeline.
public struct WindowSettings: Codable, Hashable, Sendable {
    /// Width of the landscape around the buffer that tells what the whole area did.
    public var ringMetres = 500.0
    /// Sites whose middle lies in one cell of so many pixels a side are analysed together.
    public var cellPixels = 256
    /// How far back history reaches from the beginning of the period at the least; four years hold each season four
    /// times.
    public var historyDays = 1461

    public init() {}

    /// The first day of a period's history. It moves on once a quarter, as the first watched day does.
    /// - Parameter turn: That of the group of sites.
    func firstHistoryDay(of period: Period, turn: Int) -> Day {
        period.start.adding(days: -historyDays).startOfQuarter(turn: turn)
    }

    /// The first day of any group's history.
    func firstHistoryDay(of period: Period) -> Day {
        (0..<3).map { firstHistoryDay(of: period, turn: $0) }.min()!
    }
}
