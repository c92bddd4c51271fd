internal import ArgumentParser
internal import Disturbance

/// Which run's task is meant, as `explain` is told it too.
struct TaskSource: ParsableArguments {
    @Option(
        name: .customLong("run"), help: "The folder of one run, such as monitoring/2019-09.", completion: .directory)
    var runFolder: String?

    @Option(help: "The output folder of the scans.", completion: .directory)
    var output: String?

    @Option(help: "The pipeline file that names the output folder.", completion: .file(extensions: ["yaml"]))
    var pipeline: String?

    func validate() throws {
        guard [runFolder, output, pipeline].contains(where: { $0 != nil }) else {
            throw ValidationError(
                "Name the run with --run, the output folder with --output, or the pipeline file with --pipeline")
        }
        guard runFolder == nil || (output == nil && pipeline == nil) else {
            throw ValidationError("--run names the run: leave out --output and --pipeline")
        }
    }

    private static let shortestPrefix = 6

    static func requireLength(of task: String) throws {
        guard task.count >= shortestPrefix else {
            throw ValidationError("Give at least the first \(shortestPrefix) characters of the task_id")
        }
    }

    func explanation(ofTask prefix: String) throws -> (explanation: TaskExplanation, run: String) {
        if let runFolder { return (try ExplanationDocument.read(from: runFolder).task(beginning: prefix), runFolder) }
        let folder = try output ?? Configuration(pipelineFile: pipeline!).output.folder
        guard !folder.isEmpty else {
            throw ExplanationError(
                subject: pipeline ?? "--output",
                message: "names no output folder. Give it with --output, or the folder of a run with --run")
        }
        let runs = try PublishedRuns(in: folder)
        return (try runs.explanation(ofTask: prefix), runs.runs[0].path)
    }
}
