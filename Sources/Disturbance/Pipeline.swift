internal import Geospatial
internal import Synchronization

/// A scan from sites and scenes to tasks; the only place that sees every stage.
public struct Pipeline: Sendable {
    public static let version = "0.1.0"

    public let configuration: Configuration
    /// Threads that read and compare; no result depends on it.
    public let threads: Int
    /// What comparing may take; no result depends on it.
    public let memory: MemoryLimit?

    public init(configuration: Configuration, threads: Int, memory: MemoryLimit? = nil) {
        self.configuration = configuration
        self.threads = max(threads, 1)
        self.memory = memory
    }

    /// A register of points has a remark for each of its rows; more than these are told by their number.
    private static let maximumSiteRemarks = 10

    /// What a caller can show while a scan runs.
    public enum Progress: Sendable {
        case loaded(sites: Int, scenes: Int)
        case planned(ScanPlan.Summary)
        /// Groups of sites that a stopped run had finished and that are not compared again.
        case resumed(groups: Int)
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
        return try SiteRegister.load(settings: configuration.sites, threads: threads)
    }

    private func loadScenes() throws -> SceneCatalogue {
        guard !configuration.scenes.source.isEmpty else {
            throw ConfigurationError(
                subject: "scenes.source", message: "is empty. Name the scenes in the pipeline or with --scenes")
        }
        return try SceneCatalogue.load(source: configuration.scenes.source, settings: configuration.scenes)
    }

    /// What a scan knows before it reads a pixel.
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

        /// The files that the plan was made from, local ones, as they were when they were read.
        var documentFiles: InputFiles {
            var files = siteFiles
            files.add(InputFiles(catalogue.documents.filter { !VirtualFile.isRemote($0.location) }))
            return files
        }

        /// Inputs on other machines.
        private var remote: [String] {
            let rasters = plan.usedFiles.map { plan.files[$0].path }
            let documents = catalogue.documents.map(\.location).filter(VirtualFile.isRemote)
            return Set(documents + rasters.filter { $0.hasPrefix("/vsi") || VirtualFile.isRemote($0) }).sorted()
        }

        var ground: WatchedGround {
            let doubts = sites.problems.filter { $0.severity != .rejected }.map(\.line)
            let summary = "\(doubts.count) rows of the sites are doubtful. Run `sitewarden sites check` to see why"
            return WatchedGround(
                plan.groups.map(\.group), period: plan.period, sitesWithoutImagery: plan.sitesWithoutImagery,
                acquisitions: WatchedGround.Acquisitions(plan.scenes), remoteInputs: remote, losses: losses,
                remarks: (doubts.count <= Pipeline.maximumSiteRemarks ? doubts : [summary])
                    + catalogue.problems.filter { !$0.isLoss }.map(\.description))
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
        let plan = try scanPlan(of: sites.sites, scenes: catalogue.scenes, period: period).within(memory)
        return Inputs(sites: sites, siteFiles: siteFiles, catalogue: catalogue, plan: plan)
    }

