import Foundation
import Geospatial
import Testing

@testable import Disturbance

struct TruthRegisterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let square =
        #"{"type": "Polygon", "coordinates": [[[21, 45], [21.001, 45], [21.001, 45.001], [21, 45]]]}"#

    /// GeoJSON of rows, each the text of its properties and geometry.
    private func collection(_ rows: [(properties: String, geometry: String)]) -> String {
        let features = rows.map {
            #"{"type": "Feature", "properties": {\#($0.properties)}, "geometry": \#($0.geometry)}"#
        }
        return #"{"type": "FeatureCollection", "features": [\#(features.joined(separator: ",\n"))]}"#
    }

    private func load(
        _ properties: [String], geometry: String = square, _ change: (inout TruthSettings) -> Void = { _ in }
    ) throws -> TruthRegister {
        try folder.put(collection(properties.map { ($0, geometry) }), at: "truth.geojson")
        var settings = TruthSettings()
        settings.source = folder.path + "/truth.geojson"
        change(&settings)
        return try TruthRegister.load(settings: settings)
    }

    private func complaint(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was thrown"
        } catch { return "\(error)" }
    }

    @Test func everyRowIsDisturbedWhereNoFieldSaysOtherwise() throws {
        let truth = try load([#""name": "a""#, #""name": "b""#])
        #expect(truth.areas.map(\.state) == [.disturbed, .disturbed] && truth.areas.map(\.row) == [1, 2])
        #expect(truth.areas[0].begun == nil && truth.areas[0].ended == nil && truth.areas[0].kind == nil)
        #expect(truth.losses == [] && truth.remarks == [] && !truth.isTaskList)
        let envelope = try #require(truth.areas[0].geometry.envelope)
        #expect(envelope.minimumX == 21 && envelope.maximumY == 45.001)
    }

    @Test(arguments: [
        ("2023-09-05", "2023-09-05"), ("2023/09/05", "2023-09-05"), ("20230905", "2023-09-05"),
        ("2023-09-05T10:20:30Z", "2023-09-05"), ("2023-09", "2023-09-01"), ("2023", "2023-01-01"),
    ])
    func daysMonthsAndYears(text: String, day: String) throws {
        let truth = try load([#""onset": "\#(text)", "end": "\#(text)""#])
        #expect(truth.areas[0].begun == Day(day), "\(truth.losses)")
        let end = try #require(truth.areas[0].ended)
        // The last day of what is only known as a month or a year.
        #expect(end == Day(text.count == 7 ? "2023-09-30" : text.count == 4 ? "2023-12-31" : day))
    }

    @Test(arguments: ["57", "yesterday", "2023-13-01", "23", "2023-00", "-2023"])
    func whatIsNoDayIsToldAndTheRestIsRead(text: String) throws {
        let truth = try load([#""onset": "\#(text)""#, #""onset": "2023-09-05""#])
        #expect(truth.areas.map(\.row) == [2])
        #expect(
            truth.losses.count == 1 && truth.losses[0].hasPrefix("row 1: its onset '\(text)' is no day. Write it as"))
    }

    @Test func anEndBeforeTheBeginningIsRefused() throws {
        let truth = try load([#""onset": "2023-09-05", "end_date": "2023-09-04""#, #""onset": null"#])
        #expect(
            truth.losses == ["row 1: it ends on 2023-09-04, before it begins on 2023-09-05. Correct one of the two"])
    }

    @Test func verdictsOfManyWords() throws {
        let words = ["looted", "No change", "", "not-visited", "undisturbed", "1", "0", "ploughed over"]
        let truth = try load(words.map { #""Verdict": "\#($0)", "inspected": "2023-10-02""# })
        #expect(truth.areas.map(\.row) == [1, 2, 5, 6, 7, 8] && truth.unsureCount == 2)
        #expect(truth.areas.filter { $0.state == .undisturbed }.map(\.row) == [2, 5, 7])
        // Somebody looked on that day; when it began nobody knows.
        #expect(truth.areas.allSatisfy { $0.begun == nil })
        #expect(truth.areas.map { $0.ended == Day("2023-10-02") } == [false, true, true, false, true, false])
        #expect(
            truth.remarks[0].hasPrefix("Verdict is read as: '' not used (1), '0' undisturbed (1), '1' disturbed (1)"))
        let more = try load(words.map { #""label": "\#($0)""# }) { $0.undisturbedWords = ["Ploughed-over"] }
        #expect(more.areas.filter { $0.state == .undisturbed }.map(\.row) == [2, 5, 7, 8])
    }

    @Test func fieldsCanBeNamed() throws {
        let rows = [#""began": "2023-09-05", "type": "Building", "found": "nil", "date": "1999-01-01""#]
        let truth = try load(rows) {
            $0.onsetField = "BEGAN"
            $0.kindField = "type"
            $0.kinds = ["building": .builtOrPaved]
        }
        #expect(truth.areas[0].begun == Day("2023-09-05") && truth.areas[0].kind == "built_or_paved")
        // A day of inspection is no beginning, even in a field called date.
        let inspected = try load(rows) { $0.inspectedField = "date" }
        #expect(inspected.areas[0].begun == nil)
        let missing = complaint { _ = try load(rows) { $0.verdictField = "outcome" } }
        #expect(missing.contains("has no field 'outcome'. It has began, type, found, date"), "\(missing)")
    }

    @Test func kindsByCodeTitleAndMeaning() throws {
        let truth = try load(["soil_exposed", "Built or paved", "Looting", "?", ""].map { #""kind": "\#($0)""# }) {
            $0.kinds = ["looting": .soilExposed]
        }
        #expect(truth.areas.map(\.kind) == ["soil_exposed", "built_or_paved", "soil_exposed", nil, nil])
        #expect(truth.remarks.count == 1 && truth.remarks[0].contains("not scored: '?' (1)"), "\(truth.remarks)")
    }

    @Test func pointsNeedARadius() throws {
        let point = #"{"type": "Point", "coordinates": [21, 45]}"#
        #expect(complaint { _ = try load([""], geometry: point) }.contains("row 1: it is a point"))
        let truth = try load([""], geometry: point) { $0.pointRadiusMetres = 50 }
        // A regular polygon of 64 corners inside the circle of 7854 m2, with the scale 0.9996 of UTM.
        let area = truth.areas[0].geometry.ellipsoidalArea
        #expect(area > 7820 && area < 7860, "\(area)")
    }

    @Test func aReviewedTaskListIsRecognised() throws {
        let truth = try load([
            #""task_id": "t1", "finding_id": "f1", "kind": "water", "verdict": "damage", "reviewed_on": "2023-10-02""#,
            #""task_id": "t2", "finding_id": "f2", "kind": "water", "verdict": "change_no_damage""#,
            #""task_id": "t3", "finding_id": "f3", "kind": "water", "verdict": "no_change", "reviewed_on": "2023-10-02""#,
            #""task_id": "t4", "finding_id": "f4", "kind": "water", "verdict": null"#,
        ])
        #expect(truth.isTaskList && truth.unsureCount == 1)
        #expect(truth.areas.map(\.state) == [.disturbed, .disturbed, .undisturbed])
        // Its kinds are the list's own, and the review's day is no beginning.
        #expect(truth.areas.allSatisfy { $0.kind == nil && $0.begun == nil })
        #expect(truth.areas[2].ended == Day("2023-10-02"))
    }

    @Test func ofATaskListItIsTheLayerOfTasks() throws {
        let path = folder.path + "/tasks.gpkg"
        let task = try InventedRun.task(rank: 1)
        try TaskLayer.write(
            tasks: [task, try InventedRun.task(rank: 2)], sites: [], findings: [task.finding],
            period: InventedRun.period, to: path)
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage], access: .update)
        try dataset.execute(sql: "UPDATE tasks SET verdict = 'no_change' WHERE rank = 2")
        try dataset.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        var settings = TruthSettings()
        settings.source = path
        let truth = try TruthRegister.load(settings: settings)
        #expect(truth.isTaskList && truth.areas.map(\.state) == [.undisturbed] && truth.unsureCount == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try folder.names() == ["tasks.gpkg"])
    }

    // MARK: Broken and hostile files

    @Test func brokenRowsAreNamedAndTheOthersUsed() throws {
        try folder.put(
            collection([
                ("", "null"), ("", #"{"type": "Polygon", "coordinates": []}"#),
                ("", #"{"type": "LineString", "coordinates": [[21, 45], [21.1, 45]]}"#),
                ("", #"{"type": "Polygon", "coordinates": [[[500, 45], [500, 46], [501, 46], [500, 45]]]}"#),
                // A bow-tie is repaired.
                (
                    "",
                    #"{"type": "Polygon", "coordinates": [[[21, 45], [21.001, 45.001], [21.001, 45], [21, 45.001], [21, 45]]]}"#
                ),
                ("", Self.square),
            ]), at: "truth.geojson")
        var settings = TruthSettings()
        settings.source = folder.path + "/truth.geojson"
        let truth = try TruthRegister.load(settings: settings)
        #expect(truth.areas.map(\.row) == [5, 6] && truth.losses.count == 4)
        for (loss, words) in zip(truth.losses, ["no geometry", "geometry", "line", "off the Earth"]) {
            #expect(loss.contains(words), "\(loss)")
        }
        #expect(truth.remarks == ["1 outlines were invalid and were repaired"])
        #expect(truth.areas.allSatisfy { $0.geometry.isValid })
    }

    @Test(arguments: [
        ("none.geojson", nil, "there is no such file"),
        ("empty.geojson", "", "empty.geojson"),
        ("garbage.gpkg", "no database at all", "garbage.gpkg"),
        ("torn.geojson", #"{"type": "FeatureCollection", "features": [{"type": "Fea"#, "torn.geojson"),
        ("bare.geojson", #"{"type": "FeatureCollection", "features": []}"#, "has no rows"),
        ("redirect.vrt", "<OGRVRTDataSource/>", "is a virtual file"),
    ])
    func whatCannotBeReadIsOneClearLine(name: String, text: String?, words: String) throws {
        if let text { try folder.put(text, at: name) }
        var settings = TruthSettings()
        settings.source = folder.path + "/" + name
        let message = complaint { _ = try TruthRegister.load(settings: settings) }
        #expect(message.contains(words) && message.contains(name) && !message.contains("\n"), "\(message)")
    }

    @Test func aFileWhoseRowsAllFailSaysWhy() throws {
        let message = complaint { _ = try load([#""onset": "57""#, #""onset": "58""#]) }
        #expect(message.contains("has no row that can be used (row 1: its onset '57' is no day"), "\(message)")
        let blank = complaint { _ = try load([#""verdict": """#]) }
        #expect(blank.contains("has no row that can be used (row 1: its verdict says nothing"), "\(blank)")
        let radius = complaint { _ = try load([""]) { $0.pointRadiusMetres = -1 } }
        #expect(radius.contains("point radius: is -1.0. Give metres"), "\(radius)")
    }

    @Test func hostileWordsStayOnOneLine() throws {
        let words = [#"x\nNote: forged"#, #"\u202etxt.exe"#, #"<script>"#, String(repeating: "long ", count: 1000)]
        let truth = try load(words.map { #""verdict": "\#($0)", "kind": "\#($0)""# })
        #expect(truth.areas.count == 4)
        for remark in truth.remarks {
            #expect(!remark.contains("\n") && !remark.contains("\u{202E}") && remark.count < 700, "\(remark)")
        }
    }

    @Test func otherFormatsAndReferenceSystems() throws {
        let utm = try CoordinateReferenceSystem(epsg: 32634)
        for (name, driver) in [("truth.gpkg", VectorDriver.geoPackage), ("truth.shp", .shapefile)] {
            let path = folder.path + "/" + name
            let dataset = try VectorDataset.create(path, driver: driver)
            let layer = try dataset.createLayer(
                LayerDefinition(
                    name: "truth", crs: utm, kind: .polygon,
                    fields: [FieldDefinition("onset", .date), FieldDefinition("label", .integer)]))
            let box = Envelope(minimumX: 500_000, minimumY: 5_000_000, maximumX: 500_040, maximumY: 5_000_040)
            try layer.append(
                Feature(fields: ["onset": "2023-09-05", "label": 1], geometry: Geometry(rectangle: box)))
            try layer.append(
                Feature(fields: ["onset": "2023-10-05", "label": 0], geometry: Geometry(rectangle: box)))
            try dataset.close()
            var settings = TruthSettings()
            settings.source = path
            let truth = try TruthRegister.load(settings: settings)
            #expect(truth.areas.map(\.state) == [.disturbed, .undisturbed], "\(name) \(truth.remarks)")
            #expect(truth.areas[0].begun == Day("2023-09-05") && truth.areas[1].ended == Day("2023-10-05"))
            #expect(abs(truth.areas[0].geometry.ellipsoidalArea - 1600) < 3)
        }
        // Without its reference system a shapefile is anywhere.
        try FileManager.default.removeItem(atPath: folder.path + "/truth.prj")
        var settings = TruthSettings()
        settings.source = folder.path + "/truth.shp"
        #expect(complaint { _ = try TruthRegister.load(settings: settings) }.contains("reference system"))
        settings.crs = "EPSG:32634"
        #expect(try TruthRegister.load(settings: settings).areas.count == 2)
    }
}
