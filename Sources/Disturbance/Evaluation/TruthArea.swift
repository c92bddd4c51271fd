public import Geospatial

/// Ground that people know about: disturbed from a day on, or inspected and found undisturbed.
public struct TruthArea: Sendable, Hashable {
    public enum State: String, Codable, Sendable, CaseIterable {
        case disturbed
        case undisturbed
    }

    /// The row of the source, from 1.
    public var row: Int
    public var state: State
    /// Valid polygons in longitude and latitude on WGS 84.
    public var geometry: Geometry
    /// Disturbed ground: the first day it was, the earliest where only a month or year is known; nil where nobody knows.
    public var begun: Day?
    /// The last day on which the ground was as `state` says; nil: it still is.
    public var ended: Day?
    /// A disturbance kind's code; nil where the source says none, or none that was given a meaning.
    public var kind: String?

    public init(
        row: Int, state: State, geometry: Geometry, begun: Day? = nil, ended: Day? = nil, kind: String? = nil
    ) {
        self.row = row
        self.state = state
        self.geometry = geometry
        self.begun = begun
        self.ended = ended
        self.kind = kind
    }

    /// Whether there was disturbed ground to be seen when a period's list was made.
    func isDisturbed(in period: Period) -> Bool {
        state == .disturbed && (begun.map { $0 <= period.end } ?? true) && (ended.map { $0 >= period.start } ?? true)
    }

    /// Whether somebody looked on this day or later and found nothing.
    func isUndisturbed(on day: Day) -> Bool { state == .undisturbed && (ended.map { $0 >= day } ?? true) }
}
