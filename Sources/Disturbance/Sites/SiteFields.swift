internal import Geospatial

/// The fields of a source that hold what a site needs, found by their configured names.
struct SiteFields {
    private(set) var problems: [SiteProblem] = []
    private let found: [KeyPath<SiteFieldNames, String>: String]

    init(names: SiteFieldNames, available: [String]) {
        let defaults = SiteFieldNames()
        var found: [KeyPath<SiteFieldNames, String>: String] = [:]
        for (path, key) in Self.keys {
            let name = names[keyPath: path]
            guard !name.isEmpty || key == "id" else { continue }
            if let field = Self.match(name, in: available) {
                found[path] = field
            } else if key == "id" {
                problems.append(
                    SiteProblem(
                        .rejected, .missingField, message: "there is no field '\(name)' for the id of a site",
                        mend: Self.suggestion(for: name, in: available)))
            } else if name != defaults[keyPath: path] {
                // A default that is not there is nothing to tell: most registers have only some of them.
                let nearest = Self.nearest(to: name, in: available).prefix(3).joined(separator: ", ")
                problems.append(
                    SiteProblem(
                        .warning, .missingField, message: "there is no field '\(name)', as sites.fields.\(key) says",
                        mend: "Correct the name (nearest: \(nearest)) or remove the setting"))
            }
        }
        self.found = found
    }

    /// Whether the source has this field.
    func has(_ path: KeyPath<SiteFieldNames, String>) -> Bool { found[path] != nil }

    func value(_ path: KeyPath<SiteFieldNames, String>, of feature: Feature) -> FieldValue {
        found[path].map { feature[$0] } ?? .null
    }

    /// The text of a field without spaces at either end; empty for nothing, and for the "None" some exports write.
    func text(_ path: KeyPath<SiteFieldNames, String>, of feature: Feature) -> String {
        Self.meaning(value(path, of: feature).text ?? "")
    }

    static func meaning(_ text: String) -> String {
        let bare = trimmed(text)
        return ["none", "null"].contains(bare.lowercased()) ? "" : bare
    }

    /// Each field with the name of its setting. Computed, since key paths are not Sendable.
    private static var keys: [(KeyPath<SiteFieldNames, String>, String)] {
        [
            (\.id, "id"), (\.name, "name"), (\.significance, "significance"), (\.legalStatus, "legalStatus"),
            (\.administrativeArea, "administrativeArea"), (\.buffer, "buffer"),
        ]
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
