import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// A scan in shards publishes what one machine would have published.
struct ShardTests {
    private static let period = try! Period("2017-07")

    /// Sites of the series, the outputs of one run, and a plan for several.
    private struct Watch {
        let folder: TemporaryFolder
        let configuration: Configuration
        let plan: String
        let shards: Int

        init(sites: Int = 4, shards: Int = 3, _ change: (inout Configuration) -> Void = { _ in }) throws {
            folder = try TemporaryFolder()
            var configuration = SmallWatch.configuration(
                output: folder.path + "/output", sites: try SmallWatch.sites(sites, in: folder))
            change(&configuration)
            self.configuration = configuration
            plan = folder.path + "/2017-07.plan"
            self.shards = shards
        }

        var pipeline: Pipeline { Pipeline(configuration: configuration, threads: 2) }

        func makePlan() throws -> Pipeline.ShardSummary {
            try pipeline.plan(period: ShardTests.period, sharding: .count(shards), to: plan).shards
        }

        func scan(_ shard: Int) throws -> Pipeline.ShardOutcome {
            try Pipeline.scan(planFile: plan, shard: shard, threads: 1)
        }

        func merge() throws -> Pipeline.Outcome {
            try Pipeline.merge(planFile: plan, holder: SmallWatch.holder).outcome
        }

        func result(_ shard: Int) -> String { ShardResult.path(ofPlan: plan, shard: shard) }

