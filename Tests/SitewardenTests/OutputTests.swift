import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Everything a run publishes, as its readers open it.
struct OutputTests {
    /// One month with every outcome: two holes, cloud over one site, one site where no scene is. With one date before,
    /// the hole in a buffer stays a finding without a task.
    private func watch() throws -> Watch {
        try Watch.pair { landscape in
            landscape.cloudyRows = 28..<42
            landscape.cloudyColumns = 32..<46
            landscape.cloudFrom = Day("2019-06-01")!
        }
    }

    @Test func everyFileOfARunIsWhole() async throws {
        let watch = try watch()
        let folder = watch.folder
        let run = try await watch.scan("2019-06", ["--json", "--rasters"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(
            try folder.names(in: "runs/2019-06") == [
                "SHA256SUMS", "coverage.csv", "explanations.json", "findings.geojson", "rasters", "report.html", "run.json",
                "tasks.geojson", "tasks.gpkg",
            ])
        #expect(try folder.names(in: "runs") == ["2019-06", "register.gpkg"])
        let summary = try run.json()
        #expect(summary["folder"] as? String == folder.path + "/runs/2019-06")
        #expect(summary["changed"] as? Bool == true)

        // Tasks.
        let tasks = try folder.json("runs/2019-06/tasks.geojson")
        #expect(tasks["type"] as? String == "FeatureCollection" && tasks["crs"] == nil)
        #expect(tasks["period_start"] as? String == "2019-06-01" && tasks["period_end"] as? String == "2019-06-30")
        let features = try #require(tasks["features"] as? [[String: Any]])
        #expect(summary["tasks"] as? Int == features.count)
        #expect(
            features.compactMap { ($0["properties"] as? [String: Any])?["rank"] as? Int } == Array(1...features.count))
        let bySite = try watch.tasks("2019-06")
        let dug = try #require(bySite["A-dug"]?.first)
        #expect(Set(bySite.keys) == ["A-dug"])
        #expect(dug["area_core_m2"] as? Double ?? 0 > 1600 && dug["distance_to_core_m"] as? Double == 0)
        let scores = features.compactMap { ($0["properties"] as? [String: Any])?["score"] as? Double }
        #expect(scores == scores.sorted(by: >))
        let terms = dug.filter { $0.key.hasPrefix("term_") }.compactMap { $0.value as? Double }
        #expect(terms.count == 7 && abs(100 * terms.reduce(1, *) - scores[0]) < 0.01)
        let findings = try folder.json("runs/2019-06/findings.geojson")
        #expect(findings["period_start"] as? String == "2019-06-01")
        let inSites = (findings["features"] as? [[String: Any]])?.compactMap {
            ($0["properties"] as? [String: Any])?["sites"] as? [String]
        }
        #expect(inSites?.flatMap { $0 }.sorted() == ["A-dug", "B-edge"])
        let ring = try #require(
            ((features[0]["geometry"] as? [String: Any])?["coordinates"] as? [[[Double]]])?.first)
        #expect(ring.allSatisfy { (20.9...21.1).contains($0[0]) && (45.1...45.2).contains($0[1]) })
        #expect(ring.first == ring.last)

        // The task list for QGIS.
        let dataset = try VectorDataset.open(folder.path + "/runs/2019-06/tasks.gpkg", drivers: [.geoPackage])
        #expect(
            Set(try dataset.layerNames()).isSuperset(of: ["tasks", "findings", "sites", "buffers", "layer_styles"]))
        #expect(try dataset.layer(named: "tasks").featureCount() == features.count)
        #expect(try dataset.layer(named: "sites").featureCount() == 5)
        try dataset.close()

