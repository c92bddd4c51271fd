/// A finding's time series as a drawing: the baseline with what is usual around it, and every observation.
///
/// Colours come from the page's style sheet, by class; shape tells the kinds of dots apart where there is no colour.
struct TimeSeriesChart {
    /// The drawing's own units; the page scales it.
    private static let width = 560.0
    private static let height = 250.0
    private static let left = 58.0
    private static let right = 548.0
    private static let top = 12.0
    private static let bottom = 214.0
    /// Standard deviations on each side of the baseline that the band shows.
    static let bandDeviations = 2.0

    private let points: [Evidence.Point]
    private let quantity: String
    private let period: Period
    private let days: ClosedRange<Double>
    private let values: ClosedRange<Double>
    private let valueTicks: [Double]
    private let valuePlaces: Int

    /// Nil where there is nothing to draw. Points whose value is no number are left out.
    init?(_ evidence: Evidence, period: Period) {
        points = evidence.series.filter { Self.isDrawable($0.value) }.sorted { $0.day < $1.day }
        guard let first = points.first, let last = points.last else { return nil }
        quantity = evidence.quantity
        self.period = period
        let start = Double(first.day.number)
        let end = Double(max(last.day, first.day).number)
        let margin = max((end - start) * 0.02, 2)
        days = (start - margin)...(end + margin)

        let shown = points.flatMap { point in
            [point.value] + (Self.band(of: point).map { [$0.lowerBound, $0.upperBound] } ?? [])
        }
        let ticks = Self.ticks(from: shown.min() ?? 0, to: shown.max() ?? 0)
        valueTicks = ticks.values
        valuePlaces = ticks.places
        values = (ticks.values.first ?? 0)...(ticks.values.last ?? 1)
    }

    /// Beyond any reflectance or index; a value so large would leave no axis to read.
    private static func isDrawable(_ value: Double) -> Bool { value.magnitude < 1e9 }

    private static func band(of point: Evidence.Point) -> ClosedRange<Double>? {
        guard let expected = point.expected, isDrawable(expected) else { return nil }
        guard let deviation = point.deviation, isDrawable(deviation), deviation >= 0 else { return expected...expected }
        return (expected - bandDeviations * deviation)...(expected + bandDeviations * deviation)
    }

    // MARK: Axes

    /// Round values that enclose a range, and the decimals that tell them apart.
    static func ticks(from low: Double, to high: Double) -> (values: [Double], places: Int) {
        // A flat series still needs an axis: a hundredth of its size, or of 1.
        let spread = high > low ? high - low : max(low.magnitude, 1) * 0.01
        var power = 1.0
        var places = 0
        while power > spread / 5, places < 6 {
            power /= 10
            places += 1
        }
        while power * 10 <= spread / 5 { power *= 10 }
        let step = [1.0, 2.0, 5.0].map { $0 * power }.first { $0 >= spread / 5 } ?? power * 10
        if step > 5 * power { places = max(places - 1, 0) }
        let first = (low / step).rounded(.down)
        let last = max((high / step).rounded(.up), first + 1)
        let count = min(Int(last - first), 20)
        return ((0...count).map { (first + Double($0)) * step }, places)
    }

    /// The days that carry a mark and what is written there: days, months or years, at most six or so.
    static func dayTicks(from first: Day, to last: Day) -> [(day: Day, text: String)] {
        let span = last.days(since: first)
        if span <= 75 {
            let step = max(1, (span + 4) / 5)
            return stride(from: 0, through: span, by: step).map { offset in
                let day = first.adding(days: offset)
                return (day, day.description)
            }
        }
        let months = (last.year - first.year) * 12 + last.month - first.month
        let step = [1, 2, 3, 6, 12, 24, 60].first { months / $0 <= 6 } ?? 120
        var ticks: [(day: Day, text: String)] = []
        for month in stride(from: (first.year * 12 / step) * step, through: last.year * 12 + last.month, by: step) {
            guard let day = Day(year: month / 12, month: month % 12 + 1, day: 1), first <= day, day <= last else {
                continue
            }
            ticks.append((day, String(day.description.prefix(step >= 12 ? 4 : 7))))
        }
        return ticks
    }

