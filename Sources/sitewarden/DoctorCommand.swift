internal import ArgumentParser
internal import Disturbance
internal import Foundation

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks whether this machine, this account and the register are fit for a scan.",
        discussion: """
            Drivers, PROJ's data, memory, the files of sites and scenes, the output folder (writing, locking, free \
            space), and the register: its format, its integrity, and every run against its hash. Exit status: 0 all \
            good, 2 doubtful, else what a scan would end with.
            """)

    @OptionGroup var options: PipelineOptions

    func run() throws {
        try Console.run(log: options.logFormat) {
            let diagnosis = Diagnosis(of: try options.configuration())
            let words: [Diagnosis.Check.Verdict: String] = [.good: "ok    ", .doubtful: "doubt ", .broken: "BROKEN"]
            for check in diagnosis.checks {
                let name = check.name.padding(toLength: 12, withPad: " ", startingAt: 0)
                Console.line("\(words[check.verdict] ?? "") \(name) \(check.message)")
            }
            if let failure = diagnosis.failure { return ExitStatus(failure) }
            return diagnosis.hasDoubts ? .incomplete : .done
        }
    }
}
