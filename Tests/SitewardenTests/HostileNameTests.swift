import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Names that try to be markup, formulas, other lines or commands to the terminal.
struct HostileNameTests {
    private static let names = [
        "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "one\nrejected: row 9: forged",
        "\u{1B}[2J\u{1B}]0;owned\u{7}",
        "\u{9B}31m\u{202E}gnp.exe", "Robert'); DROP TABLE tasks;--", "\"quoted\", & %s",
    ]

    /// One site for each name, all over the same hole, with the name as id too.
    private func watch() throws -> Watch {
        let sites = Self.names.map { name in
            var site = Landscape.dug
            site.id = name
            site.name = name
            return site
        }
        return try Watch.pair(sites: Landscape.register(sites + [Landscape.far]))
    }

    private static func isHarmless(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy {
            $0 == "\n" || !($0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E)
        }
    }

    @Test func nothingOfThemTakesEffect() async throws {
        let watch = try watch()
        let folder = watch.folder
        let run = try await watch.scan("2019-06")
        #expect(run.status == 0, "\(run.errors)")
        #expect(Self.isHarmless(run.output) && Self.isHarmless(run.errors))

        // Machines get the names as they are.
        let tasks = try watch.tasks("2019-06")
        for name in Self.names { #expect(tasks[name]?.first?["site_name"] as? String == name) }
        let dataset = try VectorDataset.open(folder.path + "/runs/2019-06/tasks.gpkg", drivers: [.geoPackage])
        #expect(try dataset.layer(named: "tasks").featureCount() == Self.names.count)
        try dataset.close()
        let register = try VectorDataset.open(folder.path + "/runs/register.gpkg", drivers: [.geoPackage])
        #expect(Set(try register.layer(named: "tasks").features().map { $0["site_id"].text }) == Set(Self.names))
        try register.close()

        // What people open holds nothing that acts.
        let report = try folder.text("runs/2019-06/report.html")
        #expect(!report.contains("<script") && !report.contains("\u{202E}") && !report.contains("\u{1B}"))
        #expect(report.contains("&lt;script&gt;"))
        let coverage = try folder.text("runs/2019-06/coverage.csv")
        #expect(Self.isHarmless(coverage.replacing("\r\n", with: "\n")))
        #expect(!coverage.split(separator: "\r\n").contains { $0.hasPrefix("=") || $0.hasPrefix("rejected") })

        for (name, rows) in tasks {
            let id = try #require(rows.first?["task_id"] as? String)
            let run = folder.path + "/runs/2019-06"
            let text = try await Program.run(["explain", id, "--run", run])
            #expect(text.status == 0 && Self.isHarmless(text.output), "\(text.errors)")
            #expect(!text.output.split(separator: "\n").contains { $0.hasPrefix("rejected") || $0.hasPrefix("=") })
            let json = try await Program.run(["explain", id, "--run", run, "--format", "json"])
            #expect(json.status == 0 && Self.isHarmless(json.output))
            #expect((try json.json()["task"] as? [String: Any])?["site_name"] as? String == name)
        }

        // The same once more, from JSON on the terminal.
        let json = try await watch.scan("2019-06", ["--json"])
        #expect(json.status == 0 && Self.isHarmless(json.output) && Self.isHarmless(json.errors))
    }

    @Test func checksAndPlansShowThemHarmless() async throws {
        var rows = [Landscape.dug, Landscape.far]
        for name in Self.names {
            // Twice, so that each is told.
            for place in [Landscape.dug, Landscape.far] {
                var site = place
                site.id = name
                site.name = name
                rows.append(site)
            }
        }
        let watch = try Watch.pair(sites: Landscape.register(rows))
        let text = try await Program.run(["sites", "check", watch.pipeline])
        #expect(text.status == 2 && Self.isHarmless(text.output))
        #expect(text.output.split(separator: "\n").count { $0.hasPrefix("rejected: ") } == Self.names.count)
        #expect(!text.output.contains("\nrejected: row 9: forged"))

        let json = try await Program.run(["sites", "check", watch.pipeline, "--json"])
        #expect(json.status == 2 && Self.isHarmless(json.output))
        let problems = try #require(try json.json()["problems"] as? [[String: Any]])
        #expect(Set(problems.compactMap { $0["siteID"] as? String }) == Set(Self.names))

        let plan = try await Program.run(["plan", watch.pipeline, "--period", "2019-06"])
        #expect(plan.status == 2 && Self.isHarmless(plan.output) && Self.isHarmless(plan.errors))
        let scan = try await watch.scan("2019-06")
        #expect(scan.status == 2 && Self.isHarmless(scan.errors))
        #expect(scan.errors.split(separator: "\n").count { $0.hasPrefix("Not used: ") } == Self.names.count)
    }

    @Test func scenesToo() async throws {
        let watch = try Watch.pair(days: Watch.pairDays + ["2019-06-24"])
        let items = try watch.folder.text("scenes/items.json")
            .replacing(#""S2_2019-06-24""#, with: #""S2\u001b[2J\nNot used: forged""#)
        try watch.folder.write(items, to: "scenes/items.json")
        try FileManager.default.removeItem(atPath: watch.folder.path + "/scenes/2019-06-24/B04.tif")
        let run = try await watch.scan("2019-06")
        #expect(run.status == 2 && Self.isHarmless(run.errors))
        #expect(run.errors.split(separator: "\n").count { $0.hasPrefix("Not used: ") } == 1, "\(run.errors)")
    }
}
