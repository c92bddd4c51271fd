internal import Synchronization

/// Where a scan's CPU time and bytes went, gathered from all its threads.
public final class RunProfile: Sendable {
    public enum Stage: String, CaseIterable, Codable, Sendable {
        /// Sites and scenes read, files opened, blocks chosen.
        case plan
        /// Inputs hashed for the manifest.
        case hash
        /// Blocks read and unpacked.
        case decode
        /// Blocks cut to windows and converted.
        case windows
        /// Acquisitions compared.
        case kernels
        /// Patches turned into polygons, with their evidence.
        case polygons
        /// Findings matched with earlier ones, joined with sites, ranked.
        case join
        /// Files written, read back and published.
        case write

        /// Whether nothing else goes on meanwhile, so that all that the process takes is the stage's; the others happen
        /// side by side, each piece on one thread.
        fileprivate var isAlone: Bool {
            switch self {
            case .plan, .join, .write: true
            case .hash, .decode, .windows, .kernels, .polygons: false
            }
        }
    }

    private struct Totals {
        var seconds: [Stage: Double] = [:]
        var blocks = 0
        var decodedBytes = 0
        var hashedBytes = 0
        var keptBytes = 0
        var baselines = 0
        var unreadHistories = 0
    }

    private let threadClock: @Sendable () -> Double
    private let processClock: @Sendable () -> Double
    private let totals = Mutex(Totals())

    /// - Parameters:
    ///   - threadClock: CPU seconds of the thread that asks, never less than before.
    ///   - processClock: The same of all threads.
    public init(threadClock: @escaping @Sendable () -> Double, processClock: @escaping @Sendable () -> Double) {
        self.threadClock = threadClock
        self.processClock = processClock
    }

    /// Adds the time a piece of work takes to a stage.
    /// - Parameter outer: The stage inside which it happens, whose time it is not.
    func measure<Result>(
        _ stage: Stage, inside outer: Stage? = nil, _ work: () throws -> Result
    ) rethrows -> Result {
        let clock = stage.isAlone ? processClock : threadClock
        let start = clock()
        defer {
            let seconds = clock() - start
            totals.withLock {
                $0.seconds[stage, default: 0] += seconds
                if let outer { $0.seconds[outer, default: 0] -= seconds }
            }
        }
        return try work()
    }

    /// Starts to measure a stage that no closure can hold; the time until the returned function is called is added.
    func begin(_ stage: Stage) -> () -> Void {
        let clock = stage.isAlone ? processClock : threadClock
        let start = clock()
        return {
            let seconds = clock() - start
            self.totals.withLock { $0.seconds[stage, default: 0] += seconds }
        }
    }

    func addBlock(decodedBytes: Int) {
        totals.withLock {
            $0.blocks += 1
            $0.decodedBytes += decodedBytes
        }
    }

    func addHashed(bytes: Int) { totals.withLock { $0.hashedBytes += bytes } }

    func addKept(bytes: Int) { totals.withLock { $0.keptBytes += bytes } }

    func addBaseline(isHistoryRead: Bool) {
        totals.withLock {
            $0.baselines += 1
            if !isHistoryRead { $0.unreadHistories += 1 }
        }
    }

    public struct Summary: Codable, Hashable, Sendable {
        /// CPU seconds by stage, added up over the threads.
        public var seconds: [String: Double]
        /// Blocks decoded, each once.
        public var blocks: Int
        public var decodedBytes: Int
        public var hashedBytes: Int
        /// Of windows that earlier runs had kept.
        public var keptBytes: Int
        /// Groups of sites that were compared with a baseline that an earlier run had kept.
        public var keptBaselines: Int
        /// Those of them that showed nothing, so that their history was not read.
        public var unreadHistories: Int

        private enum CodingKeys: String, CodingKey {
            case seconds, blocks
            case decodedBytes = "decoded_bytes"
            case hashedBytes = "hashed_bytes"
            case keptBytes = "kept_bytes"
            case keptBaselines = "kept_baselines"
            case unreadHistories = "unread_histories"
        }
    }

    public var summary: Summary {
        totals.withLock { totals in
            Summary(
                seconds: Dictionary(
                    uniqueKeysWithValues: Stage.allCases.map { ($0.rawValue, max(totals.seconds[$0] ?? 0, 0)) }),
                blocks: totals.blocks, decodedBytes: totals.decodedBytes, hashedBytes: totals.hashedBytes,
                keptBytes: totals.keptBytes, keptBaselines: totals.baselines,
                unreadHistories: totals.unreadHistories)
        }
    }
}

extension RunProfile? {
    /// Does the work, and where there is a profile, tells it how long that took.
    func measure<Result>(
        _ stage: RunProfile.Stage, inside outer: RunProfile.Stage? = nil, _ work: () throws -> Result
    ) rethrows -> Result {
        guard let self else { return try work() }
        return try self.measure(stage, inside: outer, work)
    }
}
