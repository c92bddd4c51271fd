import Foundation
import Testing

@testable import Disturbance

struct ConfigurationTests {
    private func read(_ yaml: String) throws -> Configuration { try Configuration(yaml: yaml, subject: "test.yaml") }

    /// The message of the error that reading the text must give.
    private func refusal(_ yaml: String) -> String {
        #expect(throws: ConfigurationError.self) { try read(yaml) }?.description ?? ""
    }

    @Test func nothingWrittenIsTheDefaults() throws {
        for text in ["", "# only a comment\n", "detection:\n", "detection: ~\nscenes:\n"] {
            #expect(try read(text) == Configuration())
        }
    }

    @Test func settingsAreReadOverTheDefaults() throws {
        let found = try read(
            """
            # See: *all* of this may be left out, & more.
            sites:
              bufferMetres: 100
              significanceWeights: { national: 1, listed: 0.7 }
            detection:
              pair:
                seedScore: 4
            scenes:
              bands: [red, nir]
              exclude: ["*_2019*", 'S2A*']
            output:
              rasters: true
              reportTitle: "Sites & fields *"
            """)
        var wanted = Configuration()
        wanted.sites.bufferMetres = 100
        wanted.sites.significanceWeights["national"] = 1
        wanted.sites.significanceWeights["listed"] = 0.7
        wanted.detection.pair.seedScore = 4
        wanted.scenes.bands = ["red", "nir"]
        wanted.scenes.exclude = ["*_2019*", "S2A*"]
        wanted.output.rasters = true
        wanted.output.reportTitle = "Sites & fields *"
        #expect(found == wanted)
    }

    @Test func anUnknownSettingIsNamedWithWhatThereIs() {
        let message = refusal("detection:\n  pair:\n    seedscore: 4\n")
        #expect(message.contains("test.yaml"))
        #expect(message.contains("detection.pair.seedscore"))
        #expect(message.contains("seedScore"))
        #expect(refusal("detektion: {}").contains("detection"))
    }

    @Test(arguments: [
        ("detection:\n  pair:\n    seedScore: high\n", "detection.pair.seedScore", "number"),
        ("detection:\n  pair:\n    seedScore: .nan\n", "detection.pair.seedScore", "number"),
        ("detection:\n  pair:\n    landscapeRadiusPixels: 1.5\n", "detection.pair.landscapeRadiusPixels", "whole"),
        ("output:\n  rasters: 3\n", "output.rasters", "true or false"),
        ("scenes:\n  bands: red\n", "scenes.bands", "list"),
        ("scenes:\n  source: [a]\n", "scenes.source", "single value"),
        ("scenes: everything\n", "scenes", "map"),
        ("- scenes\n", "the file", "map"),
        ("sites:\n  significanceWeights: { listed: much }\n", "significanceWeights.listed", "setting"),
    ])
    func aWrongTypeIsNamedWithItsPlace(yaml: String, place: String, wanted: String) {
        let message = refusal(yaml)
        #expect(message.contains(place))
        #expect(message.contains(wanted))
    }

    @Test(arguments: ["a: b: c", "scenes: [", "\t- x", "sites: {}\nsites: {}\n"])
    func brokenTextIsRefused(yaml: String) {
        #expect(refusal(yaml).contains("test.yaml"))
    }

    @Test(arguments: [
        "sites: &a {}\nscenes: *a\n", "scenes:\n  bands: [&b red, *b]\n", "{scenes: {bands: [&b red,*b]}}",
        "scenes:\n  exclude: !!seq &a [x]\n", "scenes:\n  exclude:\n  - &a x\n  - *a\n", "&a\nsites: {}\n",
        "scenes:\n  source: &a x\n", "scenes:\n  source:\n    &a x\n", "? &a sites\n: {}\n",
        // Beside a colon, after a quoted text that goes over lines, after a comment sign in such a text.
        #"{"sites":&a {},"scenes":*a}"#, "{sites: {source: \"x\n # \", register: &a b}}",
        "{output: {reportTitle: \"x\n # \", folder: &y a, register: *y}}", "{?&a sites : {}}",
        "scenes: {source: 'a\n\"', exclude: [&a x, '\"']}", "sites: {}\u{85}scenes: &a {}",
    ])
    func anchorsAreRefused(yaml: String) {
        #expect(refusal(yaml).contains("anchor"))
    }

    @Test(.timeLimit(.minutes(1))) func anAliasBombIsRefusedAtOnce() {
        var text = "scenes:\n  exclude: [&a0 x"
        for level in 1..<40 { text += ",&a\(level) [*a\(level - 1),*a\(level - 1),*a\(level - 1)]" }
        let start = ContinuousClock().now
        #expect(refusal(text + "]\n").contains("anchor"))
        var keys = "a0: &a0 {x: 1}\n"
        for level in 1..<40 { keys += "a\(level): &a\(level) {? *a\(level - 1) : 1, ? [*a\(level - 1)] : 1}\n" }
        #expect(refusal(keys).contains("anchor"))
        var quoted = "{\"a0\":&a0 {\"x\":1}"
        for level in 1..<40 { quoted += ",\"a\(level)\":&a\(level) {*a\(level - 1) :1,\"y\":*a\(level - 1)}" }
        #expect(refusal(quoted + "}").contains("anchor"))
        #expect(ContinuousClock().now - start < .seconds(5))
    }

