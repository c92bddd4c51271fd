/// Something in a site register that should be known, with what mends it.
public struct SiteProblem: Codable, Sendable, Hashable {
    public enum Severity: String, Codable, Sendable, CaseIterable {
        /// The row, or the whole source where `row` is 0, is not used.
        case rejected
        /// The row is used after a change.
        case repaired
        /// The row is used as it is.
        case warning
    }

    public enum Kind: String, Codable, Sendable, CaseIterable {
        case missingCRS = "missing reference system"
        case missingField = "missing field"
        case noRows = "no rows"
        case emptyID = "empty id"
        case duplicateID = "duplicate id"
        case repeatedRow = "repeated row"
        case noGeometry = "no geometry"
        case unreadableGeometry = "unreadable geometry"
        case notFinite = "coordinate that is no number"
        case outOfRange = "coordinate out of range"
        case swapped = "longitude and latitude swapped"
        case antimeridian = "crosses the antimeridian"
        case line = "line instead of a boundary"
        case mixedGeometry = "boundary mixed with points or lines"
        case invalidBoundary = "invalid boundary"
        case zeroArea = "boundary without area"
        case pointWithoutBuffer = "point without a buffer"
        case unreadableBuffer = "unreadable buffer"
    }

    public var severity: Severity
    public var kind: Kind
    /// Empty where the row has none, or the whole source is meant.
    public var siteID: String
    /// The row of the source, from 1; 0 where the whole source is meant.
    public var row: Int
    /// What is wrong.
    public var message: String
    /// What to do about it.
    public var mend: String

    public init(
        _ severity: Severity, _ kind: Kind, siteID: String = "", row: Int = 0, message: String, mend: String
    ) {
        self.severity = severity
        self.kind = kind
        self.siteID = siteID
        self.row = row
        self.message = message
        self.mend = mend
    }

    /// One line with all of it.
    public var line: String {
        var place: [String] = []
        if row > 0 { place.append("row \(row)") }
        if !siteID.isEmpty { place.append("site \(siteID)") }
        return
            "\(severity.rawValue): \(place.isEmpty ? "the source" : place.joined(separator: ", ")): \(message). \(mend)."
    }
}
