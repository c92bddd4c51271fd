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
    private static func value(_ held: BlockRows) -> UInt8? {
        if case .uint8(let values) = held.block.values { values.first } else { nil }
    }
    /// So many uses of a block's only row.
    private static func uses(_ count: Int) -> [Range<Int32>] { Array(repeating: 0..<1, count: count) }

    @Test func manyThreadsGetEachBlockDecodedOnce() throws {
        let threads = 8
        let keys = 20
        let uses = Dictionary(uniqueKeysWithValues: (0..<keys).map { (Self.key($0), Self.uses(threads)) })
        let store = BlockStore(uses: uses)
        let decodes = Mutex([Int: Int]())
        let wrong = try WorkerPool.map(count: threads, threads: threads, makeWorker: {}) { _, thread in
            try (0..<keys).map { step in
                // Each thread in another order.
                let row = (step * 7 + thread * 3) % keys
                let block = try store.block(Self.key(row), rows: 0..<1) {
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
        let store = BlockStore(uses: [Self.key(0): Self.uses(8)])
        let tries = Mutex(0)
        let failures = try WorkerPool.map(count: 8, threads: 8, makeWorker: {}) { _, _ in
            do {
                _ = try store.block(Self.key(0), rows: 0..<1) {
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
        let store = BlockStore(uses: [Self.key(0): Self.uses(3), Self.key(1): Self.uses(1)])
        func ask(_ row: Int) throws { _ = try store.block(Self.key(row), rows: 0..<1) { Self.block(1) } }
        try ask(0)
        #expect(store.heldCount == 1)
        try ask(1)
        #expect(store.heldCount == 1)
        try ask(0)
        #expect(store.heldCount == 1)
        // A group that gives up counts as well.
        store.skip(Self.key(0), rows: 0..<1)
        #expect(store.heldCount == 0)
        #expect(store.decodedCount == 2)
    }

    /// A block of four bytes each; the third needs the room of the one that was used longest ago.
    @Test func whatExceedsTheCapacityIsDecodedAgain() throws {
        let uses = Dictionary(uniqueKeysWithValues: (0..<3).map { (Self.key($0), Self.uses(5)) })
        let store = BlockStore(uses: uses, capacityBytes: 8)
        var decodes: [Int] = []
        func ask(_ row: Int) throws {
            let block = try store.block(Self.key(row), rows: 0..<1) {
                decodes.append(row)
                return RasterBlock(values: .uint16([UInt16(row), 7]), rows: 1, columns: 2)
            }
            guard case .uint16(let values) = block.block.values else { return #expect(Bool(false)) }
            #expect(values == [UInt16(row), 7])
        }
        for row in [0, 1, 0, 2, 0, 1, 2] { try ask(row) }
        #expect(decodes == [0, 1, 2, 1, 2])
        #expect(store.heldCount == 2)
    }

    @Test func aBlockLargerThanTheCapacityIsHandedOutAndNotHeld() throws {
        let store = BlockStore(uses: [Self.key(0): Self.uses(4)], capacityBytes: 0)
        let values = try WorkerPool.map(count: 3, threads: 3, makeWorker: {}) { _, _ in
            Self.value(try store.block(Self.key(0), rows: 0..<1) { Self.block(9) })
        }
        #expect(values == [9, 9, 9])
        #expect(store.heldCount == 0)
    }

    /// Eight rows, of which the upper four are used first, then the sixth and the seventh, then the last.
    @Test func onlyRowsThatAreStillNeededAreHeld() throws {
        let key = Self.key(0)
        let store = BlockStore(uses: [key: [0..<4, 2..<4, 5..<7, 7..<8]])
        let whole = RasterBlock(values: .uint8(Array(0..<16)), rows: 8, columns: 2)
        func ask(_ rows: Range<Int>) throws {
            let held = try store.block(key, rows: rows) { whole }
            guard case .uint8(let values) = held.block.values else { return #expect(Bool(false)) }
            #expect(held.rows.lowerBound <= rows.lowerBound && rows.upperBound <= held.rows.upperBound)
            #expect(values == held.rows.flatMap { [UInt8(2 * $0), UInt8(2 * $0 + 1)] })
        }
        try ask(0..<4)
        #expect(store.heldBytes == 16)
        // Rows 5 to 7 are left.
        store.skip(key, rows: 2..<4)
        #expect(store.heldBytes == 6)
        try ask(5..<7)
        #expect(store.heldBytes == 2)
        try ask(7..<8)
        #expect(store.heldBytes == 0 && store.decodedCount == 1)
    }
}
