internal import Geospatial

/// Tells a service that waits for it that a run began and how it ended, so that a run that never began is noticed too.
public struct HealthPing: Sendable {
    public enum Event: Sendable {
        case start, success, failure
    }

    private let address: String
    /// Longer than a service takes, and no time for a run.
    private static let seconds = 10

    /// - Parameter address: Called for success; with `/start` and `/fail` at its end for the others, as
    ///   healthchecks.io and its like have it.
    public init(address: String) {
        self.address = String(address.reversed().drop { $0 == "/" }.reversed())
    }

    /// - Parameter isRepeated: Whether a service that does not answer is asked again; otherwise it has ten seconds in all.
    /// - Throws: An error without the address, whose path is a secret. It is no reason to fail a run.
    public func send(_ event: Event, isRepeated: Bool = true) throws {
        let end =
            switch event {
            case .start: "/start"
            case .success: ""
            case .failure: "/fail"
            }
        try WebAddress.call(address + end, within: Self.seconds, isRepeated: isRepeated)
    }
}
