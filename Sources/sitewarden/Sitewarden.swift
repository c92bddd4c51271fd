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
            ReviewCommand.self, ExportCommand.self, EvaluateCommand.self, EvidenceCommand.self, AttestCommand.self,
            VerifyCommand.self, ReplayCommand.self, ConfigCommand.self, DoctorCommand.self, RegisterCommand.self,
        ])

    static func main() {
        // Before anything repeats them: every user of the machine sees the arguments of a process.
        guard !CommandLine.arguments.dropFirst().contains(where: MessageText.holdsPassword) else {
            Console.note(
                "sitewarden: an argument carries a password, which every user of this machine can read. Keep it in "
                    + "pg_service.conf or .pgpass, write PG:service=NAME, and change the password", level: .error)
            Self.exit(withError: ExitStatus.usage.code)
        }
        ProcessMemory.tellExhaustion()
        SystemMemory.keepFreed()
        main(nil)
    }
}
