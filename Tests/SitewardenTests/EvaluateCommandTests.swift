import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// A month is scanned and scored against labelled ground, as its user does it.
struct EvaluateCommandTests {
    /// Boxes of pixels of the landscape with what is known of them, as GeoJSON in its own reference system.
    private func write(
        _ rows: [(rows: Range<Int>, columns: Range<Int>, properties: [String: Any])], to name: String, of watch: Watch
    ) throws -> String {
        let grid = try Landscape().grid()
        let features = rows.map { row in
            let corners = [
                (row.rows.upperBound, row.columns.lowerBound), (row.rows.upperBound, row.columns.upperBound),
                (row.rows.lowerBound, row.columns.upperBound), (row.rows.lowerBound, row.columns.lowerBound),
                (row.rows.upperBound, row.columns.lowerBound),
            ].map { place in
                let corner = grid.coordinate(row: Double(place.0), column: Double(place.1))
                return [corner.x, corner.y]
            }
            return [
                "type": "Feature", "properties": row.properties,
                "geometry": ["type": "Polygon", "coordinates": [corners]],
            ] as [String: Any]
        }
        let text = try JSONSerialization.data(withJSONObject: [
            "type": "FeatureCollection", "features": features,
            "crs": ["type": "name", "properties": ["name": "urn:ogc:def:crs:EPSG::32634"]],
        ])
        try watch.folder.write(String(decoding: text, as: UTF8.self), to: name)
        return watch.folder.path + "/" + name
    }

    /// A hole in one site, found by the scan; a quiet mound that somebody inspected.
    private func scanned() async throws -> (watch: Watch, truth: String) {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-06").status == 0)
        let truth = try write(
            [
                (10..<15, 9..<14, ["onset": "2019-06-01", "label": "pit", "kind": "hole"]),
                (30..<38, 8..<16, ["onset": "2019-07-10", "label": "undisturbed"]),
            ], to: "truth.geojson", of: watch)
        return (watch, truth)
    }

    @Test func aMonthIsScored() async throws {
        let (watch, truth) = try await scanned()
        let before = try watch.folder.snapshot()
        let run = watch.folder.path + "/runs/2019-06"
        let json = try await Program.run([
            "evaluate", "--truth", truth, "--run", run, "--kinds", "hole=soil_exposed", "--format", "json",
        ])
        #expect(json.status == 0, "\(json.errors)")
        let result = try json.json()
        func share(_ name: String) -> [Int]? {
            (result[name] as? [String: Any]).flatMap { share in
                (share["numerator"] as? Int).flatMap { first in (share["denominator"] as? Int).map { [first, $0] } }
            }
        }
        #expect(share("recall_inside") == [1, 1] && share("precision") == [1, 1] && share("recall_buffer") == [0, 0])
        #expect((result["truth"] as? [String: Any])?["undisturbed"] as? Int == 1)
        #expect((result["ranking"] as? [String: Any])?["sites"] as? Int == 2)
        #expect(((result["kinds"] as? [String: Any])?["macro_f1"] as? [String: Any])?["value"] as? Double == 1)
        #expect((result["delay_days"] as? [String: Any])?["median"] as? Double == 29)

        // All of the output folder, named in two ways, is the same one run.
        let output = try await Program.run([
            "evaluate", "--truth", truth, "--output", watch.folder.path + "/runs", "--kinds", "hole=soil_exposed",
            "--format", "json",
        ])
        #expect(output.output == json.output && output.status == 0)
        let text = try await Program.run(["evaluate", "--truth", truth, "--pipeline", watch.pipeline])
        #expect(text.status == 0 && text.output.contains("Recall inside boundaries"), "\(text.errors)")
        #expect(text.output.contains("kinds without a meaning are not scored: 'hole' (1)"))
        // The register named instead of what the run drew.
        let sites = try await Program.run([
            "evaluate", "--truth", truth, "--run", run, "--sites", watch.folder.path + "/sites.geojson", "--complete",
        ])
        #expect(sites.status == 0 && sites.output.contains("4 of 5 sites seen"), "\(sites.output) \(sites.errors)")
        // Scoring writes nothing.
        #expect(try watch.folder.snapshot() == before)
    }

    @Test func rowsThatCannotBeUsedAreNamed() async throws {
        let (watch, _) = try await scanned()
        let truth = try write(
            [
                (10..<15, 9..<14, ["onset": "last summer\nNote: forged"]), (10..<15, 9..<14, ["onset": "2019-06-01"]),
            ], to: "bad.geojson", of: watch)
        let run = try await Program.run(["evaluate", "--truth", truth, "--output", watch.folder.path + "/runs"])
        #expect(run.status == 2 && run.output.contains("Recall inside boundaries"))
        let lines = run.errors.split(separator: "\n")
        #expect(
            lines.count == 1 && lines[0].contains("row 1: its onset 'last summer␊Note: forged' is no day"), "\(lines)")
    }

    @Test func whatCannotBeScoredIsOneLine() async throws {
        let (watch, truth) = try await scanned()
        try watch.folder.write("no truth at all", to: "garbage.geojson")
        let runs = watch.folder.path + "/runs"
        for (arguments, words) in [
            (["--truth", watch.folder.path + "/none.gpkg", "--output", runs], "there is no such file"),
            (["--truth", watch.folder.path + "/garbage.geojson", "--output", runs], "garbage.geojson"),
            (["--truth", truth, "--run", watch.folder.path], "run.json"),
            (["--truth", truth, "--output", watch.folder.path + "/scenes"], "holds no folder of a run"),
            (["--truth", truth, "--output", runs, "--onset-field", "begin"], "has no field 'begin'. It has"),
        ] {
            let run = try await Program.run(["evaluate"] + arguments)
            #expect(
                [65, 66, 78].contains(run.status) && run.output.isEmpty && run.errors.split(separator: "\n").count == 1)
            #expect(run.errors.contains(words), "\(run.errors)")
        }
    }

    @Test(arguments: [
        [], ["--output", "runs", "--run", "runs/2019-06"], ["--output", "runs", "--share", "0"],
        ["--output", "runs", "--tolerance", "-1"], ["--output", "runs", "--kinds", "hole"],
        ["--output", "runs", "--kinds", "hole=looting"], ["--output", "runs", "--format", "xml"],
    ])
    func wrongUsageIs64(arguments: [String]) async throws {
        let run = try await Program.run(["evaluate", "--truth", "truth.gpkg"] + arguments)
        #expect(run.status == 64 && run.output.isEmpty && run.errors.contains("Usage: sitewarden evaluate"))
    }
}