    private func x(_ day: Double) -> Double {
        let part = (day - days.lowerBound) / (days.upperBound - days.lowerBound)
        return Self.left + min(max(part, 0), 1) * (Self.right - Self.left)
    }

    private func y(_ value: Double) -> Double {
        let part = (value - values.lowerBound) / (values.upperBound - values.lowerBound)
        return Self.bottom - min(max(part, 0), 1) * (Self.bottom - Self.top)
    }

    // MARK: Drawing

    func svg() -> HTMLText {
        let anomalous = points.count { $0.isNew && $0.isAnomalous }
        let new = points.count { $0.isNew }
        let summary =
            "Time series of \(quantity), \(points[0].day) to \(points[points.count - 1].day): "
            + "\(new) new observations, \(anomalous) of them outside the baseline."
        return """
            <svg class="chart" viewBox="0 0 \(Self.text(Self.width)) \(Self.text(Self.height))" role="img">
            <title>\(summary)</title>
            \(periodShade())\(valueAxis())\(dayAxis())\(baseline())\(dots())</svg>
            """
    }

    private static func text(_ coordinate: Double) -> String { ReadableNumber.decimal(coordinate, places: 1) ?? "0" }

    private func periodShade() -> HTMLText {
        let start = x(Double(period.start.number) - 0.5)
        let end = x(Double(period.end.number) + 0.5)
        guard end > start else { return "" }
        return """
            <rect class="period" x="\(Self.text(start))" y="\(Self.text(Self.top))" width="\(Self.text(end - start))" \
            height="\(Self.text(Self.bottom - Self.top))"/>

            """
    }

    private func valueAxis() -> HTMLText {
        let lines: [HTMLText] = valueTicks.map { value in
            let height = Self.text(y(value))
            return """
                <line class="rule" x1="\(Self.text(Self.left))" x2="\(Self.text(Self.right))" y1="\(height)" \
                y2="\(height)"/>\
                <text x="\(Self.text(Self.left - 8))" y="\(Self.text(y(value) + 4))" text-anchor="end">\
                \(ReadableNumber.plain(value, places: valuePlaces))</text>

                """
        }
        return "\(lines)"
    }

    private func dayAxis() -> HTMLText {
        let ticks = Self.dayTicks(from: points[0].day, to: points[points.count - 1].day)
        // Whole dates are wide: they stand at every second mark.
        let stride = ticks.count > 3 && (ticks.first?.text.count ?? 0) > 7 ? 2 : 1
        let marks: [HTMLText] = ticks.enumerated().map { index, tick in
            let place = x(Double(tick.day.number))
            let anchor = place > Self.right - 30 ? "end" : place < Self.left + 20 ? "start" : "middle"
            let label: HTMLText =
                index % stride == 0
                ? """
                <text x="\(Self.text(place))" y="\(Self.text(Self.bottom + 24))" text-anchor="\(anchor)">\
                \(tick.text)</text>
                """ : ""
            return """
                <line class="axis" x1="\(Self.text(place))" x2="\(Self.text(place))" y1="\(Self.text(Self.bottom))" \
                y2="\(Self.text(Self.bottom + 6))"/>\(label)

                """
        }
        return """
            <line class="axis" x1="\(Self.text(Self.left))" x2="\(Self.text(Self.right))" \
            y1="\(Self.text(Self.bottom))" y2="\(Self.text(Self.bottom))"/>
            \(marks)
            """
    }

