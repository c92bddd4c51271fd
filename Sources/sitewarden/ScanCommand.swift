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

    /// What a signal to stop finds: before files are written there is nothing to clean up.
    private static let isPublishing = Mutex(false)
    private static let lock = Mutex<RegisterLock?>(nil)

    func run() throws {
        try Console.run {
            let sources = [SIGINT, SIGTERM].map(Self.stop)
            defer { sources.forEach { $0.cancel() } }
            var configuration = try options.configuration()
            if rasters { configuration.output.rasters = true }
            let pipeline = Pipeline(configuration: configuration, threads: options.threads)
            let outcome = try pipeline.scan(
                period: period, holder: Console.holder("scan \(period.label)"), progress: Self.show)
            try report(outcome)
            return outcome.losses.isEmpty ? .success : .incomplete
        }
    }

    /// Ends the program at the signal; once it publishes, after that, which takes moments.
    private static func stop(at signalNumber: Int32) -> any DispatchSourceSignal {
        // The default action would end it wherever it is.
        signal(signalNumber, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: .global(qos: .userInteractive))
        source.setEventHandler {
            isPublishing.withLock { isPublishing in
                guard !isPublishing else { return }
                lock.withLock { $0?.release() }
                Console.clearProgress()
                Console.note("sitewarden: stopped; nothing was written")
                // Not `exit`: other threads are inside GDAL, whose state must not be taken down under them.
                _exit(128 + signalNumber)
            }
        }
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
        case .locked(let taken): lock.withLock { $0 = taken }
        case .publishing: isPublishing.withLock { $0 = true }
        case .published: Console.clearProgress()
        }
    }

    private struct Summary: Encodable {
        var folder: String
        var changed: Bool
        var tasks: Int
        var tasksByStatus: [String: Int]
        var dismissed: Int
        var heldBack: Int
        var findings: Int
        var sitesByOutcome: [String: Int]
        var couldNotBeUsed: [String]
        var remarks: [String]

        private enum CodingKeys: String, CodingKey {
            case folder, changed, tasks, dismissed, heldBack = "held_back", findings, remarks
            case tasksByStatus = "tasks_by_status"
            case sitesByOutcome = "sites_by_outcome"
            case couldNotBeUsed = "could_not_be_used"
        }
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
                        tasksByStatus: statuses, dismissed: outcome.dismissed, heldBack: outcome.heldBack,
                        findings: outcome.findings,
                        sitesByOutcome: outcomes, couldNotBeUsed: outcome.losses, remarks: outcome.remarks)))
            return
        }
        func counts(_ values: [String: Int]) -> String {
            values.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.replacing("_", with: " "))" }
                .joined(separator: ", ")
        }
        Console.result(
            "\(period.label): \(outcome.tasks.count) tasks" + (statuses.isEmpty ? "" : " (\(counts(statuses)))"))
        if outcome.heldBack > 0 { Console.result("\(outcome.heldBack) held back by the budget under tasks") }
        if outcome.dismissed > 0 { Console.result("\(outcome.dismissed) dismissed by reviews are not repeated") }
        Console.result("Sites: \(counts(outcomes))")
        Console.result(outcome.folder + (outcome.isChanged ? "" : " (unchanged)"))
    }
}
