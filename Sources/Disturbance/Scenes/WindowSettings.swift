/// How sites become windows; the `windows` part of a pipeline.
public struct WindowSettings: Codable, Hashable, Sendable {
    /// Width of the landscape around the buffer that tells what the whole area did.
    public var ringMetres = 500.0
    /// Sites whose middle lies in one cell of so many pixels a side are analysed together.
    public var cellPixels = 256
    /// How far back history reaches from the beginning of the period; four years hold each season four times.
    public var historyDays = 1461

    public init() {}
}