        // Coverage: a finding counts as seen also where it gives no task.
        let coverage = try watch.coverage("2019-06")
        #expect(
            coverage.mapValues { $0["outcome"] } == [
                "A-dug": "disturbance_seen", "B-edge": "disturbance_seen", "C-quiet": "no_disturbance_seen",
                "D-hidden": "not_seen", "E-far": "no_imagery",
            ])
        #expect(coverage["B-edge"]?["tasks"] == "0")
        #expect(coverage["C-quiet"]?["last_clear"] == "2019-06-09")
        #expect(coverage["C-quiet"]?["reason"] == "" && coverage["C-quiet"]?["judged_share"] == "1.0000")
        #expect(coverage["D-hidden"]?["reason"] == "cloud 100 %" && coverage["D-hidden"]?["cloud_share"] == "1.0000")
        #expect(coverage["E-far"]?["reason"] == "no acquisition of the period shows the site")
        #expect((summary["not_seen_because"] as? [String: Int]) == ["cloud": 1])
        #expect(
            coverage["D-hidden"]?["last_clear"] == "2019-05-10" && coverage["D-hidden"]?["hidden_share"] == "1.0000")

        // The report needs nothing but itself.
        let report = try folder.text("runs/2019-06/report.html")
        for words in ["Dug fort", "data:image/png;base64,", "<svg"] {
            let isThere = report.contains(words)
            #expect(isThere, "\(words)")
        }
        for words in ["<script", "<link", "@import", "url("] {
            let isThere = report.contains(words)
            #expect(!isThere, "\(words)")
        }
        let links = report.matches(of: /(src|href)="([^"]*)"/).map { String($0.output.2) }
        #expect(links.allSatisfy { $0.contains(#/^(data:|geo:|#)/#) }, "\(links.map { $0.prefix(40) })")

        // The manifest, against the files.
        let manifest = try folder.json("runs/2019-06/run.json")
        let outputs = try #require(manifest["outputs"] as? [[String: Any]])
        #expect(
            outputs.compactMap { $0["path"] as? String } == [
                "coverage.csv", "explanations.json", "findings.geojson", "rasters/change-score-00001.tif",
                "rasters/change-score-00002.tif",
                "report.html", "tasks.geojson", "tasks.gpkg",
            ])
        let inputs = try #require(manifest["inputs"] as? [[String: Any]])
        #expect(inputs.count == 2 + 2 * 5)
        for (file, above) in outputs.map({ ($0, folder.path + "/runs/2019-06/") }) + inputs.map({ ($0, "") }) {
            let path = above + (file["path"] as? String ?? "")
            #expect(file["sha256"] as? String == (try FileDigest(ofFileAt: path)).sha256, "\(path)")
        }
        let score = try RasterFile(path: folder.path + "/runs/2019-06/rasters/change-score-00001.tif")
        #expect(score.header.pixelType == .float32 && score.header.grid.transform.columnStepX == 10)
    }

    @Test func theNumberOfThreadsChangesNothing() async throws {
        let watch = try watch()
        let one = try await watch.scan("2019-06", ["--threads", "1", "--output", watch.folder.path + "/one"])
        let three = try await watch.scan("2019-06", ["--threads", "3", "--output", watch.folder.path + "/three"])
        #expect(one.status == 0 && three.status == 0)
        for name in [
            "tasks.geojson", "findings.geojson", "tasks.gpkg", "coverage.csv", "report.html", "explanations.json",
        ] {
            #expect(
                try watch.folder.data("one/2019-06/\(name)") == watch.folder.data("three/2019-06/\(name)"), "\(name)")
        }
        #expect(try watch.folder.data("one/register.gpkg") == watch.folder.data("three/register.gpkg"))
    }

    /// Without a pipeline file, on a plain folder, with a register that lies elsewhere and in another reference system.
    @Test(arguments: ["sites.gpkg", "sites.shp", "sites.fgb"])
    func sitesOfOtherFormatsAndReferenceSystems(name: String) async throws {
        let watch = try watch()
        let path = watch.folder.path + "/" + name
        let mercator = try CoordinateReferenceSystem("EPSG:3857")
        do {
            let source = try VectorDataset.open(watch.folder.path + "/sites.geojson", drivers: [.geoJSON])
            let driver: VectorDriver =
                name.hasSuffix("gpkg") ? .geoPackage : name.hasSuffix("shp") ? .shapefile : .flatGeobuf
            let target = try VectorDataset.create(path, driver: driver)
            let fields = [
                FieldDefinition("site_id", .text), FieldDefinition("name", .text), FieldDefinition("buffer_m", .real),
            ]
            let layer = try target.createLayer(
                LayerDefinition(name: "sites", crs: mercator, kind: .polygon, fields: fields))
            let toMercator = try CoordinateTransformation(from: .wgs84, to: mercator)
            for var feature in try source.layer(named: nil).features() {
                feature.id = nil
                feature.geometry = try feature.geometry?.transformed(with: toMercator)
                try layer.append(contentsOf: [feature])
            }
            try target.close()
        }
        try FileManager.default.removeItem(atPath: watch.folder.path + "/scenes/items.json")
        let run = try await Program.run([
            "scan", "--sites", path, "--scenes", watch.folder.path + "/scenes", "--period", "2019-05-11/2019-06-30",
            "--output", watch.folder.path + "/out", "--register", watch.folder.path + "/lasting.gpkg",
        ])
        #expect(run.status == 0, "\(run.errors)")
        let tasks = try watch.folder.json("out/2019-05-11_2019-06-30/tasks.geojson")["features"] as? [[String: Any]]
        let sites = tasks?.compactMap { ($0["properties"] as? [String: Any])?["site_id"] as? String } ?? []
        #expect(sites == ["A-dug"])
        #expect(watch.folder.exists("lasting.gpkg") && !watch.folder.exists("out/register.gpkg"))
    }
}
