import Foundation
import Geospatial
import Testing

@testable import Disturbance

@Suite struct TaskLayerTests {
    private func write(to path: String, names: [String] = ["Tell A", "Tell B"], isReversed: Bool = false) throws {
        let findings = try names.indices.map { index in
            try RegisterFixtures.finding(
                "f\(index)", RegisterFixtures.square(Double(index) * 3, 0), log: "2019-06-20a 2019-06-25a",
                status: .provisional)
        }
        let tasks = zip(findings, names).enumerated().map { index, pair in
            RegisterFixtures.task(pair.0, site: "S\(index)", name: pair.1, rank: index + 1)
        }
        var sites = try names.enumerated().map { index, name in
            TaskLayer.SiteOutline(
                id: "S\(index)", name: name, core: try RegisterFixtures.square(Double(index) * 3, 0.5),
                zone: try RegisterFixtures.square(Double(index) * 3 - 0.5, 0, width: 2, height: 2))
        }
        sites.append(
            TaskLayer.SiteOutline(
                id: "P", name: "a point", core: Geometry(point: Coordinate(x: 44, y: 37)),
                zone: try RegisterFixtures.square(0, 100)))
        try TaskLayer.write(
            tasks: tasks, sites: isReversed ? sites.reversed() : sites,
            findings: isReversed ? findings.reversed() : findings, period: Period("2019-06"), to: path)
    }

