/// Makes text that came from a file safe to show: nothing in it can hide, reverse or break the text around it.
public enum VisibleText {
    /// `text` with control characters as their pictures (`␊`) and invisible direction and format characters by code
    /// point (`[U+202E]`).
    ///
    /// The joiners U+200C and U+200D stay: Persian words and emoji need them, and they move nothing else.
    public static func make(_ text: String) -> String {
        // Most is ASCII, all of it to be seen.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    /// At most `length` characters of `text` made visible, with an ellipsis where it was cut.
    public static func make(_ text: String, length: Int) -> String {
        // Combining marks without end are one character: the scalars are limited too.
        let scalars = text.unicodeScalars.prefix(4 * length)
        let characters = String(String.UnicodeScalarView(scalars)).prefix(length)
        let isCut = characters.unicodeScalars.count < text.unicodeScalars.count
        return make(String(characters)) + (isCut ? "…" : "")
    }

    /// A JSON text in which signs that steer a terminal, hide, turn or break text are written as `\uXXXX`: the same value,
    /// and nothing for whoever looks at the file to be misled by. Encoders leave DEL, the C1 controls, marks of direction
    /// and separators of lines as they are.
    public static func escaped(json: String) -> String {
        var result = ""
        for scalar in json.unicodeScalars {
            guard scalar.value >= 0x7F else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalar.properties.generalCategory {
            // As in `make`, the joiners stay.
            case .control, .lineSeparator, .paragraphSeparator,
                .format where scalar.value != 0x200C && scalar.value != 0x200D:
                for unit in String(scalar).utf16 {
                    let code = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar.value {
        case 0x00...0x1F:
            // The block Control Pictures shows the C0 control n as U+2400 + n.
            result.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
        case 0x7F: result += "\u{2421}"
        case 0x80...0x9F,
            0xAD,  // soft hyphen
            0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
            0xE0000...0xE0FFF:  // tags and variation selectors that carry no glyph
            let code = String(scalar.value, radix: 16, uppercase: true)
            result += "[U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code + "]"
        default: result.unicodeScalars.append(scalar)
        }
    }
}
