import Foundation
import Synchronization
import Testing

@testable import Disturbance

/// A scan that was stopped goes on where it was, and publishes what it would have published.
struct KeptGroupsTests {
    private static let period = try! Period("2017-07")
    /// After every group.
    private static let always = KeepingSchedule(everySeconds: 0, clock: { 0 })

    /// Three sites with a scan of theirs that nothing has stopped.
    private struct Watch {
        let folder: TemporaryFolder
        let configuration: Configuration
        let wanted: [String: FileDigest]

        var kept: String { configuration.output.folder + "/.2017-07.kept" }

        init() throws {
            folder = try TemporaryFolder()
            configuration = SmallWatch.configuration(
                output: folder.path + "/output", sites: try SmallWatch.sites(3, in: folder))
            _ = try Pipeline(configuration: configuration, threads: 1).scan(
                period: KeptGroupsTests.period, holder: SmallWatch.holder)
            wanted = try SmallWatch.files(in: configuration.output.folder)
            try FileManager.default.removeItem(atPath: configuration.output.folder)
        }

        /// Scans until so many groups are compared.
        func stop(after groups: Int) throws {
            let compared = Atomic(0)
            #expect(throws: Pipeline.Cancelled.self) {
                try Pipeline(configuration: configuration, threads: 1).scan(
                    period: KeptGroupsTests.period, holder: SmallWatch.holder, keeping: KeptGroupsTests.always,
                    progress: { if case .compared = $0 { compared.add(1, ordering: .relaxed) } },
                    isCancelled: { compared.load(ordering: .relaxed) >= groups })
            }
        }

        /// Scans to the end.
        /// - Returns: Groups that were not compared again, and what the scan said.
        func goOn(_ configuration: Configuration? = nil) throws -> (resumed: Int, outcome: Pipeline.Outcome) {
            let resumed = Atomic(0)
            let outcome = try Pipeline(configuration: configuration ?? self.configuration, threads: 2).scan(
                period: KeptGroupsTests.period, holder: SmallWatch.holder, keeping: KeptGroupsTests.always,
                progress: { if case .resumed(let groups) = $0 { resumed.store(groups, ordering: .relaxed) } })
            return (resumed.load(ordering: .relaxed), outcome)
        }

        func expectWanted() throws {
            #expect(try SmallWatch.files(in: configuration.output.folder) == wanted)
            #expect(!FileManager.default.fileExists(atPath: kept))
        }
    }

    @Test func aStoppedScanGoesOn() throws {
        let watch = try Watch()
        try watch.stop(after: 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: watch.kept).count == 2)
        let (resumed, outcome) = try watch.goOn()
        #expect(resumed == 2 && outcome.remarks.isEmpty, "\(outcome.remarks)")
        try watch.expectWanted()
        // With nothing left to go on from.
        #expect(try watch.goOn().resumed == 0)
        try watch.expectWanted()
    }

    /// A group is kept under everything it was made from: whatever changes, nothing stale is used.
    @Test func whatWasMadeFromOtherThingsIsNotUsed() throws {
        let watch = try Watch()
        func resumed(_ change: (inout Configuration) throws -> Void) throws -> Int {
            try watch.stop(after: 2)
            var configuration = watch.configuration
            try change(&configuration)
            let resumed = try watch.goOn(configuration).resumed
            try FileManager.default.removeItem(atPath: configuration.output.folder)
            return resumed
        }
        #expect(try resumed { $0.tasks.maximumTasks = 1 } == 2)
        #expect(try resumed { $0.export.minimumSites += 1 } == 2)
        #expect(try resumed { $0.detection.baseline.growScore += 0.1 } == 0)
        #expect(try resumed { $0.scenes.maskDilationMetres += 10 } == 0)
        #expect(try resumed { $0.output.rasters = false } == 0)
        // The names of sites stand in the results.
        #expect(
            try resumed { configuration in
                let text = try watch.folder.text("sites.geojson").replacing("Drawn site", with: "Renamed")
                try watch.folder.put(text, at: "renamed.geojson")
                configuration.sites.source = watch.folder.path + "/renamed.geojson"
            } == 0)
    }

    @Test func whatIsDamagedIsDoneAgainAndTold() throws {
        let watch = try Watch()
        try watch.stop(after: 2)
        let names = try FileManager.default.contentsOfDirectory(atPath: watch.kept).sorted()
        let file = URL(filePath: "\(watch.kept)/\(names[0])")
        try Data(contentsOf: file).dropLast(100).write(to: file)
        let (resumed, outcome) = try watch.goOn()
        #expect(resumed == 1)
        #expect(outcome.remarks.contains { $0.contains("is damaged, or was cut off") }, "\(outcome.remarks)")
        try watch.expectWanted()
    }

    /// Keeping is a convenience: where it cannot be done the run goes on.
    @Test func aFolderThatCannotBeMadeStopsNothing() throws {
        let watch = try Watch()
        try FileManager.default.createDirectory(
            atPath: watch.configuration.output.folder, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: watch.kept))
        let outcome = try watch.goOn().outcome
        #expect(outcome.remarks.contains { $0.contains("nor kept") }, "\(outcome.remarks)")
        try FileManager.default.removeItem(atPath: watch.kept)
        try watch.expectWanted()
    }

    @Test func aShortScanKeepsNothing() throws {
        let folder = try TemporaryFolder()
        let schedule = KeepingSchedule(everySeconds: 20, clock: { 0 })
        let kept = KeptGroups(in: folder.path + "/kept", about: "", schedule: schedule) { [UInt8($0)] }
        for group in 0..<5 { kept.add(try GroupResultFileTests.result(seed: group), of: group) }
        kept.remove()
        #expect(try folder.names().isEmpty)
    }

    /// However short the time: pictures and scores of a country would not fit into memory.
    @Test func whatTakesMuchMemoryIsWrittenAtOnce() throws {
        let folder = try TemporaryFolder()
        let schedule = KeepingSchedule(everySeconds: 20, clock: { 0 })
        let kept = KeptGroups(in: folder.path + "/kept", about: "", schedule: schedule) { [UInt8($0)] }
        // 12 MiB each: every third time there are 32.
        var large = try GroupResultFileTests.result(seed: 1)
        large.score = Deferred([Float](repeating: 1, count: 3 << 20))
        for group in 0..<8 { kept.add(large, of: group) }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/kept")
        #expect(names.filter { $0.hasSuffix(".groups") }.count == 2)
        let finished = try kept.finished()
        #expect(finished.count == 8)
        for result in finished.values { #expect(try Packer.bytes(of: result) == Packer.bytes(of: large)) }
        kept.remove()
    }

    @Test func oneRunHoldsTheFolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/kept"
        let first = KeptGroups(in: path, about: "", schedule: Self.always) { [UInt8($0)] }
        first.add(try GroupResultFileTests.result(seed: 1), of: 1)
        let second = KeptGroups(in: path, about: "", schedule: Self.always) { [UInt8($0)] }
        #expect(try second.result(of: 1) == nil)
        #expect(second.remarks.contains { $0.contains("in use by another run") })
        second.remove()
        #expect(try folder.names() == ["kept"])
        first.remove()
        #expect(try folder.names().isEmpty)
    }
}
