/// Scenes, or the period they are asked for, that cannot be used at all.
public struct SceneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What cannot be used: a source, a period.
    public let subject: String
    /// What is wrong with it and what mends it.
    public let message: String

    /// Whether the subject is not there at all.
    public let isMissing: Bool

    public init(subject: String, message: String, isMissing: Bool = false) {
        self.subject = subject
        self.message = message
        self.isMissing = isMissing
    }

    public var description: String { "\(subject): \(message)" }
}
