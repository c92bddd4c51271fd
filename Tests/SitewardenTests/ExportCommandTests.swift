import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// What leaves the house, read byte by byte.
struct ExportCommandTests {
    /// The sites of the landscape and three without scenes, a kilometre away and so in the same cell of 10 km.
    private static let sites =
        [Landscape.dug, Landscape.edge, Landscape.quiet, Landscape.hidden, Landscape.far]
        + (1...3).map {
            Landscape.Site(
                id: "N-0\($0)", name: "North house \($0)", rows: 30..<40, columns: 4..<14,
                degreesAway: 0.012 * Double($0))
        }

    /// A register whose fields the change may rewrite, scanned for June 2019.
    private func watch(
        _ settings: String = "", sites: [Landscape.Site] = Self.sites, change: ([String: Any]) -> [String: Any] = { $0 }
    ) async throws -> Watch {
        var register =
            try JSONSerialization.jsonObject(with: Data(Landscape.register(sites).utf8)) as! [String: Any]
        register["features"] = (register["features"] as! [[String: Any]]).map { feature in
            var feature = feature
            var properties = feature["properties"] as! [String: Any]
            properties["administrative_area"] = "Lower Valley"
            properties["significance"] = "national"
            feature["properties"] = change(properties)
            return feature
        }
        let text = String(decoding: try JSONSerialization.data(withJSONObject: register), as: UTF8.self)
        let watch = try Watch.pair(sites: text, settings: settings)
        let run = try await watch.scan("2019-06")
        #expect(run.status == 0, "\(run.errors)")
        return watch
    }

    private func export(_ watch: Watch, _ profile: String, _ options: [String] = []) async throws -> Program.Run {
        try await Program.run(
            ["export", watch.pipeline, "--profile", profile, "--output", watch.folder.path + "/handed/\(profile)"]
                + options)
    }

    /// Every file of an export as one text of bytes.
    private func bytes(_ watch: Watch, _ profile: String) throws -> Data {
        let folder = "handed/\(profile)"
        #expect(try watch.folder.names(in: folder) == ["changes.csv", "changes.geojson", "index.html"])
        #expect(try watch.folder.names(in: "handed").allSatisfy { !$0.hasPrefix(".") })
        return try watch.folder.names(in: folder).reduce(into: Data()) {
            $0 += try watch.folder.data("\(folder)/\($1)")
        }
    }

    // MARK: What must not be found

