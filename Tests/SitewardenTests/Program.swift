import Foundation
import Testing

/// The built `sitewarden`, run as its users run it.
enum Program {
    struct Run {
        let status: Int32
        let wasKilled: Bool
        let output: String
        let errors: String

        /// What was printed as JSON.
        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        }
    }

    /// Beside the test bundle, where the build put both.
    static let path: String = {
        let places = [Bundle.main.executablePath, Bundle.main.bundlePath, CommandLine.arguments.first].compactMap(
            \.self)
        for place in places {
            var folder = URL(filePath: place).resolvingSymlinksInPath()
            while folder.path.count > 1 {
                let candidate = folder.appending(path: "sitewarden").path
                if FileManager.default.isExecutableFile(atPath: candidate),
                    !FileManager.default.fileExists(atPath: candidate + "/.")
                {
                    return candidate
                }
                folder.deleteLastPathComponent()
            }
        }
        return "sitewarden"
    }()

    /// - Parameters:
    ///   - wrapper: A program and its arguments that runs the rest of its arguments.
    ///   - whileRunning: Looks at the process and what it has said on standard error so far, until it returns true.
    static func run(
        _ arguments: [String], wrapper: [String] = [], whileRunning: ((Process, String) -> Bool)? = nil
    ) async throws -> Run {
        let folder = try TemporaryFolder()
        let outputs = ["output", "errors"].map { folder.path + "/" + $0 }
        for path in outputs { try Data().write(to: URL(filePath: path)) }
        let command = wrapper + [path] + arguments
        let process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: another test's child would hold a pipe open.
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: outputs[0]))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: outputs[1]))
        func text(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        if let whileRunning {
            while process.isRunning, !whileRunning(process, text(outputs[1])) {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        for await _ in ended {}
        return Run(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            output: text(outputs[0]), errors: text(outputs[1]))
    }
}

/// A folder of a test's own, removed when the test lets go of it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/sitewarden-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }

    func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

    func json(_ name: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: try data(name)) as? [String: Any])
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

    func names(in folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }

    /// Every file below a folder, hidden ones too, with its bytes and the time it was written.
    func snapshot(of folder: String = "") throws -> [String: Entry] {
        var entries: [String: Entry] = [:]
        let top = "\(path)/\(folder)"
        for name in try FileManager.default.subpathsOfDirectory(atPath: top) {
            let file = "\(top)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            guard attributes[.type] as? FileAttributeType != .typeDirectory else {
                entries[name] = Entry(bytes: nil, modified: nil)
                continue
            }
            entries[name] = Entry(
                bytes: try Data(contentsOf: URL(filePath: file)), modified: attributes[.modificationDate] as? Date)
        }
        return entries
    }

    struct Entry: Equatable {
        var bytes: Data?
        var modified: Date?
    }
}
