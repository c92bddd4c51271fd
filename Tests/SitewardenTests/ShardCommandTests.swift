import Foundation
import Testing

/// A scan in shards by its commands, as a scheduler would call them.
struct ShardCommandTests {
    @Test func planShardsAndMerge() async throws {
        let watch = try Watch.pair(settings: "findings: {minimumPixels: 4}")
        #expect(try await watch.scan("2019-06").status == 0)
        let wanted = try watch.folder.snapshot(of: "runs").mapValues(\.bytes)
        try FileManager.default.removeItem(atPath: watch.folder.path + "/runs")

        let plan = watch.folder.path + "/june.plan"
        let planned = try await Program.run([
            "plan", watch.pipeline, "--period", "2019-06", "--shards", "2", "--plan", plan, "--json",
        ])
        let sharding = try #require(try planned.json()["sharding"] as? [String: Any])
        // Two groups that lie on the same blocks.
        #expect(planned.status == 0 && sharding["shards"] as? Int == 2)
        #expect((sharding["read_factor"] as? NSNumber)?.doubleValue == 2)

        let early = try await Program.run(["merge", plan])
        #expect(early.status == 66 && early.errors.contains("2 of 2 shards are not done yet: 0,1"), "\(early.errors)")
        #expect(try await Program.run(["scan", "--plan", plan, "--shard", "1"]).status == 0)
        for variable in ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "PBS_ARRAY_INDEX"]
        {
            let run = try await Program.run(["scan", "--plan", plan], wrapper: ["/usr/bin/env", "\(variable)=0"])
            #expect(run.status == 0 && run.output.contains("Shard 0 of 2: "), "\(run.errors)")
        }
        let merged = try await Program.run(["merge", plan, "--json"])
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(try merged.json()["changed"] as? Bool == true)
        #expect(try watch.folder.snapshot(of: "runs").mapValues(\.bytes) == wanted)
        let again = try await Program.run(["merge", plan, "--json"])
        #expect(try again.status == 0 && again.json()["changed"] as? Bool == false)
        #expect(try watch.folder.snapshot(of: "runs").mapValues(\.bytes) == wanted)
    }

    @Test func wrongUsageIsTold() async throws {
        let watch = try Watch.pair()
        func run(_ arguments: String..., wrapper: [String] = []) async throws -> Program.Run {
            try await Program.run(arguments, wrapper: wrapper)
        }
        #expect(try await run("plan", watch.pipeline, "--period", "2019-06", "--shards", "2").status == 64)
        #expect(try await run("plan", watch.pipeline, "--period", "2019-06", "--plan", "x").status == 64)
        #expect(try await run("scan", watch.pipeline).status == 64)
        #expect(try await run("scan", watch.pipeline, "--plan", "x").status == 64)
        for telling in [["--ping", "http://localhost"], ["--metrics-file", "a.prom"], ["--fail-on-tasks"]] {
            let told = try await Program.run(["scan", "--plan", "x", "--shard", "0"] + telling)
            #expect(told.status == 64 && told.errors.contains("give them to merge"), "\(told.errors)")
        }
        #expect(try await run("scan", "--period", "2019-06", "--shard", "1").status == 64)
        #expect(try await run("scan", watch.pipeline, "--period", "2019-06", "--keep-every", "-1").status == 64)
        // No index anywhere.
        let none = try await run("scan", "--plan", "x", wrapper: ["/usr/bin/env", "-u", "SLURM_ARRAY_TASK_ID"])
        #expect(none.status == 78 && none.errors.contains("SLURM_ARRAY_TASK_ID"), "\(none.errors)")
        let odd = try await run("scan", "--plan", "x", wrapper: ["/usr/bin/env", "SLURM_ARRAY_TASK_ID=four"])
        #expect(odd.status == 78 && odd.errors.contains("'four'"), "\(odd.errors)")
        let missing = try await run("merge", watch.folder.path + "/none.plan")
        #expect(missing.status == 66 && missing.errors.contains("none.plan"), "\(missing.errors)")
        let other = try await run("merge", watch.pipeline)
        #expect(other.status == 65 && other.errors.contains("no file of the kind sitewarden-plan"), "\(other.errors)")
    }
}
