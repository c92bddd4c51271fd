import Foundation
import Geospatial
import Testing

@testable import Disturbance

struct PublishedRunTests {
    private let folder: TemporaryFolder
    private let ids = ["K-001", "=1+1", "-7", "[1,2]", "a,\"b\"", "{}", "'x", "خان"]

    init() throws { folder = try TemporaryFolder() }

    /// A run's folder as a scan writes it, with a task at each site.
    private func publish(_ text: String = "2019-09") throws -> String {
        let period = try Period(text)
        let path = folder.path + "/" + period.label
        try WholeFile.makeFolder(path)
        let tasks = try ids.enumerated().map { try InventedRun.task(rank: $0.offset + 1, siteID: $0.element) }
        try TaskDocuments(period: period, generator: "test").write(tasks, to: path + "/tasks.geojson")
        let coverage = ids.map { InventedRun.coverage($0, outcome: .disturbance, tasks: 1) }
        try WholeFile.write(CoverageTable.csv(coverage), to: path + "/coverage.csv")
        let outlines = try ids.map { id in
            let core = try InventedRun.square(longitude: 45.1, latitude: 32.5)
            return TaskLayer.SiteOutline(id: id, name: "", core: core, zone: id == "{}" ? nil : core)
        }
        try TaskLayer.write(tasks: tasks, sites: outlines, findings: [], period: period, to: path + "/tasks.gpkg")
        var manifest = RunManifest(
            versions: [:], period: period, configuration: .null, inputs: [], counts: [:], problems: [])
        try manifest.write(into: path)
        return path
    }

    @Test func everythingPublishedIsReadBackWhateverTheIds() throws {
        let run = try PublishedRun.read(try publish())
        #expect(run.period == (try Period("2019-09")) && run.remarks == [])
        #expect(run.tasks.map(\.siteID) == ids && run.tasks.map(\.rank) == Array(1...ids.count))
        #expect(run.tasks[0].status == .provisional && run.tasks[0].kind == "soil_exposed")
        #expect(run.tasks[0].probability == 0.9712 && run.tasks[0].firstSeen == Day("2019-08-31"))
        #expect(abs(run.tasks[0].geometry.ellipsoidalArea - 3750) < 50)
        for id in ids {
            let view = try #require(run.view(of: id), "\(id)")
            #expect(view.isSeen && view.clearObservations == 3 && view.lastClear == Day("2019-09-20"))
        }
        #expect(run.view(of: "nobody") == nil)
        let sites = try WatchedSite.drawn(by: [run])
        // One without imagery has no buffer: it was not watched.
        #expect(sites.map(\.id) == ids.filter { $0 != "{}" }.sorted() && sites.allSatisfy { $0.core != nil })
    }

    @Test func whatWasEditedIsTold() throws {
        let path = try publish()
        let text = try folder.text("2019-09/coverage.csv").replacing("disturbance_seen", with: "not_seen")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/coverage.csv"))
        let run = try PublishedRun.read(path)
        #expect(run.remarks == ["\(path)/coverage.csv is not as the run wrote it"])
        #expect(run.view(of: "K-001")?.isSeen == false)
    }

    @Test func theRunsOfAnOutputFolder() throws {
        let october = try publish("2019-10")
        let september = try publish("2019-09")
        try FileManager.default.copyItem(atPath: september, toPath: september + ".kept-1")
        try folder.put("mine", at: "notes/read.me")
        #expect(try PublishedRun.folders(in: folder.path) == [september, october])
    }

    @Test func otherFoldersAreRefusedInOneLine() throws {
        func complaint(_ body: () throws -> Void) -> String {
            do { try body() } catch { return "\(error)" }
            return "nothing was thrown"
        }
        try folder.put("", at: "empty/nothing")
        #expect(
            complaint { _ = try PublishedRun.folders(in: folder.path + "/empty") }.contains("holds no folder of a run"))
        #expect(complaint { _ = try PublishedRun.folders(in: folder.path + "/none") }.contains("is no folder"))
        #expect(complaint { _ = try PublishedRun.read(folder.path + "/none") }.contains("is no folder of a run"))
        #expect(complaint { _ = try PublishedRun.read(folder.path + "/empty") }.contains("run.json"))
        let path = try publish()
        let tasks =
            #"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}, "geometry": null}]}"#
        try Data(tasks.utf8).write(to: URL(fileURLWithPath: path + "/tasks.geojson"))
        #expect(complaint { _ = try PublishedRun.read(path) }.contains("tasks.geojson: is no task list of a run"))
        try FileManager.default.removeItem(atPath: path + "/tasks.gpkg")
        let run = PublishedRun(folder: path, period: try Period("2019-09"), tasks: [], coverage: [:])
        #expect(complaint { _ = try WatchedSite.drawn(by: [run]) }.contains("register of sites must be named"))
    }

    @Test func aRunWithoutTasksIsARun() throws {
        let path = try publish()
        try FileManager.default.removeItem(atPath: path + "/tasks.geojson")
        try TaskDocuments(period: try Period("2019-09"), generator: "test").write(
            [InspectionTask](), to: path + "/tasks.geojson")
        #expect(try PublishedRun.read(path).tasks.isEmpty)
    }
}