    /// The band and the line of what was expected, in one piece for every run of points that have it.
    private func baseline() -> HTMLText {
        var pieces: [HTMLText] = []
        for run in points.split(whereSeparator: { Self.band(of: $0) == nil }) where run.count > 1 {
            let bands = run.compactMap { point in Self.band(of: point).map { (x(Double(point.day.number)), $0) } }
            let upper = bands.map { "\(Self.text($0)),\(Self.text(y($1.upperBound)))" }
            let lower = bands.reversed().map { "\(Self.text($0)),\(Self.text(y($1.lowerBound)))" }
            let middle = bands.map { "\(Self.text($0)),\(Self.text(y(($1.lowerBound + $1.upperBound) / 2)))" }
            pieces.append(
                """
                <polygon class="band" points="\((upper + lower).joined(separator: " "))"/>
                <polyline class="expected" points="\(middle.joined(separator: " "))"/>

                """)
        }
        return "\(pieces)"
    }

    private func dots() -> HTMLText {
        // New observations last, so that they lie on top.
        let ordered = points.filter { !$0.isNew } + points.filter(\.isNew)
        let marks: [HTMLText] = ordered.map { point in
            let title: HTMLText = """
                <title>\(point.day): \(ReadableNumber.plain(point.value, places: valuePlaces + 1))\
                \(point.isAnomalous ? ", outside the baseline" : "")</title>
                """
            return Self.mark(
                Mark(isNew: point.isNew, isAnomalous: point.isAnomalous), x: x(Double(point.day.number)),
                y: y(point.value), title: title)
        }
        return "\(marks)"
    }

    // MARK: Marks and legend

    /// The kinds of dots.
    struct Mark: Hashable {
        var isNew: Bool
        var isAnomalous: Bool

        var meaning: String {
            switch (isNew, isAnomalous) {
            case (false, false): "history"
            case (false, true): "outside the baseline, before the period"
            case (true, false): "new in the period"
            case (true, true): "new and outside the baseline"
            }
        }

        static let all = [
            Mark(isNew: false, isAnomalous: false), Mark(isNew: false, isAnomalous: true),
            Mark(isNew: true, isAnomalous: false), Mark(isNew: true, isAnomalous: true),
        ]
    }

    private static func mark(_ mark: Mark, x: Double, y: Double, title: HTMLText) -> HTMLText {
        let kind = mark.isNew ? "new" : "past"
        guard mark.isAnomalous else {
            return """
                <circle class="\(kind)" cx="\(text(x))" cy="\(text(y))" r="\(mark.isNew ? "4.5" : "2.6")">\
                \(title)</circle>

                """
        }
        // A diamond: an anomaly is told from the rest by its shape as well.
        let size = mark.isNew ? 7.0 : 4.5
        let corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
            .map { "\(text($0)),\(text($1))" }.joined(separator: " ")
        return "<polygon class=\"\(kind) anomalous\" points=\"\(corners)\">\(title)</polygon>\n"
    }

    /// What the marks mean, of those that occur.
    func legend() -> HTMLText {
        let present = Set(points.map { Mark(isNew: $0.isNew, isAnomalous: $0.isAnomalous) })
        var items: [HTMLText] = Mark.all.filter(present.contains).map { kind in
            """
            <li><svg class="chart key" viewBox="0 0 18 18" aria-hidden="true">\
            \(Self.mark(kind, x: 9, y: 9, title: ""))</svg>\(kind.meaning)</li>

            """
        }
        if points.count(where: { Self.band(of: $0) != nil }) > 1 {
            let deviations = ReadableNumber.plain(Self.bandDeviations, places: 0)
            items.append(
                """
                <li><svg class="chart key wide" viewBox="0 0 34 18" aria-hidden="true">\
                <rect class="band" x="0" y="2" width="34" height="14"/>\
                <polyline class="expected" points="0,9 34,9"/></svg>\
                baseline \u{00B1} \(deviations) standard deviations</li>

                """)
        }
        if periodShade().markup != "" {
            items.append(
                """
                <li><svg class="chart key" viewBox="0 0 18 18" aria-hidden="true">\
                <rect class="period" x="0" y="2" width="18" height="14"/></svg>this period</li>

                """)
        }
        return "<ul class=\"legend\">\n\(items)</ul>\n"
    }
}
