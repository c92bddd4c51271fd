/// Takes secrets out of text that is kept or shown: errors end up in logs and manifests.
public enum Redaction {
    /// `text` without the passwords of connection strings and URLs.
    public static func withoutPasswords(_ text: String) -> String {
        text.replacing(/(?i)(password\s*=\s*)('[^']*'|[^\s,;'"]+)/) { "\($0.output.1)***" }
            .replacing(/(:\/\/[^:@\/\s]+):[^@\/\s]+@/) { "\($0.output.1):***@" }
    }
}
