import Foundation
import Testing

@testable import Disturbance

/// `sitewarden explain` on runs of the built program.
struct ExplainCommandTests {
    private func id(_ watch: Watch, _ period: String, site: String = "A-dug") throws -> String {
        try #require(try watch.tasks(period)[site]?.first?["task_id"] as? String)
    }

    @Test func aPairIsExplainedWithoutItsScenes() async throws {
        let watch = try Watch.pair()
        let run = try await watch.scan("2019-06")
        #expect(run.status == 0, "\(run.errors)")
        let id = try id(watch, "2019-06")
        for name in ["scenes", "sites.geojson", "runs/register.gpkg"] {
            try FileManager.default.removeItem(atPath: "\(watch.folder.path)/\(name)")
        }
        let text = try await Program.run(["explain", String(id.prefix(8)), "--pipeline", watch.pipeline])
        #expect(text.status == 0 && text.errors.isEmpty, "\(text.errors)")
        for words in [
            "Task            \(id)", "Site            A-dug  Dug fort", "one date before, 2019-05-10", "S2_2019-05-10",
            "Bands           blue, green, red, nir", "2019-06-09* departs", "  2019-06-09  S2_2019-06-09",
            "100 times the product of the terms",
        ] {
            let isThere = text.output.contains(words)
            #expect(isThere, "\(words)\n\(text.output)")
        }
        // The same by any way of naming the run.
        let runs = watch.folder.path + "/runs"
        for way in [["--output", runs], ["--run", runs + "/2019-06"], ["--run", runs + "/2019-06/"]] {
            let other = try await Program.run(["explain", id.uppercased(), "--format", "text"] + way)
            #expect(other.status == 0 && other.output == text.output, "\(other.errors)")
        }
        let json = try await Program.run(["explain", id, "--run", runs + "/2019-06", "--format", "json"])
        let document = try json.json()
        #expect(document["format"] as? String == "sitewarden-explanation" && document["version"] as? Int == 1)
        let task = try #require(document["task"] as? [String: Any])
        #expect(task["task_id"] as? String == id && (task["terms"] as? [Any])?.count == 7)
        let finding = try #require(document["finding"] as? [String: Any])
        let explanation = try #require(finding["explanation"] as? [String: Any])
        #expect(explanation["tested_bands"] as? [String] == ["blue", "green", "red", "nir"])
        let days = try #require(explanation["days"] as? [[String: Any]])
        #expect(days.count == 1 && days[0]["verdict"] as? String == "departs")
        let observed = try #require(days[0]["observed"] as? [Double])
        let expected = try #require(days[0]["expected"] as? [Double])
        // Bare soil where there was grass; the patch's rim is the smoothing's.
        #expect(zip(observed, expected).allSatisfy { $0 > $1 + 0.02 })
    }

    @Test func whatCannotBeExplainedIsToldOnOneLine() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let id = try id(watch, "2019-06")
        let runs = watch.folder.path + "/runs"
        func errors(_ arguments: [String]) async throws -> String {
            let run = try await Program.run(["explain"] + arguments)
            #expect(
                [65, 66, 78].contains(run.status) && run.output.isEmpty && run.errors.split(separator: "\n").count == 1)
            return run.errors
        }
        let unknown = try await errors(["00000000", "--output", runs])
        #expect(unknown.contains("Task 00000000: is not among the tasks of 2019-06"))
        #expect(try await errors(["a\u{1B}[2Jb\nc", "--output", runs]).contains("Task a␛[2Jb␊c"))
        #expect(try await errors([id, "--output", watch.folder.path]).contains("holds no run"))
        #expect(try await errors([id, "--run", runs]).contains("is no folder of a run"))
        #expect(try await errors([id, "--run", runs + "/none"]).contains("is no folder of a run"))
        #expect(try await errors([id, "--pipeline", runs + "/none.yaml"]).contains("none.yaml"))
        try watch.folder.write("sites: {source: a}\n", to: "bare.yaml")
        #expect(
            try await errors([id, "--pipeline", watch.folder.path + "/bare.yaml"]).contains("names no output folder"))
        try FileManager.default.removeItem(atPath: runs + "/2019-06/explanations.json")
        #expect(try await errors([id, "--output", runs]).contains("an earlier version wrote the run"))
    }

    @Test func aMonthThatDidNotSeeTheFindingSaysSo() async throws {
        let watch = try Watch.healing(sites: [Landscape.dug])
        for month in Watch.healingMonths {
            let run = try await watch.scan(month)
            #expect(run.status == 0, "\(month): \(run.errors)")
        }
        let id = try id(watch, "2019-05")
        func text(_ month: String) async throws -> String {
            let run = try await Program.run(["explain", id, "--run", "\(watch.folder.path)/runs/\(month)"])
            #expect(run.status == 0, "\(run.errors)")
            return run.output
        }
        let may = try await text("2019-05")
        #expect(may.contains("seasonal baseline") && may.contains("seen on 1 day, as expected on 0, not judged on 0"))
        #expect(may.contains("2019-05-10* departs        100%") && may.contains("Hotelling"))
        let july = try await text("2019-07")
        #expect(july.contains("not seen: the ground could be judged on none of 1 day (cloud on 1)."))
        #expect(july.contains("It was last seen in the run of 2019-06."))
        #expect(july.contains("2019-07-08* not judged       0%       -      -"))
        // The days before are watched again.
        #expect(july.contains("2019-06-14  departs") && july.contains("2019-05-10  departs"))
        let august = try await text("2019-08")
        #expect(august.contains("not seen: 1 day showed the ground as expected, 0 could not be judged."))
        #expect(august.contains("2019-08-12* as expected"))
        // Each run tells its own, whatever came later.
        let before = try watch.folder.data("runs/2019-06/explanations.json")
        _ = try await watch.scan("2019-06")
        #expect(try watch.folder.data("runs/2019-06/explanations.json") == before)
    }
}
