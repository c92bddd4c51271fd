internal import ArgumentParser
internal import Disturbance

struct SitesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sites", abstract: "Looks at the register of sites.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the register of sites and says what is wrong with it and how to mend it.",
            discussion: "Exit status: 0 all sites can be watched, 2 some cannot, 65 or 66 the register cannot be read.")

        @OptionGroup var options: PipelineOptions

        @Flag(help: "Print the report as JSON.")
        var json = false

        func run() throws {
            try Console.run(log: options.logFormat) {
                let report = try options.makePipeline(options.configuration()).loadSites().report
                if json { Console.result(json: try report.json()) } else { Console.result(report.text) }
                return report.hasRejections ? .incomplete : .done
            }
        }
    }
}