    @Test func theListHoldsTasksFindingsSitesAndBuffers() throws {
        let folder = try RegisterFolder()
        let path = folder.path + "/tasks.gpkg"
        try write(to: path)
        #expect(try folder.names() == ["tasks.gpkg"])
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage])
        #expect(
            try dataset.layerNames() == ["tasks", "findings", "sites", "buffers", "layer_styles"])
        let tasks = try dataset.layer(named: "tasks").features()
        #expect(tasks.map { $0["rank"].integer } == [1, 2])
        let task = tasks[0]
        #expect(task["site_name"] == "Tell A" && task["status"] == "provisional" && task["kind"] == "soil_exposed")
        #expect(task["first_seen"] == "2019-06-20" && task["last_seen"] == "2019-06-25")
        #expect(task["core_m2"].number == 1234.5 && task["distance_m"].number == 0)
        #expect(task["period_start"] == "2019-06-01" && task["period_end"] == "2019-06-30")
        let terms = RegisterFixtures.task(
            try RegisterFixtures.finding("x", RegisterFixtures.square(0, 0), log: ""), site: "S"
        ).terms
        for (name, value) in terms.named { #expect(task["term_\(name)"].number == value) }
        for name in ["verdict", "verdict_note", "reviewer", "reviewed_on"] { #expect(task[name] == .null) }
        #expect(task.geometry?.kind == .multiPolygon)
        // The point is drawn by its buffer alone.
        #expect(try dataset.layer(named: "sites").features().map { $0["site_id"].text } == ["S0", "S1"])
        #expect(try dataset.layer(named: "buffers").features().map { $0["is_point"].integer } == [1, 0, 0])
    }

    @Test func aTaskShowsItsPartOfAFindingAndTheFindingsAllOfIt() throws {
        let folder = try RegisterFolder()
        let path = folder.path + "/tasks.gpkg"
        let finding = try RegisterFixtures.finding("f", RegisterFixtures.square(0, 0), log: "2019-06-20a")
        var task = RegisterFixtures.task(finding, site: "S")
        task.surroundings = try RegisterFixtures.square(-1, 0.5, width: 9).envelope
        try TaskLayer.write(tasks: [task], sites: [], findings: [finding], period: Period("2019-06"), to: path)
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage])
        let shown = try #require(dataset.layer(named: "tasks").features().first?.geometry)
        #expect(try shown.equals(RegisterFixtures.square(0, 0.5, height: 0.5)))
        #expect(try #require(dataset.layer(named: "findings").features().first?.geometry).equals(finding.geometry))
    }

    @Test func everyLayerHasAStyleOfItsOwn() throws {
        let folder = try RegisterFolder()
        try write(to: folder.path + "/tasks.gpkg")
        let dataset = try VectorDataset.open(folder.path + "/tasks.gpkg", drivers: [.geoPackage])
        let styles = try dataset.layer(named: "layer_styles").features()
        #expect(styles.map { $0["f_table_name"].text } == ["tasks", "findings", "sites", "buffers"])
        for style in styles {
            #expect(style["useAsDefault"].integer == 1 && style["f_geometry_column"] == "geom")
            let document = try #require(style["styleQML"].text)
            // Well-formed, to the last bracket.
            let root = try XMLReader.root(of: document)
            #expect(root == "qgis")
        }
        let tasks = try #require(styles[0]["styleQML"].text)
        #expect(tasks.contains("type=\"categorizedSymbol\"") && tasks.contains("attr=\"status\""))
        for verdict in Verdict.allCases { #expect(tasks.contains("value=\"\(verdict.rawValue)\"")) }
        for status in FindingStatus.allCases { #expect(tasks.contains("<category value=\"\(status.rawValue)\"")) }
    }

    @Test func theSameListGivesTheSameBytes() throws {
        let folder = try RegisterFolder()
        try write(to: folder.path + "/first.gpkg")
        try write(to: folder.path + "/second.gpkg", isReversed: true)
        #expect(
            FileManager.default.contents(atPath: folder.path + "/first.gpkg")
                == FileManager.default.contents(atPath: folder.path + "/second.gpkg"))
    }

    @Test func siteNamesThatMeanHarmAreTextAndNothingElse() throws {
        let folder = try RegisterFolder()
        let path = folder.path + "/tasks.gpkg"
        try write(to: path, names: RegisterFixtures.hostileNames)
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage])
        let names = try dataset.layer(named: "tasks").features().map { $0["site_name"].text }
        #expect(names == RegisterFixtures.hostileNames)
    }

    @Test func anEmptyMonthHasItsLayersToo() throws {
        let folder = try RegisterFolder()
        let path = folder.path + "/tasks.gpkg"
        try TaskLayer.write(tasks: [], sites: [], findings: [], period: Period("2019-06"), to: path)
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage])
        #expect(try dataset.layer(named: "tasks").featureCount() == 0)
        #expect(try dataset.layer(named: "layer_styles").featureCount() == 4)
    }

    /// Written for `Tests/QGIS/check` to the path in `SITEWARDEN_SAMPLE_TASKS`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SITEWARDEN_SAMPLE_TASKS"] != nil))
    func aSampleForQGIS() throws {
        let path = try #require(ProcessInfo.processInfo.environment["SITEWARDEN_SAMPLE_TASKS"])
        let statuses: [FindingStatus] = [.confirmed, .provisional, .first, .confirmed, .finished]
        let names = ["Robat Sharaf", "<script>alert(1)</script>", "", "[% 1 + 1 %] & Söhne", "gone"]
        let findings = try statuses.enumerated().map { index, status in
            let place = Double(index) * 2.5
            let shape = try RegisterFixtures.square(place, 0).union(
                RegisterFixtures.square(place + 0.7, 0.6, width: 0.8, height: 0.9))
            return RegisterFixtures.finding(
                "f\(index)", shape, log: "2019-06-20a", status: status, magnitude: Double(9 - index))
        }
        let tasks = findings.prefix(4).enumerated().map { index, finding in
            RegisterFixtures.task(finding, site: "S\(index)", name: names[index], rank: index + 1)
        }
        let sites = try names.indices.map { index in
            let middle = Coordinate(x: 44 + Double(index) * 0.025 + 0.006, y: 36.004)
            let core = try Geometry(point: middle).buffer(distance: 0.006)
            return TaskLayer.SiteOutline(
                id: "S\(index)", name: names[index], core: index == 3 ? Geometry(point: middle) : core,
                zone: try core.buffer(distance: 0.005))
        }
        try TaskLayer.write(
            tasks: Array(tasks), sites: sites, findings: findings, period: Period("2019-06"), to: path)
    }

    @Test func aFileThatIsThereAlreadyIsNotWrittenOver() throws {
        let folder = try RegisterFolder()
        let path = folder.path + "/tasks.gpkg"
        try write(to: path)
        let before = FileManager.default.contents(atPath: path)
        #expect(throws: FileError.self) { try write(to: path) }
        #expect(FileManager.default.contents(atPath: path) == before)
    }
}

/// Enough of an XML reader to know that every element is closed.
private enum XMLReader {
    struct Malformed: Error { let place: String }

    static func root(of document: String) throws -> String? {
        var open: [Substring] = []
        var root: String? = nil
        for match in document.matches(of: /<(\/?)([A-Za-z][\w-]*)((?:\s[\w]+="[^"<]*")*)(\/?)>|<!DOCTYPE[^>]*>|(<)/) {
            if match.output.5 != nil { throw Malformed(place: String(document[match.range.lowerBound...].prefix(80))) }
            guard let name = match.output.2 else { continue }
            if match.output.1 == "/" {
                guard open.popLast() == name else { throw Malformed(place: "</\(name)>") }
            } else if match.output.4 != "/" {
                if open.isEmpty { root = String(name) }
                open.append(name)
            }
        }
        guard open.isEmpty else { throw Malformed(place: open.joined(separator: " ")) }
        return root
    }
}
