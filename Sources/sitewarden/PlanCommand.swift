internal import ArgumentParser
internal import Disturbance

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Says what a scan would read, without reading any pixels.")

    @OptionGroup var options: PipelineOptions

    @Option(help: "A month such as 2019-09, or START/END, both days included.")
    var period: Period

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() throws {
        try Console.run(log: options.logFormat) {
            let summary = try options.makePipeline().plan(period: period)
            if json {
                Console.result(json: try Console.json(summary))
            } else {
                let mebibytes = Double(summary.decodedBytes) / Double(1 << 20)
                Console.result(
                    """
                    Period    \(summary.period)
                    Sites     \(summary.sitesWithImagery) of \(summary.sites) with imagery, in \(summary.groups) groups
                    Scenes    \(summary.scenes), \(summary.newScenes) of them in the period
                    Windows   \(summary.windows)
                    Blocks    \(summary.blocks), each decoded once: \(Int(mebibytes.rounded(.up))) MiB
                    """)
                for site in summary.sitesWithoutImagery { Console.line("No imagery: \(site)") }
                for problem in summary.problems { Console.line("Problem: \(problem)") }
            }
            return summary.problems.isEmpty ? .done : .incomplete
        }
    }
}
