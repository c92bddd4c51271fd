internal import Geospatial

/// A run for people: one page that needs nothing else, on a screen, a phone or paper.
public struct HTMLReport: Sendable {
    /// What the imagery can show at all.
    public struct Limits: Hashable, Sendable {
        /// Of the bands that were compared; nil where they differ from site to site.
        public var pixelMetres: Double?
        /// Changes smaller than this are not reported.
        public var minimumSquareMetres: Double?
        /// Sentences of the method's own.
        public var remarks: [String]

        public init(pixelMetres: Double?, minimumSquareMetres: Double?, remarks: [String] = []) {
            self.pixelMetres = pixelMetres
            self.minimumSquareMetres = minimumSquareMetres
            self.remarks = remarks
        }
    }

    /// Of the page, for instance the name of the register.
    public var title: String
    public var period: Period
    /// In order of rank.
    public var tasks: [InspectionTask]
    /// By finding id, of the tasks that are shown; read one after another while the page is written.
    public var evidence: [String: Deferred<Evidence>] = [:]
    /// By finding id.
    public var explanations: [String: Deferred<Explanation>] = [:]
    /// Ground size of a picture's pixel by finding id; without it a picture has no scale bar.
    public var pictureMetres: [String: Double] = [:]
    public var coverage: [SiteCoverage] = []
    /// All findings of the run, those that touch no site's zones too.
    public var findingCount = 0
    /// Tasks that are not repeated because an earlier review dismissed them.
    public var dismissedCount = 0
    /// Tasks that the budget of a run leaves for a later one.
    public var heldBackCount = 0
    /// A line for each part of the input that could not be used.
    public var problems: [String] = []
    /// Of Sitewarden and the libraries it used, by name.
    public var versions: [String: String] = [:]
    public var limits = Limits(pixelMetres: nil, minimumSquareMetres: nil)
    /// Whose imagery it is, in the words its licence asks for.
    public var attribution = ""
    /// How many tasks, from the first, are shown with pictures.
    public var pictureCount = 20

    /// How many tasks, from the first, are shown at all: a page with all of a country's would be too long to open.
    static func shownCount(pictureCount: Int) -> Int { max(2000, pictureCount) }

    public init(title: String, period: Period, tasks: [InspectionTask]) {
        self.title = title
        self.period = period
        self.tasks = tasks
    }

    private var shownTasks: ArraySlice<InspectionTask> { tasks.prefix(Self.shownCount(pictureCount: pictureCount)) }

    /// The page; the same content gives the same text.
    /// - Throws: `FileError` where evidence lies in a file of results that is gone.
    public func render() throws -> String {
        var text = ""
        try write { text += $0 }
        return text
    }

    /// Hands on the page piece by piece: the tasks of a country would take much room as one text.
    func write(to put: (String) throws -> Void) throws {
        func add(_ piece: HTMLText) throws { try put(piece.markup) }
        try add(
            HTMLText.pageStart(
                title: "\(VisibleText.make(title, length: 120)), \(period.label)", style: ReportStyle.css,
                showsPictures: true))
        try add("\(header())<main>\n\(ranking())")
        if !tasks.isEmpty { try add("<h2 class=\"each-task\">Each task</h2>\n") }
        for (index, task) in shownTasks.enumerated() { try add(section(of: task, at: index)) }
        try CoverageSection(coverage: coverage).write(to: add)
        try add("\(problemList())\(explanation())</main>\n\(footer())")
        try add(HTMLText.pageEnd)
    }

    // MARK: Head

    private func header() -> HTMLText {
        """
        <header>
        <h1>\(HTMLText.name(title))</h1>
        <p class="soft">Inspection tasks from satellite imagery, <span class="count">\(period.start)</span> to \
        <span class="count">\(period.end)</span></p>
        <p>\(summary())</p>
        <div class="counts">
        \(Self.counts("Tasks", FindingStatus.allCases.map { status in
            (tasks.count { $0.finding.status == status }, "\(status.rawValue): \(Self.meaning(status))")
        }))\(Self.counts("Sites", SiteCoverage.Outcome.allCases.map { outcome in
            (coverage.count { $0.outcome == outcome }, CoverageSection.heading(outcome).lowercased())
        }))</div>
        </header>

        """
    }

