internal import ArgumentParser
internal import Disturbance

@main
struct Sitewarden: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sitewarden",
        abstract: "Turns satellite scenes of registered heritage sites into ranked inspection tasks.",
        discussion: """
            Exit status: 0 done, 1 failed, 2 done but part of the input could not be used (it is named), \
            64 wrong usage, 130 or 143 stopped by a signal, with nothing half-written.
            """,
        version: Pipeline.version,
        subcommands: [
            SitesCommand.self, PlanCommand.self, ScanCommand.self, ExplainCommand.self, ReviewCommand.self,
            EvaluateCommand.self,
            ConfigCommand.self,
        ])
}
