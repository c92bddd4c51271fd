import Foundation
import Testing

@testable import Geospatial

/// A folder of its own for one test, gone afterwards.
private final class Folder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("vector-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }
}

struct VectorDatasetTests {
    private let folder = try! Folder()
    private let square = Geometry(rectangle: Envelope(minimumX: 10, minimumY: 60, maximumX: 11, maximumY: 61))
    private let date = "2019-09-30T00:00:00Z"

    private var definition: LayerDefinition {
        LayerDefinition(
            name: "places", crs: .wgs84, kind: .multiPolygon,
            fields: [
                FieldDefinition("name", .text), FieldDefinition("count", .integer),
                FieldDefinition("large", .integer64), FieldDefinition("share", .real),
                FieldDefinition("seen", .date), FieldDefinition("at", .dateTime), FieldDefinition("picture", .binary),
            ])
    }

    private var feature: Feature {
        Feature(
            fields: [
                "name": "Тахт-е Ростам", "count": 3, "large": 5_000_000_000, "share": 0.25, "seen": "2019-09-30",
                "at": "2019-09-30T10:20:30Z", "picture": .binary([0, 1, 255]),
            ], geometry: square)
    }

    private func makeGeoPackage(_ name: String, features: [Feature]) throws -> String {
        let path = folder.path(name)
        try GDALLibrary.withFileDate(date) {
            let dataset = try VectorDataset.create(path, driver: .geoPackage)
            let layer = try dataset.createLayer(definition)
            try dataset.inTransaction { try layer.append(contentsOf: features) }
            try dataset.close()
        }
        return path
    }

