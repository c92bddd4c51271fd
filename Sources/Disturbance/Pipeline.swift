internal import Geospatial
internal import Synchronization

/// A scan from sites and scenes to tasks; the only place that sees every stage.
public struct Pipeline: Sendable {
    public static let version = "0.1.0"

    public let configuration: Configuration
    /// Threads that read and compare; no result depends on it.
    public let threads: Int

    public init(configuration: Configuration, threads: Int) {
        self.configuration = configuration
        self.threads = max(threads, 1)
    }

    /// A register of points has a remark for each of its rows; more than these are told by their number.
    private static let maximumSiteRemarks = 10

    /// What a caller can show while a scan runs.
    public enum Progress: Sendable {
        case loaded(sites: Int, scenes: Int)
        case planned(ScanPlan.Summary)
        /// Next the register is locked.
        case locking
        /// From here on no other run may use the register, until the scan ends.
        case locked(RegisterLock)
        /// Groups of sites compared, of how many.
        case compared(groups: Int, of: Int)
        /// From here on files are written; before, nothing was.
        case publishing
        case published(folder: String)
    }

    /// What a scan did.
    public struct Outcome: Sendable {
        public var folder: String
        /// False where folder and register held the same already.
        public var isChanged: Bool
        public var tasks: [InspectionTask]
        public var dismissed: Int
        /// Tasks that the budget of a run leaves for a later one.
        public var heldBack: Int
        public var findings: Int
        public var coverage: [SiteCoverage]
        /// Parts of the input that could not be used, a line each.
        public var losses: [String]
        /// Other things worth knowing, a line each.
        public var remarks: [String]
    }

    /// A scan that was asked to stop; nothing was written.
    public struct Cancelled: Error, Sendable {}

    // MARK: Stages

    /// Reads and checks the register of sites.
    public func loadSites() throws -> SiteRegister {
        guard !configuration.sites.source.isEmpty else {
            throw ConfigurationError(
                subject: "sites.source", message: "is empty. Name the register of sites in the pipeline or with --sites"
            )
        }
        return try SiteRegister.load(settings: configuration.sites)
    }

    private func loadScenes() throws -> SceneCatalogue {
        guard !configuration.scenes.source.isEmpty else {
            throw ConfigurationError(
                subject: "scenes.source", message: "is empty. Name the scenes in the pipeline or with --scenes")
        }
        return try SceneCatalogue.load(source: configuration.scenes.source, settings: configuration.scenes)
    }

    struct Inputs {
        let sites: SiteRegister
        /// The files of the register of sites, as they were when it was read.
        let siteFiles: InputFiles
        let catalogue: SceneCatalogue
        let plan: ScanPlan

        /// What could not be used, a line each.
        var losses: [String] {
            sites.problems.filter { $0.severity == .rejected }.map(\.line)
                + catalogue.problems.filter(\.isLoss).map(\.description) + plan.problems.map(\.description)
        }
    }

    func inputs(period: Period, progress: (Progress) -> Void) throws -> Inputs {
        // Hashed before and after: what reads it does not say which bytes it read.
        let siteFiles = try InputFiles(VectorDataset.files(of: configuration.sites.source))
        let read = Result { try loadSites() }
        // A change may be what they cannot be read for.
        try siteFiles.requireUnchanged(isThorough: true)
        let sites = try read.get()
        guard !sites.sites.isEmpty else {
            throw GeospatialError(
                subject: configuration.sites.source,
                message: "holds no site that can be watched. Run `sitewarden sites check` to see why")
        }
        let catalogue = try loadScenes()
        guard !catalogue.scenes.isEmpty else {
            let reason = catalogue.problems.first.map { " (\($0))" } ?? ""
            throw SceneError(
                subject: configuration.scenes.source,
                message: "holds no scene that can be used\(reason). Check scenes.source")
        }
        progress(.loaded(sites: sites.sites.count, scenes: catalogue.scenes.count))
        let plan = try ScanPlan(
            sites: sites.sites, scenes: catalogue.scenes, period: period, settings: configuration.windows,
            bands: configuration.scenes.bands.compactMap { Band(commonName: $0) }, threads: threads)
        return Inputs(sites: sites, siteFiles: siteFiles, catalogue: catalogue, plan: plan)
    }

