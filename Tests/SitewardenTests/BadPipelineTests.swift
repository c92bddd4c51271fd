import Foundation
import Testing

@testable import Disturbance

/// Pipeline files that cannot be used: one line names the file, the setting and what would fit.
struct BadPipelineTests {
    /// Nine times nine, nine times over: 350 bytes that mean 400 million texts.
    private static func bomb(anchor: String, item: String) -> String {
        var text = "\(anchor)a [x,x,x,x,x,x,x,x,x]"
        for (name, previous) in zip("bcdefghi", "abcdefgh") {
            let aliases = Array(repeating: "\(item)\(previous)", count: 9).joined(separator: ",")
            text += ",\(anchor)\(name) [\(aliases)]"
        }
        return text
    }

    @Test(arguments: [
        ("windows: {ringMeters: 60}", ["windows.ringMeters is not a setting", "ringMetres"]),
        ("nonsense: 1", ["nonsense is not a setting", "scenes, sites"]),
        ("windows: {ringMetres: wide}", ["windows.ringMetres must be a number"]),
        ("windows: {ringMetres: .inf}", ["windows.ringMetres must be a number"]),
        ("windows: {cellPixels: 2.5}", ["windows.cellPixels must be a whole number"]),
        ("windows: 5", ["windows must be a map of settings"]),
        ("scenes: {exclude: one}", ["scenes.exclude must be a list"]),
        ("- windows", ["the file must be a map of settings"]),
        ("windows: {ringMetres: 60", ["is not valid YAML", "line "]),
        ("windows: {}\nwindows: {}", ["is not valid YAML", "windows stands twice"]),
        ("scenes: {exclude: [\(bomb(anchor: "&", item: "*"))]}", ["anchor or alias"]),
        ("sites: {source: &x a, layer: *x}", ["anchor or alias"]),
        ("sites: \(String(repeating: "[", count: 50_000))", ["is not valid YAML", "nesting"]),
    ])
    func isRefusedInOneLine(text: String, told: [String]) async throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "pipeline.yaml")
        let run = try await Program.run(["scan", folder.path + "/pipeline.yaml", "--period", "2019-06"])
        #expect(run.status == 78 && run.output.isEmpty)
        #expect(run.errors.contains(folder.path + "/pipeline.yaml"))
        for words in told { #expect(run.errors.contains(words), "\(run.errors)") }
        #expect(run.errors.split(separator: "\n").count == 1 && run.errors.count < 1000, "\(run.errors.count)")
        #expect(run.duration < .seconds(20))
        #expect(try folder.names() == ["pipeline.yaml"])
    }

    @Test func noSuchFile() async throws {
        let run = try await Program.run(["scan", "/none/pipeline.yaml", "--period", "2019-06"])
        #expect(run.status == 78 && run.errors.contains("/none/pipeline.yaml: cannot be read"))
    }
}
