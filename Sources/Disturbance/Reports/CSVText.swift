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
        if isPlain(value) { return value }
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

    /// Whether nothing in a text needs a look: a name or a number of letters and digits, as most are.
    private static func isPlain(_ value: String) -> Bool {
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: false
            }
        }
        guard let first = value.utf8.first, isLetterOrDigit(first) else { return false }
        return value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
            default: isLetterOrDigit(byte)
            }
        }
    }

    private static func quoted(_ field: String) -> String {
        // By bytes: as a character, a quote or a space with a combining mark is none.
        let (bytes, space) = (field.utf8, UInt8(ascii: " "))
        let needsQuotes =
            bytes.contains { byte in
                switch byte {
                case UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): true
                default: false
                }
            } || bytes.first == space || bytes.last == space
        guard needsQuotes else { return field }
        var result = ""
        for scalar in field.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return "\"\(result)\""
    }
}
