/// Every site and what the run could see of it, as CSV that a spreadsheet can open without harm.
///
/// RFC 4180: UTF-8, a header, comma, CR LF after every line, fields in quotes where needed. A day is `2019-09-30`, a
/// share 0 to 1; what is not known is empty. `judged_share` and the shares after it are parts of the site and add up to
/// 1; `hidden_share` is part of its pixels on all acquisitions.
public enum CoverageTable {
    /// Name of the file within a run folder.
    static let fileName = "coverage.csv"

    static let columns =
        [
            "site_id", "site_name", "outcome", "method", "acquisitions", "clear_observations", "history_observations",
            "last_clear", "hidden_share", "tasks", "reason", "judged_share",
        ] + SiteCoverage.Obstacle.allCases.map { "\($0.rawValue)_share" }

    /// - Parameter sites: Rows are in this order.
    public static func csv(_ sites: [SiteCoverage]) -> String {
        var text = ""
        put(sites) { text += $0 }
        return text
    }

    /// The same line by line.
    static func put(_ sites: [SiteCoverage], to put: (String) throws -> Void) rethrows {
        try put(CSVText.line(columns))
        for site in sites { try put(CSVText.line(row(of: site))) }
    }

    private static func row(of site: SiteCoverage) -> [String] {
        let obstacles = SiteCoverage.Obstacle.allCases.map { obstacle in
            share(site.judgedShare == nil ? nil : site.obstacles[obstacle] ?? 0)
        }
        let fields = [
            text(site.siteID), text(site.siteName), site.outcome.rawValue, site.method?.rawValue ?? "",
            String(site.acquisitions), String(site.clearObservations), String(site.historyObservations),
            site.lastClear?.description ?? "", share(site.hiddenShare), String(site.tasks), site.reason,
            share(site.judgedShare),
        ]
        return fields + obstacles
    }

    private static func share(_ value: Double?) -> String {
        value.flatMap { ReadableNumber.decimal($0, places: 4) } ?? ""
    }

    /// A text of a file's own making, harmless to a spreadsheet.
    static func text(_ value: String) -> String { CSVText.harmless(value) }
}
