internal import ArgumentParser
internal import Disturbance
internal import Foundation
internal import Synchronization

struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Compares a period with what came before and writes the ranked tasks.",
        discussion: """
            While another scan or an import of a review is at the same register, it is refused with exit status 75. \
            Standard error may be one JSON object a line (--log-format json).
            """)

    @OptionGroup var options: PipelineOptions

    @Option(help: "A month such as 2019-09, or START/END, both days included.")
    var period: Period

    @Flag(help: "Also write the change score of each window as a cloud-optimised GeoTIFF.")
    var rasters = false

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

    /// How far a scan is, for a signal to stop: before files are written there is little to clean up.
    private enum Stage {
        case reading
        /// A lock may be there that is not known yet.
        case locking
        case comparing(RegisterLock)
        case publishing
    }

    private static let stage = Mutex(Stage.reading)

    func run() throws {
        try Console.run(log: options.logFormat) {
            let sources = [SIGINT, SIGTERM].map(Self.stop)
            defer { sources.forEach { $0.cancel() } }
            let start = Date.now
            send(.start)
            var outcome: Pipeline.Outcome?
            let status: ExitStatus
            do {
                outcome = try scan()
                status = outcome.map(self.status) ?? .done
            } catch {
                status = Console.tell(error)
            }
            send(outcome == nil ? .failure : .success)
            return try keepMetrics(outcome, status, since: start) ?? status
        }
    }

    private func scan() throws -> Pipeline.Outcome {
        var configuration = try options.configuration()
        if rasters { configuration.output.rasters = true }
        let pipeline = Pipeline(configuration: configuration, threads: options.threads)
        let profile = profile ? RunProfile(clock: Self.seconds) : nil
        let outcome = try pipeline.scan(
            period: period, holder: Console.holder("scan \(period.label)"), profile: profile, progress: Self.show)
        try report(outcome, profile: profile?.summary)
        return outcome
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
        _ outcome: Pipeline.Outcome?, _ status: ExitStatus, since start: Date
    ) throws -> ExitStatus? {
        guard let metricsFile, !metricsFile.isEmpty else { return nil }
        let metrics = RunMetrics(
            watch: (try? options.configuration().output.folder) ?? "", startedAt: start.timeIntervalSince1970,
            endedAt: Date.now.timeIntervalSince1970, exitStatus: Int(status.rawValue), outcome: outcome)
        do {
            try metrics.publish(to: metricsFile)
            return nil
        } catch {
            let failure = Console.tell(error)
            return outcome == nil ? nil : failure
        }
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

    private static func show(_ progress: Pipeline.Progress) {
        switch progress {
        case .loaded(let sites, let scenes): Console.note("\(sites) sites, \(scenes) scenes")
        case .planned(let plan):
            let mebibytes = (plan.decodedBytes + (1 << 20) - 1) >> 20
            Console.note(
                "Plan: \(plan.sitesWithImagery) sites in \(plan.groups) groups, \(plan.scenes) scenes, "
                    + "\(plan.blocks) blocks, \(mebibytes) MiB")
        case .compared(let groups, let all):
            if Console.isTerminal {
                Console.progress("Compared \(groups) of \(all) groups")
            } else if groups == all {
                Console.note("Compared \(all) groups")
            }
        case .locking: stage.withLock { $0 = .locking }
        case .locked(let lock): stage.withLock { $0 = .comparing(lock) }
        case .publishing: stage.withLock { $0 = .publishing }
        case .published: Console.clearProgress()
        }
    }

    private struct Summary: Encodable {
        var folder: String
        var changed: Bool
        var tasks: Int
        var tasksByStatus: [String: Int]
        var dismissed: Int
        var heldBack: Int
        var findings: Int
        var sitesByOutcome: [String: Int]
        var notSeenBecause: [String: Int]
        var couldNotBeUsed: [String]
        var remarks: [String]
        var profile: RunProfile.Summary?

        private enum CodingKeys: String, CodingKey {
            case folder, changed, tasks, dismissed, heldBack = "held_back", findings, remarks, profile
            case tasksByStatus = "tasks_by_status"
            case sitesByOutcome = "sites_by_outcome"
            case notSeenBecause = "not_seen_because"
            case couldNotBeUsed = "could_not_be_used"
        }
    }

    /// Seconds for which the processor worked for this thread: what other programs take is not counted.
    @Sendable private static func seconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A line a stage, the longest bar for the stage that took longest.
    private func tell(_ profile: RunProfile.Summary) {
        let all = profile.seconds.values.reduce(0, +)
        Console.note("CPU seconds of \(options.threads == 1 ? "one thread" : "\(options.threads) threads together")")
        for stage in RunProfile.Stage.allCases {
            let seconds = profile.seconds[stage.rawValue] ?? 0
            let share = all > 0 ? seconds / all : 0
            Console.note(
                String(format: "  %8.2f %4.0f %%  ", seconds, 100 * share)
                    + stage.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
                    + String(repeating: "#", count: Int((40 * share).rounded())))
        }
        let mebibyte = Double(1 << 20)
        Console.note(
            String(
                format: "%d blocks decoded, %.0f MiB; %.0f MiB of inputs hashed", profile.blocks,
                Double(profile.decodedBytes) / mebibyte, Double(profile.hashedBytes) / mebibyte))
    }

    private func report(_ outcome: Pipeline.Outcome, profile: RunProfile.Summary?) throws {
        let statuses = Dictionary(grouping: outcome.tasks, by: \.finding.status.rawValue).mapValues(\.count)
        let outcomes = Dictionary(grouping: outcome.coverage, by: \.outcome.rawValue).mapValues(\.count)
        let obstacles = Dictionary(
            // Without one, all of the site was judged, but never half of it at once.
            grouping: outcome.coverage.filter { $0.outcome == .notSeen },
            by: { $0.mainObstacle?.rawValue ?? "in_parts" }
        ).mapValues(\.count)
        for remark in outcome.remarks { Console.note("Note: \(remark)") }
        for loss in outcome.losses { Console.note("Not used: \(loss)", level: .warning) }
        if json {
            Console.result(
                json: try Console.json(
                    Summary(
                        folder: outcome.folder, changed: outcome.isChanged, tasks: outcome.tasks.count,
                        tasksByStatus: statuses, dismissed: outcome.dismissed, heldBack: outcome.heldBack,
                        findings: outcome.findings, sitesByOutcome: outcomes, notSeenBecause: obstacles,
                        couldNotBeUsed: outcome.losses, remarks: outcome.remarks, profile: profile)))
            return
        }
        func counts(_ values: [String: Int]) -> String {
            values.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.replacing("_", with: " "))" }
                .joined(separator: ", ")
        }
        Console.result(
            "\(period.label): \(outcome.tasks.count) tasks" + (statuses.isEmpty ? "" : " (\(counts(statuses)))"))
        if outcome.heldBack > 0 { Console.result("\(outcome.heldBack) held back by the budget under tasks") }
        if outcome.dismissed > 0 { Console.result("\(outcome.dismissed) dismissed by reviews are not repeated") }
        Console.result(
            "Sites: \(counts(outcomes))" + (obstacles.isEmpty ? "" : "; not seen because of: \(counts(obstacles))"))
        if let profile { tell(profile) }
        Console.result(outcome.folder + (outcome.isChanged ? "" : " (unchanged)"))
    }
}
