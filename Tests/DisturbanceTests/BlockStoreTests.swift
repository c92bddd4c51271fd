import Foundation
import Synchronization
import Testing

@testable import Disturbance
@testable import Geospatial

struct BlockStoreTests {
    private struct Broken: Error, Equatable {}
    private static func key(_ row: Int) -> BlockKey { BlockKey(file: 0, band: 0, row: row, column: 0) }
    private static func block(_ value: UInt8) -> RasterBlock {
        RasterBlock(values: .uint8([value]), rows: 1, columns: 1)
    }
    private static func value(_ block: RasterBlock) -> UInt8? {
        if case .uint8(let values) = block.values { values.first } else { nil }
    }

    @Test func manyThreadsGetEachBlockDecodedOnce() throws {
        let threads = 8
        let keys = 20
        let uses = Dictionary(uniqueKeysWithValues: (0..<keys).map { (Self.key($0), threads) })
        let store = BlockStore(uses: uses)
        let decodes = Mutex([Int: Int]())
        let wrong = try WorkerPool.map(count: threads, threads: threads, makeWorker: {}) { _, thread in
            try (0..<keys).map { step in
                // Each thread in another order.
                let row = (step * 7 + thread * 3) % keys
                let block = try store.block(Self.key(row)) {
                    decodes.withLock { $0[row, default: 0] += 1 }
                    Thread.sleep(forTimeInterval: 0.001)
                    return Self.block(UInt8(row))
                }
                return Self.value(block) == UInt8(row) ? 0 : 1
            }.reduce(0, +)
        }
        #expect(wrong.reduce(0, +) == 0)
        #expect(decodes.withLock { $0.values.allSatisfy { $0 == 1 } && $0.count == keys })
        #expect(store.decodedCount == keys)
    }

    @Test func aFailureReachesEverybodyAndIsTriedOnce() throws {
        let store = BlockStore(uses: [Self.key(0): 8])
        let tries = Mutex(0)
        let failures = try WorkerPool.map(count: 8, threads: 8, makeWorker: {}) { _, _ in
            do {
                _ = try store.block(Self.key(0)) {
                    tries.withLock { $0 += 1 }
                    Thread.sleep(forTimeInterval: 0.005)
                    throw Broken()
                }
                return 0
            } catch is Broken { return 1 }
        }
        #expect(failures.reduce(0, +) == 8)
        #expect(tries.withLock { $0 } == 1)
    }

    @Test func aBlockIsLetGoAfterItsLastUse() throws {
        let store = BlockStore(uses: [Self.key(0): 3, Self.key(1): 1])
        func ask(_ row: Int) throws { _ = try store.block(Self.key(row)) { Self.block(1) } }
        try ask(0)
        #expect(store.heldCount == 1)
        try ask(1)
        #expect(store.heldCount == 1)
        try ask(0)
        #expect(store.heldCount == 1)
        // A group that gives up counts as well.
        store.skip(Self.key(0))
        #expect(store.heldCount == 0)
        #expect(store.decodedCount == 2)
    }
}
