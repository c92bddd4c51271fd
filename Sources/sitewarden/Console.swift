internal import ArgumentParser
internal import Foundation

/// What goes to the terminal: results to standard output, everything else to standard error.
enum Console {
    static let isTerminal = isatty(STDERR_FILENO) != 0

    static func result(_ text: String) { write(text + "\n", to: .standardOutput) }

    static func note(_ text: String) { write((isTerminal ? "\r\u{1B}[K" : "") + text + "\n", to: .standardError) }

    /// Overwrites the last progress line; only on a terminal.
    static func progress(_ text: String) {
        if isTerminal { write("\r\u{1B}[K" + text, to: .standardError) }
    }

    static func clearProgress() { if isTerminal { write("\r\u{1B}[K", to: .standardError) } }

    private static func write(_ text: String, to file: FileHandle) { try? file.write(contentsOf: Data(text.utf8)) }

    /// Runs a command's work: an error becomes one line and exit status 1.
    static func run(_ body: () throws -> ExitCode) throws {
        let status: ExitCode
        do {
            status = try body()
        } catch let error as ExitCode {
            throw error
        } catch {
            clearProgress()
            note("sitewarden: \(error)")
            throw ExitCode.failure
        }
        if status != .success { throw status }
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
}
