internal import Disturbance
internal import Foundation

/// Timestamps after RFC 3161: an authority's word that a file was there at a time. Read by `openssl ts`.
enum Timestamp {
    /// - Parameters:
    ///   - response: The authority's answer, a `.tsr` file.
    ///   - path: The file it should be of.
    ///   - authority: Certificates of the authority, PEM; without them anybody may have made it.
    static func check(_ response: String, of path: String, authority: String?) throws -> Verification.Check {
        let name = EvidencePack.timestampName
        guard let program = ExternalProgram("openssl") else {
            return .init(name, .unchecked, "cannot be checked here: openssl is not installed")
        }
        let text = try program.run(["ts", "-reply", "-in", response, "-text"])
        guard text.status == 0, let time = text.output.firstMatch(of: /(?m)^Time stamp: (.+)$/)?.output.1 else {
            return .init(name, .wrong, "is no answer of a timestamp authority (\(text.words.prefix(200)))")
        }
        guard text.output.contains(/(?m)^Hash Algorithm: sha256$/) else {
            return .init(name, .unchecked, "of \(time) is not of a SHA-256: only the authority's program can check it")
        }
        // The imprint as a dump: place, sixteen bytes, the same as letters.
        let imprint = text.output.matches(of: /(?m)^ +[0-9a-f]{4} - ((?:[0-9a-f]{2}[ -]){1,16})/)
            .map { $0.output.1.filter(\.isHexDigit) }.joined()
        let digest = try FileDigest(ofFileAt: path).sha256
        guard imprint == digest else {
            return .init(name, .wrong, "of \(time) is of something else: its imprint is not the SHA-256 of this pack")
        }
        guard let authority else {
            return .init(
                name, .unchecked, "says \(time); whether an authority said so, --timestamp-authority would tell")
        }
        let verified = try program.run(["ts", "-verify", "-data", path, "-in", response, "-CAfile", authority])
        return verified.status == 0
            ? .init(name, .sound, "was there at \(time), says an authority that \(authority) vouches for")
            : .init(
                name, .wrong, "says \(time), but is not by an authority of \(authority) (\(verified.words.prefix(200)))"
            )
    }
}
