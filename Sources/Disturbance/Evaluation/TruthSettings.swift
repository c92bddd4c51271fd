/// Where the truth is and how its fields are to be read. An empty text stands for "not given".
public struct TruthSettings: Codable, Hashable, Sendable {
    public var source = ""
    /// The layer; may be empty where the source has only one with geometries.
    public var layer = ""
    /// The reference system of sources that name none, for example `EPSG:32648`.
    public var crs = ""
    /// The field with the day a disturbance began; empty: `onset`, else `date`, where there is one.
    public var onsetField = ""
    /// The field with the last day of a disturbance; empty: `end` or `end_date`.
    public var endField = ""
    /// The field with the day somebody looked; empty: `inspected`, `inspected_on` or `reviewed_on`.
    public var inspectedField = ""
    /// The field with the kind of disturbance; empty: `kind`.
    public var kindField = ""
    /// The field that says what was found; empty: `verdict` or `label`.
    public var verdictField = ""
    /// Further words for ground found undisturbed.
    public var undisturbedWords: [String] = []
    /// What the source's kinds mean: disturbance kinds by the words of the source.
    public var kinds: [String: DisturbanceKind] = [:]
    /// Half the width of the ground a point stands for; 0: points are refused.
    public var pointRadiusMetres = 0.0

    public init() {}

    /// Words that mean undisturbed and those that mean nothing, in lower case with `_` between words; any other word
    /// in the field means disturbed.
    static let undisturbedWords: Set<String> = [
        "undisturbed", "no_change", "unchanged", "intact", "negative", "none", "no", "false", "0",
    ]
    static let unsureWords: Set<String> = [
        "", "unsure", "unknown", "not_visited", "not_accessible", "not_seen", "null",
    ]

    /// `Not visited` as `not_visited`.
    static func plain(_ word: String) -> String {
        word.lowercased().split { $0.isWhitespace || $0 == "_" || $0 == "-" }.joined(separator: "_")
    }
}
