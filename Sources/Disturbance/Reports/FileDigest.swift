internal import Crypto

/// SHA-256 and length of a file, enough to know it again.
public struct FileDigest: Codable, Hashable, Sendable {
    /// 64 lower-case hexadecimal digits.
    public let sha256: String
    public let bytes: Int

    public init(sha256: String, bytes: Int) {
        self.sha256 = sha256
        self.bytes = bytes
    }

    public init(of content: [UInt8]) {
        self.init(sha256: Hexadecimal.text(SHA256.hash(data: content)), bytes: content.count)
    }

    /// Reads the whole file, a megabyte at a time.
    /// - Throws: `FileError` where it cannot be read.
    public init(ofFileAt path: String) throws { try self.init(ofFileAt: path) { _ in } }

    /// - Parameter visit: Given the bytes as they are read.
    init(ofFileAt path: String, visit: ([UInt8]) -> Void) throws {
        let file = try OpenFile(reading: path)
        var hash = SHA256()
        var count = 0
        while true {
            let chunk = try file.read(upTo: 1 << 20)
            if chunk.isEmpty { break }
            count += chunk.count
            hash.update(data: chunk)
            visit(chunk)
        }
        self.init(sha256: Hexadecimal.text(hash.finalize()), bytes: count)
    }
}
