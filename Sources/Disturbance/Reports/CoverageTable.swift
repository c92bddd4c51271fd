/// Every site and what the run could see of it, as CSV that a spreadsheet can open without harm.
///
/// RFC 4180: UTF-8, a header, comma, CR LF after every line, fields in quotes where needed. A day is `2019-09-30`, a
/// share 0 to 1; what is not known is empty.
public enum CoverageTable {
    static let columns = [
        "site_id", "site_name", "outcome", "method", "acquisitions", "clear_observations", "history_observations",
        "last_clear", "hidden_share", "tasks",
    ]

    /// - Parameter sites: Rows are in this order.
    public static func csv(_ sites: [SiteCoverage]) -> String {
        let rows = sites.map { site in
            [
                text(site.siteID), text(site.siteName), site.outcome.rawValue, site.method?.rawValue ?? "",
                String(site.acquisitions), String(site.clearObservations), String(site.historyObservations),
                site.lastClear?.description ?? "",
                site.hiddenShare.flatMap { ReadableNumber.decimal($0, places: 4) } ?? "", String(site.tasks),
            ]
        }
        return ([columns] + rows).map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    /// Signs that make a spreadsheet run a field as a formula, at its beginning; the wide forms too
    /// (OWASP, "CSV Injection").
    private static let formulaSigns: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]

    /// A text of a file's own making: an apostrophe before what would be a formula, invisible characters made visible.
    static func text(_ value: String) -> String {
        let isFormula = value.unicodeScalars.first(where: { $0 != " " }).map(formulaSigns.contains) ?? false
        return (isFormula ? "'" : "") + VisibleText.make(value)
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
