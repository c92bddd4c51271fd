internal import ArgumentParser
internal import Disturbance
internal import Foundation
internal import Synchronization

/// What scan and merge have in common: how a run tells of itself, to people and to whatever watches it.
struct RunOptions: ParsableArguments {
    @Flag(help: "Print the outcome as JSON.")
    var json = false

    @Flag(help: "Say where time and bytes went; with --json, as part of the outcome.")
    var profile = false

    @Flag(help: "End with status 3 where there are tasks, for scripts.")
    var failOnTasks = false

    @Option(help: "A .prom file to keep for Prometheus' collector of text files; written at once.")
    var metricsFile: String?

    @Option(help: "An address to call at the start (with /start), after success, and after failure or a stop (/fail).")
    var ping: String?

    /// Whether anything but this terminal waits for what becomes of a month.
    var tellsOthers: Bool { failOnTasks || [metricsFile, ping].contains { !($0 ?? "").isEmpty } }

    /// Seconds since the machine was started.
    @Sendable static func seconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// Seconds for which the processor worked for this thread: what other programs take is not counted.
    @Sendable private static func threadSeconds() -> Double { cpuSeconds(CLOCK_THREAD_CPUTIME_ID) }
    @Sendable private static func processSeconds() -> Double { cpuSeconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func cpuSeconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    var runProfile: RunProfile? {
        profile ? RunProfile(threadClock: Self.threadSeconds, processClock: Self.processSeconds) : nil
    }

    /// Runs what publishes a period, and tells everybody.
    /// - Parameters:
    ///   - watch: The output folder, which tells several watches on one machine apart; asked for only where metrics
    ///     are kept, on another thread where a signal stops the run; nil where it is not known.
    ///   - body: Returns the period's label and what was done.
    func run(
        watch: @escaping @autoclosure @Sendable () -> String?, threads: Int = 1,
        _ body: (RunProfile?) throws -> (label: String, outcome: Pipeline.Outcome)
    ) -> ExitStatus {
        let start = Date.now
        return Self.stoppable {
            send(.start)
            var outcome: Pipeline.Outcome?
            let status: ExitStatus
            let profile = runProfile
            let result = Result { try body(profile) }
            Self.end()
            do {
                let done = try result.get()
                outcome = done.outcome
                try OutcomeReport(
                    label: done.label, outcome: done.outcome, threads: threads, profile: profile?.summary, json: json
                ).tell()
                status = self.status(done.outcome)
            } catch {
                status = Console.tell(error)
            }
            send(outcome == nil ? .failure : .success)
            return keepMetrics(outcome, status.rawValue, watch: watch(), since: start) ?? status
        } whenStopped: { status in
            send(.failure, isRepeated: false)
            _ = keepMetrics(nil, status, watch: watch(), since: start)
        }
    }

    private func status(_ outcome: Pipeline.Outcome) -> ExitStatus {
        if failOnTasks, !outcome.tasks.isEmpty { return .tasksFound }
        return outcome.losses.isEmpty ? .done : .incomplete
    }

    /// Whoever watches the runs must not be what stops them.
    private func send(_ event: HealthPing.Event, isRepeated: Bool = true) {
        guard let ping, !ping.isEmpty else { return }
        do {
            try HealthPing(address: ping).send(event, isRepeated: isRepeated)
        } catch {
            Console.note("Note: the ping was not heard: \(error)", level: .warning)
        }
    }

    /// - Returns: Another status where the file cannot be written and all else went well.
    private func keepMetrics(
        _ outcome: Pipeline.Outcome?, _ status: Int32, watch: @autoclosure () -> String?, since start: Date
    ) -> ExitStatus? {
        guard let metricsFile, !metricsFile.isEmpty else { return nil }
        let metrics = RunMetrics(
            watch: watch(), startedAt: start.timeIntervalSince1970,
            endedAt: Date.now.timeIntervalSince1970, exitStatus: Int(status), outcome: outcome)
        do {
            try metrics.publish(to: metricsFile)
            return nil
        } catch {
            let failure = Console.tell(error)
            return outcome == nil ? nil : failure
        }
    }

    // MARK: Signals

    /// How far a run is, for a signal to stop: before files are written there is little to clean up.
    private enum Stage {
        case reading
        /// A lock may be there that is not known yet.
        case locking
        case comparing(RegisterLock)
        case publishing
        /// It is over, whether it came through or not, and says so.
        case ended
    }

    private static let stage = Mutex(Stage.reading)
    private static let isStopping = Atomic(false)

    /// Whether a signal is ending the program: what still works gives up.
    @Sendable static func isStopped() -> Bool { isStopping.load(ordering: .relaxed) }

    /// Seconds in which those who wait for a run must be told that it was stopped: what a ping may take, and a file.
    private static let tellingSeconds = 15

    /// Does work that SIGINT and SIGTERM stop at once, with nothing half-written.
    /// - Parameter whenStopped: Tells others; given the exit status, on another thread than the work, and for a bounded
    ///   time. The register is free by then.
    static func stoppable<Result>(
        _ work: () throws -> Result, whenStopped: @escaping @Sendable (Int32) -> Void = { _ in }
    ) rethrows -> Result {
        let sources = [SIGINT, SIGTERM].map { stop(at: $0, telling: whenStopped) }
        defer { sources.forEach { $0.cancel() } }
        return try work()
    }

    /// Ends the program at the signal; once it publishes, after that, which takes moments.
    private static func stop(
        at signalNumber: Int32, telling: @escaping @Sendable (Int32) -> Void
    ) -> any DispatchSourceSignal {
        // The default action would end it wherever it is.
        signal(signalNumber, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: .global(qos: .userInteractive))
        source.setEventHandler {
            // Locking takes moments too, or ends in an error.
            for _ in 0..<200 {
                guard case .locking = stage.withLock({ $0 }) else { break }
                usleep(10_000)
            }
            // Kept to the end: who would publish, or say that the lock is lost, waits here.
            stage.withLock { stage in
                switch stage {
                case .publishing, .ended: return
                case .reading, .locking, .comparing: isStopping.store(true, ordering: .relaxed)
                }
                if case .comparing(let lock) = stage { lock.release() }
                Console.clearProgress()
                Console.note("sitewarden: stopped; nothing was written")
                let status = 128 + signalNumber
                let told = DispatchSemaphore(value: 0)
                Thread.detachNewThread {
                    telling(status)
                    told.signal()
                }
                _ = told.wait(timeout: .now() + .seconds(tellingSeconds))
                // Not `exit`: other threads are inside GDAL, whose state must not be taken down under them.
                _exit(status)
            }
        }
        source.resume()
        return source
    }

    /// From here on nothing is left to stop; where a signal is stopping it already, it does not come back from here.
    private static func end() { stage.withLock { $0 = .ended } }

    /// Shows how far a run is.
    private static let pace = Mutex(RunPace(seconds: seconds()))

    @Sendable static func show(_ progress: Pipeline.Progress) {
        switch progress {
        case .loaded(let sites, let scenes): Console.note("\(sites) sites, \(scenes) scenes")
        case .planned(let plan):
            let mebibytes = (plan.decodedBytes + (1 << 20) - 1) >> 20
            Console.note(
                "Plan: \(plan.sitesWithImagery) sites in \(plan.groups) groups, \(plan.scenes) scenes, "
                    + "\(plan.blocks) blocks, \(mebibytes) MiB")
        case .compared(let groups, let all):
            guard !isStopped() else { return }
            let (text, isDue) = pace.withLock { pace in
                (pace.text(groups: groups, of: all, seconds: seconds()), pace.isDue(seconds: seconds()))
            }
            if Console.isTerminal {
                Console.progress(text)
            } else if groups == all || isDue {
                Console.note(text)
            }
        case .resumed(let groups): Console.note("\(groups) groups were kept by a run that was stopped")
        case .locking: stage.withLock { $0 = .locking }
        case .locked(let lock): stage.withLock { $0 = .comparing(lock) }
        case .publishing: stage.withLock { $0 = .publishing }
        case .published: Console.clearProgress()
        }
    }
}
