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

    @OptionGroup var source: TaskSource

    @Option(help: "text for people, json for machines.")
    var format = Format.text

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    func validate() throws { try TaskSource.requireLength(of: task) }

    func run() throws {
        try Console.run {
            let explanation = try source.explanation(ofTask: task).explanation
            switch format {
            case .text: Console.result(ExplanationText(explanation).text)
            case .json: Console.result(json: try Console.json(explanation))
            }
            return .done
        }
    }
}
