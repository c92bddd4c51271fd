import Geospatial

@testable import Disturbance

/// Tasks, pictures and coverage made up for the tests of the outputs.
enum InventedRun {
    static let period = Period(start: day("2019-09-01"), end: day("2019-09-30"))

    /// A name that tries everything: markup, a formula, quotes, a line feed, a reversal, an emoji.
    static let hostileName = "=cmd|'/c calc'!A1 <script>alert(\"1\")</script>,\n\u{202E}txt.exe\u{7}&amp; 👩🏽‍🌾"

    static func day(_ text: String) -> Day { Day(text)! }

    /// A square of about 60 m by 60 m, anticlockwise.
    static func square(longitude: Double, latitude: Double) throws -> Geometry {
        let side = 0.0006
        return try Geometry(polygonWithExterior: [
            Coordinate(x: longitude, y: latitude), Coordinate(x: longitude + side, y: latitude),
            Coordinate(x: longitude + side, y: latitude + side), Coordinate(x: longitude, y: latitude + side),
        ])
    }

    static func log(_ text: String) -> ObservationLog { ObservationLog(text: text)! }

    static func finding(
        _ number: Int, kind: DisturbanceKind = .soilExposed, status: FindingStatus = .provisional,
        method: ChangeMethod = .baseline, zones: [ZoneOverlap] = []
    ) throws -> Finding {
        Finding(
            id: "00000000-0000-4000-8000-00000000000\(number)",
            geometry: try square(longitude: 45.1 + Double(number) / 100, latitude: 32.5), areaSquareMetres: 3920.4,
            kind: kind, kindCertainty: 0.72, method: method, log: log("2019-08-31a 2019-09-10n 2019-09-20a"),
            status: status, magnitude: 7.31, probability: 0.9712, firstAreaSquareMetres: 2720, zones: zones)
    }

    static func zone(_ siteID: String, core: Double = 3120, buffer: Double = 800) -> ZoneOverlap {
        ZoneOverlap(
            siteID: siteID, coreSquareMetres: core, bufferSquareMetres: buffer, coreShare: core / 75_000,
            bufferShare: buffer / 140_000, distanceToCoreMetres: core > 0 ? 0 : 84.2)
    }

    static func task(
        rank: Int, siteID: String? = nil, siteName: String = "Khan al-Mahmudiya", core: Double = 3120,
        kind: DisturbanceKind = .soilExposed, status: FindingStatus = .provisional, method: ChangeMethod = .baseline
    ) throws -> InspectionTask {
        let site = siteID ?? "K-00\(rank)"
        let zone = zone(site, core: core)
        return InspectionTask(
            id: "10000000-0000-4000-8000-00000000000\(rank)", siteID: site, siteName: siteName,
            finding: try finding(rank, kind: kind, status: status, method: method, zones: [zone]), zone: zone,
            surroundings: nil, rank: rank,
            terms: ScoreTerms(
                probability: 0.9712, zone: core > 0 ? 1 : 0.6, extent: 0.62, magnitude: 0.81, kind: 0.9,
                significance: 1,
                recency: 0.95))
    }

    static func coverage(
        _ id: String, name: String = "Khan", outcome: SiteCoverage.Outcome, tasks: Int = 0
    ) -> SiteCoverage {
        let isSeen = outcome == .disturbance || outcome == .noDisturbance
        return SiteCoverage(
            siteID: id, siteName: name, outcome: outcome, method: isSeen ? .baseline : nil,
            acquisitions: outcome == .noImagery ? 0 : 6, clearObservations: isSeen ? 3 : 0,
            historyObservations: outcome == .noHistory ? 0 : 41,
            lastClear: outcome == .noImagery ? nil : day(isSeen ? "2019-09-20" : "2019-08-26"),
            hiddenShare: outcome == .noImagery ? nil : isSeen ? 0.413 : 1, tasks: tasks,
            judgedShare: outcome == .noImagery ? nil : isSeen ? 1 : 0,
            obstacles: isSeen ? [:] : outcome == .noHistory ? [.noHistory: 1] : outcome == .notSeen ? [.cloud: 1] : [:])
    }

