internal import Disturbance
internal import Foundation

/// Signatures by SSH keys: `ssh-keygen -Y`, which every system with OpenSSH 8.1 or newer has.
struct SSHSignature {
    /// What the signatures are for: one for something else, a commit for instance, does not pass for one of these.
    static let namespace = "sitewarden-evidence"

    private let program: ExternalProgram
    private let key: String

    /// - Parameter key: The file of a private key, or of the public key of one that an agent holds.
    init(key: String) throws {
        guard let program = ExternalProgram("ssh-keygen") else {
            throw FileError(path: key, message: "cannot sign: ssh-keygen is not installed. Install openssh-client")
        }
        guard FileManager.default.isReadableFile(atPath: key) else {
            throw FileError(path: key, message: "there is no such key, or it is not readable", kind: .missingInput)
        }
        self.program = program
        self.key = key
    }

    /// Makes `PATH.sig`.
    func sign(_ path: String) throws {
        let answer = try program.run(["-Y", "sign", "-f", key, "-n", Self.namespace, path])
        guard answer.status == 0, FileManager.default.fileExists(atPath: path + ".sig") else {
            throw FileError(path: key, message: "did not sign (\(answer.words)). Check the key and its passphrase")
        }
    }

    /// - Parameter allowedSigners: Who may sign, as in ssh-keygen(1); without it nobody knows whose key it is.
    static func check(_ signature: String, of path: String, allowedSigners: String?) throws -> Verification.Check {
        let name = EvidencePack.signatureName
        guard let program = ExternalProgram("ssh-keygen") else {
            return .init(name, .unchecked, "cannot be checked here: ssh-keygen is not installed")
        }
        let valid = try program.run(["-Y", "check-novalidate", "-n", namespace, "-s", signature], input: path)
        guard valid.status == 0 else {
            return .init(name, .wrong, "is no signature of this pack (\(valid.words))")
        }
        let key = valid.words.firstMatch(of: /with (.+)/).map { String($0.output.1) } ?? "a key"
        guard let allowedSigners else {
            return .init(
                name, .unchecked, "is a good signature by \(key); whose that is, --allowed-signers would tell")
        }
        let principals = try program.run(["-Y", "find-principals", "-s", signature, "-f", allowedSigners])
        guard principals.status == 0, let principal = principals.output.split(whereSeparator: \.isNewline).first else {
            return .init(name, .wrong, "is by \(key), whom \(allowedSigners) does not allow")
        }
        let verified = try program.run(
            ["-Y", "verify", "-f", allowedSigners, "-I", String(principal), "-n", namespace, "-s", signature],
            input: path)
        return verified.status == 0
            ? .init(name, .sound, "is by \(principal), with \(key)")
            : .init(name, .wrong, "is by \(key), which \(allowedSigners) does not allow (\(verified.words))")
    }
}
