import Foundation
import Testing

@testable import Disturbance

/// A month of the committed series, small enough for a build without optimisation: a few of its sites, and two years.
enum SmallWatch {
    static let holder = RunHolder(since: "2026-11-22T04:00:00Z", command: "test")

    static func configuration(output: String, sites: String) -> Configuration {
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
    static func sites(_ count: Int, in folder: TemporaryFolder) throws -> String {
        let lines = try String(contentsOfFile: ScanPlanTests.data + "/sites.geojson", encoding: .utf8)
            .split(separator: "\n")
        let features = lines.filter { $0.hasPrefix("{\"type\":\"Feature\",") }.prefix(count)
            .map { $0.hasSuffix(",") ? String($0.dropLast()) : String($0) }
        let text = "{\"type\":\"FeatureCollection\",\"features\":[\(features.joined(separator: ",\n"))]}"
        try folder.put(text, at: "sites.geojson")
        return folder.path + "/sites.geojson"
    }

    static func files(in folder: String) throws -> [String: FileDigest] {
        let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        var digests: [String: FileDigest] = [:]
        for name in names.sorted() {
            var isFolder: ObjCBool = false
            _ = unsafe FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            if !isFolder.boolValue { digests[name] = try FileDigest(ofFileAt: "\(folder)/\(name)") }
        }
        return digests
    }
}
