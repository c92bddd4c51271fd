import Foundation
import Testing

@testable import Disturbance

/// What a script learns from a run: its exit status, and lines it can read.
struct ExitStatusTests {
    @Test func aSecondRunIsRefusedAndToldByWhom() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-06").status == 0)
        let register = watch.folder.path + "/runs/register.gpkg"
        let holder = RunHolder(since: "2026-11-22T04:00:00Z", command: "scan 2019-07")
        let lock = try RegisterLock(of: register, holder: holder)
        let before = try watch.folder.snapshot()
        let tasks = watch.folder.path + "/runs/2019-06/tasks.gpkg"
        for arguments in [
            ["scan", watch.pipeline, "--period", "2019-06"], ["review", "import", tasks, "--register", register],
            ["register", "backup", watch.folder.path + "/copy.gpkg", "--register", register],
        ] {
            let run = try await Program.run(arguments)
            #expect(run.status == 75 && run.output.isEmpty)
            #expect(run.errors.contains("is in use by 'scan 2019-07' on "), "\(run.errors)")
            #expect(run.errors.contains("process \(getpid()), since 2026-11-22T04:00:00Z"), "\(run.errors)")
        }
        #expect(try watch.folder.snapshot() == before)
        lock.release()
        #expect(try await watch.scan("2019-06").status == 0)
    }

    @Test func tasksEndWithThreeWhereAsked() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-06", ["--fail-on-tasks"]).status == 3)
        #expect(try await watch.scan("2019-05", ["--fail-on-tasks"]).status == 0)
    }

    @Test func everyMessageIsOneObject() async throws {
        struct Message: Decodable {
            var time: String
            var level: String
            var message: String
        }
        let watch = try Watch.pair()
        try watch.folder.write("", to: "scenes/2019-06-09/B04.tif")
        let run = try await watch.scan("2019-06", ["--log-format", "json"])
        let messages = try run.errors.split(separator: "\n").map {
            try JSONDecoder().decode(Message.self, from: Data($0.utf8))
        }
        #expect(messages.contains { $0.level == "warning" && $0.message.contains("B04") }, "\(run.errors)")
        #expect(messages.allSatisfy { $0.time.hasSuffix("Z") })
        let failed = try await watch.scan("2019-06", ["--log-format", "json", "--sites", "none.gpkg"])
        #expect(failed.status == 66 && failed.errors.contains(#""level":"error""#), "\(failed.errors)")
    }

    @Test func metricsAreWrittenAndAPingNobodyHearsStopsNothing() async throws {
        let watch = try Watch.pair()
        let path = watch.folder.path + "/sitewarden.prom"
        let run = try await watch.scan(
            "2019-06", ["--metrics-file", path, "--ping", "http://127.0.0.1:9/secret"])
        #expect(run.status == 0 && run.errors.contains("the ping was not heard"), "\(run.errors)")
        #expect(!run.errors.contains("secret"))
        #expect(try watch.folder.text("sitewarden.prom").contains("sitewarden_run_exit_status{watch=\""))

        // Nobody looks at a machine whose pipeline file was broken by hand: the ping and the metrics must tell.
        try watch.folder.write("scenes: [", to: "pipeline.yaml")
        let broken = try await watch.scan("2019-06", ["--metrics-file", path, "--ping", "http://127.0.0.1:9/secret"])
        #expect(broken.status == 78)
        #expect(broken.errors.components(separatedBy: "the ping was not heard").count == 3, "\(broken.errors)")
        let label = "watch=\"\(watch.folder.path)/runs\""
        #expect(try watch.folder.text("sitewarden.prom").contains("sitewarden_run_exit_status{\(label)} 78\n"))
    }

    @Test func theDoctorSaysEachThingOnALine() async throws {
        let watch = try Watch.pair()
        let good = try await Program.run(["doctor", watch.pipeline])
        #expect([0, 2].contains(good.status) && good.output.split(separator: "\n").count == 9, "\(good.output)")
        let lost = try await Program.run(["doctor", watch.pipeline, "--sites", watch.folder.path + "/none.gpkg"])
        #expect(lost.status == 66 && lost.output.contains("BROKEN sites"), "\(lost.output)")
        try watch.folder.write("garbage", to: "runs/register.gpkg")
        let bad = try await Program.run(["doctor", watch.pipeline])
        #expect(bad.status == 65 && bad.output.contains("BROKEN register"), "\(bad.output)")
        let check = try await Program.run(["register", "check", "--pipeline", watch.pipeline])
        #expect(check.status == 65 && check.errors.contains("register.gpkg"), "\(check.errors)")
    }
}
