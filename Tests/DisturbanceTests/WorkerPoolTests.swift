import Foundation
import Synchronization
import Testing

@testable import Disturbance

struct WorkerPoolTests {
    private struct Failure: Error, Equatable { let piece: Int }

    @Test(arguments: [-1, 1, 2, 8, 100])
    func resultsComeInTheOrderOfThePieces(threads: Int) throws {
        let results = try WorkerPool.map(count: 50, threads: threads, makeWorker: {}) { _, piece in
            Thread.sleep(forTimeInterval: piece % 7 == 0 ? 0.002 : 0)
            return piece * piece
        }
        #expect(results == (0..<50).map { $0 * $0 })
        #expect(try WorkerPool.map(count: 0, threads: threads, makeWorker: {}) { _, piece in piece }.isEmpty)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 100], [1, 3])
    func smallThingsAreTakenByTheBatchAndKeepTheirOrder(count: Int, threads: Int) throws {
        let made = Mutex(0)
        let results = try WorkerPool.map(Array(0..<count), batchCount: 8, threads: threads) {
            made.withLock { $0 += 1 }
        } body: { _, item in
            -item
        }
        #expect(results == (0..<count).map { -$0 })
        #expect(made.withLock { $0 } <= threads)
    }

    @Test(arguments: [1, 2, 8])
    func theLowestPieceThatFailedIsReported(threads: Int) {
        for _ in 0..<20 {
            let error = #expect(throws: Failure.self) {
                try WorkerPool.map(count: 40, threads: threads, makeWorker: {}) { _, piece in
                    // The lower one takes longer to fail.
                    if piece == 5 { Thread.sleep(forTimeInterval: 0.002) }
                    if piece >= 5 { throw Failure(piece: piece) }
                    return piece
                }
            }
            #expect(error == Failure(piece: 5))
        }
    }

    @Test func piecesAfterAFailureAreLeftOut() {
        let begun = Mutex(0)
        #expect(throws: Failure.self) {
            try WorkerPool.map(count: 1000, threads: 2, makeWorker: {}) { _, piece in
                begun.withLock { $0 += 1 }
                if piece == 0 { throw Failure(piece: 0) }
                Thread.sleep(forTimeInterval: 0.001)
                return piece
            }
        }
        #expect(begun.withLock { $0 } < 1000)
    }

    @Test func eachThreadMakesOneWorkerOfItsOwn() throws {
        let made = Mutex(0)
        let workers = try WorkerPool.map(count: 60, threads: 3) {
            made.withLock {
                $0 += 1
                return $0
            }
        } body: { worker, _ in
            Thread.sleep(forTimeInterval: 0.001)
            return worker
        }
        #expect(made.withLock { $0 } == 3)
        #expect(Set(workers).isSubset(of: [1, 2, 3]))
    }

    @Test func aWorkerThatCannotBeMadeIsAnErrorHoweverFarTheOthersAre() {
        for _ in 0..<20 {
            let made = Mutex(0)
            #expect(throws: Failure.self) {
                try WorkerPool.map(count: 4, threads: 2) {
                    let number = made.withLock {
                        $0 += 1
                        return $0
                    }
                    if number == 2 { throw Failure(piece: -1) }
                } body: { _, piece in
                    // The first piece ends after the second thread has failed.
                    Thread.sleep(forTimeInterval: 0.005)
                    return piece
                }
            }
        }
    }

    @Test func workThatWasBegunGoesOnBesideItsCaller() throws {
        let (asked, answered) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let answer = WorkerPool.begin {
            asked.wait()
            answered.signal()
            return 42
        }
        asked.signal()
        answered.wait()
        #expect(try answer() == 42)
    }

    @Test func workThatWasBegunTellsItsError() {
        struct Failure: Error {}
        let answer = WorkerPool.begin { () throws -> Int in throw Failure() }
        #expect(throws: Failure.self) { try answer() }
    }
}
