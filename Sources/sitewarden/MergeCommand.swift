internal import ArgumentParser
internal import Disturbance
internal import Foundation

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

    @Option(help: "Threads that write; no result depends on it.")
    var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    @OptionGroup var reporting: RunOptions

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    }

    func run() throws {
        try Console.run(log: logFormat) {
            reporting.run(watch: Pipeline.outputFolder(ofPlan: plan), threads: threads) { profile in
                let (period, outcome) = try Pipeline.merge(
                    planFile: plan, threads: threads, holder: Console.holder("merge \(plan)"), profile: profile,
                    progress: RunOptions.show)
                return (period.label, outcome)
            }
        }
    }
}