    /// What a scan of the period would read.
    public func plan(period: Period) throws -> ScanPlan.Summary {
        let inputs = try inputs(period: period) { _ in }
        var summary = inputs.plan.summary
        summary.problems = inputs.losses
        return summary
    }

    /// Compares the period with what came before, and publishes findings, tasks and coverage.
    /// - Parameters:
    ///   - holder: Named to other runs that want the register meanwhile.
    ///   - profile: Where given, is told where time and bytes go.
    ///   - progress: Called from several threads.
    ///   - isCancelled: Asked between groups; once it is true, nothing is published.
    /// - Throws: `Cancelled`, `RegisterBusy` where another run is at it, or an error that says what, where and how to mend it; what was published before is as it
    ///   was.
    public func scan(
        period: Period, holder: RunHolder, profile: RunProfile? = nil,
        progress: @escaping @Sendable (Progress) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> Outcome {
        guard !configuration.output.folder.isEmpty else {
            throw ConfigurationError(
                subject: "output.folder", message: "is empty. Name it in the pipeline or with --output")
        }
        let inputs = try profile.measure(.plan) { try self.inputs(period: period, progress: progress) }
        progress(.planned(inputs.plan.summary))
        progress(.locking)
        let lock = try RegisterLock(of: configuration.registerSource, holder: holder)
        defer { lock.release() }
        progress(.locked(lock))
        let state = try Register.load(from: configuration.registerSource)
        let files = try files(of: inputs, profile: profile)
        let previous = try state.lastRun(before: period).map {
            try RunManifest.Previous($0.period, in: configuration.output.folder)
        }
        let known = state.openFindings(before: period)
        let results = try compare(
            inputs.plan, period: period, watchedFrom: watchedFrom(period, state), open: known.filter(\.isOpen),
            pieces: files.pieces, profile: profile, progress: progress, isCancelled: isCancelled)
        try files.requireUnchanged(isThorough: false)
        let joined = profile?.begin(.join)

        // Findings: this period's candidates, recognised among those of earlier months.
        let candidates = try Candidate.merged(results.map(\.candidates))
        let followUps = results.reduce(into: [String: ObservationLog]()) { all, result in
            all.merge(result.followUps) { $0.merged(with: $1) }
        }
        let matched = try FindingMatching(settings: configuration.findings, statusSettings: configuration.status)
            .match(candidates, with: known, followUps: followUps, period: period)
        let zones = try ZoneAnalysis(
            groups: inputs.plan.groups.map(\.group),
            minimumOverlapSquareMetres: configuration.findings.minimumOverlapSquareMetres)
        var findings: [Finding] = []
        var evidence: [String: Evidence] = [:]
        var explanations = ExplanationGathering(period: period, earlier: state, results: results)
        for match in matched {
            var finding = match.record.finding
            finding.zones = try zones.overlaps(of: finding.geometry, areaSquareMetres: finding.areaSquareMetres)
            if let candidate = match.candidate {
                evidence[finding.id] = candidates[candidate].evidence
                for index in finding.zones.indices {
                    finding.zones[index].magnitude = candidates[candidate].magnitudes[finding.zones[index].siteID]
                }
            }
            explanations.add(match, finding: finding, candidates: candidates)
            findings.append(finding)
        }

        // Tasks: ranked, without what people have dismissed.
        let sitesByID = Dictionary(uniqueKeysWithValues: inputs.sites.sites.map { ($0.id, $0) })
        let ranked = TaskRanking(settings: configuration.tasks, siteSettings: configuration.sites)
            .tasks(from: findings, sites: sitesByID, periodEnd: period.end)
        let reviewed = state.withoutDismissed(
            ranked, findings: matched.map(\.record), period: period,
            strengthFactor: configuration.tasks.dismissedStrengthFactor
        ).within(TaskBudget(settings: configuration.tasks))
        let coverage = coverage(of: inputs.plan, results: results, findings: findings, tasks: reviewed.tasks)

        let losses =
            inputs.losses + unique(results.flatMap(\.problems).map(\.description))
            + ShiftedDay.problems(results.flatMap(\.shiftedDays)).map(\.description)
        let doubts = inputs.sites.problems.filter { $0.severity != .rejected }.map(\.line)
        var remarks =
            (doubts.count <= Self.maximumSiteRemarks
                ? doubts : ["\(doubts.count) rows of the sites are doubtful. Run `sitewarden sites check` to see why"])
            + inputs.catalogue.problems.filter { !$0.isLoss }.map(\.description)
            + lock.remarks
        if let previous, previous.sha256 == nil {
            remarks.append(
                "the run before, of \(previous.period.label), is not in \(configuration.output.folder): the chain of "
                    + "manifests is cut here")
        }
        let run = RunRecord(
            period: period, configurationSHA256: try configurationDigest(), findings: matched.map(\.record),
            tasks: reviewed.registered)
        let publication = Publication(
            configuration: configuration, period: period, sites: inputs.sites.sites, findings: findings,
            tasks: reviewed.tasks, dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count,
            evidence: evidence,
            explanations: explanations.document(
                of: reviewed, generator: "sitewarden \(Self.version)", unused: losses),
            coverage: coverage, losses: losses, inputs: files.files, remote: remote(inputs), previous: previous,
            plan: inputs.plan, results: results, run: run)
        if isCancelled() { throw Cancelled() }
        try lock.requireHeld()
        joined?()
        progress(.publishing)
        let published = try profile.measure(.write) { try publication.publish() }
        remarks += published.remarks
        progress(.published(folder: published.folder))
        return Outcome(
            folder: published.folder, isChanged: published.isChanged, tasks: reviewed.tasks,
            dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count, findings: findings.count,
            coverage: coverage, losses: losses,
            remarks: remarks)
    }

    // MARK: Parts of a scan

    /// The first day that is watched with the period: where the earliest run before it began, but not too long ago.
    func watchedFrom(_ period: Period, _ state: RegisterState) -> Day {
        let earlier = state.runs.filter { $0.period.end < period.start }.map(\.period.start).min()
        let limit = period.end.adding(days: -configuration.detection.baseline.watchedDays)
        return min(max(earlier ?? period.start, limit), period.start)
    }

    private func compare(
        _ plan: ScanPlan, period: Period, watchedFrom: Day, open: [RegisteredFinding],
        pieces: [String: FilePieces], profile: RunProfile?, progress: @escaping @Sendable (Progress) -> Void,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [GroupResult] {
        let store = BlockStore(uses: plan.blockUses)
        let counter = Counter()
        let configuration = configuration
        let openByGroup = try openGround(of: plan, findings: open.map(\.finding))
        return try WorkerPool.map(count: plan.groups.count, threads: threads) {
            StackReader(
                plan: plan, store: store, settings: configuration.scenes, threads: threads, pieces: pieces,
                profile: profile)
        } body: { reader, index in
            if isCancelled() { throw Cancelled() }
            let planned = plan.groups[index]
            let (stack, problems) = try profile.measure(.windows) { try reader.stack(of: planned) }
            var result = try profile.measure(.kernels) {
                try GroupAnalysis(
                    group: planned.group, stack: stack, period: period, watchedFrom: watchedFrom,
                    configuration: configuration, profile: profile
                ).result(following: openByGroup[index])
            }
            result.problems += problems
            progress(.compared(groups: counter.next(), of: plan.groups.count))
            return result
        }
    }

    /// Earlier findings that each group can see.
    func openGround(of plan: ScanPlan, findings: [Finding]) throws -> [[OpenGround]] {
        guard !findings.isEmpty else { return Array(repeating: [], count: plan.groups.count) }
        let index = try SpatialIndex(findings.map(\.geometry))
        return try plan.groups.map { planned in
            let grid = planned.group.grid
            let envelope = try CoordinateTransformation(from: grid.crs, to: .wgs84).transform(grid.envelope)
            return index.query(envelope).map {
                OpenGround(findingID: findings[$0].id, geometry: findings[$0].geometry)
            }
        }
    }

    /// A row for every site, ordered by id.
    private func coverage(
        of plan: ScanPlan, results: [GroupResult], findings: [Finding], tasks: [InspectionTask]
    ) -> [SiteCoverage] {
        let taskCounts = Dictionary(grouping: tasks, by: \.siteID).mapValues(\.count)
        var openBySite: [String: [Finding]] = [:]
        for finding in findings where finding.status != .finished {
            for zone in finding.zones { openBySite[zone.siteID, default: []].append(finding) }
        }
        let unseen = plan.sitesWithoutImagery.map { site in
            SiteCoverage(
                siteID: site.id, siteName: site.name, outcome: .noImagery, method: nil, acquisitions: 0,
                clearObservations: 0, historyObservations: 0, lastClear: nil, hiddenShare: nil, tasks: 0)
        }
        return (results.flatMap(\.coverage) + unseen).sorted { $0.siteID < $1.siteID }.map { row in
            var row = row
            let open = openBySite[row.siteID] ?? []
            row.tasks = taskCounts[row.siteID] ?? 0
            // A finding that stays open under cloud does not mean that the site was seen.
            let isSeen = open.contains { $0.lastSeen.map(plan.period.contains) ?? false }
            if isSeen || (row.outcome == .noDisturbance && !open.isEmpty) { row.outcome = .disturbance }
            return row
        }
    }

    /// Every local file the scan reads; rasters are hashed here, before the first of their pixels is read.
    private func files(of inputs: Inputs, profile: RunProfile?) throws -> InputFiles {
        let rasters = unique(inputs.plan.groups.flatMap { $0.windows.map { inputs.plan.files[$0.file].path } }.sorted())
        let local = rasters.filter {
            guard !VirtualFile.isRemote($0), !$0.hasPrefix("/vsi"), case .file = VirtualFile.kind(of: $0) else {
                return false
            }
            return true
        }
        var files = inputs.siteFiles
        files.add(InputFiles(inputs.catalogue.documents.filter { !VirtualFile.isRemote($0.location) }))
        files.add(try InputFiles.rasters(local, threads: threads, profile: profile))
        return files
    }

    /// Inputs on other machines.
    private func remote(_ inputs: Inputs) -> [String] {
        let rasters = inputs.plan.groups.flatMap { $0.windows.map { inputs.plan.files[$0.file].path } }
        let documents = inputs.catalogue.documents.map(\.location).filter(VirtualFile.isRemote)
        return unique(documents + rasters.filter { $0.hasPrefix("/vsi") || VirtualFile.isRemote($0) })
    }

    /// The settings that decide on findings and tasks; where the results are put is none of them.
    private func configurationDigest() throws -> String {
        var settings = configuration
        settings.output = Configuration.OutputSettings()
        settings.export = ExportSettings()
        settings.sites.source = ""
        settings.scenes.source = ""
        return FileDigest(of: Array(try settings.yaml().utf8)).sha256
    }

    private func unique(_ lines: [String]) -> [String] {
        var seen: Set<String> = []
        return lines.filter { seen.insert($0).inserted }
    }
}

/// Counts from several threads.
private final class Counter: Sendable {
    private let lock = Mutex(0)

    func next() -> Int {
        lock.withLock { count in
            count += 1
            return count
        }
    }
}
