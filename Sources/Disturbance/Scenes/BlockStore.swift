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

/// Decoded blocks, each decoded once and kept until the last group that the plan gives it to has used it.
///
/// The plan counts the uses; a block nobody waits for any more is let go, so memory follows the frontier between
/// finished and unfinished groups.
final class BlockStore: Sendable {
    private enum Entry {
        case decoding
        case ready(RasterBlock)
        case failed(any Error)
    }

    /// Guarded by `condition`.
    private nonisolated(unsafe) var entries: [BlockKey: Entry] = [:]
    /// Guarded by `condition`.
    private nonisolated(unsafe) var remainingUses: [BlockKey: Int]
    /// Guarded by `condition`.
    private nonisolated(unsafe) var decoded = 0
    private let condition = NSCondition()

    /// - Parameter uses: For each block, how many groups will ask for it.
    init(uses: [BlockKey: Int]) { unsafe remainingUses = uses }

    /// How often a block was decoded: never more often than there are blocks in the plan.
    var decodedCount: Int {
        condition.lock()
        defer { condition.unlock() }
        return unsafe decoded
    }

    /// Decoded blocks in memory.
    var heldCount: Int {
        condition.lock()
        defer { condition.unlock() }
        return unsafe entries.values.count {
            if case .ready = $0 { true } else { false }
        }
    }

    /// The block, decoded by the first who asks while others wait; counts one use.
    /// - Throws: What `decode` threw, to everybody who asks for this block.
    func block(_ key: BlockKey, decode: () throws -> RasterBlock) throws -> RasterBlock {
        condition.lock()
        while case .decoding? = unsafe entries[key] { condition.wait() }
        if let entry = unsafe entries[key] {
            defer { condition.unlock() }
            countUse(of: key)
            switch entry {
            case .ready(let block): return block
            case .failed(let error): throw error
            case .decoding: preconditionFailure("waited for")
            }
        }
        unsafe entries[key] = .decoding
        unsafe decoded += 1
        condition.unlock()

        let outcome = Result { try decode() }
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        switch outcome {
        case .success(let block): unsafe entries[key] = .ready(block)
        case .failure(let error): unsafe entries[key] = .failed(error)
        }
        countUse(of: key)
        return try outcome.get()
    }

    /// Counts uses that will not happen, because a group gave up a scene before it reached this block.
    func skip(_ key: BlockKey) {
        condition.lock()
        defer { condition.unlock() }
        countUse(of: key)
    }

    private func countUse(of key: BlockKey) {
        let left = unsafe (remainingUses[key] ?? 1) - 1
        unsafe remainingUses[key] = left
        guard left <= 0 else { return }
        // A failure is kept: it is small, and must be the same for everybody.
        if case .ready? = unsafe entries[key] { unsafe entries[key] = nil }
    }
}
