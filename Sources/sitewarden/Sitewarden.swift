internal import ArgumentParser
internal import Disturbance

@main
struct Sitewarden: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sitewarden", version: Pipeline.version)
    func run() throws {}
}
