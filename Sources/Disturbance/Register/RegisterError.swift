internal import Geospatial

/// A register, or a review of tasks, that cannot be used.
public struct RegisterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, or the connection without its password.
    public let subject: String
    /// What is wrong and what mends it.
    public let message: String

    public init(subject: String, message: String) {
        self.subject = GeospatialError(subject: subject, message: message).subject
        self.message = message
    }

    public var description: String { "\(subject): \(message)" }
}
