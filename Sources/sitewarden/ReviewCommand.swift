internal import ArgumentParser
internal import Disturbance

struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review", abstract: "Brings what people found back into the register.", subcommands: [Import.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the verdicts of a reviewed tasks.gpkg into the register.",
            discussion: """
                What was dismissed is not repeated by the next scan, unless it is at least twice as strong. \
                While a scan or another import is at the register, it is refused with exit status 75. Status 2: some \
                verdicts could not be taken (they are named).
                """)

        @Argument(help: "The reviewed copy of tasks.gpkg (or a GeoJSON of it).")
        var tasks: String

        @Option(help: "The pipeline file that names the register.")
        var pipeline: String?

        @Option(help: "The register, where no pipeline file names it.")
        var register: String?

        @Flag(help: "Let these verdicts take the place of different ones in the register.")
        var replace = false

        @Option(help: "How messages are written: text, or json with one object a line.")
        var logFormat: LogFormat = .text

        func validate() throws {
            guard pipeline != nil || register != nil else {
                throw ValidationError("Name the register with --register, or the pipeline file with --pipeline")
            }
        }

        func run() throws {
            try Console.run(log: logFormat) {
                let source = try register ?? Configuration(pipelineFile: pipeline!).registerSource
                let sheet = try ReviewImport.read(tasks)
                let lock = try RegisterLock(of: source, holder: Console.holder("review import \(tasks)"))
                defer { lock.release() }
                for remark in lock.remarks { Console.note("Note: \(remark)") }
                let state = try Register.state(reviewedIn: sheet, from: source)
                let review = ReviewImport.join(sheet, with: state, replacing: replace)
                try lock.requireHeld()
                let added = try Register.publish(verdicts: review.verdicts, to: source)
                for conflict in review.conflicts { Console.note("Not taken: \(conflict)", level: .warning) }
                Console.result(
                    "\(added) verdicts added, \(review.unchangedCount) known already, "
                        + "\(review.blankCount) tasks without a verdict")
                return review.conflicts.isEmpty ? .done : .incomplete
            }
        }
    }
}
