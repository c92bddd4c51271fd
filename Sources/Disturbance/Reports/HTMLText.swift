/// A piece of HTML or SVG. A string put into its literal is escaped, so no text of a file becomes markup.
///
///     let row: HTMLText = "<td>\(site.name)</td>"
struct HTMLText: ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The markup itself.
    let markup: String

    init(markup: String) { self.markup = markup }

    init(stringLiteral value: String) { markup = value }

    init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

    var description: String { markup }

    /// `text` with HTML's special characters as entities and its invisible characters made visible.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in VisibleText.make(text).unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { markup += literal }
        mutating func appendInterpolation(_ text: String) { markup += HTMLText.escaped(text) }
        mutating func appendInterpolation(_ number: Int) { markup += String(number) }
        mutating func appendInterpolation(_ day: Day) { markup += day.description }
        mutating func appendInterpolation(_ html: HTMLText) { markup += html.markup }
        mutating func appendInterpolation(_ parts: [HTMLText]) { for part in parts { markup += part.markup } }
    }
}

extension HTMLText {
    static func + (first: HTMLText, second: HTMLText) -> HTMLText { HTMLText(markup: first.markup + second.markup) }

    /// A name of a file's own making, at most 120 characters, whose writing direction stays within it.
    static func name(_ text: String) -> HTMLText { "<bdi>\(VisibleText.make(text, length: 120))</bdi>" }
}
