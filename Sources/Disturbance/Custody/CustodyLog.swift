/// Who had what in hand, and when: `data/custody.json` of an evidence pack.
struct CustodyLog: Codable, Hashable {
    static let fileName = "data/custody.json"

    struct Entry: Codable, Hashable {
        /// ISO 8601; nil where nobody noted it. Runs note no time, so that the same inputs give the same bytes.
        var time: String?
        var who: String
        var what: String
        /// Of what it was done to.
        var sha256: String?
    }

    var format = "sitewarden-custody"
    var version = 1
    /// As it happened.
    var entries: [Entry]
}

/// Who makes a pack, and when.
public struct Custodian: Hashable, Sendable {
    /// A person or account, such as `N. Karimi, Directorate of Antiquities`.
    public var name: String
    /// Date and time in UTC, ISO 8601.
    public var time: String

    public init(name: String, time: String) {
        self.name = name
        self.time = time
    }
}
