/// A failure reported by GDAL, OGR, PROJ or GEOS, or found while reading or writing geospatial data.
public struct GeospatialError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being worked on: a file, a layer, a geometry.
    public let subject: String
    /// What went wrong, in one sentence, with what mends it where that is known.
    public let message: String
    /// The library function that reported it, or nil where the check is our own.
    public let function: String?
    /// Whether the subject is not there at all.
    public let isMissing: Bool

    public init(subject: String, message: String, function: String? = nil, isMissing: Bool = false) {
        self.subject = Redaction.withoutPasswords(subject)
        self.message = Redaction.withoutPasswords(message)
        self.function = function
        self.isMissing = isMissing
    }

    public var description: String {
        guard let function else { return "\(subject): \(message)" }
        return "\(subject): \(message) (\(function))"
    }
}
