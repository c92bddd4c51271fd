internal import Foundation
internal import Geospatial

/// One block of one file.
struct BlockKey: Hashable, Sendable {
    /// Index of the file in the plan.
    let file: Int
    let band: Int
    let row: Int
    let column: Int
}

/// Rows of a decoded block.
struct BlockRows: Sendable {
    let block: RasterBlock
    /// The block's row that comes first in `block`.
    let firstRow: Int

    var rows: Range<Int> { firstRow..<firstRow + block.rows }
}

/// Decoded blocks, each decoded once and kept until the last group that the plan gives it to has used it.
///
/// The plan tells the uses and the rows each of them reads. A block nobody waits for any more is let go, and of one that
/// waits for its last rows no more than these is kept: memory follows the frontier between finished and unfinished groups.
/// Where even that is more than may be held, those that were used longest ago are let go and decoded again: slower, and
/// never more.
final class BlockStore: Sendable {
    private enum Entry {
        case decoding
        /// `lastUse` counts the uses of all blocks.
        case ready(BlockRows, lastUse: Int)
        case failed(any Error)
    }

    /// Guarded by `condition`, like the four below.
    private nonisolated(unsafe) var entries: [BlockKey: Entry] = [:]
    private nonisolated(unsafe) var remainingUses: [BlockKey: [Range<Int32>]]
    private nonisolated(unsafe) var decoded = 0
    private nonisolated(unsafe) var useCount = 0
    private nonisolated(unsafe) var held = 0
    private let capacityBytes: Int
    private let condition = NSCondition()

    /// - Parameters:
    ///   - uses: For each block, the rows that each group will ask for.
    ///   - capacityBytes: Most bytes of decoded blocks to hold for later.
    init(uses: [BlockKey: [Range<Int32>]], capacityBytes: Int = .max) {
        self.capacityBytes = capacityBytes
        unsafe remainingUses = uses
    }

    /// How often a block was decoded: within the capacity never more often than there are blocks in the plan.
    var decodedCount: Int { locked { unsafe decoded } }

    /// Decoded blocks in memory.
    var heldCount: Int {
        locked {
            unsafe entries.values.count {
                if case .ready = $0 { true } else { false }
            }
        }
    }

    /// Bytes of these.
    var heldBytes: Int { locked { unsafe held } }

    private func locked<Value>(_ body: () -> Value) -> Value {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    /// The block, decoded by the first who asks while others wait; counts one use.
    /// - Parameters:
    ///   - rows: Of the block, as the plan has them.
    ///   - decode: Gives the whole block.
    /// - Returns: At least `rows`.
    /// - Throws: What `decode` threw, to everybody who asks for this block.
    func block(_ key: BlockKey, rows: Range<Int>, decode: () throws -> RasterBlock) throws -> BlockRows {
        condition.lock()
        while case .decoding? = unsafe entries[key] { condition.wait() }
        if let entry = unsafe entries[key] {
            defer { condition.unlock() }
            defer { countUse(of: key, rows: rows) }
            switch entry {
            case .ready(let block, _):
                unsafe entries[key] = .ready(block, lastUse: useCount)
                return block
            case .failed(let error): throw error
            case .decoding: preconditionFailure("waited for")
            }
        }
        unsafe entries[key] = .decoding
        unsafe decoded += 1
        condition.unlock()

        let outcome = Result { BlockRows(block: try decode(), firstRow: 0) }
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        switch outcome {
        case .success(let block): hold(block, of: key)
        case .failure(let error): unsafe entries[key] = .failed(error)
        }
        countUse(of: key, rows: rows)
        while unsafe held > capacityBytes, let oldest { letGo(oldest) }
        return try outcome.get()
    }

    /// Counts a use that will not happen, because a group gave up a scene before it reached this block.
    func skip(_ key: BlockKey, rows: Range<Int>) { locked { countUse(of: key, rows: rows) } }

    private func countUse(of key: BlockKey, rows: Range<Int>) {
        unsafe useCount += 1
        // Nobody else waits for what the plan did not know.
        guard var uses = unsafe remainingUses[key] else { return letGo(key) }
        // Taken out, so that it is not copied.
        unsafe remainingUses[key] = nil
        let use = Int32(rows.lowerBound)..<Int32(rows.upperBound)
        if let index = uses.firstIndex(of: use) { uses.swapAt(index, uses.count - 1) }
        _ = uses.popLast()
        // A failure is kept: it is small, and must be the same for everybody.
        guard let first = uses.map(\.lowerBound).min(), let end = uses.map(\.upperBound).max() else {
            return letGo(key)
        }
        unsafe remainingUses[key] = uses
        guard case .ready(let block, let lastUse)? = unsafe entries[key], (end - first) * 2 <= block.block.rows else {
            return
        }
        let needed = Int(first)..<Int(end)
        let part = needed.lowerBound - block.firstRow..<needed.upperBound - block.firstRow
        letGo(key)
        hold(BlockRows(block: block.block.rows(part), firstRow: needed.lowerBound), of: key, lastUse: lastUse)
    }

    private func hold(_ block: BlockRows, of key: BlockKey, lastUse: Int? = nil) {
        unsafe entries[key] = .ready(block, lastUse: lastUse ?? useCount)
        unsafe held += block.block.byteCount
    }

    private func letGo(_ key: BlockKey) {
        guard case .ready(let block, _)? = unsafe entries[key] else { return }
        unsafe held -= block.block.byteCount
        unsafe entries[key] = nil
    }

    /// The block in memory that was used longest ago.
    private var oldest: BlockKey? {
        var found: (key: BlockKey, lastUse: Int)?
        for (key, entry) in unsafe entries {
            guard case .ready(_, let lastUse) = entry, lastUse < found?.lastUse ?? .max else { continue }
            found = (key, lastUse)
        }
        return found?.key
    }
}
