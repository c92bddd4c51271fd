/// Takes secrets out of text that is kept or shown.
public enum Redaction {
    /// `text` without the passwords of connection strings and URLs.
    public static func withoutPasswords(_ text: String) -> String { GeospatialError.redacted(text) }
}
