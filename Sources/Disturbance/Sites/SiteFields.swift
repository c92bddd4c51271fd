internal import Geospatial

/// What a field of a source holds of a site; named as its setting is.
enum SiteField: String, CaseIterable {
    case id, name, significance, legalStatus, administrativeArea, buffer

    /// Where its name is set.
    var setting: KeyPath<SiteFieldNames, String> {
        switch self {
        case .id: \.id
        case .name: \.name
        case .significance: \.significance
        case .legalStatus: \.legalStatus
        case .administrativeArea: \.administrativeArea
        case .buffer: \.buffer
        }
    }
}

/// The fields of a source that hold what a site needs, found by their configured names.
struct SiteFields: Sendable {
    private(set) var problems: [SiteProblem] = []
    private let found: [SiteField: String]

    init(names: SiteFieldNames, available: [String]) {
        let defaults = SiteFieldNames()
        var found: [SiteField: String] = [:]
        for wanted in SiteField.allCases {
            let name = names[keyPath: wanted.setting]
            guard !name.isEmpty || wanted == .id else { continue }
            if let field = Self.match(name, in: available) {
                found[wanted] = field
            } else if wanted == .id {
                problems.append(
                    SiteProblem(
                        .rejected, .missingField, message: "there is no field '\(name)' for the id of a site",
                        mend: Self.suggestion(for: name, in: available)))
            } else if name != defaults[keyPath: wanted.setting] {
                // A default that is not there is nothing to tell: most registers have only some of them.
                let nearest = Self.nearest(to: name, in: available).prefix(3).joined(separator: ", ")
                problems.append(
                    SiteProblem(
                        .warning, .missingField,
                        message: "there is no field '\(name)', as sites.fields.\(wanted.rawValue) says",
                        mend: "Correct the name (nearest: \(nearest)) or remove the setting"))
            }
        }
        self.found = found
    }

    /// Whether the source has this field.
    func has(_ wanted: SiteField) -> Bool { found[wanted] != nil }

    /// The text of a field without spaces at either end; empty for nothing, and for the "None" some exports write.
    func text(_ wanted: SiteField, of feature: Feature) -> String {
        Self.meaning(found[wanted].flatMap { feature[$0].text } ?? "")
    }

    static func meaning(_ text: String) -> String {
        let bare = trimmed(text)
        return ["none", "null"].contains(bare.lowercased()) ? "" : bare
    }

    private static func match(_ name: String, in available: [String]) -> String? {
        if available.contains(name) { return name }
        let wanted = trimmed(name).lowercased()
        return available.first { trimmed($0).lowercased() == wanted }
    }

    /// An id must stay the same from one export to the next, so a row number will not do and nothing is guessed.
    private static func suggestion(for name: String, in available: [String]) -> String {
        guard !available.isEmpty else { return "Add a field with an id that stays the same from export to export" }
        let likely = available.filter { field in
            let bare = letters(field)
            return ["id", "uuid", "eamenai"].contains(bare) || bare.hasSuffix("id")
        }
        if likely.count == 1 {
            return "Set sites.fields.id to '\(trimmed(likely[0]))' if that is the id"
        }
        let shown = (likely + nearest(to: name, in: available).filter { !likely.contains($0) }).prefix(8)
        let rest = available.count - shown.count
        let list = shown.map { "'\(trimmed($0))'" }.joined(separator: ", ")
        return "Set sites.fields.id to the field with the id: there are \(list)\(rest > 0 ? " and \(rest) more" : "")"
    }

    private static func nearest(to name: String, in available: [String]) -> [String] {
        let wanted = letters(name)
        return available.enumerated()
            .map { (distance: editDistance(wanted, letters($0.element)), position: $0.offset, field: $0.element) }
            .sorted { ($0.distance, $0.position) < ($1.distance, $1.position) }
            .map(\.field)
    }

    private static func letters(_ text: String) -> String {
        String(text.lowercased().filter { $0.isLetter || $0.isNumber })
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }

    /// Insertions, deletions and replacements from one text to the other (Levenshtein).
    private static func editDistance(_ first: String, _ second: String) -> Int {
        let target = Array(second)
        var row = Array(0...target.count)
        for (position, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = position + 1
            for column in target.indices {
                let replaced = diagonal + (letter == target[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[target.count]
    }
}