    /// Ways to write the places of the sites and of what was found, each too fine for a cell.
    private func places(_ watch: Watch) throws -> [String: Data] {
        var coordinates: [Coordinate] = []
        for source in ["sites.geojson", "runs/2019-06/tasks.geojson", "runs/2019-06/findings.geojson"] {
            let layer = try VectorDataset.open(watch.folder.path + "/" + source, drivers: [.geoJSON]).layer()
            for geometry in try layer.features().compactMap(\.geometry) {
                coordinates +=
                    geometry.coordinates + [geometry.centroid, geometry.pointOnSurface].compactMap(\.self)
                    + [geometry.envelope?.centre].compactMap(\.self)
            }
        }
        var forms: [String: Data] = [:]
        func add(_ text: String) { forms[text] = Data(text.utf8) }
        func add(bytes: [UInt8], _ name: String) {
            forms[name] = Data(bytes)
            forms["\(name) in hex"] = Data(bytes.map { String(format: "%02x", $0) }.joined().utf8)
            forms["\(name) in HEX"] = Data(bytes.map { String(format: "%02X", $0) }.joined().utf8)
            forms["\(name) in base 64"] = Data(Data(bytes).base64EncodedString().prefix(10).utf8)
        }
        for value in coordinates.flatMap({ [$0.x, $0.y] }) {
            for places in 4...8 {
                let rounded = String(format: "%.\(places)f", value)
                let cut = String(String(format: "%.12f", value).dropLast(12 - places))
                for text in [rounded, cut] {
                    add(text)
                    add(text.replacing(".", with: ","))
                    add(text.replacing(".", with: "\u{66B}"))
                }
            }
            let seconds = Int(value * 3600)
            for rounded in [seconds, seconds + 1] {
                let (degrees, minutes, rest) = (rounded / 3600, rounded / 60 % 60, rounded % 60)
                for (first, second) in [("°", "'"), ("°", "′"), (" ", " "), (":", ":"), ("d", "m"), ("-", "-")] {
                    add(String(format: "%d\(first)%02d\(second)%02d", degrees, minutes, rest))
                }
            }
            for (name, pattern) in [("big-endian", value.bitPattern.bigEndian), ("little-endian", value.bitPattern)] {
                add(bytes: (0..<8).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) }, "\(value) \(name)")
            }
            add(bytes: (0..<4).map { UInt8(truncatingIfNeeded: Float(value).bitPattern >> (8 * $0)) }, "\(value) Float")
        }
        for code in [32634, 6933, 3857, 3035] {
            let plane = try CoordinateTransformation(from: .wgs84, to: CoordinateReferenceSystem(epsg: code))
            for value in try plane.transform(coordinates).flatMap({ [$0.x, $0.y] }) {
                let metres = Int(value)
                for text in ["\(metres)", "\(metres + 1)", "\(metres / 10)"] { add(text) }
                add(String(format: "%.1f", value / 1000))
                add(String(format: "%.2f", value / 1000))
            }
        }
        for coordinate in coordinates { add(Self.geohash(coordinate, length: 7)) }
        return forms
    }

    /// Niemeyer's geohash; 7 characters are 150 m.
    private static func geohash(_ place: Coordinate, length: Int) -> String {
        var (west, east, south, north) = (-180.0, 180.0, -90.0, 90.0)
        let digits = Array("0123456789bcdefghjkmnpqrstuvwxyz")
        var text = ""
        var value = 0
        for bit in 0..<5 * length {
            if bit % 2 == 0 {
                let middle = (west + east) / 2
                value = 2 * value + (place.x >= middle ? 1 : 0)
                if place.x >= middle { west = middle } else { east = middle }
            } else {
                let middle = (south + north) / 2
                value = 2 * value + (place.y >= middle ? 1 : 0)
                if place.y >= middle { south = middle } else { north = middle }
            }
            if bit % 5 == 4 {
                text.append(digits[value])
                value = 0
            }
        }
        return text
    }

    /// Ids and names of sites, tasks, findings and scenes.
    private func names(_ watch: Watch) throws -> [String] {
        var found = Self.sites.flatMap { [$0.id, $0.name] } + Watch.pairDays.map { "S2_\($0)" } + Watch.pairDays
        for document in ["tasks", "findings"] {
            let features = try watch.folder.json("runs/2019-06/\(document).geojson")["features"] as? [[String: Any]]
            let properties = (features ?? []).compactMap { $0["properties"] as? [String: Any] }
            #expect(!properties.isEmpty)
            for id in properties.flatMap({ [$0["task_id"], $0["finding_id"]] }).compactMap({ $0 as? String }) {
                found += [id, String(id.prefix(8)), id.replacing("-", with: "")]
            }
        }
        return found
    }

    /// Where things lie on this machine.
    private func paths(_ watch: Watch) -> [String] {
        [
            watch.folder.path, watch.folder.path.split(separator: "/").last.map(String.init)!, "pipeline.yaml", "runs/",
            "scenes/", "sites.geojson", "items.json", ".tif", NSUserName() + "/", ProcessInfo.processInfo.hostName,
            ".partial",
        ]
    }

    private func leaks(_ needles: some Sequence<(key: String, value: Data)>, in bytes: Data) -> [String] {
        needles.filter { bytes.range(of: $0.value) != nil }.map(\.key).sorted()
    }

    private func leaks(_ needles: [String], in bytes: Data) -> [String] {
        leaks(Dictionary(needles.map { ($0, Data($0.utf8)) }) { first, _ in first }, in: bytes)
    }

    // MARK: Tests

    @Test func nothingTellsThePlaceTheIdOrThePath() async throws {
        let settings = "export: {minimumSites: 3, partnerFields: [significance, administrative_area]}"
        let watch = try await watch(settings)
        let (places, names, paths) = (try places(watch), try names(watch), paths(watch))
        #expect(places.count > 3000)
        for profile in ["internal", "partner", "public"] {
            let run = try await export(watch, profile)
            #expect(run.status == 0, "\(run.errors)")
            let bytes = try bytes(watch, profile)
            #expect(leaks(paths, in: bytes).isEmpty, "\(profile)")
            if profile == "internal" {
                // The scan can find what is there.
                #expect(leaks(places, in: bytes).count > 20 && leaks(names, in: bytes).count >= 5)
                continue
            }
            #expect(leaks(places, in: bytes).isEmpty, "\(profile)")
            #expect(leaks(names, in: bytes).isEmpty, "\(profile)")
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains(/[0-9]{4}-[0-9]{2}-[0-9]{2}/), "a day in \(profile)")
            #expect(
                !text.contains("<img") && !text.contains("<svg") && !text.contains("data:"), "a picture in \(profile)")
        }
        // One task, in the cell of its site and with the fields that may be told.
        let partner = try watch.folder.json("handed/partner/changes.geojson")
        let task = try #require((partner["features"] as? [[String: Any]])?.first?["properties"] as? [String: Any])
        #expect(task["reference"] as? String == "2019-06 no. 1" && task["zone"] as? String == "inside")
        #expect(task["site_significance"] as? String == "national" && task["first_seen"] as? String == "2019-06")
        #expect((task["cell"] as? String)?.hasPrefix("1kmE2026N") == true)
        // Seven sites in one cell of 10 km; the one that lies alone is not told.
        let cells = try watch.folder.json("handed/public/changes.geojson")["features"] as? [[String: Any]]
        let cell = try #require(cells?.first?["properties"] as? [String: Any])
        #expect(cells?.count == 1 && cell["sites"] as? String == "3 to 9", "\(cell)")
        #expect(cell["sites_with_change"] as? String == "fewer than 3" && cell["period"] as? String == "2019-06")
    }

    @Test func theSameRunGivesTheSameBytesAndNothingIsWrittenOver() async throws {
        let watch = try await watch("export: {minimumSites: 3}")
        #expect(try await export(watch, "public").status == 0)
        let before = try watch.folder.snapshot(of: "handed")
        let again = try await export(watch, "public")
        #expect(again.status == 0 && again.output.contains("unchanged"))
        let other = try await Program.run([
            "export", watch.pipeline, "--profile", "partner", "--output", watch.folder.path + "/handed/public",
        ])
        #expect(other.status == 73 && other.errors.contains("is there already"))
        #expect(try watch.folder.snapshot(of: "handed") == before)
    }

    @Test func tooFewSitesAreNoRow() async throws {
        let watch = try await watch("export: {minimumSites: 8}")
        let run = try await export(watch, "public")
        #expect(run.status == 0 && run.errors.contains("2 left out"), "\(run.errors)")
        #expect((try watch.folder.json("handed/public/changes.geojson")["features"] as? [Any])?.isEmpty == true)
        #expect(try watch.folder.text("handed/public/changes.csv").split(separator: "\r\n").count == 1)
        #expect(try watch.folder.text("handed/public/index.html").contains("There are none."))
    }

    @Test func sitesInOnePlaceAreNoCrowd() async throws {
        // Four parts of one monument in one square kilometre.
        let watch = try await watch("export: {minimumSites: 3}", sites: Array(Self.sites.prefix(4)))
        _ = try await export(watch, "public")
        #expect((try watch.folder.json("handed/public/changes.geojson")["features"] as? [Any])?.isEmpty == true)
    }

    @Test func unitsTakeThePlaceOfCells() async throws {
        let watch = try await watch("export: {minimumSites: 3, publicUnit: administrative_area, dates: quarter}")
        #expect(try await export(watch, "public").status == 0)
        let rows = try watch.folder.text("handed/public/changes.csv").split(separator: "\r\n")
        #expect(rows.count == 2 && rows[1].hasPrefix("Lower Valley,2019-Q2,3 to 9,"), "\(rows)")
    }

    @Test(arguments: ["Plot 45.1432, 21.0021", "A-dug", "38SMB4452", "../A-dug", "Valley\u{202E}"])
    func aTextThatTellsThePlaceStopsTheExport(text: String) async throws {
        let watch = try await watch(
            "export: {minimumSites: 3, publicUnit: administrative_area, partnerFields: [administrative_area]}"
        ) { properties in
            properties.merging(["administrative_area": text]) { _, new in new }
        }
        for profile in ["partner", "public"] {
            let run = try await export(watch, profile)
            #expect(run.status == 65 && run.errors.contains("administrative_area"), "\(run.status) \(run.errors)")
            #expect(!watch.folder.exists("handed/\(profile)"))
        }
        #expect(try await export(watch, "internal").status == 0)
    }

    @Test func whatIsUnknownOrChangedStopsTheExport() async throws {
        let watch = try await watch()
        let path = "runs/2019-06/tasks.geojson"
        let text = try watch.folder.text(path)
        try watch.folder.write(text.replacing("\"rank\":", with: "\"secret\": \"45.1432\", \"rank\":"), to: path)
        let run = try await export(watch, "partner")
        #expect(run.status == 65 && run.errors.contains("not as the run wrote it"), "\(run.errors)")
        for (setting, word) in [("partnerFields: [owner]", "partnerFields"), ("minimumSites: 1", "minimumSites")] {
            let pipeline = try watch.folder.text("pipeline.yaml")
            try watch.folder.write(pipeline + "\nexport: {\(setting)}\n", to: "other.yaml")
            let refused = try await Program.run([
                "export", watch.folder.path + "/other.yaml", "--profile", "public", "--output",
                watch.folder.path + "/handed/public",
            ])
            #expect(refused.status == 78 && refused.errors.contains(word), "\(refused.errors)")
        }
        let missing = try await export(watch, "public", ["--run", "2019-07"])
        #expect(missing.status == 66 && missing.errors.contains("2019-06"), "\(missing.errors)")
        #expect(!watch.folder.exists("handed"))
    }
}
