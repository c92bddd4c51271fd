internal import ArgumentParser
internal import Disturbance

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Says what a scan would read, without reading any pixels.",
        discussion: """
            With --shards or --shard-minutes it also parts the scan for several machines and writes the plan. Each of \
            them does `sitewarden scan --plan PLAN --shard NUMBER`; when all are done, `sitewarden merge PLAN` publishes.
            """)

    @OptionGroup var options: PipelineOptions

    @Option(help: "A month such as 2019-09, or START/END, both days included.")
    var period: Period

    @Option(help: "Into how many shards the scan is parted, at most one a group of sites.")
    var shards: Int?

    @Option(help: "Part the scan into shards of about so many minutes instead.")
    var shardMinutes: Double?

    @Option(
        help: ArgumentHelp(
            "Decoded mebibytes that one core works through in a minute: what the time is told by.",
            discussion: "`scan --profile` tells it for your machines and scenes."))
    var mebibytesPerMinute: Double = 1500

    @Flag(help: "The shards also keep the change score of each window, for the merge to write.")
    var rasters = false

    @Option(help: "The file the plan is written to, on a disk that all machines share; replaced where it is there.")
    var plan: String?

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func validate() throws {
        guard shards == nil || shardMinutes == nil else {
            throw ValidationError("Give --shards or --shard-minutes, not both")
        }
        if let shards, shards < 1 { throw ValidationError("--shards must be at least 1") }
        if let shardMinutes, !(shardMinutes > 0) { throw ValidationError("--shard-minutes must be above 0") }
        guard mebibytesPerMinute > 0 else { throw ValidationError("--mebibytes-per-minute must be above 0") }
        guard (sharding != nil) == (plan != nil && plan != "") else {
            throw ValidationError("A plan in shards takes both: --plan, and --shards or --shard-minutes")
        }
    }

    private var sharding: Pipeline.Sharding? {
        if let shards { return .count(shards) }
        return shardMinutes.map { .bytes(max(Int(min($0 * mebibytesPerMinute, 1e9) * Double(1 << 20)), 1)) }
    }

    /// What was planned, and how it was parted.
    private struct Outcome: Encodable {
        let summary: ScanPlan.Summary
        let sharding: Pipeline.ShardSummary?

        private enum CodingKeys: String, CodingKey { case sharding }

        func encode(to encoder: any Encoder) throws {
            try summary.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(sharding, forKey: .sharding)
        }
    }

    func run() throws {
        try Console.run(log: options.logFormat) {
            var configuration = try options.configuration()
            if rasters { configuration.output.rasters = true }
            let pipeline = options.makePipeline(configuration)
            let outcome: Outcome
            if let sharding, let plan {
                let (summary, shards) = try pipeline.plan(period: period, sharding: sharding, to: plan)
                outcome = Outcome(summary: summary, sharding: shards)
            } else {
                outcome = Outcome(summary: try pipeline.plan(period: period), sharding: nil)
            }
            if json { Console.result(json: try Console.json(outcome)) } else { tell(outcome) }
            return outcome.summary.problems.isEmpty ? .done : .incomplete
        }
    }

    private func coreTime(of summary: ScanPlan.Summary) -> String {
        let minutes = Double(summary.decodedBytes) / Double(1 << 20) / mebibytesPerMinute
        return minutes < 90
            ? "\(Int(minutes.rounded(.up))) minutes of one core" : "\((minutes / 6).rounded() / 10) core-hours"
    }

    private func tell(_ outcome: Outcome) {
        let summary = outcome.summary
        func mebibytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }
        Console.result(
            """
            Period    \(summary.period)
            Sites     \(summary.sitesWithImagery) of \(summary.sites) with imagery, in \(summary.groups) groups
            Scenes    \(summary.scenes), \(summary.newScenes) of them in the period
            Windows   \(summary.windows)
            Blocks    \(summary.blocks), each decoded once: \(mebibytes(summary.decodedBytes)) MiB
            Work      about \(coreTime(of: summary)), at \(Int(mebibytesPerMinute)) MiB a minute
            """)
        if let sharding = outcome.sharding {
            let twice = Int(((sharding.readFactor - 1) * 100).rounded())
            Console.line(
                "Shards    \(sharding.shards) of \(mebibytes(sharding.smallestDecodedBytes)) to "
                    + "\(mebibytes(sharding.largestDecodedBytes)) MiB; \(twice) % of the bytes are decoded once more")
            Console.line("Plan      \(sharding.path)")
        }
        for site in summary.sitesWithoutImagery { Console.line("No imagery: \(site)") }
        for problem in summary.problems { Console.line("Problem: \(problem)") }
    }
}
