internal import ArgumentParser
internal import Disturbance
internal import Foundation

struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Puts everything one task rests on into a folder that can be checked and made again elsewhere.",
        discussion: """
            The folder (BagIt, RFC 8493) holds the pixels used, masks, change score, pictures, outline, explanation, \
            verdicts, the run's manifest, who had it in hand, and where it comes from (W3C PROV). The scenes and sites of \
            the run must still be there, and be what its manifest names by SHA-256. Without --run it is the newest run of \
            the output folder. For a timestamp: openssl ts -query -data FOLDER/tagmanifest-sha256.txt -sha256 -cert \
            -out request.tsq, have it answered, and attach the answer with sitewarden attest.
            """)

    @Argument(help: "The task_id, or at least its first 6 characters.")
    var task: String

    @OptionGroup var source: TaskSource

    @Option(help: "The folder to make (default: evidence-TASK in the current folder).", completion: .directory)
    var pack: String?

    @Option(help: "Who makes it, for the custody log (default: this account and machine).")
    var by: String?

    @Option(help: "A private key to sign it with (ssh-keygen -Y sign); of one in an agent, the public key.")
    var sign: String?

    @Option(help: "Threads that read.")
    var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        try TaskSource.requireLength(of: task)
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    }

    func run() throws {
        try Console.run {
            let found = try source.explanation(ofTask: task)
            let target = pack ?? "evidence-\(found.explanation.task.id.prefix(8))"
            let signature = try sign.map { try SSHSignature(key: $0) }
            try Pipeline.packEvidence(
                ofTask: found.explanation.task.id, run: found.run, at: target, custodian: Console.custodian(by),
                command: "sitewarden evidence \(found.explanation.task.id)", threads: threads
            ) { folder in
                try signature?.sign("\(folder)/\(EvidencePack.attestedName)")
            }
            Console.line(target)
            return .done
        }
    }
}
