/// SHA-256 hashes of files as `sha256sum` writes and checks them: `HASH  PATH`, a line each, in order of path.
struct ChecksumList: Hashable {
    struct Line: Hashable {
        let path: String
        let sha256: String
    }

    let lines: [Line]

    init(_ files: [(path: String, sha256: String)]) {
        lines = files.map { Line(path: $0.path, sha256: $0.sha256) }.sorted { $0.path < $1.path }
    }

    /// Reads a text back; nil where a line is none of such a list, or one path stands in two.
    init?(text: String) {
        var lines: [Line] = []
        for row in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if row.isEmpty { continue }
            let sha256 = row.prefix(64)
            let rest = row.dropFirst(64)
            guard sha256.count == 64, sha256.allSatisfy({ $0.isHexDigit && !$0.isUppercase }), rest.hasPrefix("  "),
                rest.count > 2
            else { return nil }
            lines.append(Line(path: String(rest.dropFirst(2)), sha256: String(sha256)))
        }
        guard Set(lines.map(\.path)).count == lines.count else { return nil }
        self.lines = lines
    }

    var text: String { lines.map { "\($0.sha256)  \($0.path)\n" }.joined() }
}
