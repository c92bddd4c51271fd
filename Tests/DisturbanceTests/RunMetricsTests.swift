import Foundation
import Testing

@testable import Disturbance

struct RunMetricsTests {
    private func metrics(ended: Double, status: Int, isDone: Bool) throws -> RunMetrics {
        let tasks = try [InventedRun.task(rank: 1)]
        let outcome = Pipeline.Outcome(
            folder: "out/2019-06", isChanged: true, tasks: tasks, dismissed: 0, heldBack: 0, findings: 7,
            coverage: [], losses: ["a scene"], remarks: [])
        return RunMetrics(
            watch: "a \"b\"", startedAt: 100, endedAt: ended, exitStatus: status, outcome: isDone ? outcome : nil)
    }

    @Test func aSampleStandsUnderItsTypeWithItsWatch() throws {
        let text = try metrics(ended: 160.5, status: 2, isDone: true).text()
        for line in [
            "# TYPE sitewarden_run_exit_status gauge\nsitewarden_run_exit_status{watch=\"a \\\"b\\\"\"} 2\n",
            "sitewarden_run_duration_seconds{watch=\"a \\\"b\\\"\"} 60.500\n",
            "sitewarden_task_count{watch=\"a \\\"b\\\"\"} 1\n",
            "sitewarden_unused_inputs{watch=\"a \\\"b\\\"\"} 1\n",
        ] { #expect(text.contains(line), "\(text)") }
    }

    @Test func aFailureKeepsTheTimeOfTheLastSuccess() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/sitewarden.prom"
        try metrics(ended: 160, status: 0, isDone: true).publish(to: path)
        try metrics(ended: 900, status: 74, isDone: false).publish(to: path)
        let text = try folder.text("sitewarden.prom")
        #expect(text.contains("sitewarden_last_success_timestamp_seconds{watch=\"a \\\"b\\\"\"} 160.000\n"))
        #expect(text.contains("sitewarden_run_exit_status{watch=\"a \\\"b\\\"\"} 74\n") && !text.contains("task_count"))
        var unknown = try metrics(ended: 950, status: 78, isDone: false)
        unknown.watch = nil
        #expect(unknown.text(after: text) == (try metrics(ended: 950, status: 78, isDone: false)).text(after: text))
        #expect(unknown.text().contains("sitewarden_run_exit_status{watch=\"\"} 78\n"))
        #expect(try folder.names() == ["sitewarden.prom"])
    }
}
