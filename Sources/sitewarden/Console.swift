internal import ArgumentParser
internal import Disturbance
internal import Foundation

/// What goes to the terminal: results to standard output, everything else to standard error.
enum Console {
    static let isTerminal = isatty(STDERR_FILENO) != 0

    /// Text of one or more lines.
    static func result(_ text: String) { write(harmless(text) + "\n", to: .standardOutput) }

    /// One line.
    static func note(_ text: String) {
        write((isTerminal ? "\r\u{1B}[K" : "") + VisibleText.make(text) + "\n", to: .standardError)
    }

    /// Overwrites the last progress line; only on a terminal.
    static func progress(_ text: String) {
        if isTerminal { write("\r\u{1B}[K" + VisibleText.make(text), to: .standardError) }
    }

    /// One line of a result, whatever is in it.
    static func line(_ text: String) { result(VisibleText.make(text)) }

    static func result(json text: String) {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            // Encoders leave DEL, the C1 controls and the marks of direction as they are.
            case .control where scalar != "\n", .format:
                for unit in String(scalar).utf16 {
                    let code = String(unit, radix: 16)
                    escaped += "\\u" + String(repeating: "0", count: 4 - code.count) + code
                }
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        write(escaped + "\n", to: .standardOutput)
    }

    /// Names come from files of others: nothing in them may steer the terminal.
    private static func harmless(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { VisibleText.make(String($0)) }
            .joined(separator: "\n")
    }

    static func clearProgress() { if isTerminal { write("\r\u{1B}[K", to: .standardError) } }

    private static func write(_ text: String, to file: FileHandle) { try? file.write(contentsOf: Data(text.utf8)) }

    /// Runs a command's work: an error becomes one line and exit status 1.
    static func run(_ body: () throws -> ExitCode) throws {
        // A file over the size limit of the account must end in an error that is told, not in a killed process.
        signal(SIGXFSZ, SIG_IGN)
        let status: ExitCode
        do {
            status = try body()
        } catch let error as ExitCode {
            throw error
        } catch {
            clearProgress()
            note("sitewarden: \(error)")
            throw error is RegisterBusy ? ExitCode.busy : ExitCode.failure
        }
        if status != .success { throw status }
    }

    /// This process, to be named to others that want the same register.
    static func holder(_ command: String) -> RunHolder {
        RunHolder(since: Date.now.formatted(.iso8601), command: command)
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension ExitCode {
    /// Done, but part of the input could not be used.
    static let incomplete = ExitCode(2)
    /// Another run is at it: EX_TEMPFAIL of sysexits.h.
    static let busy = ExitCode(75)
}