    /// Which windows of which files a scan of these sites reads.
    func scanPlan(of sites: [Site], scenes: [Scene], period: Period) throws -> ScanPlan {
        try ScanPlan(
            sites: sites, scenes: scenes, period: period, settings: configuration.windows,
            bands: configuration.scenes.bands.compactMap { Band(commonName: $0) }, threads: threads)
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
    ///   - keeping: Where given, finished groups are kept as often as it says, and those that a stopped run has kept are
    ///     not compared again.
    ///   - cache: Where given, what earlier runs have read of a scene is not read again.
    ///   - profile: Where given, is told where time and bytes go.
    ///   - progress: Called from several threads.
    ///   - isCancelled: Asked between groups; once it is true, nothing is published.
    /// - Throws: `Cancelled`, `RegisterBusy` where another run is at it, or an error that says what, where and how to mend it; what was published before is as it
    ///   was.
    public func scan(
        period: Period, holder: RunHolder, keeping: KeepingSchedule? = nil, cache: ScanCache? = nil,
        profile: RunProfile? = nil, progress: @escaping @Sendable (Progress) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> Outcome {
        try requireOutputFolder()
        let inputs = try profile.measure(.plan) { try self.inputs(period: period, progress: progress) }
        progress(.planned(inputs.plan.summary))
        let lock = try lock(for: holder, progress: progress)
        defer { lock.release() }
        let earlier = try Register.earlierRuns(before: period, in: configuration.registerSource)
        let files = try files(of: inputs, hashes: cache?.hashes, profile: profile)
        let watch = try watch(over: inputs.plan, from: earlier)
        let keep = try keeping.map { try kept(of: inputs.plan, watch, files.files, schedule: $0) }
        let imagery = try cache?.imagery(
            of: inputs.plan, inputs: files.files, configuration: configuration, watchedFrom: watch.from,
            threads: threads)
        let results = try compare(
            inputs.plan, watch: watch, pieces: files.pieces, keep: keep, imagery: imagery, profile: profile,
            progress: progress, isCancelled: isCancelled)
        try files.requireUnchanged(isThorough: false)
        var outcome = try publish(
            RunResults(results), over: inputs.ground, earlier: earlier, inputs: files.files, lock: lock,
            profile: profile,
            progress: progress, isCancelled: isCancelled)
        keep?.remove()
        outcome.remarks += (keep?.remarks ?? []) + (cache?.hashes.remarks ?? []) + (imagery?.windows.remarks ?? [])
        return outcome
    }

    func requireOutputFolder() throws {
        guard configuration.output.folder.isEmpty else { return }
        throw ConfigurationError(
            subject: "output.folder", message: "is empty. Name it in the pipeline or with --output")
    }

    func lock(for holder: RunHolder, progress: (Progress) -> Void) throws -> RegisterLock {
        progress(.locking)
        let lock = try RegisterLock(of: configuration.registerSource, holder: holder)
        progress(.locked(lock))
        return lock
    }

    // MARK: Parts of a scan

    /// What comparing a plan's groups takes from the register.
    struct Watch: Sendable {
        /// The first day that earlier runs have watched, or the period's first.
        var from: Day
        /// Ground of open findings, by group.
        var open: [[OpenGround]]
    }

    func watch(over plan: ScanPlan, from earlier: EarlierRuns) throws -> Watch {
        Watch(from: watchedFrom(earlier), open: try openGround(of: plan, findings: earlier.open.map(\.finding)))
    }

    /// The first day that could be watched with the period: where the earliest run before it began.
    func watchedFrom(_ earlier: EarlierRuns) -> Day {
        let period = earlier.period
        return min(earlier.runs.map(\.period.start).min() ?? period.start, period.start)
    }

    /// Earlier findings that each group can see.
    func openGround(of plan: ScanPlan, findings: [Finding]) throws -> [[OpenGround]] {
        guard !findings.isEmpty else { return Array(repeating: [], count: plan.groups.count) }
        let index = try SpatialIndex(findings.map(\.geometry))
        var planes = PlanesOnGround()
        return try plan.groups.map { planned in
            let grid = planned.group.grid
            return index.query(try planes.plane(of: grid.crs).toWGS84.transform(grid.envelope)).map {
                OpenGround(findingID: findings[$0].id, geometry: findings[$0].geometry)
            }
        }
    }

    /// Where finished groups of a period are kept: hidden beside what the period publishes.
    private func kept(
        of plan: ScanPlan, _ watch: Watch, _ digests: [RunManifest.File], schedule: KeepingSchedule
    ) throws -> KeptGroups {
        let fingerprint = try GroupFingerprint(
            configuration: configuration, plan: plan, watchedFrom: watch.from, inputs: digests)
        return KeptGroups(
            in: "\(configuration.output.folder)/.\(plan.period.label).kept",
            about: "groups of sites that a scan of \(plan.period.label) has finished", schedule: schedule
        ) { try fingerprint.fingerprint(of: plan.groups[$0], open: watch.open[$0]) }
    }

    /// Compares the groups of a plan, in its order.
    /// - Parameters:
    ///   - pieces: What files held when they were hashed, by path.
    ///   - keep: Takes what is finished, and gives what was.
    ///   - imagery: Takes what is read of the scenes and made of their history, and gives what was.
    func compare(
        _ plan: ScanPlan, watch: Watch, pieces: [String: FilePieces], keep: KeptGroups?,
        imagery: ScanCache.KeptImagery?,
        profile: RunProfile?,
        progress: @escaping @Sendable (Progress) -> Void, isCancelled: @escaping @Sendable () -> Bool
    ) throws -> [GroupResult] {
        let found = try keep.map { keep in try plan.groups.indices.map { try keep.result(of: $0) } }
        let left = plan.workOrder(of: plan.groups.indices.filter { found?[$0] == nil })
        if left.count < plan.groups.count { progress(.resumed(groups: plan.groups.count - left.count)) }
        let share = try plan.share(of: memory, groups: left, threads: threads)
        let held = try imagery?.windows.held(by: left) ?? [:]
        let store = BlockStore(uses: plan.blockUses(of: left, besides: held), capacityBytes: share.blockBytes)
        let counter = Counter(plan.groups.count - left.count)
        let configuration = configuration
        let compared = try WorkerPool.map(count: left.count, threads: share.threads) {
            StackReader(
                plan: plan, store: store, settings: configuration.scenes, threads: share.threads, pieces: pieces,
                kept: imagery?.windows, profile: profile)
        } body: { reader, position -> GroupResult? in
            if isCancelled() { throw Cancelled() }
            let index = left[position]
            let planned = plan.groups[index]
            let comparison = GroupComparison(
                planned: planned, held: held[index], open: watch.open[index], period: plan.period,
                watchedFrom: watch.from, configuration: configuration, baselines: imagery?.baselines, profile: profile)
            let result = try comparison.result(by: reader)
            keep?.add(result, of: index)
            progress(.compared(groups: counter.next(), of: plan.groups.count))
            // What is kept in a file leaves the memory.
            return keep == nil ? result : nil
        }
        imagery?.removeStale()
        var results = try keep?.finished() ?? [:]
        for (index, result) in zip(left, compared) where result != nil { results[index] = result }
        return plan.groups.indices.map { found?[$0] ?? results[$0]! }
    }

    /// Every local file the scan reads; rasters are hashed here, before the first of their pixels is read.
    private func files(of inputs: Inputs, hashes: KeptHashes?, profile: RunProfile?) throws -> InputFiles {
        var files = inputs.documentFiles
        files.add(try rasterFiles(inputs.plan.usedFiles, of: inputs.plan, hashes: hashes, profile: profile))
        return files
    }

    /// Local files of a plan, hashed.
    /// - Parameter indices: Of files of the plan, in any order; the same may be there more than once.
    func rasterFiles(
        _ indices: [Int], of plan: ScanPlan, hashes: KeptHashes? = nil, profile: RunProfile?
    ) throws -> InputFiles {
        let local = Set(indices.map { plan.files[$0].path }).sorted().filter(VirtualFile.isLocalFile)
        return try InputFiles.rasters(local, threads: threads, kept: hashes, profile: profile)
    }
}

/// Counts from several threads.
private final class Counter: Sendable {
    private let lock: Mutex<Int>

    init(_ start: Int) { lock = Mutex(start) }

    func next() -> Int {
        lock.withLock { count in
            count += 1
            return count
        }
    }
}
