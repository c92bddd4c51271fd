internal import ArgumentParser
internal import Disturbance

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Joins the shards of a plan, ranks over all, and publishes the period.",
        discussion: """
            Outputs and register are what `sitewarden scan` on one machine would have made. Shards that are missing, \
            damaged or made from another plan are named, and nothing is published then. Merging again changes nothing.
            """)

    @Argument(help: "The plan, made by `sitewarden plan --shards`.")
    var plan: String

    @Option(help: "How messages are written: text, or json with one object a line.")
    var logFormat: LogFormat = .text

    @OptionGroup var reporting: RunOptions

    func run() throws {
        try Console.run(log: logFormat) {
            try reporting.run(watch: Pipeline.outputFolder(ofPlan: plan)) { profile in
                let (period, outcome) = try Pipeline.merge(
                    planFile: plan, holder: Console.holder("merge \(plan)"), profile: profile,
                    progress: RunOptions.show)
                return (period.label, outcome)
            }
        }
    }
}
