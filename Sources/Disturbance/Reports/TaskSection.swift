internal import Geospatial

/// All that is known about one task: pictures, time series, facts and the terms of its score.
struct TaskSection {
    let task: InspectionTask
    /// That of the task, in longitude and latitude.
    let destination: Coordinate?
    let evidence: Evidence?
    let explanation: Explanation?
    let pictureMetres: Double?
    /// False for the tasks after the first `pictureCount`.
    let hasPictures: Bool
    let pictureCount: Int
    let period: Period

    private var finding: Finding { task.finding }

    /// The place of a task on the page; made of the letters, digits and hyphens of its id.
    static func anchor(_ task: InspectionTask) -> String {
        "task-" + task.id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }

    static func zoneName(_ zone: ZoneOverlap) -> String {
        if zone.isInCore { return "boundary" }
        return zone.bufferSquareMetres > 0 ? "buffer" : "outside"
    }

    func html() -> HTMLText {
        """
        <article id="\(Self.anchor(task))">
        <h3><span class="rank">\(task.rank)</span> <span>\(HTMLText.name(task.siteName))</span></h3>
        <p class="lead">Observed change: \(finding.kind.title), \(ReadableNumber.area(finding.areaSquareMetres)), \
        \(finding.status.rawValue). \(zoneSentence())</p>
        \(pictures())\(series())\(facts())\(terms())\(notes())</article>

        """
    }

    private func zoneSentence() -> String {
        if task.zone.isInCore { return "Inside the site's boundary." }
        let distance = ReadableNumber.length(task.zone.distanceToCoreMetres)
        return task.zone.bufferSquareMetres > 0
            ? "In the buffer, \(distance) from the boundary." : "Outside the buffer, \(distance) from the boundary."
    }

    // MARK: Pictures

    private func pictures() -> HTMLText {
        guard hasPictures else {
            let count = ReadableNumber.count(pictureCount, "task")
            return "<p class=\"soft small\">Pictures are shown for the first \(count) only.</p>\n"
        }
        guard let evidence, evidence.before != nil || evidence.after != nil else {
            return "<p class=\"soft small\">There is no clear picture of this place.</p>\n"
        }
        let before = figure(evidence.before, caption: "Before", absence: "No clear picture from before")
        let after = figure(evidence.after, caption: "After", absence: "No clear picture from after")
        return """
            <div class="pictures">
            \(before)\(after)</div>
            <ul class="legend">
            <li><span class="line finding"></span>observed change</li>
            <li><span class="line site"></span>boundary of the site</li>
            <li>north is up, true colour</li>
            </ul>

            """
    }

    private func figure(_ picture: Evidence.Picture?, caption: String, absence: String) -> HTMLText {
        if let picture,
            let figure = PictureFigure(picture, caption: caption, pixelMetres: pictureMetres)
        {
            return figure.html()
        }
        return "<figure><div class=\"empty\">\(absence)</div><figcaption><b>\(caption)</b></figcaption></figure>\n"
    }

    // MARK: Time series

    private func series() -> HTMLText {
        guard let evidence, let chart = TimeSeriesChart(evidence, period: period) else { return "" }
        return """
            <figure class="series">
            <figcaption><b>\(evidence.quantity)</b>, mean of the clear pixels inside the outline</figcaption>
            \(chart.svg())\(chart.legend())</figure>

            """
    }

    // MARK: Facts

    private func facts() -> HTMLText {
        let why = explanation.flatMap(ExplanationText.strongestDay).map { [(name: "Why", text: "\($0)" as HTMLText)] }
        let rows: [(name: String, text: HTMLText)] =
            [
                ("How sure", "\(certainty())"),
                ("How we know", "\(method())"),
            ] + (why ?? []) + [
                ("Seen", sightings()),
                ("Kind", "\(kind())"),
                ("Where", place()),
                ("Size", "\(size())"),
                ("Site", "<span class=\"id\">\(HTMLText.name(task.siteID))</span>"),
                ("Task", "<span class=\"id\">\(task.id)</span>"),
            ]
        var lines: [HTMLText] = rows.map { "<dt>\($0.name)</dt><dd>\($0.text)</dd>\n" }
        if let scenes = evidence?.sceneIDs, !scenes.isEmpty {
            lines.append("<dt>Scenes</dt><dd class=\"id\">\(scenes.joined(separator: ", "))</dd>\n")
        }
        return "<dl class=\"facts\">\n\(lines)</dl>\n"
    }

    private func certainty() -> String {
        let probability = ReadableNumber.probability(finding.probability)
        return "\(probability) probable that the ground really changed; status \(finding.status.rawValue), "
            + "\(HTMLReport.meaning(finding.status))"
    }

