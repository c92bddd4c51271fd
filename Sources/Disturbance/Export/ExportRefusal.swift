/// An export that would have told more than its profile may, and so was not made.
public struct ExportRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let subject: String
    /// What would have leaked, and how to mend it.
    public let message: String

    public var description: String { "\(subject): \(message)" }
}
