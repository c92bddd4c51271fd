internal import ArgumentParser
internal import Disturbance
internal import Foundation

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks that a run, a folder of runs or an evidence pack is what was once written.",
        discussion: """
            Every file is compared with its SHA-256; files that are missing or were added are named. In a folder of runs \
            each manifest must follow the one before it. Exit status 0: all is as it was written; 2: so is what could be \
            checked, and something could not; 65: something is not as it was written. Signatures are checked by ssh-keygen, \
            timestamps by openssl. Without Sitewarden, sha256sum -c SHA256SUMS checks the files of a run, and sha256sum -c \
            manifest-sha256.txt tagmanifest-sha256.txt those of a pack.
            """)

    @Argument(help: "The folder of a run, of runs, or of an evidence pack.", completion: .directory)
    var path: String

    @Option(help: "Who may sign packs: a file as ssh-keygen(1) describes it under ALLOWED SIGNERS.")
    var allowedSigners: String?

    @Option(help: "Certificates of the timestamp authorities that count, a PEM file.")
    var timestampAuthority: String?

    @Flag(help: "Print every check as JSON.")
    var json = false

    func run() throws {
        try Console.run {
            var verification = try Verification.of(path)
            if verification.kind == .pack { try addAttestations(to: &verification) }
            if json {
                Console.result(json: try Console.json(verification))
            } else {
                tell(verification)
            }
            return !verification.isSound ? .unusableInput : verification.isComplete ? .done : .incomplete
        }
    }

    /// What others say of a pack is checked by their programs.
    private func addAttestations(to verification: inout Verification) throws {
        let attested = "\(verification.path)/\(EvidencePack.attestedName)"
        guard FileManager.default.isReadableFile(atPath: attested) else { return }
        func attached(_ name: String, wanted option: String?) -> String? {
            let file = "\(verification.path)/\(name)"
            if FileManager.default.fileExists(atPath: file) { return file }
            // Who says who must have signed it, expects that somebody did.
            if option != nil { verification.checks.append(.init(name, .wrong, "is missing")) }
            return nil
        }
        if let signature = attached(EvidencePack.signatureName, wanted: allowedSigners) {
            verification.checks.append(
                try SSHSignature.check(signature, of: attested, allowedSigners: allowedSigners))
        }
        if let timestamp = attached(EvidencePack.timestampName, wanted: timestampAuthority) {
            verification.checks.append(
                try Timestamp.check(timestamp, of: attested, authority: timestampAuthority))
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
