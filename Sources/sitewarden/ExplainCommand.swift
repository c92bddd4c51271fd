internal import ArgumentParser
internal import Disturbance

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says why a task stands in the list: every day, test and term of its score.",
        discussion: """
            Reads explanations.json of a run folder; neither scenes nor the register are needed. Without --run it is the \
            newest run of the output folder.
            """)

    @Argument(help: "The task_id, or at least its first 6 characters.")
    var task: String

    @Option(
        name: .customLong("run"), help: "The folder of one run, such as monitoring/2019-09.", completion: .directory)
    var runFolder: String?

    @Option(help: "The output folder of the scans.", completion: .directory)
    var output: String?

    @Option(help: "The pipeline file that names the output folder.", completion: .file(extensions: ["yaml"]))
    var pipeline: String?

    @Option(help: "text for people, json for machines.")
    var format = Format.text

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    private static let shortestPrefix = 6

    func validate() throws {
        guard task.count >= Self.shortestPrefix else {
            throw ValidationError("Give at least the first \(Self.shortestPrefix) characters of the task_id")
        }
        guard [runFolder, output, pipeline].contains(where: { $0 != nil }) else {
            throw ValidationError(
                "Name the run with --run, the output folder with --output, or the pipeline file with --pipeline")
        }
        guard runFolder == nil || (output == nil && pipeline == nil) else {
            throw ValidationError("--run names the run: leave out --output and --pipeline")
        }
    }

    func run() throws {
        try Console.run {
            let explanation = try explanation()
            switch format {
            case .text: Console.result(ExplanationText(explanation).text)
            case .json: Console.result(json: try Console.json(explanation))
            }
            return .done
        }
    }

    private func explanation() throws -> TaskExplanation {
        if let runFolder { return try ExplanationDocument.read(from: runFolder).task(beginning: task) }
        let folder = try output ?? Configuration(pipelineFile: pipeline!).output.folder
        guard !folder.isEmpty else {
            throw ExplanationError(
                subject: pipeline ?? "--output",
                message: "names no output folder. Give it with --output, or the folder of a run with --run")
        }
        return try PublishedRuns(in: folder).explanation(ofTask: task)
    }
}