        /// What one run publishes, which is put away.
        func wanted() throws -> [String: FileDigest] {
            _ = try pipeline.scan(period: ShardTests.period, holder: SmallWatch.holder)
            defer { try? FileManager.default.removeItem(atPath: configuration.output.folder) }
            return try SmallWatch.files(in: configuration.output.folder)
        }

        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch { return "\(error)" }
        }
    }

    @Test func mergedShardsAreTheRunOfOneMachine() throws {
        let watch = try Watch()
        let wanted = try watch.wanted()
        let summary = try watch.makePlan()
        #expect(summary.shards == 3 && summary.readFactor >= 1)
        // In any order; a copy that comes late finds its work done.
        for shard in [2, 0, 1] { #expect(try !watch.scan(shard).wasDone) }
        #expect(try watch.scan(1).wasDone)
        let outcome = try watch.merge()
        #expect(outcome.isChanged && outcome.coverage.count == 4)
        #expect(try SmallWatch.files(in: watch.configuration.output.folder) == wanted)
        #expect(try !watch.merge().isChanged)
        #expect(try SmallWatch.files(in: watch.configuration.output.folder) == wanted)
        // Making the plan again, after the period was published, changes nothing either.
        let bytes = try WholeFile.read(watch.plan)
        _ = try watch.makePlan()
        #expect(try WholeFile.read(watch.plan) == bytes)
        #expect(try !watch.merge().isChanged)
    }

    /// An orphan and the copy of it that was queued again both finish: their bytes are the same.
    @Test func theSameShardGivesTheSameBytes() throws {
        let watch = try Watch()
        _ = try watch.makePlan()
        _ = try watch.scan(1)
        let bytes = try WholeFile.read(watch.result(1))
        try FileManager.default.removeItem(atPath: watch.result(1))
        _ = try Pipeline.scan(planFile: watch.plan, shard: 1, threads: 4)
        #expect(try WholeFile.read(watch.result(1)) == bytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: watch.plan + ".results") == ["00001.result"])
    }

    @Test func missingAndDamagedShardsAreNamed() throws {
        let watch = try Watch()
        _ = try watch.makePlan()
        for shard in 0..<2 { _ = try watch.scan(shard) }
        #expect(watch.message { _ = try watch.merge() }.contains("1 of 3 shards are not done yet: 2"))
        _ = try watch.scan(2)
        let whole = try WholeFile.read(watch.result(0))
        try Data(whole.dropLast(40)).write(to: URL(filePath: watch.result(0)))
        let message = watch.message { _ = try watch.merge() }
        #expect(message.contains("00000.result: is damaged, or was cut off"), "\(message)")
        #expect(!FileManager.default.fileExists(atPath: watch.configuration.output.folder + "/2017-07"))
        // Scanning it again mends it.
        #expect(try !watch.scan(0).wasDone)
        #expect(try WholeFile.read(watch.result(0)) == whole)
        #expect(try watch.merge().isChanged)
        #expect(watch.message { _ = try watch.scan(3) }.contains("Its 3 shards are 0 to 2"))
    }

    @Test func shardsOfAnotherPlanAreRefused() throws {
        let watch = try Watch()
        _ = try watch.makePlan()
        for shard in 0..<3 { _ = try watch.scan(shard) }
        var changed = watch.configuration
        changed.tasks.minimumProbability = 0.3
        _ = try Pipeline(configuration: changed, threads: 1).plan(
            period: Self.period, sharding: .count(3), to: watch.plan)
        #expect(watch.message { _ = try watch.merge() }.contains("was made from another plan"))
        for shard in 0..<3 { #expect(try !watch.scan(shard).wasDone) }
        #expect(try watch.merge().isChanged)
    }

    @Test func aRegisterThatWentOnIsNoticed() throws {
        let watch = try Watch()
        _ = try watch.makePlan()
        for shard in 0..<3 { _ = try watch.scan(shard) }
        // A month that the plan knew nothing of.
        _ = try watch.pipeline.scan(period: Period("2017-06"), holder: SmallWatch.holder)
        #expect(watch.message { _ = try watch.merge() }.contains("Make the plan again"))
        let wanted = try {
            _ = try watch.makePlan()
            for shard in 0..<3 { _ = try watch.scan(shard) }
            _ = try watch.merge()
            return try SmallWatch.files(in: watch.configuration.output.folder)
        }()
        // With findings to follow it is still the run of one machine.
        #expect(try !watch.pipeline.scan(period: Self.period, holder: SmallWatch.holder).isChanged)
        #expect(try SmallWatch.files(in: watch.configuration.output.folder) == wanted)
    }

    @Test func aSceneThatChangedSinceThePlanIsNoticed() throws {
        let watch = try Watch()
        let scenes = watch.folder.path + "/scenes"
        try FileManager.default.copyItem(atPath: ScanPlanTests.data, toPath: scenes)
        var configuration = watch.configuration
        configuration.scenes.source = scenes + "/items.json"
        _ = try Pipeline(configuration: configuration, threads: 1).plan(
            period: Self.period, sharding: .count(1), to: watch.plan)
        let catalogue = try ShardedPlan(reading: watch.plan).head.catalogue.value
        let file = try #require(catalogue.files.first).path
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: file)
        #expect(watch.message { _ = try watch.scan(0) }.contains("changed or removed since the plan was made"))
    }

    @Test func passwordsStayOutOfPlans() throws {
        let watch = try Watch { $0.output.register = "PG:service=heritage password=secret" }
        #expect(watch.message { _ = try watch.makePlan() }.contains("hold a password"))
        #expect(!FileManager.default.fileExists(atPath: watch.plan))
    }

    @Test func aPlanIsReadBackAsItWas() throws {
        let watch = try Watch()
        _ = try watch.makePlan()
        let plan = try ShardedPlan(reading: watch.plan)
        #expect(plan.head.configuration == watch.configuration)
        let whole = try watch.pipeline.inputs(period: Self.period) { _ in }.plan
        var seen: [Int] = []
        for shard in plan.head.shards.indices {
            let part = try plan.part(shard)
            seen += part.numbers
            #expect(part.plan.files.map(\.header) == whole.files.map(\.header))
            #expect(part.plan.files.map(\.path) == whole.files.map(\.path))
            for (number, planned) in zip(part.numbers, part.plan.groups) {
                let other = whole.groups[number]
                #expect(planned.group.lattice == other.group.lattice && planned.group.window == other.group.window)
                #expect(planned.group.sites.map(\.site) == other.group.sites.map(\.site))
                #expect(planned.group.sites.map(\.zone) == other.group.sites.map(\.zone))
                #expect(planned.windows.map(\.window) == other.windows.map(\.window))
                #expect(planned.bands == other.bands && planned.scenes == other.scenes)
            }
        }
        #expect(seen.sorted() == Array(whole.groups.indices))
    }

    // MARK: Parting

    @Test func partsAreBalancedAndWhole() throws {
        let watch = try Watch(sites: 12)
        let plan = try watch.pipeline.inputs(period: Self.period) { _ in }.plan
        for shards in [1, 2, 3, 5, 7, 12, 40] {
            let partition = try PlanPartition(of: plan, shards: shards)
            #expect(partition.parts.count == min(shards, plan.groups.count))
            #expect(partition.parts.flatMap(\.groups).sorted() == Array(plan.groups.indices))
            #expect(partition.parts.allSatisfy { !$0.groups.isEmpty })
            if shards == 1 { #expect(partition.readFactor == 1) }
        }
        // Small enough that every part needs the same few blocks.
        #expect(try PlanPartition(of: plan, shards: 2).readFactor <= 2)
    }
}
