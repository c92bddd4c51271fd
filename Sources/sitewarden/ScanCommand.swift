internal import ArgumentParser
internal import Disturbance
internal import Foundation
internal import Synchronization

struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Compares a period with what came before and writes the ranked tasks.")

    @OptionGroup var options: PipelineOptions

    @Option(help: "A month such as 2019-09, or START/END, both days included.")
    var period: Period

    @Flag(help: "Also write the change score of each window as a cloud-optimised GeoTIFF.")
    var rasters = false

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    /// Set by Ctrl-C; a scan looks at it between groups of sites.
    private static let isInterrupted = Atomic(false)

    func run() throws {
        try Console.run {
            let source = Self.watchInterrupts()
            defer { source.cancel() }
            var configuration = try options.configuration()
            if rasters { configuration.output.rasters = true }
            let pipeline = Pipeline(configuration: configuration, threads: options.threads)
            let outcome: Pipeline.Outcome
            do {
                outcome = try pipeline.scan(period: period, progress: Self.show) {
                    Self.isInterrupted.load(ordering: .relaxed)
                }
            } catch is Pipeline.Cancelled {
                Console.note("sitewarden: stopped; nothing was written")
                throw ExitCode(130)
            }
            try report(outcome)
            return outcome.losses.isEmpty ? .success : .incomplete
        }
    }

    private static func watchInterrupts() -> any DispatchSourceSignal {
        // The default action would end the process before it could clean up.
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { isInterrupted.store(true, ordering: .relaxed) }
        source.resume()
        return source
    }

    private static func show(_ progress: Pipeline.Progress) {
        switch progress {
        case .loaded(let sites, let scenes): Console.note("\(sites) sites, \(scenes) scenes")
        case .planned(let plan):
            let mebibytes = (plan.decodedBytes + (1 << 20) - 1) >> 20
            Console.note(
                "Plan: \(plan.sitesWithImagery) sites in \(plan.groups) groups, \(plan.scenes) scenes, "
                    + "\(plan.blocks) blocks, \(mebibytes) MiB")
        case .compared(let groups, let all):
            if Console.isTerminal {
                Console.progress("Compared \(groups) of \(all) groups")
            } else if groups == all {
                Console.note("Compared \(all) groups")
            }
        case .published: Console.clearProgress()
        }
    }

    private struct Summary: Encodable {
        var folder: String
        var changed: Bool
        var tasks: Int
        var tasks_by_status: [String: Int]
        var dismissed: Int
        var findings: Int
        var sites_by_outcome: [String: Int]
        var could_not_be_used: [String]
        var remarks: [String]
    }

    private func report(_ outcome: Pipeline.Outcome) throws {
        let statuses = Dictionary(grouping: outcome.tasks, by: \.finding.status.rawValue).mapValues(\.count)
        let outcomes = Dictionary(grouping: outcome.coverage, by: \.outcome.rawValue).mapValues(\.count)
        for remark in outcome.remarks { Console.note("Note: \(remark)") }
        for loss in outcome.losses { Console.note("Not used: \(loss)") }
        if json {
            Console.result(
                json: try Console.json(
                    Summary(
                        folder: outcome.folder, changed: outcome.isChanged, tasks: outcome.tasks.count,
                        tasks_by_status: statuses, dismissed: outcome.dismissed, findings: outcome.findings,
                        sites_by_outcome: outcomes, could_not_be_used: outcome.losses, remarks: outcome.remarks)))
            return
        }
        func counts(_ values: [String: Int]) -> String {
            values.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.replacing("_", with: " "))" }
                .joined(separator: ", ")
        }
        Console.result(
            "\(period.label): \(outcome.tasks.count) tasks" + (statuses.isEmpty ? "" : " (\(counts(statuses)))"))
        if outcome.dismissed > 0 { Console.result("\(outcome.dismissed) dismissed by reviews are not repeated") }
        Console.result("Sites: \(counts(outcomes))")
        Console.result(outcome.folder + (outcome.isChanged ? "" : " (unchanged)"))
    }
}
