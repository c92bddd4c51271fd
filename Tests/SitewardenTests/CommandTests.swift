import Foundation
import Testing

@testable import Disturbance

/// The commands around the scan, and what they answer to wrong usage.
struct CommandTests {
    @Test(arguments: [
        ["scan"], ["scan", "--period", "2019-13"], ["scan", "--period", "2019-06-30/2019-06-01"],
        ["scan", "--period", "2019-06", "--threads", "0"], ["scan", "--period", "2019-06", "--nonsense"],
        ["scan", "--period", "yesterday"], ["plan"], ["review", "import"], ["review", "import", "tasks.gpkg"],
        ["explain"], ["explain", "1a2b3c4d"], ["explain", "1a2b3", "--output", "out"],
        ["explain", "1a2b3c", "--run", "out/2019-09", "--output", "out"],
        ["explain", "1a2b3c", "--output", "out", "--format", "xml"], ["nonsense"],
    ])
    func wrongUsageIs64(arguments: [String]) async throws {
        let run = try await Program.run(arguments)
        #expect(run.status == 64 && run.output.isEmpty && run.errors.contains("Usage: sitewarden"))
    }

    @Test func helpAndVersion() async throws {
        let help = try await Program.run(["--help"])
        #expect(help.status == 0 && help.output.contains("scan") && help.output.contains("Exit status"))
        let version = try await Program.run(["--version"])
        #expect(version.status == 0 && version.output == Pipeline.version + "\n")
    }

    @Test func configurationReadsBack() async throws {
        let folder = try TemporaryFolder()
        let defaults = try await Program.run(["config"])
        #expect(defaults.status == 0)
        // As people write them.
        #expect(defaults.output.contains("minimumMappingUnitSquareMetres: 400.0") && !defaults.output.contains("e+"))
        try folder.write(defaults.output, to: "all.yaml")
        let again = try await Program.run(["config", folder.path + "/all.yaml"])
        #expect(again.output == defaults.output && again.status == 0)
        #expect(try Configuration(yaml: defaults.output, subject: "all.yaml") == Configuration())

        try folder.write(
            "# no *setting* & none\nwindows: {ringMetres: 60}\nscenes: {exclude: [\"S2A_*\"]}\n", to: "few.yaml")
        let few = try await Program.run(["config", folder.path + "/few.yaml", "--output", "/somewhere"])
        #expect(few.status == 0 && few.output.contains("ringMetres: 60") && few.output.contains("folder: /somewhere"))
        #expect(few.output.contains("S2A_*"))
    }

    @Test func thePlanReadsNoPixelsAndSaysWhatItWouldRead() async throws {
        let watch = try Watch.pair()
        let text = try await Program.run(["plan", watch.pipeline, "--period", "2019-06"])
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("Sites     4 of 5 with imagery") && text.output.contains("No imagery: E-far"))
        #expect(!watch.folder.exists("runs"))

        let run = try await Program.run(["plan", watch.pipeline, "--period", "2019-06", "--json"])
        let plan = try run.json()
        #expect(plan["scenes"] as? Int == 2 && plan["newScenes"] as? Int == 1)
        // Two dates of four bands and a mask, each a block of 64 x 64: 2 bytes a pixel, the mask 1.
        #expect(plan["blocks"] as? Int == 10 && plan["decodedBytes"] as? Int == 2 * (4 * 2 + 1) * 64 * 64)
        #expect(plan["sitesWithoutImagery"] as? [String] == ["E-far"] && plan["problems"] as? [String] == [])
    }

    @Test func thePlanNamesWhatCannotBeUsed() async throws {
        let watch = try Watch.pair(days: Watch.pairDays + ["2019-06-24"])
        try FileManager.default.removeItem(atPath: watch.folder.path + "/scenes/2019-06-24/B04.tif")
        let run = try await Program.run(["plan", watch.pipeline, "--period", "2019-06", "--json"])
        #expect(run.status == 2)
        let problems = try #require(try run.json()["problems"] as? [String])
        #expect(problems.contains { $0.contains("S2_2019-06-24") && $0.contains("B04") }, "\(problems)")
    }

    @Test func sitesAreChecked() async throws {
        let folder = try TemporaryFolder()
        try folder.write(try Landscape.register([Landscape.dug, Landscape.quiet]), to: "good.geojson")
        let good = try await Program.run(["sites", "check", "--sites", folder.path + "/good.geojson"])
        #expect(good.status == 0 && good.output.contains("2 rows, 2 sites to watch\nno problems"))

        var twin = Landscape.quiet
        twin.id = "A-dug"
        try folder.write(try Landscape.register([Landscape.dug, twin]), to: "twins.geojson")
        let twins = try await Program.run(["sites", "check", "--sites", folder.path + "/twins.geojson"])
        #expect(twins.status == 2 && twins.output.contains("rejected: row 2, site A-dug: row 1 has the same id"))
        let json = try await Program.run(["sites", "check", "--sites", folder.path + "/twins.geojson", "--json"])
        #expect(json.status == 2)
        let report = try json.json()
        #expect(report["rows"] as? Int == 2 && report["sites"] as? Int == 1 && report["rejected"] as? Int == 1)

        let missing = try await Program.run(["sites", "check", "--sites", folder.path + "/none.geojson"])
        #expect(missing.status == 66 && missing.errors.contains("none.geojson") && missing.output.isEmpty)
        let nothing = try await Program.run(["sites", "check"])
        #expect(nothing.status == 78 && nothing.errors.contains("--sites"))
    }
}
