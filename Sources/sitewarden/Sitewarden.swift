internal import ArgumentParser
internal import Disturbance

@main
struct Sitewarden: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sitewarden",
        abstract: "Turns satellite scenes of registered heritage sites into ranked inspection tasks.",
        discussion: ExitStatus.explanation,
        version: Pipeline.version,
        subcommands: [
            SitesCommand.self, PlanCommand.self, ScanCommand.self, MergeCommand.self, ExplainCommand.self,
            ReviewCommand.self, EvaluateCommand.self, VerifyCommand.self, ConfigCommand.self, DoctorCommand.self,
            RegisterCommand.self,
        ])
}
