/// Takes secrets out of text that is kept or shown: errors end up in logs and manifests.
public enum Redaction {
    /// `text` without the passwords of connection strings and URLs.
    public static func withoutPasswords(_ text: String) -> String {
        // Most texts hold neither sign.
        guard text.utf8.contains(UInt8(ascii: "=")) || text.utf8.contains(UInt8(ascii: "@")) else { return text }
        return text.replacing(assigned) { "\($0.output.1)***" }
            .replacing(inURL) { "\($0.output.1):***@" }
            .replacing(inQuery) { "\($0.output.1)***" }
    }

    /// Whether a text carries the password of a connection.
    public static func holdsPassword(_ text: String) -> Bool {
        // Most texts hold neither sign.
        (text.utf8.contains(UInt8(ascii: "=")) && text.contains(assigned))
            || (text.utf8.contains(UInt8(ascii: "@")) && text.contains(inURL))
    }

    // Computed: a regular expression is not Sendable.

    /// `password=x`, `PGPASSWORD='x y'`, `passwd=x`, with libpq's quotes and backslashes; without quotes up to a space.
    private static var assigned: Regex<(Substring, Substring, Substring)> {
        /(?i)(passw(?:or)?d["']?\s*[=]\s*)('(?:[^'\\]|\\.)*'?|(?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*)/
    }

    /// `scheme://user:x@host`; the last @ before the path ends it, for passwords may hold one.
    private static var inURL: Regex<(Substring, Substring)> { /(:\/\/[^:@\/\s]*):[^\/\s]+@/ }

    /// Signatures and tokens in the address of a remote file.
    private static var inQuery: Regex<(Substring, Substring)> {
        /(?i)([?&](?:sig|signature|token|access_token|key|api_?key|secret|x-(?:amz|goog)-(?:signature|credential|security-token))=)[^&\s'"]+/
    }
}
