import Synchronization
import Testing

@testable import Disturbance

struct RunProfileTests {
    /// A clock that is a second later each time it is asked.
    private final class Ticks: Sendable {
        private let count = Mutex(0)
        func next() -> Double {
            count.withLock {
                $0 += 1
                return Double($0)
            }
        }
    }

    @Test func timeInsideAStageIsNotCountedTwice() throws {
        let ticks = Ticks()
        let profile = RunProfile(threadClock: ticks.next, processClock: ticks.next)
        // Starts at 1; the block takes from 2 to 3; ends at 4.
        profile.measure(.windows) {
            profile.measure(.decode, inside: .windows) {}
        }
        #expect(profile.summary.seconds["windows"] == 2)
        #expect(profile.summary.seconds["decode"] == 1)
        #expect(profile.summary.seconds["kernels"] == 0)
        let end = profile.begin(.join)
        end()
        #expect(profile.summary.seconds["join"] == 1)
    }

    @Test func aStageThatGoesOnAloneHasTheTimeOfAllThreads() {
        let (thread, process) = (Ticks(), Ticks())
        let profile = RunProfile(threadClock: thread.next) { 10 * process.next() }
        for stage in RunProfile.Stage.allCases { profile.measure(stage) {} }
        let ofAll = profile.summary.seconds.filter { $0.value == 10 }.keys.sorted()
        #expect(ofAll == ["join", "plan", "write"])
    }

    @Test func aFailureIsMeasuredToo() {
        struct Failure: Error {}
        let profile = RunProfile(threadClock: Ticks().next, processClock: Ticks().next)
        #expect(throws: Failure.self) { try profile.measure(.write) { throw Failure() } }
        #expect(profile.summary.seconds["write"] == 1)
    }

    @Test func withoutAProfileTheWorkIsDone() {
        let none: RunProfile? = nil
        #expect(none.measure(.plan) { 7 } == 7)
    }

    @Test func countsFromManyThreadsAddUp() throws {
        let profile = RunProfile(threadClock: { 0 }, processClock: { 0 })
        _ = try WorkerPool.map(count: 500, threads: 4, makeWorker: {}) { _, index in
            profile.addBlock(decodedBytes: index)
            profile.addHashed(bytes: 2)
        }
        #expect(profile.summary.blocks == 500)
        #expect(profile.summary.decodedBytes == 499 * 500 / 2)
        #expect(profile.summary.hashedBytes == 1000)
    }
}
