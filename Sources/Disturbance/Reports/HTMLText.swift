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
        let visible = VisibleText.make(text)
        guard visible.utf8.contains(where: special.contains) else { return visible }
        var result = ""
        for scalar in visible.unicodeScalars {
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

    private static let special = Array("&<>\"'".utf8)

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

    /// A whole page that needs nothing else: it may fetch nothing and run no script.
    /// - Parameters:
    ///   - style: CSS, with a line feed at the end.
    ///   - showsPictures: Whether it holds pictures, as data.
    ///   - body: With a line feed at the end.
    static func page(title: HTMLText, style: HTMLText, showsPictures: Bool, body: HTMLText) -> HTMLText {
        pageStart(title: title, style: style, showsPictures: showsPictures) + body + pageEnd
    }

    /// Of a page whose body comes in pieces.
    static func pageStart(title: HTMLText, style: HTMLText, showsPictures: Bool) -> HTMLText {
        let pictures: HTMLText = showsPictures ? " img-src data:;" : ""
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none';\(pictures) style-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>
            \(style)</style>
            </head>
            <body>

            """
    }

    static let pageEnd: HTMLText = """
        </body>
        </html>

        """
}
