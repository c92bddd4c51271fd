internal import Foundation
internal import Geospatial

/// A scan parted over machines: a plan that any of them can work on, its shards, and the merge that publishes.
///
/// What is published is byte for byte what one machine would have published.
extension Pipeline {
    /// How a scan is parted.
    public enum Sharding: Sendable {
        case count(Int)
        /// So many that each reads about so many decoded bytes.
        case bytes(Int)
    }

    /// How a plan was parted.
    public struct ShardSummary: Codable, Hashable, Sendable {
        public var path: String
        public var shards: Int
        public var smallestDecodedBytes: Int
        public var largestDecodedBytes: Int
        /// Decoded bytes of all shards over those of one run: 1 where no block is decoded in two shards.
        public var readFactor: Double

        private enum CodingKeys: String, CodingKey {
            case path, shards
            case smallestDecodedBytes = "smallest_decoded_bytes"
            case largestDecodedBytes = "largest_decoded_bytes"
            case readFactor = "read_factor"
        }
    }

    /// What a shard did.
    public struct ShardOutcome: Sendable {
        public var shard: Int
        public var shards: Int
        public var groups: Int
        public var sites: Int
        /// Its result.
        public var path: String
        /// True where the result was there already.
        public var wasDone: Bool
        public var remarks: [String]
    }

    /// Of Sitewarden and its libraries, by name.
    static var versions: [String: String] {
        GDALLibrary.versions.merging(["sitewarden": Pipeline.version]) { first, _ in first }
    }

    /// Versions for people, `GDAL 3.6.2` and so on, in order of name.
    static func texts(of versions: [String: String]) -> [String] {
        versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }

    // MARK: Plan

    /// Plans a scan in shards, and writes the plan.
    /// - Parameter path: Where the plan is put; results of its shards come into a folder beside it. A plan that is there
    ///   is replaced.
    /// - Throws: `ConfigurationError` where the settings hold a password, or an error of an input.
    public func plan(
        period: Period, sharding: Sharding, to path: String
    ) throws -> (summary: ScanPlan.Summary, shards: ShardSummary) {
        try requireOutputFolder()
        let settings = try StableJSON.text(configuration)
        guard Redaction.withoutPasswords(settings) == settings else {
            throw ConfigurationError(
                subject: path,
                message: "the settings hold a password, which would stand in the plan. "
                    + "Put it into a service file or PGPASSFILE, and name the service")
        }
        let inputs = try inputs(period: period) { _ in }
        var summary = inputs.plan.summary
        summary.problems = inputs.losses
        let earlier = try Register.earlierRuns(before: period, in: configuration.registerSource)
        let watch = try watch(over: inputs.plan, from: earlier)
        let count =
            switch sharding {
            case .count(let count): max(count, 1)
            case .bytes(let bytes): max((summary.decodedBytes + bytes - 1) / max(bytes, 1), 1)
            }
        let partition = try PlanPartition(of: inputs.plan, shards: count)
        let ground = inputs.ground
        try ShardedPlan.write(
            inputs.plan, parts: partition.parts, watch: watch,
            about: "the scan of \(period.label) in \(partition.parts.count) shards: \(summary.sites) sites, "
                + "\(summary.scenes) scenes", to: path
        ) { catalogue, lattices, shards in
            ShardedPlan.Head(
                configuration: configuration, versions: Self.versions, period: period,
                registerDigest: try Self.digest(of: earlier, watchedFrom: watch.from),
                watchedFrom: watch.from, acquisitions: ground.acquisitions, losses: ground.losses,
                remarks: ground.remarks, documents: inputs.documentFiles.files, remoteInputs: ground.remoteInputs,
                lattices: lattices, catalogue: Deferred(catalogue),
                sitesWithoutImagery: Deferred(ground.sitesWithoutImagery), shards: shards)
        }
        let sizes = partition.parts.map(\.decodedBytes)
        return (
            summary,
            ShardSummary(
                path: path, shards: partition.parts.count, smallestDecodedBytes: sizes.min() ?? 0,
                largestDecodedBytes: sizes.max() ?? 0, readFactor: partition.readFactor)
        )
    }

