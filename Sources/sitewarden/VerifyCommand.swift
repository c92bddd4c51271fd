internal import ArgumentParser
internal import Disturbance

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks that a run, a folder of runs or an evidence pack is what was once written.",
        discussion: """
            Every file is compared with its SHA-256; files that are missing or were added are named. In a folder of runs \
            each manifest must follow the one before it. Exit status 0: all is as it was written; 2: so is what could be \
            checked, and something could not; 65: something is not as it was written. Without Sitewarden, \
            sha256sum -c SHA256SUMS checks the files of a run.
            """)

    @Argument(help: "The folder of a run, of runs, or of an evidence pack.", completion: .directory)
    var path: String

    @Flag(help: "Print every check as JSON.")
    var json = false

    func run() throws {
        try Console.run {
            let verification = try Verification.of(path)
            if json {
                Console.result(json: try Console.json(verification))
            } else {
                tell(verification)
            }
            return !verification.isSound ? .unusableInput : verification.isComplete ? .done : .incomplete
        }
    }

    private func tell(_ verification: Verification) {
        for check in verification.checks {
            let word =
                switch check.outcome {
                case .sound: "sound"
                case .wrong: "WRONG"
                case .unchecked: "open "
                }
            Console.line("\(word)  \(check.subject): \(check.message)")
        }
        let wrong = verification.wrong.count
        let open = verification.checks.count { $0.outcome == .unchecked }
        Console.line(
            "\(verification.path): "
                + (wrong > 0
                    ? "NOT as it was written, \(wrong) wrong"
                    : "as it was written" + (open > 0 ? ", as far as it could be checked" : "")))
    }
}
