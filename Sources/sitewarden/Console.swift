internal import Disturbance
internal import Foundation
internal import Synchronization

/// What goes to the terminal: results to standard output, everything else to standard error.
enum Console {
    static let isTerminal = isatty(STDERR_FILENO) != 0

    /// Text of one or more lines.
    static func result(_ text: String) { write(harmless(text) + "\n", to: .standardOutput) }

    /// Weight of a message, for machines that sort them.
    enum Level: String, Encodable {
        case info, warning, error
    }

    private struct Message: Encodable {
        let time: String
        let level: Level
        let message: String
    }

    private static let format = Mutex(LogFormat.text)

    /// One line.
    static func note(_ text: String, level: Level = .info) {
        if format.withLock({ $0 }) == .json {
            let message = Message(
                time: Date.now.formatted(.iso8601), level: level, message: MessageText.make(text))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let line = try? encoder.encode(message) else { return }
            return write(String(decoding: line, as: UTF8.self) + "\n", to: .standardError)
        }
        write((isTerminal ? "\r\u{1B}[K" : "") + MessageText.make(text) + "\n", to: .standardError)
    }

    /// Overwrites the last progress line; only on a terminal.
    static func progress(_ text: String) {
        if isTerminal, format.withLock({ $0 }) == .text {
            write("\r\u{1B}[K" + MessageText.make(text), to: .standardError)
        }
    }

    /// One line of a result, whatever is in it.
    static func line(_ text: String) { result(MessageText.make(text)) }

    static func result(json text: String) {
        write(VisibleText.escaped(json: MessageText.withoutSecrets(text)) + "\n", to: .standardOutput)
    }

    /// Names come from files of others: nothing in them may steer the terminal.
    private static func harmless(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { MessageText.make(String($0)) }
            .joined(separator: "\n")
    }

    static func clearProgress() { if isTerminal { write("\r\u{1B}[K", to: .standardError) } }

    private static func write(_ text: String, to file: FileHandle) { try? file.write(contentsOf: Data(text.utf8)) }

    /// Runs a command's work: an error becomes one line, and the exit status that says what kind it is.
    static func run(log: LogFormat = .text, _ body: () throws -> ExitStatus) throws {
        format.withLock { $0 = log }
        // A file over the size limit of the account must end in an error that is told, not in a killed process.
        signal(SIGXFSZ, SIG_IGN)
        let status: ExitStatus
        do {
            status = try body()
        } catch {
            status = tell(error)
        }
        if status != .done { throw status.code }
    }

    /// - Returns: The status to end with.
    static func tell(_ error: any Error) -> ExitStatus {
        clearProgress()
        note("sitewarden: \(error)", level: .error)
        return ExitStatus(FailureKind(error))
    }

    /// This process, to be named to others that want the same register.
    static func holder(_ command: String) -> RunHolder {
        RunHolder(since: Date.now.formatted(.iso8601), command: command)
    }

    /// Who makes something now: the name given, or this account.
    static func custodian(_ name: String?) -> Custodian {
        Custodian(
            name: name ?? "\(NSUserName()) on \(ProcessInfo.processInfo.hostName)",
            time: Date.now.formatted(.iso8601))
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