    private func summary() -> HTMLText {
        let seen = coverage.count { [.disturbance, .noDisturbance].contains($0.outcome) }
        let unseen = coverage.count - seen
        var sentences: [String] = []
        if tasks.isEmpty {
            sentences.append("No task in this period.")
        } else {
            let sites = ReadableNumber.count(Set(tasks.map(\.siteID)).count, "site")
            sentences.append(
                "\(ReadableNumber.count(tasks.count, "task")) at \(sites), the most urgent first."
            )
        }
        sentences.append(
            "\(ReadableNumber.plain(seen)) of \(ReadableNumber.count(coverage.count, "site")) could be judged.")
        if unseen > 0 {
            sentences.append(
                "Nothing can be said about the other \(ReadableNumber.plain(unseen)): they are listed under coverage.")
        }
        if heldBackCount > 0 {
            sentences.append(
                "\(ReadableNumber.count(heldBackCount, "more task")) \(heldBackCount == 1 ? "is" : "are") held back by "
                    + "the limits set for a run.")
        }
        if dismissedCount > 0 {
            sentences.append(
                "\(ReadableNumber.count(dismissedCount, "task")) dismissed in an earlier review "
                    + "\(dismissedCount == 1 ? "is" : "are") not repeated unless the change becomes much stronger.")
        }
        return "\(sentences.joined(separator: " "))"
    }

    private static func counts(_ heading: String, _ rows: [(count: Int, text: String)]) -> HTMLText {
        let lines: [HTMLText] = rows.map { row in
            "<div><dd>\(ReadableNumber.plain(row.count))</dd><dt>\(row.text)</dt></div>\n"
        }
        return "<dl>\n<div class=\"head\">\(heading)</div>\n\(lines)</dl>\n"
    }

    static func meaning(_ status: FindingStatus) -> String {
        switch status {
        case .first: "seen on one clear observation"
        case .provisional: "seen again"
        case .confirmed: "seen on several clear observations"
        case .finished: "the ground looks again as expected"
        }
    }

    // MARK: Ranked list

    private func ranking() -> HTMLText {
        guard !tasks.isEmpty else { return "<h2>Tasks</h2>\n\(withoutTasks())" }
        let rows: [HTMLText] = shownTasks.map { task in
            let finding = task.finding
            return """
                <tr><td class="number">\(task.rank)</td>\
                <td><a href="#\(TaskSection.anchor(task))">\(HTMLText.name(task.siteName))</a></td>\
                <td data-label="Observed change">\(finding.kind.title)</td>\
                <td data-label="Status">\(finding.status.rawValue)</td>\
                <td class="day" data-label="First seen">\(Self.text(finding.firstSeen))</td>\
                <td class="day" data-label="Last seen">\(Self.text(finding.lastSeen))</td>\
                <td class="number" data-label="Area">\(ReadableNumber.area(finding.areaSquareMetres))</td>\
                <td data-label="Zone">\(TaskSection.zoneName(task.zone))</td>\
                <td class="number" data-label="Score">\(ReadableNumber.plain(task.score, places: 1))</td></tr>

                """
        }
        return """
            <h2>Tasks</h2>
            <table class="ranking">
            <thead><tr><th class="number" scope="col">Rank</th><th scope="col">Site</th>\
            <th scope="col">Observed change</th><th scope="col">Status</th><th scope="col">First seen</th>\
            <th scope="col">Last seen</th><th class="number" scope="col">Area</th><th scope="col">Zone</th>\
            <th class="number" scope="col">Score</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            \(moreTasks())
            """
    }

