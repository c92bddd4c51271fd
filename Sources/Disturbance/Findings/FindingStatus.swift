/// How far a finding has come, counted in clear observations.
public enum FindingStatus: String, Codable, CaseIterable, Sendable {
    /// Seen on one clear observation.
    case first
    /// Seen again.
    case provisional
    /// Seen often enough that it is hardly a missed cloud.
    case confirmed
    /// The ground looks again as its baseline says.
    case finished
}

/// How many clear observations move a finding from one status to the next.
public struct StatusSettings: Codable, Hashable, Sendable {
    /// Anomalous observations that make a finding provisional.
    public var provisionalObservations = 2
    /// Anomalous observations that confirm it.
    public var confirmedObservations = 3
    /// Normal observations in a row that finish it.
    public var finishedNormalObservations = 2

    public init() {}

    public func status(of log: ObservationLog) -> FindingStatus {
        if log.normalCountAtEnd >= finishedNormalObservations { return .finished }
        if log.anomalousCount >= confirmedObservations { return .confirmed }
        return log.anomalousCount >= provisionalObservations ? .provisional : .first
    }
}
