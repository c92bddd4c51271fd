import Foundation
import Geospatial
import Testing

@testable import Disturbance

@Suite struct TaskDocumentsTests {
    private let folder: TemporaryFolder
    private let documents = TaskDocuments(period: InventedRun.period, generator: "sitewarden \"0\"")

    init() throws { folder = try TemporaryFolder() }

    private func document(_ name: String) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: URL(filePath: "\(folder.path)/\(name)")))
    }

    @Test func tasksAreInOrderOfRankAndComplete() throws {
        let tasks = try [InventedRun.task(rank: 2), InventedRun.task(rank: 1)]
        try documents.write(tasks, to: "\(folder.path)/tasks.geojson")
        let document = try document("tasks.geojson")
        #expect(document["type"] == .text("FeatureCollection"))
        #expect(document["period_start"] == .text("2019-09-01") && document["period_end"] == .text("2019-09-30"))
        #expect(document["generator"] == .text("sitewarden \"0\""))
        let features = document["features"]?.elements ?? []
        #expect(features.map { $0["properties"]?["rank"] } == [.integer(1), .integer(2)])
        let first = try #require(features.first)
        #expect(first["id"] == .text("10000000-0000-4000-8000-000000000001"))
        let properties = try #require(first["properties"])
        #expect(properties["task_id"] == first["id"])
        let expected: [String: JSONValue] = [
            "site_id": .text("K-001"), "site_name": .text("Khan al-Mahmudiya"),
            "finding_id": .text("00000000-0000-4000-8000-000000000001"), "status": .text("provisional"),
            "kind": .text("soil_exposed"), "kind_certainty": .number(0.72), "first_seen": .text("2019-08-31"),
            "last_seen": .text("2019-09-20"), "observations": .integer(2), "clear_observations": .integer(3),
            "probability": .number(0.9712), "magnitude": .number(7.31), "method": .text("baseline"),
            "area_m2": .number(3920.4), "area_core_m2": .integer(3120), "area_buffer_m2": .integer(800),
            "share_core": .number(0.0416), "share_buffer": .number(0.005714), "distance_to_core_m": .integer(0),
            "growth_m2": .number(1200.4), "term_probability": .number(0.9712), "term_zone": .integer(1),
            "term_extent": .number(0.62), "term_magnitude": .number(0.81), "term_kind": .number(0.9),
            "term_significance": .integer(1), "term_recency": .number(0.95),
        ]
        for (name, value) in expected { #expect(properties[name] == value, "\(name)") }
        #expect(properties.memberNames.count == expected.count + 3)
    }

    @Test func aTaskShowsItsPartOfAFindingAndTheFindingsAllOfIt() throws {
        var task = try InventedRun.task(rank: 1)
        let whole = try #require(task.finding.geometry.envelope)
        var part = whole
        part.maximumX = whole.centre.x
        task.surroundings = part
        try documents.write([task], to: "\(folder.path)/tasks.geojson")
        try documents.write([task.finding], to: "\(folder.path)/findings.geojson")
        func area(_ name: String) throws -> Double {
            let dataset = try VectorDataset.open("\(folder.path)/\(name)", drivers: [.geoJSON])
            return try #require(dataset.layer().features().first?.geometry).ellipsoidalArea
        }
        #expect(abs(try area("tasks.geojson") / area("findings.geojson") - 0.5) < 1e-3)
        #expect(
            try document("tasks.geojson")["features"]?.elements.first?["properties"]?["area_m2"] == .number(3920.4))
    }

    @Test func ringsFollowTheRightHandRuleInSevenDecimals() throws {
        // Clockwise, with more digits than are kept.
        let geometry = try Geometry(polygonWithExterior: [
            Coordinate(x: 45.123456789, y: 32.5), Coordinate(x: 45.123456789, y: 32.6), Coordinate(x: 45.2, y: 32.6),
            Coordinate(x: 45.2, y: 32.5),
        ])
        var finding = try InventedRun.finding(1)
        finding.geometry = geometry
        try documents.write([finding], to: "\(folder.path)/findings.geojson")
        let feature = try #require(document("findings.geojson")["features"]?.elements.first)
        let ring = try #require(feature["geometry"]?["coordinates"]?.elements.first).elements.map { place in
            place.elements.map(\.double)
        }
        #expect(ring.first == ring.last && ring.contains([45.1234568, 32.5]))
        let area = zip(ring, ring.dropFirst()).map { $0[0] * $1[1] - $1[0] * $0[1] }.reduce(0, +)
        #expect(area > 0)
    }

    @Test func findingsNameTheirSites() throws {
        let findings = try [
            InventedRun.finding(2), InventedRun.finding(1, zones: [InventedRun.zone("[\"B"), InventedRun.zone("A")]),
        ]
        try documents.write(findings, to: "\(folder.path)/findings.geojson")
        let features = try #require(document("findings.geojson")["features"]).elements
        #expect(features.map { $0["id"] } == findings.reversed().map { .text($0.id) })
        #expect(features[0]["properties"]?["sites"] == .array([.text("[\"B"), .text("A")]))
        #expect(features[1]["properties"]?["sites"] == .array([]))
    }

    @Test(arguments: [InventedRun.hostileName, "[1, 2]", "{\"a\": 1}", "\"", "\\"])
    func namesStayText(name: String) throws {
        try documents.write([InventedRun.task(rank: 1, siteID: name, siteName: name)], to: "\(folder.path)/t.geojson")
        let feature = try #require(document("t.geojson")["features"]?.elements.first)
        guard case .text(let written)? = feature["properties"]?["site_name"] else {
            Issue.record("the name is no text")
            return
        }
        #expect(written == name || written == name + " ")
    }

    @Test func whatIsNotKnownIsNull() throws {
        var finding = try InventedRun.finding(1)
        finding.log = ObservationLog()
        finding.magnitude = .infinity
        try documents.write([finding], to: "\(folder.path)/f.geojson")
        let properties = try #require(document("f.geojson")["features"]?.elements.first?["properties"])
        #expect(properties["first_seen"] == .null && properties["magnitude"] == .null)
    }

    @Test func withoutTasksThereIsAnEmptyCollection() throws {
        try documents.write([InspectionTask](), to: "\(folder.path)/tasks.geojson")
        let document = try document("tasks.geojson")
        #expect(document["features"] == .array([]) && document["period_end"] == .text("2019-09-30"))
    }

    @Test(arguments: [1, 2, 3, 5, 6, 7]) func partsAreTheBytesOfTheWhole(partCount: Int) throws {
        let findings = try (1...6).map { number in
            try InventedRun.finding(number, zones: [InventedRun.zone("Бурхан \u{202E}\(number)")])
        }
        try documents.write(findings, to: "\(folder.path)/whole.geojson")
        var parts = documents
        parts.partCount = partCount
        try parts.write(findings, to: "\(folder.path)/parts.geojson")
        let whole = try WholeFile.read("\(folder.path)/whole.geojson")
        #expect(try WholeFile.read("\(folder.path)/parts.geojson") == whole)
        try VectorDataset.verify("\(folder.path)/parts.geojson", drivers: [.geoJSON], expectedCount: 6)
    }

    @Test func ogrOpensThem() throws {
        try documents.write([InventedRun.task(rank: 1)], to: "\(folder.path)/tasks.geojson")
        let dataset = try VectorDataset.open("\(folder.path)/tasks.geojson", drivers: [.geoJSON])
        let layer = try dataset.layer()
        #expect(try layer.featureCount() == 1 && layer.crs?.epsgCode == 4326)
        #expect(try layer.features()[0]["task_id"].text == "10000000-0000-4000-8000-000000000001")
    }

    @Test func theSameTasksGiveTheSameBytes() throws {
        let tasks = try [InventedRun.task(rank: 1), InventedRun.task(rank: 2, core: 0)]
        try documents.write(tasks, to: "\(folder.path)/a.geojson")
        try documents.write(tasks.reversed(), to: "\(folder.path)/b.geojson")
        #expect(try folder.text("a.geojson") == folder.text("b.geojson"))
    }
}

extension JSONValue {
    fileprivate subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    fileprivate var elements: [JSONValue] {
        guard case .array(let values) = self else { return [] }
        return values
    }

    fileprivate var memberNames: [String] {
        guard case .object(let members) = self else { return [] }
        return members.keys.sorted()
    }

    fileprivate var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: .nan
        }
    }
}