    private func method() -> String {
        let departure = ReadableNumber.plain(finding.magnitude, places: 1) + " standard deviations"
        switch finding.method {
        case .baseline:
            return "Departure from what the earlier years lead one to expect at this season; strongest \(departure) of "
                + "what is usual there"
        case .pair:
            return "One acquisition against one before it, without a longer history; strongest difference \(departure) "
                + "of what is usual around the site"
        }
    }

    private func sightings() -> HTMLText {
        let log = finding.log
        return """
            On \(log.anomalousCount) of \(ReadableNumber.count(log.clearCount, "clear observation")), \
            first <span class="day">\(HTMLReport.text(finding.firstSeen))</span>, \
            last <span class="day">\(HTMLReport.text(finding.lastSeen))</span>
            """
    }

    private func kind() -> String {
        "\(finding.kind.title), certainty \(ReadableNumber.probability(finding.kindCertainty)): what the spectrum "
            + "resembles, not what caused it"
    }

    private func place() -> HTMLText {
        let zone = task.zone
        var parts: [String] = []
        func part(_ area: Double, _ place: String, _ share: Double) -> String {
            "\(ReadableNumber.area(area)) \(place) (\(ReadableNumber.share(share)) of it)"
        }
        if zone.coreSquareMetres > 0 {
            parts.append(part(zone.coreSquareMetres, "inside the boundary", zone.coreShare))
        }
        if zone.bufferSquareMetres > 0 {
            parts.append(part(zone.bufferSquareMetres, "in the buffer", zone.bufferShare))
        }
        // Within a square metre it is the rounding of the areas.
        let beyond = finding.areaSquareMetres - zone.coreSquareMetres - zone.bufferSquareMetres
        if beyond > 1 { parts.append("\(ReadableNumber.area(beyond)) beyond") }
        if !zone.isInCore {
            parts.append("\(ReadableNumber.length(zone.distanceToCoreMetres)) from the boundary")
        }
        return "\(parts.joined(separator: "; "))\(coordinates())"
    }

    /// In degrees: five decimals are a metre.
    private func coordinates() -> HTMLText {
        guard let place = destination, let latitude = ReadableNumber.decimal(place.y, places: 5),
            let longitude = ReadableNumber.decimal(place.x, places: 5)
        else { return "" }
        return """
            <br><a class="count" href="geo:\(latitude),\(longitude)">\(latitude), \(longitude)</a> \
            <span class="soft">latitude, longitude (WGS 84)</span>
            """
    }

    private func size() -> String {
        let area = ReadableNumber.area(finding.areaSquareMetres)
        let growth = finding.areaSquareMetres - finding.firstAreaSquareMetres
        let first = ReadableNumber.area(finding.firstAreaSquareMetres)
        // Half a square metre is the rounding of a stored area.
        guard growth.magnitude > 0.5 else { return "\(area), as when it was first seen" }
        return "\(area); \(first) when it was first seen"
    }

    // MARK: Score

    static func explanation(ofTerm name: String) -> String {
        switch name {
        case "probability": "that the ground really changed"
        case "zone": "inside the boundary or in the buffer, and how near"
        case "extent": "how much of the site changed"
        case "magnitude": "how strong the strongest departure inside is"
        case "kind": "how much such a change harms a site"
        case "significance": "what the site is worth, from the register"
        case "recency": "how lately it was seen"
        default: ""
        }
    }

    private func terms() -> HTMLText {
        let named = task.terms.named
        let rows: [HTMLText] = named.map { term in
            """
            <tr><td>\(term.name)</td><td class="number">\(ReadableNumber.plain(term.value, places: 3))</td>\
            <td>\(Self.explanation(ofTerm: term.name))</td></tr>

            """
        }
        let factors = named.map { ReadableNumber.plain($0.value, places: 3) }.joined(separator: " × ")
        let score = ReadableNumber.plain(task.score, places: 1)
        return """
            <table class="terms">
            <thead><tr><th scope="col">Term</th><th class="number" scope="col">Value</th>\
            <th scope="col">What it says</th></tr></thead>
            <tbody>
            \(rows)<tr><td><b>score</b></td><td class="number"><b>\(score)</b></td><td>100 × \(factors)</td></tr>
            </tbody>
            </table>

            """
    }

    /// Lines to write on, on paper only.
    private func notes() -> HTMLText {
        """
        <div class="notes"><span>Visited on, by</span><span></span><span>What the ground shows</span><span></span></div>

        """
    }
}
