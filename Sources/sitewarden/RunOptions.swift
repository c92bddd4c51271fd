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

    @Option(help: "An address to call at the start (with /start), after success, and after failure (with /fail).")
    var ping: String?

    /// Seconds since the machine was started.
    @Sendable static func seconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    /// Seconds for which the processor worked for this thread: what other programs take is not counted.
    @Sendable private static func threadSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    var runProfile: RunProfile? { profile ? RunProfile(clock: Self.threadSeconds) : nil }

    /// Runs what publishes a period, and tells everybody.
    /// - Parameters:
    ///   - watch: The output folder, which tells several watches on one machine apart; asked for only where metrics
    ///     are kept; nil where it is not known.
    ///   - body: Returns the period's label and what was done.
    func run(
        watch: @autoclosure () -> String?, threads: Int = 1,
        _ body: (RunProfile?) throws -> (label: String, outcome: Pipeline.Outcome)
    ) throws -> ExitStatus {
        try Self.stoppable {
            let start = Date.now
            send(.start)
            var outcome: Pipeline.Outcome?
            let status: ExitStatus
            do {
                let profile = runProfile
                let done = try body(profile)
                outcome = done.outcome
                try OutcomeReport(
                    label: done.label, outcome: done.outcome, threads: threads, profile: profile?.summary, json: json
                ).tell()
                status = self.status(done.outcome)
            } catch {
                status = Console.tell(error)
            }
            send(outcome == nil ? .failure : .success)
            return try keepMetrics(outcome, status, watch: watch(), since: start) ?? status
        }
    }

    private func status(_ outcome: Pipeline.Outcome) -> ExitStatus {
        if failOnTasks, !outcome.tasks.isEmpty { return .tasksFound }
        return outcome.losses.isEmpty ? .done : .incomplete
    }

    /// Whoever watches the runs must not be what stops them.
    private func send(_ event: HealthPing.Event) {
        guard let ping, !ping.isEmpty else { return }
        do {
            try HealthPing(address: ping).send(event)
        } catch {
            Console.note("Note: the ping was not heard: \(error)", level: .warning)
        }
    }

    /// - Returns: Another status where the file cannot be written and all else went well.
    private func keepMetrics(
        _ outcome: Pipeline.Outcome?, _ status: ExitStatus, watch: @autoclosure () -> String?, since start: Date
    ) throws -> ExitStatus? {
        guard let metricsFile, !metricsFile.isEmpty else { return nil }
        let metrics = RunMetrics(
            watch: watch(), startedAt: start.timeIntervalSince1970,
            endedAt: Date.now.timeIntervalSince1970, exitStatus: Int(status.rawValue), outcome: outcome)
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
    }

    private static let stage = Mutex(Stage.reading)

    /// Does work that SIGINT and SIGTERM stop at once, with nothing half-written.
    static func stoppable<Result>(_ work: () throws -> Result) rethrows -> Result {
        let sources = [SIGINT, SIGTERM].map(stop)
        defer { sources.forEach { $0.cancel() } }
        return try work()
    }

    /// Ends the program at the signal; once it publishes, after that, which takes moments.
    private static func stop(at signalNumber: Int32) -> any DispatchSourceSignal {
        // The default action would end it wherever it is.
        signal(signalNumber, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: signalNumber, queue: .global(qos: .userInteractive))
        source.setEventHandler {
            // Locking takes moments too, or ends in an error.
            for _ in 0..<200 {
                guard case .locking = stage.withLock({ $0 }) else { break }
                usleep(10_000)
            }
            stage.withLock { stage in
                if case .publishing = stage { return }
                if case .comparing(let lock) = stage { lock.release() }
                Console.clearProgress()
                Console.note("sitewarden: stopped; nothing was written")
                // Not `exit`: other threads are inside GDAL, whose state must not be taken down under them.
                _exit(128 + signalNumber)
            }
        }
        source.resume()
        return source
    }

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
