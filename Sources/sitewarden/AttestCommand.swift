internal import ArgumentParser
internal import Disturbance
internal import Foundation

struct AttestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Attaches a signature or a timestamp to an evidence pack.",
        discussion: """
            Both are of tagmanifest-sha256.txt, which stands for all of the pack. The signature is made by ssh-keygen -Y \
            sign in the namespace \(SSHSignature.namespace); the timestamp is the answer of an authority (RFC 3161) to a \
            request made with openssl ts -query -data PACK/tagmanifest-sha256.txt -sha256 -cert -out request.tsq.
            """)

    @Argument(help: "The evidence pack.", completion: .directory)
    var pack: String

    @Option(help: "A private key to sign with; of one in an agent, the public key.")
    var sign: String?

    @Option(help: "The answer of a timestamp authority, a .tsr file.", completion: .file(extensions: ["tsr"]))
    var timestamp: String?

    func validate() throws {
        guard sign != nil || timestamp != nil else { throw ValidationError("Give --sign, --timestamp, or both") }
    }

    func run() throws {
        try Console.run {
            let verification = try Verification.of(pack)
            guard verification.kind == .pack, verification.isSound else {
                throw FileError(
                    path: pack, message: "is no evidence pack, or is not as it was written. See sitewarden verify")
            }
            let attested = "\(pack)/\(EvidencePack.attestedName)"
            if let timestamp {
                let bytes = try WholeFile.read(timestamp)
                let check = try Timestamp.check(timestamp, of: attested, authority: nil)
                guard check.outcome != .wrong else {
                    throw FileError(path: timestamp, message: "\(check.message). Ask for one of \(attested)")
                }
                try EvidencePack.attach(bytes, as: EvidencePack.timestampName, to: pack)
                Console.line("\(pack)/\(EvidencePack.timestampName)")
            }
            if let sign {
                // Beside it, and then in one step to its place: an interrupted signing leaves the pack as it was.
                try PrivateFolder.whileIn { folder in
                    let copy = folder.appending(path: EvidencePack.attestedName).path
                    try WholeFile.write(try WholeFile.read(attested), to: copy)
                    try SSHSignature(key: sign).sign(copy)
                    try EvidencePack.attach(
                        try WholeFile.read(copy + ".sig"), as: EvidencePack.signatureName, to: pack)
                }
                Console.line("\(pack)/\(EvidencePack.signatureName)")
            }
            return .done
        }
    }
}
