internal import Foundation

/// What became of the last scan, in the text format of Prometheus, for a collector of text files.
public struct RunMetrics: Sendable {
    /// Tells several watches on one machine apart: the output folder. Nil where the settings that name it could not be
    /// read: then it is the one of the run before.
    public var watch: String?
    /// Seconds since 1970.
    public var startedAt: Double
    public var endedAt: Double
    public var exitStatus: Int
    /// Nil where the scan did not come through.
    public var outcome: Pipeline.Outcome?

    public init(watch: String?, startedAt: Double, endedAt: Double, exitStatus: Int, outcome: Pipeline.Outcome?) {
        self.watch = watch
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.exitStatus = exitStatus
        self.outcome = outcome
    }

    private static let lastSuccess = "sitewarden_last_success_timestamp_seconds"

    /// - Parameter earlier: The text of the run before: after a failure the time of the last success is taken from it.
    public func text(after earlier: String = "") -> String {
        let label = watch.map { "watch=\"\(Self.escaped($0))\"" } ?? Self.label(in: earlier) ?? "watch=\"\""
        var lines: [String] = []
        func add(_ name: String, _ help: String, _ samples: [(labels: String, value: String)]) {
            guard !samples.isEmpty else { return }
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
            lines += samples.map { "\(name){\($0.labels)} \($0.value)" }
        }
        add("sitewarden_run_timestamp_seconds", "When the last scan ended.", [(label, Self.number(endedAt))])
        add(
            "sitewarden_run_duration_seconds", "How long the last scan took.",
            [(label, Self.number(max(endedAt - startedAt, 0)))])
        add("sitewarden_run_exit_status", "Exit status of the last scan.", [(label, String(exitStatus))])
        let success = outcome == nil ? Self.value(of: Self.lastSuccess, label, in: earlier) : Self.number(endedAt)
        add(Self.lastSuccess, "When the last scan ended that came through.", success.map { [(label, $0)] } ?? [])
        guard let outcome else { return lines.joined(separator: "\n") + "\n" }
        func counts(_ values: [String], _ name: String) -> [(labels: String, value: String)] {
            Dictionary(grouping: values) { $0 }.sorted { $0.key < $1.key }.map {
                (labels: "\(label),\(name)=\"\($0.key)\"", value: String($0.value.count))
            }
        }
        add(
            "sitewarden_tasks", "Tasks in the list, by status.",
            counts(outcome.tasks.map(\.finding.status.rawValue), "status"))
        add("sitewarden_task_count", "Tasks in the list.", [(label, String(outcome.tasks.count))])
        add("sitewarden_finding_count", "Findings near sites.", [(label, String(outcome.findings))])
        add(
            "sitewarden_sites", "Sites, by what the scan could say of them.",
            counts(outcome.coverage.map(\.outcome.rawValue), "outcome"))
        add(
            "sitewarden_unused_inputs", "Parts of the input that could not be used.",
            [(label, String(outcome.losses.count))])
        return lines.joined(separator: "\n") + "\n"
    }

    /// Puts the text in the place of the file's content at once: a collector never reads half of it.
    public func publish(to path: String) throws {
        let earlier = (try? WholeFile.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        try FilePublication(of: path).replace { try WholeFile.write(text(after: earlier), to: $0) }
    }

    /// The label under which the run before was told.
    private static func label(in text: String) -> String? {
        text.firstMatch(of: /(?m)^sitewarden_run_exit_status\{(watch="(?:[^"\\\n]|\\.)*")\}/).map {
            String($0.output.1)
        }
    }

    private static func value(of name: String, _ label: String, in text: String) -> String? {
        let start = "\(name){\(label)} "
        return text.split(separator: "\n").first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }

    private static func number(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
