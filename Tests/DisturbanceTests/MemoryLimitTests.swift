import Foundation
import Testing

@testable import Disturbance

/// A run that may take so much memory and no more finds the same, or says what it would need.
struct MemoryLimitTests {
    private static let mebi = 1 << 20

    private static func limit(_ bytes: Int, used: Int = 0) -> MemoryLimit { MemoryLimit(bytes: bytes) { used } }

    /// What is left when a scan has begun, beside the process itself and what is kept for writing.
    private static let reserve = 48 * mebi

    @Test func threadsAndBlocksShareWhatThereIs() throws {
        func share(_ free: Int, threads: Int, group: Int, block: Int) throws -> MemoryLimit.Share {
            try Self.limit(Self.reserve + 100 + free, used: 100)
                .share(threads: threads, groupBytes: group, blockBytes: block)
        }
        // Each thread needs a group and three blocks; the rest holds blocks for later.
        #expect(try share(1000, threads: 2, group: 200, block: 10) == .init(threads: 2, blockBytes: 570))
        #expect(try share(1000, threads: 8, group: 200, block: 10) == .init(threads: 4, blockBytes: 110))
        #expect(try share(230, threads: 8, group: 200, block: 10) == .init(threads: 1, blockBytes: 30))
        #expect(throws: MemoryLimitError.self) { try share(229, threads: 8, group: 200, block: 10) }
    }

    @Test func whatIsMissingIsTold() throws {
        do {
            _ = try Self.limit(100 * Self.mebi, used: 60 * Self.mebi)
                .share(threads: 1, groupBytes: 30 * Self.mebi, blockBytes: 2 * Self.mebi)
            Issue.record("it has room for nothing")
        } catch let error as MemoryLimitError {
            #expect(error == MemoryLimitError(neededBytes: 144 * Self.mebi, limitBytes: 100 * Self.mebi))
            #expect("\(error)".contains("about 145 MiB are needed, 100 MiB are allowed"), "\(error)")
            #expect(FailureKind(error) == .memory)
        }
    }

    /// Three sites with a scan of theirs that nothing limits.
    private struct Watch {
        let folder: TemporaryFolder
        let configuration: Configuration
        let plan: ScanPlan
        let period: Period

        init() throws {
            folder = try TemporaryFolder()
            period = try Period("2017-07")
            configuration = SmallWatch.configuration(
                output: folder.path + "/output", sites: try SmallWatch.sites(3, in: folder))
            plan = try Pipeline(configuration: configuration, threads: 1).inputs(period: period) { _ in }.plan
        }

        func scan(_ memory: MemoryLimit?, threads: Int) throws -> (Pipeline.Outcome, [String: FileDigest]) {
            try? FileManager.default.removeItem(atPath: configuration.output.folder)
            let outcome = try Pipeline(configuration: configuration, threads: threads, memory: memory)
                .scan(period: period, holder: SmallWatch.holder)
            return (outcome, try SmallWatch.files(in: configuration.output.folder))
        }
    }

    @Test func noResultDependsOnTheLimit() throws {
        let watch = try Watch()
        let wanted = try watch.scan(nil, threads: 2).1
        let largest = try #require(watch.plan.groups.map(watch.plan.workingBytes).max())
        // Room for one group, and for no block beside the three it is read from.
        let least = MemoryLimitTests.reserve + largest + 3 * watch.plan.largestBlockBytes
        #expect(try watch.scan(MemoryLimitTests.limit(least), threads: 8).1 == wanted)
        #expect(try watch.scan(MemoryLimitTests.limit(least + 2 * largest), threads: 8).1 == wanted)
    }

    @Test func aGroupThatIsTooLargeIsToldAndTheRestIsDone() throws {
        let watch = try Watch()
        let bytes = watch.plan.groups.map(watch.plan.workingBytes).sorted()
        try #require(bytes[0] < bytes[2])
        let limit = MemoryLimitTests.limit(MemoryLimitTests.reserve + bytes[2] - 1 + 3 * watch.plan.largestBlockBytes)
        let outcome = try watch.scan(limit, threads: 2).0
        let tooLarge = watch.plan.groups.filter { watch.plan.workingBytes(of: $0) == bytes[2] }
        #expect(outcome.losses.count { $0.contains("--memory-limit") } == tooLarge.count, "\(outcome.losses)")
        for planned in tooLarge {
            let site = planned.group.sites[0].site.id
            #expect(outcome.losses.contains { $0.contains(site) && $0.contains("--memory-limit") }, "\(outcome.losses)")
            #expect(outcome.coverage.first { $0.siteID == site }?.outcome == .noImagery)
        }
        #expect(outcome.coverage.count == 3)
    }

    @Test func aLimitWithoutRoomForAnyGroupStopsBeforeAnythingIsWritten() throws {
        let watch = try Watch()
        #expect(throws: MemoryLimitError.self) {
            try watch.scan(MemoryLimitTests.limit(MemoryLimitTests.reserve), threads: 2)
        }
        #expect(!FileManager.default.fileExists(atPath: watch.configuration.output.folder))
    }
}
