import Foundation
import Testing

@testable import Disturbance

/// A scan as a whole.
struct PipelineTests {
    @Test func neitherThreadsNorASecondRunChangeAnything() throws {
        let folder = try TemporaryFolder()
        let sites = try SmallWatch.sites(3, in: folder)
        let period = try Period("2017-07")
        var known: [String: FileDigest]?
        for threads in [1, 2, 8] {
            // The same place each time: what a run writes may name it.
            let output = "\(folder.path)/output"
            let pipeline = Pipeline(
                configuration: SmallWatch.configuration(output: output, sites: sites), threads: threads)
            let outcome = try pipeline.scan(period: period, holder: SmallWatch.holder)
            #expect(outcome.isChanged)
            #expect(outcome.coverage.count == 3)
            let written = try SmallWatch.files(in: output)
            #expect(written.keys.contains { $0.hasSuffix("run.json") })
            // `written` holds every file, the explanations too.
            let explanations = try ExplanationDocument.read(from: outcome.folder)
            #expect(explanations.tasks.map(\.id) == outcome.tasks.map(\.id))
            if let known {
                #expect(written == known)
            } else {
                known = written
                let again = try pipeline.scan(period: period, holder: SmallWatch.holder)
                #expect(!again.isChanged)
                #expect(try SmallWatch.files(in: output) == written)
            }
            try FileManager.default.moveItem(atPath: output, toPath: "\(folder.path)/with-\(threads)")
        }
    }

    @Test func aScanThatIsStoppedWritesNothing() throws {
        let folder = try TemporaryFolder()
        let sites = try SmallWatch.sites(1, in: folder)
        let before = try folder.names()
        let pipeline = Pipeline(
            configuration: SmallWatch.configuration(output: folder.path + "/output", sites: sites), threads: 2)
        #expect(throws: Pipeline.Cancelled.self) {
            try pipeline.scan(period: Period("2017-07"), holder: SmallWatch.holder, isCancelled: { true })
        }
        #expect(try folder.names() == before)
    }

    @Test func whatIsMissingIsNamed() throws {
        func error(_ change: (inout Configuration) -> Void) -> String {
            var configuration = SmallWatch.configuration(
                output: "/nonexistent/output", sites: "/nonexistent/sites.geojson")
            change(&configuration)
            do {
                _ = try Pipeline(configuration: configuration, threads: 1).scan(
                    period: Period("2017-07"), holder: SmallWatch.holder)
                return ""
            } catch { return "\(error)" }
        }
        #expect(error { $0.output.folder = "" }.contains("output.folder"))
        #expect(error { $0.sites.source = "" }.contains("sites.source"))
        #expect(error { _ in }.contains("/nonexistent/sites.geojson"))
        #expect(
            error {
                $0.sites.source = ScanPlanTests.data + "/sites.geojson"
                $0.scenes.source = ""
            }.contains("scenes.source"))
    }
}
