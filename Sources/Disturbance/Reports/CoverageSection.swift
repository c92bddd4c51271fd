/// Every site and what the run could see of it, in groups that keep "nothing seen" apart from "not seen".
struct CoverageSection {
    let coverage: [SiteCoverage]

    static func heading(_ outcome: SiteCoverage.Outcome) -> String {
        switch outcome {
        case .disturbance: "Disturbance seen"
        case .noDisturbance: "No disturbance seen"
        case .notSeen: "Not seen"
        case .noImagery: "No imagery"
        case .noHistory: "No history"
        }
    }

    static func explanation(_ outcome: SiteCoverage.Outcome) -> String {
        switch outcome {
        case .disturbance: "changed ground in the site or its buffer, also where it gives no task"
        case .noDisturbance:
            "at least half of the site was clear and judged, and nothing departs from what was expected"
        case .notSeen: "most of the site was hidden, or could not be judged, on every acquisition; nothing can be said"
        case .noImagery: "no acquisition of the period covers the site; nothing can be said"
        case .noHistory: "nothing earlier to compare with; nothing can be said"
        }
    }

    /// Rows of one outcome: a page of a country's sites would be too long to open.
    private static let shownSites = 2000

    /// Hands on the section piece by piece.
    func write(to put: (HTMLText) throws -> Void) rethrows {
        guard !coverage.isEmpty else {
            return try put("<h2>Coverage</h2>\n<p>The run watched no site.</p>\n")
        }
        try put(
            """
            <h2>Coverage</h2>
            <div class="scroll">
            <table>
            <thead><tr><th scope="col">Site</th><th scope="col">Last clear</th>\
            <th class="number" scope="col">Clear</th><th class="number" scope="col">Acquisitions</th>\
            <th class="number" scope="col">Hidden</th><th class="number" scope="col">Judged</th>\
            <th class="number" scope="col">History</th><th scope="col">Compared with</th>\
            <th scope="col">What was in the way</th></tr></thead>

            """)
        for outcome in SiteCoverage.Outcome.allCases {
            let rows = coverage.indices.filter { coverage[$0].outcome == outcome }
                .sorted { coverage[$0].siteID < coverage[$1].siteID }
            guard !rows.isEmpty else { continue }
            try put(
                """
                <tbody>
                <tr><th class="group" colspan="9" scope="rowgroup">\(Self.heading(outcome)): \
                \(ReadableNumber.plain(rows.count)) <span>\(Self.explanation(outcome))</span></th></tr>

                """)
            for row in rows.prefix(Self.shownSites) { try put(Self.row(coverage[row])) }
            if rows.count > Self.shownSites {
                try put(
                    """
                    <tr><td colspan="9">\(ReadableNumber.plain(rows.count - Self.shownSites)) more sites are in \
                    \(CoverageTable.fileName).</td></tr>

                    """)
            }
            try put("</tbody>\n")
        }
        try put(
            """
            </table>
            </div>
            <p class="soft small">Clear: acquisitions of the period on which at least half of the site was clear. \
            Hidden: share of the site's pixels under cloud, shadow or snow, without data, or quarantined, which means \
            that the scene's stored values carry another offset than the rest. \
            Judged: share of the site that at least one acquisition showed as usual or changed. \
            History: clear observations before the period. \
            What was in the way: parts of the site by what kept them from being judged.</p>

            """)
    }

    private static func row(_ site: SiteCoverage) -> HTMLText {
        let method =
            switch site.method {
            case .baseline: "seasonal baseline"
            case .pair: "one earlier acquisition"
            case nil: "–"
            }
        return """
            <tr><td>\(HTMLText.name(site.siteName)) <span class="id soft">\(HTMLText.name(site.siteID))</span></td>\
            <td class="day">\(site.lastClear?.description ?? "never")</td>\
            <td class="number">\(ReadableNumber.plain(site.clearObservations))</td>\
            <td class="number">\(ReadableNumber.plain(site.acquisitions))</td>\
            <td class="number">\(site.hiddenShare.map(ReadableNumber.share) ?? "–")</td>\
            <td class="number">\(site.judgedShare.map(ReadableNumber.share) ?? "–")</td>\
            <td class="number">\(ReadableNumber.plain(site.historyObservations))</td><td>\(method)</td>\
            <td>\(site.reason)</td></tr>

            """
    }
}