    private func moreTasks() -> HTMLText {
        let more = tasks.count - shownTasks.count
        guard more > 0 else { return "" }
        return """
            <p class="soft">\(ReadableNumber.count(more, "more task")) \(more == 1 ? "is" : "are") in \
            \(TaskDocuments.tasksFile) and \(TaskLayer.fileName).</p>

            """
    }

    /// What the absence of tasks means, and what it does not.
    private func withoutTasks() -> HTMLText {
        let quiet = coverage.count { $0.outcome == .noDisturbance }
        let unseen = coverage.count - coverage.count { [.disturbance, .noDisturbance].contains($0.outcome) }
        var text: [HTMLText] = [
            """
            <p>No task in this period. \(ReadableNumber.count(quiet, "site")) \(quiet == 1 ? "was" : "were") seen and \
            show\(quiet == 1 ? "s" : "") no change that this method can see.</p>

            """
        ]
        if unseen > 0 {
            text.append(
                """
                <p>For \(ReadableNumber.count(unseen, "site")) the absence of a task means nothing: \
                \(unseen == 1 ? "it was" : "they were") not seen, or there was nothing to compare with.</p>

                """)
        }
        if findingCount > 0 {
            text.append(
                """
                <p>\(ReadableNumber.count(findingCount, "change")) \(findingCount == 1 ? "was" : "were") found around \
                the sites; findings.geojson holds \(findingCount == 1 ? "it" : "them").</p>

                """)
        }
        return "\(text)"
    }

    static func text(_ day: Day?) -> String { day?.description ?? "not known" }

    // MARK: Sections

    private func section(of task: InspectionTask, at index: Int) throws -> HTMLText {
        TaskSection(
            task: task, destination: try task.destination(), evidence: try evidence[task.finding.id]?.value,
            explanation: try explanations[task.finding.id]?.value, pictureMetres: pictureMetres[task.finding.id],
            hasPictures: index < pictureCount, pictureCount: pictureCount, period: period
        ).html()
    }

    private func problemList() -> HTMLText {
        guard !problems.isEmpty else { return "" }
        let lines: [HTMLText] = problems.map { "<li>\(Redaction.withoutPasswords($0))</li>\n" }
        return """
            <h2>What could not be used</h2>
            <p>The run went on without it; what it would have shown is missing here.</p>
            <ul class="problems">
            \(lines)</ul>

            """
    }

    private func explanation() -> HTMLText {
        var sentences = [
            "A task says that the ground changed, as a satellite saw it. It names no cause and no culprit.",
            "The kind of change is what the spectrum resembles. Farming, building, fire, flood or digging can look "
                + "alike; only a visit or a sharper picture tells.",
        ]
        if let pixel = limits.pixelMetres {
            let side = ReadableNumber.length(pixel)
            sentences.append(
                "One pixel covers \(side) by \(side) of ground. What is smaller, such as a single pit, is not seen.")
        }
        if let minimum = limits.minimumSquareMetres {
            sentences.append("Changes below \(ReadableNumber.area(minimum)) are not reported.")
        }
        sentences.append(
            "Outlines follow pixels and may lie a pixel off. Under cloud, shadow and snow nothing is seen, and a site "
                + "without a task is safe only as far as it was seen.")
        sentences.append(
            "The score orders the visits: 100 times the product of its terms, each between 0 and 1. "
                + "It is no measure of damage.")
        let paragraphs: [HTMLText] = (sentences + limits.remarks).map { "<p>\($0)</p>\n" }
        return "<h2>How to read this</h2>\n\(paragraphs)"
    }

    private func footer() -> HTMLText {
        let names = Pipeline.texts(of: versions).joined(separator: ", ")
        return """
            <footer>
            <p>\(attribution)</p>
            <p>Period \(period.description). \(ReadableNumber.count(findingCount, "finding")), \
            \(ReadableNumber.count(tasks.count, "task")), \(ReadableNumber.count(coverage.count, "site")). \(names)</p>
            </footer>

            """
    }
}
