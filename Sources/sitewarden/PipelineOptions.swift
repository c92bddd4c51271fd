public import ArgumentParser
public import Disturbance
internal import Foundation

/// Where a command takes its settings from: a pipeline file, options, or both.
struct PipelineOptions: ParsableArguments {
    @Argument(help: "The pipeline file (YAML). Without one the defaults hold.", completion: .file(extensions: ["yaml"]))
    var pipeline: String?

    @Option(help: "The register of sites: a file or connection string that OGR reads.")
    var sites: String?

    @Option(help: "The scenes: a STAC file, a folder, or an http(s) address.")
    var scenes: String?

    @Option(help: "The folder for the results; each period gets a folder of its own in it.")
    var output: String?

    @Option(help: "The lasting register of findings and tasks (default: register.gpkg in the output folder).")
    var register: String?

    @Option(help: "Threads that read and compare; no result depends on it.")
    var threads: Int = ProcessInfo.processInfo.activeProcessorCount

    @Option(
        help: ArgumentHelp(
            "Most memory to take, such as 900M or 2G; no result depends on it.",
            discussion: "Without it what the machine, its container and ulimit -v allow."))
    var memoryLimit: ByteCount?

    @Option(help: "How messages are written: text, or json with one object a line.")
    var logFormat: LogFormat = .text

    /// Whether anything is given that decides on results.
    var hasSettings: Bool { [pipeline, sites, scenes, output, register].contains { $0 != nil } }

    func validate() throws {
        guard threads >= 1 else { throw ValidationError("--threads must be at least 1") }
    }

    func configuration() throws -> Configuration {
        var configuration = try pipeline.map { try Configuration(pipelineFile: $0) } ?? Configuration()
        if let sites { configuration.sites.source = sites }
        if let scenes { configuration.scenes.source = scenes }
        if let output { configuration.output.folder = output }
        if let register { configuration.output.register = register }
        return configuration
    }

    func makePipeline(_ configuration: Configuration) -> Pipeline {
        Pipeline(configuration: configuration, threads: threads, memory: memory)
    }

    var memory: MemoryLimit? { ProcessMemory.limit(memoryLimit?.bytes) }
}

/// A month, or two days.
extension Period: ExpressibleByArgument {
    public init?(argument: String) {
        guard let period = try? Period(argument) else { return nil }
        self = period
    }
}
