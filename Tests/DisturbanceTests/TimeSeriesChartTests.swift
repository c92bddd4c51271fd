import Testing

@testable import Disturbance

@Suite struct TimeSeriesChartTests {
    private func evidence(_ series: [Evidence.Point], quantity: String = "swir16 reflectance") -> Evidence {
        Evidence(quantity: quantity, series: series, before: nil, after: nil, sceneIDs: [])
    }

    private func point(
        _ day: String, _ value: Double, expected: Double? = nil, isNew: Bool = false, isAnomalous: Bool = false
    ) -> Evidence.Point {
        Evidence.Point(
            day: InventedRun.day(day), value: value, expected: expected, deviation: expected.map { _ in 0.01 },
            isNew: isNew, isAnomalous: isAnomalous)
    }

    @Test func everyObservationIsDrawnByItsKind() throws {
        let chart = try #require(
            TimeSeriesChart(
                evidence([
                    point("2019-08-01", 0.2, expected: 0.2), point("2019-08-11", 0.4, expected: 0.2, isAnomalous: true),
                    point("2019-09-10", 0.2, expected: 0.2, isNew: true),
                    point("2019-09-20", 0.4, expected: 0.2, isNew: true, isAnomalous: true),
                ]), period: InventedRun.period))
        let svg = chart.svg().markup
        #expect(svg.matches(of: /<circle class="past"/).count == 1)
        #expect(svg.matches(of: /<circle class="new"/).count == 1)
        #expect(svg.matches(of: /<polygon class="past anomalous"/).count == 1)
        #expect(svg.matches(of: /<polygon class="new anomalous"/).count == 1)
        #expect(svg.matches(of: /<polyline class="expected"/).count == 1)
        #expect(svg.contains("2019-09-20: 0.400, outside the baseline"))
        #expect(chart.legend().markup.matches(of: /<li>/).count == 6)
    }

    @Test func aPairHasNoBaseline() throws {
        let series = [point("2019-08-01", 0.2), point("2019-09-10", 0.4, isNew: true, isAnomalous: true)]
        let chart = try #require(TimeSeriesChart(evidence(series), period: InventedRun.period))
        #expect(!chart.svg().markup.contains("class=\"band\""))
        #expect(!chart.legend().markup.contains("baseline ±"))
    }

    @Test func aGapInTheBaselineIsNotBridged() throws {
        let series = [
            point("2019-06-01", 0.2, expected: 0.2), point("2019-06-11", 0.2, expected: 0.2), point("2019-06-21", 0.2),
            point("2019-07-01", 0.2, expected: 0.2), point("2019-07-11", 0.2, expected: 0.2),
        ]
        let chart = try #require(TimeSeriesChart(evidence(series), period: InventedRun.period))
        #expect(chart.svg().markup.matches(of: /<polyline class="expected"/).count == 2)
    }

    @Test func nothingToDrawGivesNoChart() {
        #expect(TimeSeriesChart(evidence([]), period: InventedRun.period) == nil)
        #expect(TimeSeriesChart(evidence([point("2019-09-10", .nan)]), period: InventedRun.period) == nil)
    }

    @Test(arguments: [0.0, -4.2, 1e8, 1e300, .infinity])
    func oneExtremeValueStillGivesADrawing(value: Double) throws {
        let series = [point("2019-09-09", 0.1), point("2019-09-10", value, isNew: true)]
        let svg = try #require(TimeSeriesChart(evidence(series), period: InventedRun.period)).svg().markup
        #expect(!svg.contains("nan") && !svg.contains("inf\""))
    }

    @Test func theQuantityIsNoMarkup() throws {
        let hostile = evidence([point("2019-09-09", 0.1)], quantity: "</title><script>")
        let svg = try #require(TimeSeriesChart(hostile, period: InventedRun.period)).svg().markup
        #expect(!svg.contains("<script>"))
    }

    @Test(arguments: [
        (0.11, 0.42, [0.1, 0.2, 0.3, 0.4, 0.5]), (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3.0, 14.0, [-5, 0, 5, 10, 15]),
    ])
    func valueTicksAreRoundAndEnclose(low: Double, high: Double, expected: [Double]) {
        let ticks = TimeSeriesChart.ticks(from: low, to: high).values
        #expect(ticks.count == expected.count)
        #expect(zip(ticks, expected).allSatisfy { abs($0 - $1) < 1e-9 })
    }

    @Test(arguments: [
        ("2015-07-04", "2019-09-22", ["2016", "2017", "2018", "2019"]),
        ("2019-01-10", "2019-06-20", ["2019-02", "2019-03", "2019-04", "2019-05", "2019-06"]),
        ("2019-09-01", "2019-09-03", ["2019-09-01", "2019-09-02", "2019-09-03"]),
        ("2019-09-01", "2019-09-01", ["2019-09-01"]),
    ])
    func dayTicksFitTheSpan(first: String, last: String, expected: [String]) {
        let ticks = TimeSeriesChart.dayTicks(from: InventedRun.day(first), to: InventedRun.day(last))
        #expect(ticks.map(\.text) == expected)
    }
}
