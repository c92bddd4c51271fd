internal import Geospatial

/// A line for people or logs, whatever went into it: no secret, nothing that steers a terminal.
public enum MessageText {
    /// `text` on one line, without passwords and with its invisible characters made visible.
    public static func make(_ text: String) -> String { VisibleText.make(Redaction.withoutPasswords(text)) }

    /// `text` without passwords, for documents whose own format makes the rest harmless.
    public static func withoutSecrets(_ text: String) -> String { Redaction.withoutPasswords(text) }

    /// Whether a text carries the password of a connection.
    public static func holdsPassword(_ text: String) -> Bool { Redaction.holdsPassword(text) }
}
