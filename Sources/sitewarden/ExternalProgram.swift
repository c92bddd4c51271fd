internal import Disturbance
internal import Foundation

/// A program of the system that a command asks for something that must not depend on Sitewarden's word.
struct ExternalProgram {
    struct Answer {
        let status: Int32
        let output: String
        let errors: String

        /// What it said, on one line.
        var words: String {
            (errors + "\n" + output).split(whereSeparator: \.isNewline).map(String.init).joined(separator: "; ")
        }
    }

    let name: String
    private let path: String

    /// Nil where it is not installed: no folder of PATH holds it.
    init?(_ name: String) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let places = folders.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
        guard let path = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return nil }
        self.name = name
        self.path = path
    }

    /// Runs it to its end.
    /// - Parameter input: The file it reads as its standard input; none where it is nil.
    func run(_ arguments: [String], input: String? = nil) throws -> Answer {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) } ?? .nullDevice
        // Files, not pipes: neither can fill up while the other is read.
        return try PrivateFolder.whileIn { folder in
            let files = ["output", "errors"].map { folder.appending(path: $0) }
            for file in files { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: files[0])
            process.standardError = try FileHandle(forWritingTo: files[1])
            do {
                try process.run()
            } catch {
                throw FileError(path: path, message: "cannot be started: \(error.localizedDescription)")
            }
            process.waitUntilExit()
            let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
            return Answer(
                status: process.terminationReason == .exit ? process.terminationStatus : 128, output: texts[0],
                errors: texts[1])
        }
    }
}
