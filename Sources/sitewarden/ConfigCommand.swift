internal import ArgumentParser
internal import Disturbance

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Prints every setting with its value, as a pipeline file.")

    @OptionGroup var options: PipelineOptions

    func run() throws {
        try Console.run(log: options.logFormat) {
            Console.result(try options.configuration().yaml())
            return .done
        }
    }
}
