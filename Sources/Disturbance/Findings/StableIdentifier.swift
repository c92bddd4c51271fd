internal import Crypto
internal import Foundation

/// Identifiers that follow from what they name, so that running a month again gives the same ones.
enum StableIdentifier {
    /// A lower-case UUID (RFC 9562, version 8) from the SHA-256 of the parts.
    static func uuid(_ parts: [String]) -> String {
        var hash = SHA256()
        for part in parts {
            let bytes = Array(part.utf8)
            // The length keeps ("ab", "c") apart from ("a", "bc").
            hash.update(data: Data("\(bytes.count):".utf8))
            hash.update(data: Data(bytes))
        }
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { Hexadecimal.text(bytes[$0]) }
        return groups.joined(separator: "-")
    }
}