    /// SHA-256 of what comparing groups takes from a register.
    private static func digest(of earlier: EarlierRuns, watchedFrom: Day) throws -> String {
        var packer = Packer()
        try packer.add(watchedFrom)
        for record in earlier.open {
            try packer.add(OpenGround(findingID: record.finding.id, geometry: record.finding.geometry))
        }
        return FileDigest(of: packer.bytes).sha256
    }

    // MARK: Shard

    /// Compares the groups of one shard, and writes what they yield beside the plan.
    /// - Parameters:
    ///   - path: The plan.
    ///   - shard: From 0.
    ///   - others: As in `scan`.
    /// - Throws: `Cancelled`, or an error that says what, where and how to mend it.
    public static func scan(
        planFile path: String, shard: Int, threads: Int, memory: MemoryLimit? = nil,
        keeping: KeepingSchedule? = nil, cache: ScanCache? = nil, profile: RunProfile? = nil,
        progress: @escaping @Sendable (Progress) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> ShardOutcome {
        let sharded = try ShardedPlan(reading: path)
        let shards = sharded.head.shards
        guard shards.indices.contains(shard) else {
            throw ConfigurationError(
                subject: path,
                message: "has no shard \(shard). Its \(shards.count) shards are 0 to \(shards.count - 1)")
        }
        var outcome = ShardOutcome(
            shard: shard, shards: shards.count, groups: shards[shard].groupCount, sites: shards[shard].siteCount,
            path: ShardResult.path(ofPlan: path, shard: shard), wasDone: true, remarks: [])
        // A copy that was queued again may come after the first one has ended.
        if let done = try? ShardResult(of: sharded, shard: shard), done.groups.entries.count == outcome.groups {
            return outcome
        }
        let pipeline = Pipeline(configuration: sharded.head.configuration, threads: threads, memory: memory)
        let part = try profile.measure(.plan) { try sharded.part(shard) }
        progress(.planned(part.plan.summary))
        let used = part.plan.usedFiles
        try part.catalogue.requireUnchanged(used)
        let hashed = shards[shard].hashedFiles.filter(part.plan.files.indices.contains)
        let inputs = try pipeline.rasterFiles(hashed, of: part.plan, hashes: cache?.hashes, profile: profile)
        let keep = keeping.map { schedule in
            pipeline.kept(ofShard: shard, sharded, schedule: schedule)
        }
        let imagery = try cache?.imagery(
            of: part.plan, inputs: inputs.files, configuration: pipeline.configuration,
            watchedFrom: part.watch.from, threads: threads)
        let results = try pipeline.compare(
            part.plan, watch: part.watch, pieces: inputs.pieces, keep: keep, imagery: imagery, profile: profile,
            progress: progress, isCancelled: isCancelled)
        try inputs.requireUnchanged(isThorough: false)
        try part.catalogue.requireUnchanged(used)
        if isCancelled() { throw Cancelled() }
        progress(.publishing)
        try profile.measure(.write) {
            try ShardResult.write(results, numbers: part.numbers, inputs: inputs.files, of: sharded, shard: shard)
        }
        keep?.remove()
        outcome.wasDone = false
        outcome.remarks = (keep?.remarks ?? []) + (cache?.hashes.remarks ?? []) + (imagery?.windows.remarks ?? [])
        return outcome
    }

    /// Finished groups of a shard: its plan names everything they are made from.
    private func kept(ofShard shard: Int, _ plan: ShardedPlan, schedule: KeepingSchedule) -> KeptGroups {
        KeptGroups(
            in: "\(ShardResult.folder(ofPlan: plan.path))/.\(shard).kept",
            about: "groups of sites that shard \(shard) has finished", schedule: schedule
        ) { Array("\(plan.digest) \(shard) \($0)".utf8) }
    }

    // MARK: Merge

    /// Joins what all shards of a plan found out, ranks, and publishes at once. A second time it changes nothing.
    /// - Throws: `RegisterBusy`, or an error that names the shards that are missing, damaged or made from another plan;
    ///   nothing is published then.
    public static func merge(
        planFile path: String, threads: Int = 1, holder: RunHolder, profile: RunProfile? = nil,
        progress: (Progress) -> Void = { _ in }
    ) throws -> (period: Period, outcome: Outcome) {
        let sharded = try ShardedPlan(reading: path)
        let pipeline = Pipeline(configuration: sharded.head.configuration, threads: threads)
        let shards = try profile.measure(.plan) { try shardResults(of: sharded, threads: pipeline.threads) }
        let lock = try pipeline.lock(for: holder, progress: progress)
        defer { lock.release() }
        let period = sharded.head.period
        let earlier = try Register.earlierRuns(before: period, in: pipeline.configuration.registerSource)
        let now = try digest(of: earlier, watchedFrom: pipeline.watchedFrom(earlier))
        guard now == sharded.head.registerDigest else {
            throw RegisterError(
                subject: pipeline.configuration.registerSource,
                message: "an earlier period was scanned since the plan \(path) was made, and its findings are "
                    + "to be followed. Make the plan again, and scan its shards")
        }
        let ground = try profile.measure(.plan) { try sharded.ground() }
        var places: [(shard: ShardResult, entry: GroupResultFile.Entry)?] = ground.places.map { _ in nil }
        for shard in shards {
            for entry in shard.groups.entries {
                guard places.indices.contains(entry.group), places[entry.group] == nil else {
                    throw FileError(path: path, message: "a group of sites is in two shards. Make the plan again")
                }
                places[entry.group] = (shard, entry)
            }
        }
        let reading = profile?.begin(.join)
        // Some at a time: what all of them take in memory by themselves is more than what is needed of them.
        var results = RunResults(siteCount: ground.siteCount)
        for start in stride(from: 0, to: places.count, by: readResults) {
            let part = places[start..<min(start + readResults, places.count)]
            let read = try WorkerPool.map(
                Array(part), batchCount: 64, threads: pipeline.threads, makeWorker: {}
            ) { _, place in
                guard let (shard, entry) = place else {
                    throw FileError(path: path, message: "a group of sites is in no shard. Make the plan again")
                }
                return try shard.groups.result(entry)
            }
            for result in read { results.add(result) }
        }
        reading?()
        SystemMemory.releaseFreed()
        let outcome = try pipeline.publish(
            results, over: ground, earlier: earlier, inputs: sharded.head.documents + shards.flatMap(\.inputs),
            lock: lock,
            profile: profile, progress: progress, isCancelled: { false })
        return (period, outcome)
    }

    /// Where a plan's outputs go; nil where it cannot be read.
    public static func outputFolder(ofPlan path: String) -> String? {
        (try? ShardedPlan(reading: path))?.head.configuration.output.folder
    }

    /// Results of groups that are in memory by themselves at once.
    private static let readResults = 2048

    /// Names of missing shards told at once; a thousand would hide what matters.
    private static let namedShards = 20

    private static func shardResults(of plan: ShardedPlan, threads: Int) throws -> [ShardResult] {
        // Each file is read once against its checksum.
        let read = try WorkerPool.map(count: plan.head.shards.count, threads: threads, makeWorker: {}) { _, number in
            Result { try ShardResult(of: plan, shard: number) }
        }
        var missing: [Int] = []
        var wrong: [String] = []
        var results: [ShardResult] = []
        for (number, shard) in plan.head.shards.enumerated() {
            do {
                guard let result = try read[number].get() else {
                    missing.append(number)
                    continue
                }
                if result.groups.entries.count == shard.groupCount {
                    results.append(result)
                } else {
                    wrong.append("\(ShardResult.path(ofPlan: plan.path, shard: number)): holds not all of its groups")
                }
            } catch { wrong.append("\(error)") }
        }
        guard missing.isEmpty, wrong.isEmpty else {
            var parts = wrong.prefix(namedShards).map(\.self)
            if !missing.isEmpty {
                let names = missing.prefix(namedShards).map(String.init).joined(separator: ",")
                parts.append(
                    "\(missing.count) of \(plan.head.shards.count) shards are not done yet: "
                        + names + (missing.count > namedShards ? ",..." : ""))
            }
            throw FileError(
                path: plan.path,
                message: parts.joined(separator: "; ")
                    + ". Scan them with `sitewarden scan --plan \(plan.path) --shard NUMBER`, and merge again",
                kind: wrong.isEmpty ? .missingInput : .unusableInput)
        }
        return results
    }
}
