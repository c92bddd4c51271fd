internal import ArgumentParser
internal import Disturbance
internal import Foundation

struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Compares a period with what came before and writes the ranked tasks.",
        discussion: """
            While another scan or an import of a review is at the same register, it is refused with exit status 75. \
            A scan that was stopped goes on where it was when it is given again. \
            With --plan it does one shard of a plan, made by `sitewarden plan --shards`; `sitewarden merge` publishes. \
            Standard error may be one JSON object a line (--log-format json).
            """)

    @OptionGroup var options: PipelineOptions

    @Option(help: "A month such as 2019-09, or START/END, both days included.")
    var period: Period?

    @Flag(help: "Also write the change score of each window as a cloud-optimised GeoTIFF.")
    var rasters = false

    @Option(help: "A plan in shards, instead of pipeline file and period: all settings are in it.")
    var plan: String?

    @Option(
        help: ArgumentHelp(
            "The shard to do, from 0.", discussion: "Without it \(ArrayIndex.variables.joined(separator: ", ")) tells.")
    )
    var shard: Int?

    @Option(
        help: ArgumentHelp(
            "Seconds between two writes of what is finished, so that a run that is stopped goes on from there.",
            discussion: "0 after every group of sites."))
    var keepEvery: Double = 20

    @Option(
        help: ArgumentHelp(
            "A folder that keeps what was read of each scene: the next month reads only the scenes that are new.",
            discussion: """
                It holds the hashes of scenes, their pixels around the sites as they are stored, and what the history \
                of each group of sites gave: for each 10,000 hectares, rings included, a third of a gigabyte a year of \
                Sentinel-2, and a quarter of one besides. Several watches may share it, and it may be emptied; no \
                output depends on it.
                """))
    var cache: String?

    @OptionGroup var reporting: RunOptions

    func validate() throws {
        guard keepEvery >= 0, keepEvery.isFinite else { throw ValidationError("--keep-every must be 0 or more") }
        guard let plan else {
            guard period != nil else { throw ValidationError("Name the month with --period, or a plan with --plan") }
            guard shard == nil else { throw ValidationError("--shard goes with --plan") }
            return
        }
        guard !plan.isEmpty, period == nil, !rasters, !options.hasSettings else {
            throw ValidationError(
                "--plan says everything: leave out the pipeline file, --period, --rasters and what else sets something")
        }
        guard !reporting.tellsOthers else {
            throw ValidationError("--ping, --metrics-file and --fail-on-tasks tell of a month: give them to merge")
        }
    }

    func run() throws {
        try Console.run(log: options.logFormat) {
            let keeping = KeepingSchedule(everySeconds: keepEvery, clock: RunOptions.seconds)
            if let plan { return try scanShard(of: plan, keeping: keeping) }
            guard let period else { return .usage }
            // A pipeline file that somebody broke is a run that failed: whoever waits for this one is told.
            return reporting.run(watch: (try? options.configuration())?.output.folder, threads: options.threads) {
                profile in
                var configuration = try options.configuration()
                if rasters { configuration.output.rasters = true }
                let outcome = try options.makePipeline(configuration).scan(
                    period: period, holder: Console.holder("scan \(period.label)"), keeping: keeping, cache: scanCache,
                    profile: profile, progress: RunOptions.show, isCancelled: RunOptions.isStopped)
                return (period.label, outcome)
            }
        }
    }

    /// Where no folder is named, or by an environment variable that is empty, nothing is kept.
    private var scanCache: ScanCache? { cache.flatMap { $0.isEmpty ? nil : ScanCache(in: $0) } }

    private func scanShard(of plan: String, keeping: KeepingSchedule) throws -> ExitStatus {
        let number = try shard ?? ArrayIndex.current()
        return try RunOptions.stoppable {
            let profile = reporting.runProfile
            let outcome = try Pipeline.scan(
                planFile: plan, shard: number, threads: options.threads, memory: options.memory, keeping: keeping,
                cache: scanCache, profile: profile, progress: RunOptions.show)
            for remark in outcome.remarks { Console.note("Note: \(remark)") }
            if let summary = profile?.summary {
                OutcomeReport.tell(summary, threads: options.threads)
            }
            Console.line(
                "Shard \(outcome.shard) of \(outcome.shards): \(outcome.sites) sites in \(outcome.groups) groups"
                    + (outcome.wasDone ? ", done before" : ""))
            Console.line(outcome.path)
            return .done
        }
    }
}