    @Test(arguments: [
        "output: {reportTitle: 'a\n  &b *c'}", "output: {reportTitle: \"Sites\n  & *fields*\"}",
        "output:\n  reportTitle: |\n    &a *b\n", "# &a\noutput: {} # *a\n",
        "scenes: {source: https://x.org/items?a=1&b=*}", "scenes: {exclude: [S2*, a&b]}",
    ])
    func signsWithinTextsAreText(yaml: String) throws {
        #expect(try read(yaml) != Configuration() || yaml.hasPrefix("#"))
    }

    @Test(arguments: [
        ("windows:\n  cellPixels: 0\n", "windows.cellPixels"), ("windows:\n  cellPixels: -5\n", "windows.cellPixels"),
        ("windows:\n  ringMetres: -1\n", "windows.ringMetres"),
        ("windows:\n  historyDays: -1\n", "windows.historyDays"),
        ("findings:\n  minimumPixels: 0\n", "findings.minimumPixels"),
        ("detection:\n  pair:\n    landscapeRadiusPixels: -3\n", "detection.pair.landscapeRadiusPixels"),
        ("detection:\n  baseline:\n    watchedDays: -3\n", "detection.baseline.watchedDays"),
        ("scenes:\n  maskDilationMetres: -3\n", "scenes.maskDilationMetres"),
        ("sites:\n  bufferMetres: -3\n", "sites.bufferMetres"),
        ("tasks:\n  recencyHalfLifeDays: 0\n", "tasks.recencyHalfLifeDays"),
        ("tasks:\n  magnitudeScale: 0\n", "tasks.magnitudeScale"),
        ("status:\n  confirmedObservations: 0\n", "status.confirmedObservations"),
        ("status:\n  finishedNormalObservations: 0\n", "status.finishedNormalObservations"),
        ("findings:\n  minimumMappingUnitSquareMetres: 1e300\n", "findings.minimumMappingUnitSquareMetres"),
    ])
    func numbersThatMakeNoSenseAreRefused(yaml: String, setting: String) {
        let message = refusal(yaml)
        #expect(message.contains(setting))
    }

    @Test func yamlGoesBothWays() throws {
        var configuration = Configuration()
        configuration.sites.source = "PG:service=heritage"
        configuration.scenes.exclude = ["*a: b*", "- &c", "#d"]
        configuration.output.reportTitle = "Où? «Sites» # 1"
        configuration.detection.baseline.cap = 0.07
        #expect(try read(configuration.yaml()) == configuration)
        #expect(try configuration.yaml() == configuration.yaml())
    }

    @Test func everyDefaultIsVisible() throws {
        let lines = try Configuration().yaml()
        var missing: [String] = []
        func visit(_ value: Any) {
            for child in Mirror(reflecting: value).children {
                guard let label = child.label else { continue }
                if !lines.contains("\(label):") { missing.append(label) }
                visit(child.value)
            }
        }
        let configuration = Configuration()
        for child in Mirror(reflecting: configuration).children {
            #expect(lines.contains("\(child.label!):"))
            // The keys of the weights are data, not settings.
            visit(child.value)
        }
        #expect(missing.filter { $0 != "key" && $0 != "value" && $0 != "_variant" }.isEmpty)
    }

    @Test func pathsAreRelativeToTheFile() throws {
        let folder = try TemporaryFolder()
        try folder.put(
            """
            sites: { source: ../sites.geojson }
            scenes: { source: "https://example.org/stac" }
            output: { folder: out, register: "PG:service=register" }
            """, at: "pipelines/month.yaml")
        let found = try Configuration(pipelineFile: folder.path + "/pipelines/month.yaml")
        #expect(found.sites.source == folder.path + "/sites.geojson")
        #expect(found.scenes.source == "https://example.org/stac")
        #expect(found.output.folder == folder.path + "/pipelines/out")
        #expect(found.registerSource == "PG:service=register")
        try folder.put("sites: { source: /data/sites.gpkg }\noutput: { folder: out }\n", at: "other.yaml")
        let other = try Configuration(pipelineFile: folder.path + "/other.yaml")
        #expect(other.sites.source == "/data/sites.gpkg")
        #expect(other.scenes.source.isEmpty)
        #expect(other.registerSource == folder.path + "/out/register.gpkg")
        #expect(Configuration().registerSource.isEmpty)
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let folder = try TemporaryFolder()
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: folder.path + "/binary.yaml"))
        for path in [folder.path + "/missing.yaml", folder.path + "/binary.yaml", folder.path] {
            let error = #expect(throws: ConfigurationError.self) { try Configuration(pipelineFile: path) }
            #expect(error?.subject == path)
        }
    }
}