    @Test func aGeoPackageGivesBackWhatWasWritten() throws {
        let path = try makeGeoPackage("a.gpkg", features: [feature, Feature(fields: ["name": .null])])
        let layer = try VectorDataset.open(path, drivers: [.geoPackage]).layer()
        #expect(layer.name == "places")
        #expect(layer.crs?.epsgCode == 4326)
        #expect(layer.fieldDefinitions == definition.fields)
        #expect(try layer.featureCount() == 2)
        let read = try layer.features()
        #expect(read.map(\.id) == [1, 2])
        #expect(read[0].fields == feature.fields)
        #expect(read[0].geometry?.kind == .multiPolygon)
        #expect(try read[0].geometry?.equals(square) == true)
        #expect(read[1].fields.values.allSatisfy { $0 == .null })
        #expect(read[1].geometry == nil)
        #expect(read[1].problem == nil)
        #expect(try layer.features(where: "count = 3").count == 1)
        #expect(
            try layer.features(meeting: Envelope(minimumX: 0, minimumY: 0, maximumX: 1, maximumY: 1)).isEmpty)
        try VectorDataset.verify(path, drivers: [.geoPackage], layer: "places", expectedCount: 2)
        #expect(throws: GeospatialError.self) {
            try VectorDataset.verify(path, drivers: [.geoPackage], layer: "places", expectedCount: 3)
        }
        #expect(throws: GeospatialError.self) {
            try VectorDataset.verify(path, drivers: [.geoPackage], layers: [("places", 2), ("roads", 0)])
        }
    }

    @Test func theSameInputGivesTheSameBytesAtAnyTime() throws {
        let features = (Int64(0)..<50).map { number in
            var copy = feature
            copy.fields["count"] = .integer(number)
            return copy
        }
        let first = try makeGeoPackage("first.gpkg", features: features)
        // The date inside a GeoPackage has milliseconds.
        Thread.sleep(forTimeInterval: 1.1)
        let second = try makeGeoPackage("second.gpkg", features: features)
        #expect(FileManager.default.contents(atPath: first) == FileManager.default.contents(atPath: second))
    }

    @Test func featuresAreUpdatedAndDeletedById() throws {
        let path = try makeGeoPackage("b.gpkg", features: [feature, feature])
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage], access: .update)
        let layer = try dataset.layer(named: "places")
        try layer.update(Feature(id: 2, fields: ["count": 9, "share": .null]))
        try layer.delete(id: 1)
        #expect(throws: GeospatialError.self) { try layer.update(Feature(id: 7, fields: ["count": 9])) }
        #expect(throws: GeospatialError.self) { try layer.delete(id: 7) }
        #expect(throws: GeospatialError.self) { try layer.append(Feature(fields: ["nme": "a"])) }
        try dataset.close()
        #expect(throws: GeospatialError.self) { try layer.features() }
        let read = try VectorDataset.open(path, drivers: [.geoPackage]).layer().features()
        #expect(read.map(\.id) == [2])
        #expect(read[0]["count"] == .integer(9))
        #expect(read[0]["share"] == .null)
        #expect(read[0]["name"] == feature["name"])
        #expect(read[0].geometry != nil)
    }

    @Test func aThrowUndoesTheTransaction() throws {
        struct Stop: Error {}
        let path = try makeGeoPackage("c.gpkg", features: [feature])
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage], access: .update)
        let layer = try dataset.layer()
        #expect(throws: Stop.self) {
            try dataset.inTransaction {
                try layer.append(feature)
                try dataset.execute(sql: "UPDATE places SET count = 100")
                throw Stop()
            }
        }
        #expect(try layer.features().map { $0["count"] } == [.integer(3)])
        let kept = try dataset.inTransaction { try layer.append(feature) }
        #expect(kept == 2)
        try dataset.close()
        try VectorDataset.verify(path, drivers: [.geoPackage], expectedCount: 2)
    }

    @Test func statementsAreRunAndAnswered() throws {
        let path = try makeGeoPackage("d.gpkg", features: [feature, feature])
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage], access: .update)
        try dataset.execute(sql: "UPDATE places SET name = \(VectorDataset.sqlText("d'Arc")) WHERE fid = 2")
        let name = VectorDataset.sqlName("name")
        let answer = try dataset.query(sql: "SELECT \(name), count(*) AS n FROM places GROUP BY name ORDER BY name")
        #expect(answer.map { $0["name"] } == ["d'Arc", feature["name"]])
        #expect(answer.map { $0["n"] } == [1, 1])
        let error = #expect(throws: GeospatialError.self) { try dataset.query(sql: "SELECT nothing FROM nowhere") }
        #expect(error?.message.contains("nowhere") == true, "\(error as Any)")
    }

    @Test func geoJSONCarriesForeignMembersAndFollowsTheStandard() throws {
        let path = folder.path("a.geojson")
        let dataset = try VectorDataset.create(path, driver: .geoJSON)
        let layer = try dataset.createLayer(
            LayerDefinition(
                name: "tasks", crs: .wgs84, kind: .polygon,
                fields: [FieldDefinition("rank", .integer), FieldDefinition("note", .text)],
                options: LayerDefinition.geoJSONOptions(
                    foreignMembers: #"{"period_start": "2019-09-01", "run": {"sites": 3}}"#)))
        let clockwise = try Geometry(wkt: "POLYGON ((10 60, 10 61, 11 61, 11.123456789 60, 10 60))")
        try layer.append(Feature(fields: ["rank": 1, "note": .null], geometry: clockwise))
        try dataset.close()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["period_start"] as? String == "2019-09-01")
        #expect((object?["run"] as? [String: Any])?["sites"] as? Int == 3)
        #expect(Set(object!.keys) == ["type", "features", "period_start", "run"])
        #expect(text.contains("11.1234568"))
        #expect(!text.contains("11.12345678"))
        #expect(text.contains("[ [ [ 10.0, 60.0 ], [ 11.1234568, 60.0 ]"), "anticlockwise")
        try VectorDataset.verify(path, drivers: [.geoJSON], expectedCount: 1)
    }

    @Test(arguments: [1, 4, 30, 60, 95, 99])
    func aGeoJSONFileThatIsCutOrHoledIsNoticed(percent: Int) throws {
        let whole = folder.path("whole.geojson")
        let dataset = try VectorDataset.create(whole, driver: .geoJSON)
        let layer = try dataset.createLayer(
            LayerDefinition(
                name: "findings", crs: .wgs84, kind: .polygon, fields: [FieldDefinition("note", .text)],
                options: LayerDefinition.geoJSONOptions(foreignMembers: "{}")))
        let square = try Geometry(wkt: "POLYGON ((10 60, 10 61, 11 61, 11 60, 10 60))")
        for number in 0..<2000 {
            try layer.append(Feature(fields: ["note": .text("\(number)")], geometry: square))
        }
        try dataset.close()
        try VectorDataset.verify(whole, drivers: [.geoJSON], expectedCount: 2000)
        let bytes = try Data(contentsOf: URL(filePath: whole))
        let place = bytes.count * percent / 100
        let hole = bytes[..<place] + Data(count: 64) + bytes[(place + 64)...]
        for (name, damaged) in [("cut.geojson", bytes[..<place]), ("hole.geojson", hole)] {
            try damaged.write(to: URL(filePath: folder.path(name)))
            #expect(throws: GeospatialError.self, "\(name)") {
                try VectorDataset.verify(folder.path(name), drivers: [.geoJSON], expectedCount: 2000)
            }
        }
    }

    @Test func everyFeatureArrivesWhateverIsWrongWithOne() throws {
        let path = try folder.write(
            "broken.geojson",
            #"""
            {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"id": "open"}, "geometry":
              {"type": "Polygon", "coordinates": [[[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 1, 5]]]}},
            {"type": "Feature", "properties": {"id": "short"}, "geometry":
              {"type": "Polygon", "coordinates": [[[0, 0]]]}},
            {"type": "Feature", "properties": {"id": "none"}, "geometry": null},
            {"type": "Feature", "properties": {"id": "bow"}, "geometry":
              {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}}]}
            """#)
        let features = try VectorDataset.open(path, drivers: [.geoJSON]).layer().features()
        #expect(features.map { $0["id"] } == ["open", "short", "none", "bow"])
        #expect(features[0].geometry?.wkt == "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "closed, and flat")
        #expect(features[1].geometry == nil)
        #expect(features[1].problem?.contains("point array") == true, "\(features[1].problem ?? "")")
        #expect(features[2].geometry == nil)
        #expect(features[2].problem == nil)
        #expect(features[3].geometry?.isValid == false)
    }

    @Test func curvesBecomeLines() throws {
        let path = try folder.write(
            "curve.csv", "id,WKT\n1,\"CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 0 0))\"\n2,\"POINT ZM (1 2 3 4)\"\n")
        let features = try VectorDataset.open(path, drivers: [.csv]).layer().features()
        #expect(abs((features[0].geometry?.area ?? 0) - .pi) < 0.01)
        #expect(features[1].geometry?.wkt == "POINT (1 2)")
    }

    @Test func aShapefileHasItsSystemAndNamesTheLackOfOne() throws {
        let path = folder.path("a.shp")
        let dataset = try VectorDataset.create(path, driver: .shapefile)
        let utm = try CoordinateReferenceSystem(epsg: 32648)
        let layer = try dataset.createLayer(
            LayerDefinition(name: "a", crs: utm, kind: .polygon, fields: [FieldDefinition("id", .text)]))
        try layer.append(Feature(fields: ["id": "x"], geometry: square))
        try dataset.close()
        let read = try VectorDataset.open(path, drivers: [.shapefile]).layer()
        #expect(read.crs?.isSame(as: utm) == true)
        #expect(try read.features().map { $0["id"] } == ["x"])
        try FileManager.default.removeItem(atPath: folder.path("a.prj"))
        #expect(try VectorDataset.open(path, drivers: [.shapefile]).layer().crs == nil)
    }

    @Test func anUndefinedSystemIsNone() throws {
        let path = folder.path("none.gpkg")
        let dataset = try VectorDataset.create(path, driver: .geoPackage)
        let layer = try dataset.createLayer(
            LayerDefinition(name: "a", crs: nil, kind: .polygon, fields: []))
        try layer.append(Feature(fields: [:], geometry: square))
        try dataset.close()
        #expect(try VectorDataset.open(path, drivers: [.geoPackage]).layer().crs == nil)
    }

    @Test func severalLayersAreToldApartByName() throws {
        let path = folder.path("two.gpkg")
        let dataset = try VectorDataset.create(path, driver: .geoPackage)
        for name in ["one", "two"] {
            var copy = definition
            copy.name = name
            _ = try dataset.createLayer(copy)
        }
        _ = try dataset.createLayer(LayerDefinition(name: "notes", crs: nil, kind: nil, fields: []))
        #expect(try dataset.layerNames() == ["one", "two", "notes"])
        let error = #expect(throws: GeospatialError.self) { try dataset.layer() }
        #expect(error?.message == "has several layers: name one of one, two, notes")
        let missing = #expect(throws: GeospatialError.self) { try dataset.layer(named: "three") }
        #expect(missing?.message == "has no layer three. It has: one, two, notes")
        #expect(try dataset.layer(named: "two").hasGeometry)
        #expect(try !dataset.layer(named: "notes").hasGeometry)
    }

    @Test func onlyTheFormatsNamedAreOpened() throws {
        func message(_ source: String, _ drivers: [VectorDriver] = [.geoJSON, .geoPackage]) -> String {
            do {
                _ = try VectorDataset.open(source, drivers: drivers)
                return "opened"
            } catch { return "\(error)" }
        }
        let target = try folder.write("a.csv", "id,WKT\n1,POINT (1 2)\n")
        let virtual = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>\(target)</SrcDataSource>"
        let path = try folder.write("virtual.geojson", virtual + "</OGRVRTLayer></OGRVRTDataSource>")
        #expect(message(path).contains("is not readable as GeoJSON, GeoPackage"))
        #expect(message(folder.path("a.vrt")).contains("virtual file"))
        #expect(message(target).contains("is not readable as GeoJSON, GeoPackage"))
        #expect(message(target, [.csv]) == "opened")
        #expect(message(folder.path("missing.gpkg")).contains("there is no such file"))
        #expect(message("").contains("is empty"))
        #expect(message("PG:service=heritage").contains("only files"))
        let secret = message("PG:host=a password=hidden", [.postGIS])
        #expect(secret.contains("carries a password"))
        #expect(!secret.contains("hidden"))
    }

    @Test func aTruncatedGeoJSONIsAnError() throws {
        let path = try folder.write(
            "cut.geojson", #"{"type": "FeatureCollection", "features": [{"type": "Feature", "prop"#)
        #expect(throws: GeospatialError.self) {
            try VectorDataset.open(path, drivers: [.geoJSON]).layer().features()
        }
    }

    @Test func nothingIsOverwritten() throws {
        let path = try makeGeoPackage("e.gpkg", features: [])
        #expect(throws: GeospatialError.self) { try VectorDataset.create(path, driver: .geoPackage) }
    }
}
