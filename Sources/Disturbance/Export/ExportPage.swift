internal import Geospatial

/// The page of an export: what it holds, how places and days were made coarse, and what it cannot say.
struct ExportPage {
    let profile: ExportProfile
    let settings: ExportSettings
    /// As coarse as the profile has it.
    let period: String
    let table: ExportTable

    func render() -> String {
        let rows: [HTMLText] = table.rows.map { row in
            let cells: [HTMLText] = row.values.map { "<td>\(HTMLText.name($0.plain))</td>" }
            return "<tr>\(cells)</tr>\n"
        }
        let heads: [HTMLText] = table.columns.map { "<th scope=\"col\">\($0.replacing("_", with: " "))</th>" }
        let explanations: [HTMLText] = explanation.map { "<p>\($0)</p>\n" }
        let title: HTMLText = "Observed change at heritage sites, \(period)"
        let body: HTMLText = """
            <header>
            <h1>\(title)</h1>
            <p class="soft">\(audience)</p>
            </header>
            <main>
            \(explanations)<h2>\(rowWord)</h2>
            <div class="wide"><table>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>
            \(table.rows.isEmpty ? "<p>There are none.</p>" as HTMLText : "" as HTMLText)
            </main>
            <footer><p>\(VisibleText.make(settings.attribution))</p><p>Sitewarden \(Pipeline.version). The same rows are in changes.geojson and \
            changes.csv.</p></footer>

            """
        return HTMLText.page(
            title: title, style: "\(ReportStyle.css)\n\(Self.css)", showsPictures: false, body: body
        ).markup
    }

    private static let css = HTMLText(
        markup: """
            .wide { overflow-x: auto; }
            .wide table { border-collapse: collapse; width: 100%; font-size: .9rem; }
            .wide th, .wide td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--rule); }
            .wide td { white-space: nowrap; }

            """)

    private var audience: String {
        switch profile {
        case .internal: "Internal: exact places. Not to be handed on."
        case .partner: "For partners: places to about 1 km. Not to be published."
        case .public: "For the public."
        }
    }

    private var rowWord: String {
        switch profile {
        case .internal, .partner: "Tasks, the first to be visited first"
        case .public: settings.publicUnit == .cell ? "Cells of 10 km" : "Administrative units"
        }
    }

    private var explanation: [String] {
        let change =
            "Change of the ground's surface that satellite images show. It says that something changed, not who or what "
            + "caused it, and what is not listed may have been hidden by cloud or too small to be seen."
        let grid =
            "A cell is named by its size and the distance of its south-west corner, in cells, from 0 degrees east and "
            + "north in the equal-area projection EPSG:6933. It follows from where the site lies and is the same in "
            + "every period."
        let step = settings.dates == .month ? "month" : "quarter of a year"
        switch profile {
        case .internal: return [change]
        case .partner:
            return [
                change,
                "Each task is placed in the cell of 1 km that its site lies in; the change itself may lie in the next "
                    + "one. Days are told to the \(step), areas in classes. The reference names the task to the "
                    + "authority.",
                grid,
            ]
        case .public:
            let units = settings.publicUnit == .cell ? "Cells" : "Units"
            return [
                change,
                "\(units) with fewer than \(settings.minimumSites) registered sites are left out, whether anything "
                    + "changed there or not, and so are all counts below \(settings.minimumSites) but none. Time is "
                    + "told to the \(step). A site counts as seen where clear images show most of it.",
            ] + (settings.publicUnit == .cell ? [grid] : [])
        }
    }
}
