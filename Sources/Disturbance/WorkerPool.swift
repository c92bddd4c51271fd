internal import Foundation
internal import Geospatial

/// Threads that share out numbered pieces of work.
///
/// GDAL blocks its thread while it reads, so this work stays off Swift's cooperative pool.
enum WorkerPool {
    /// GEOS recurses over deep geometries.
    private static let stackBytes = 16 << 20

    /// Results by number; the order in which pieces run depends on nothing but their numbers.
    /// - Parameters:
    ///   - count: Pieces of work.
    ///   - threads: Threads to use, at least one.
    ///   - makeWorker: Called once on each thread; what it returns never leaves it.
    ///   - body: Does one piece.
    /// - Throws: The error of the lowest-numbered piece that failed, or of `makeWorker`; pieces not yet begun are left
    ///   out.
    static func map<Worker, Output: Sendable>(
        count: Int, threads: Int, makeWorker: @escaping @Sendable () throws -> Worker,
        body: @escaping @Sendable (Worker, Int) throws -> Output
    ) throws -> [Output] {
        let state = State<Output>(count: count)
        let work: @Sendable () -> Void = {
            do {
                let worker = try makeWorker()
                while let index = state.next() {
                    do { state.finish(index, .success(try body(worker, index))) } catch {
                        state.finish(index, .failure(error))
                    }
                }
            } catch {
                state.stop(error)
            }
        }
        let group = DispatchGroup()
        var started = 0
        for _ in 0..<max(1, min(threads, count)) {
            group.enter()
            let isStarted = DetachedThread.start(stackBytes: stackBytes) {
                work()
                group.leave()
            }
            guard isStarted else {
                group.leave()
                break
            }
            started += 1
        }
        // Where a thread could not be had, those there are do its part, this one at the least.
        if started == 0 { work() }
        group.wait()
        return try state.results()
    }

    /// What `body` makes of many small things, in their order; a thread takes `batchCount` of them at a time.
    static func map<Item: Sendable, Worker, Output: Sendable>(
        _ items: [Item], batchCount: Int, threads: Int, makeWorker: @escaping @Sendable () throws -> Worker,
        body: @escaping @Sendable (Worker, Item) throws -> Output
    ) throws -> [Output] {
        let batches = (items.count + batchCount - 1) / batchCount
        return try map(count: batches, threads: threads, makeWorker: makeWorker) { worker, batch in
            try items[batch * batchCount..<min((batch + 1) * batchCount, items.count)].map { try body(worker, $0) }
        }.flatMap(\.self)
    }

    /// Begins work on a thread of its own.
    /// - Returns: Waits until it is done, and says what came of it; to be called once.
    static func begin<Output: Sendable>(
        _ work: @escaping @Sendable () throws -> Output
    ) -> () throws -> Output {
        let state = State<Output>(count: 1)
        let group = DispatchGroup()
        group.enter()
        let run: @Sendable () -> Void = {
            state.finish(0, Result { try work() })
            group.leave()
        }
        // Where a thread could not be had it is done at once.
        if !DetachedThread.start(stackBytes: stackBytes, run) { run() }
        return {
            group.wait()
            return try state.results()[0]
        }
    }

    private final class State<Output: Sendable>: Sendable {
        private let lock = NSLock()
        /// Guarded by `lock`, like the three below.
        private nonisolated(unsafe) var upcoming = 0
        private nonisolated(unsafe) var outcomes: [Result<Output, any Error>?]
        private nonisolated(unsafe) var isStopped = false
        private nonisolated(unsafe) var workerFailure: (any Error)?

        init(count: Int) { unsafe outcomes = Array(repeating: nil, count: count) }

        func next() -> Int? {
            lock.withLock {
                guard unsafe !isStopped, unsafe upcoming < outcomes.count else { return nil }
                unsafe upcoming += 1
                return unsafe upcoming - 1
            }
        }

        func finish(_ index: Int, _ outcome: Result<Output, any Error>) {
            lock.withLock {
                if case .failure = outcome { unsafe isStopped = true }
                if unsafe index < outcomes.count { unsafe outcomes[index] = outcome }
            }
        }

        /// A thread could not begin to work.
        func stop(_ error: any Error) {
            lock.withLock {
                unsafe isStopped = true
                unsafe workerFailure = error
            }
        }

        func results() throws -> [Output] {
            try lock.withLock {
                let all = unsafe outcomes
                for case .failure(let error)? in all { throw error }
                if let error = unsafe workerFailure { throw error }
                return all.compactMap { try? $0?.get() }
            }
        }
    }
}
