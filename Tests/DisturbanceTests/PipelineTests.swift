import Foundation
import Testing

@testable import Disturbance

/// A month of the committed series, small enough for a build without optimisation: three of its sites, and two years.
struct PipelineTests {
    private static let holder = RunHolder(since: "2026-11-22T04:00:00Z", command: "test")

    private func configuration(output: String, sites: String) -> Configuration {
        var configuration = Configuration()
        configuration.sites.source = sites
        configuration.scenes.source = ScanPlanTests.data + "/items.json"
        configuration.scenes.bands = ["green", "red", "nir"]
        configuration.windows.ringMetres = 20
        configuration.windows.historyDays = 500
        // Each site by itself, so that several threads have something to do.
        configuration.windows.cellPixels = 8
        configuration.output.folder = output
        configuration.output.rasters = true
        configuration.output.reportPictures = 2
        return configuration
    }

    /// The first sites of the series as a register of their own.
    private func sites(_ count: Int, in folder: TemporaryFolder) throws -> String {
        let lines = try String(contentsOfFile: ScanPlanTests.data + "/sites.geojson", encoding: .utf8)
            .split(separator: "\n")
        let features = lines.filter { $0.hasPrefix("{\"type\":\"Feature\",") }.prefix(count)
            .map { $0.hasSuffix(",") ? String($0.dropLast()) : String($0) }
        let text = "{\"type\":\"FeatureCollection\",\"features\":[\(features.joined(separator: ",\n"))]}"
        try folder.put(text, at: "sites.geojson")
        return folder.path + "/sites.geojson"
    }

    private func files(in folder: String) throws -> [String: FileDigest] {
        let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        var digests: [String: FileDigest] = [:]
        for name in names.sorted() {
            var isFolder: ObjCBool = false
            _ = unsafe FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            if !isFolder.boolValue { digests[name] = try FileDigest(ofFileAt: "\(folder)/\(name)") }
        }
        return digests
    }

    @Test func neitherThreadsNorASecondRunChangeAnything() throws {
        let folder = try TemporaryFolder()
        let sites = try sites(3, in: folder)
        let period = try Period("2017-07")
        var known: [String: FileDigest]?
        for threads in [1, 2, 8] {
            // The same place each time: what a run writes may name it.
            let output = "\(folder.path)/output"
            let pipeline = Pipeline(configuration: configuration(output: output, sites: sites), threads: threads)
            let outcome = try pipeline.scan(period: period, holder: Self.holder)
            #expect(outcome.isChanged)
            #expect(outcome.coverage.count == 3)
            let written = try files(in: output)
            #expect(written.keys.contains { $0.hasSuffix("run.json") })
            // `written` holds every file, the explanations too.
            let explanations = try ExplanationDocument.read(from: outcome.folder)
            #expect(explanations.tasks.map(\.id) == outcome.tasks.map(\.id))
            if let known {
                #expect(written == known)
            } else {
                known = written
                let again = try pipeline.scan(period: period, holder: Self.holder)
                #expect(!again.isChanged)
                #expect(try files(in: output) == written)
            }
            try FileManager.default.moveItem(atPath: output, toPath: "\(folder.path)/with-\(threads)")
        }
    }

    @Test func aScanThatIsStoppedWritesNothing() throws {
        let folder = try TemporaryFolder()
        let sites = try sites(1, in: folder)
        let before = try folder.names()
        let pipeline = Pipeline(
            configuration: configuration(output: folder.path + "/output", sites: sites), threads: 2)
        #expect(throws: Pipeline.Cancelled.self) {
            try pipeline.scan(period: Period("2017-07"), holder: Self.holder, isCancelled: { true })
        }
        #expect(try folder.names() == before)
    }

    @Test func whatIsMissingIsNamed() throws {
        func error(_ change: (inout Configuration) -> Void) -> String {
            var configuration = configuration(output: "/nonexistent/output", sites: "/nonexistent/sites.geojson")
            change(&configuration)
            do {
                _ = try Pipeline(configuration: configuration, threads: 1).scan(
                    period: Period("2017-07"), holder: Self.holder)
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
