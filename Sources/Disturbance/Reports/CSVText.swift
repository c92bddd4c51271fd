/// Tables as RFC 4180 has them: UTF-8, comma, CR LF after every line, fields in quotes where needed.
enum CSVText {
    /// - Parameter rows: The header first. What came from a file must have passed `harmless`.
    static func table(_ rows: [[String]]) -> String { rows.map(line).joined() }

    /// One row of a table, with its end.
    static func line(_ row: [String]) -> String { row.map(quoted).joined(separator: ",") + "\r\n" }

    /// Signs that make a spreadsheet run a field as a formula, at its beginning; the wide forms too
    /// (OWASP, "CSV Injection").
    private static let formulaSigns: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]

    /// A text of a file's own making: an apostrophe before what would be a formula, invisible characters made visible.
    ///
    /// Quotes before it count for nothing, as some programs drop them; and where a comma is the decimal sign, fields end
    /// at a semicolon.
    static func harmless(_ value: String) -> String {
        var scalars: [Unicode.Scalar] = []
        var isBeginning = true
        // Where a field would begin, before spaces and quotes.
        var place = 0
        for scalar in value.unicodeScalars {
            if scalar == ";" {
                scalars.append(scalar)
                (isBeginning, place) = (true, scalars.count)
                continue
            }
            if isBeginning, scalar != " ", scalar != "\"" {
                if formulaSigns.contains(scalar) { scalars.insert("'", at: place) }
                isBeginning = false
            }
            scalars.append(scalar)
        }
        return VisibleText.make(String(String.UnicodeScalarView(scalars)))
    }

    private static func quoted(_ field: String) -> String {
        // By scalars: as a character, a quote with a combining mark is no quote.
        let needsQuotes =
            field.unicodeScalars.contains { [",", "\"", "\r", "\n"].contains($0) }
            || field.hasPrefix(" ") || field.hasSuffix(" ")
        guard needsQuotes else { return field }
        var result = ""
        for scalar in field.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return "\"\(result)\""
    }
}