    /// Five years of a season, every 20 days, with three departures at the end.
    static func series() -> [Evidence.Point] {
        let start = day("2015-07-04")
        return (0..<78).map { index in
            let day = start.adding(days: index * 20)
            // A triangle wave of a year is season enough for a drawing.
            let phase = Double(day.dayOfYear) / 365
            let expected = 0.21 + 0.09 * (1 - 4 * (phase - 0.5).magnitude)
            let noise = Double((index * 7919) % 17 - 8) / 600
            let isNew = period.contains(day)
            let isAnomalous = index >= 75
            return Evidence.Point(
                day: day, value: expected + noise + (isAnomalous ? 0.13 : 0), expected: expected, deviation: 0.012,
                isNew: isNew, isAnomalous: isAnomalous)
        }
    }

    static func evidence(rows: Int = 60, columns: Int = 72) throws -> Evidence {
        func corners(_ places: [(Double, Double)]) -> [Evidence.PicturePoint] {
            places.map { Evidence.PicturePoint(column: $0.0, row: $0.1) }
        }
        func picture(_ day: Day, isAfter: Bool) throws -> Evidence.Picture {
            var rgb: [UInt8] = []
            for row in 0..<rows {
                for column in 0..<columns {
                    let grain = UInt8((row * 31 + column * 17 + row * column) % 23)
                    let isField = (row / 14 + column / 19) % 2 == 0
                    let isDug = isAfter && (27..<38).contains(row) && (33..<47).contains(column)
                    let base: (UInt8, UInt8, UInt8) = isDug ? (205, 185, 150) : isField ? (86, 98, 58) : (138, 120, 92)
                    rgb += [base.0 + grain, base.1 + grain, base.2 + grain]
                }
            }
            return Evidence.Picture(
                day: day, rgb: rgb, rows: rows, columns: columns,
                siteOutlines: [corners([(14, 12), (55, 9), (61, 40), (44, 52), (17, 47)])],
                findingOutlines: [corners([(33, 27), (47, 27), (47, 38), (40, 38), (40, 36), (33, 36)])])
        }
        return Evidence(
            quantity: "swir16 reflectance", series: series(), before: try picture(day("2018-09-15"), isAfter: false),
            after: try picture(day("2019-09-20"), isAfter: true),
            sceneIDs: ["S2A_MSIL2A_20190910T073611", "S2B_MSIL2A_20190920T073609"])
    }

    /// A month with every status, zone, method and outcome in it.
    static func report() throws -> HTMLReport {
        let tasks = [
            try task(rank: 1, status: .confirmed),
            try task(rank: 2, siteName: "خان الربع", core: 0, kind: .builtOrPaved),
            try task(rank: 3, siteName: hostileName, kind: .vegetationLost, status: .first, method: .pair),
            try task(rank: 4, siteName: "Tell Abu Shahrain, north-eastern lower town", core: 0, status: .finished),
        ]
        var report = HTMLReport(title: "Caravanserais of the Central District", period: period, tasks: tasks)
        for task in tasks.prefix(2) {
            report.evidence[task.finding.id] = Deferred(try evidence())
            report.pictureMetres[task.finding.id] = 10
        }
        var pair = try evidence()
        pair.before = nil
        pair.series = [
            Evidence.Point(
                day: day("2019-08-26"), value: 0.18, expected: nil, deviation: nil, isNew: false, isAnomalous: false),
            Evidence.Point(
                day: day("2019-09-20"), value: 0.31, expected: nil, deviation: nil, isNew: true, isAnomalous: true),
        ]
        report.evidence[tasks[2].finding.id] = Deferred(pair)
        report.coverage =
            tasks.map { coverage($0.siteID, name: $0.siteName, outcome: .disturbance, tasks: 1) }
            + (1...9).map { coverage("N-0\($0)", name: "Caravanserai \($0)", outcome: .noDisturbance) }
            + [
                coverage("C-1", name: "Khan al-Nuss", outcome: .notSeen), coverage("C-2", outcome: .noImagery),
                coverage("C-3", name: "Khan Jaghan", outcome: .noHistory),
            ]
        report.findingCount = 11
        report.dismissedCount = 2
        report.problems = [
            "Scene S2A_20190905: asset B08 missing. Add it, or exclude the scene under scenes.exclude",
            "sites.geojson, site K-117: the boundary has no area. Draw it again",
        ]
        report.versions = ["sitewarden": "0.1.0", "gdal": "3.6.2", "geos": "3.11.1", "proj": "9.1.1"]
        report.limits = HTMLReport.Limits(pixelMetres: 10, minimumSquareMetres: 400)
        report.attribution = "Contains modified Copernicus Sentinel data 2015-2019"
        report.pictureCount = 3
        return report
    }
}
