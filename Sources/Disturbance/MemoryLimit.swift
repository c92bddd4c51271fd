internal import Geospatial

/// How much memory a run may take, and how much the process takes already.
///
/// What a group of sites takes while it is compared, and what decoded blocks take, is known before anything is read: from
/// that follow how many threads compare at once and how many blocks are held for later. No result depends on it.
public struct MemoryLimit: Sendable {
    let bytes: Int
    let used: @Sendable () -> Int

    /// - Parameters:
    ///   - bytes: That the process may take in all.
    ///   - used: Bytes that the process takes when it is asked, of the kind that `bytes` limits.
    public init(bytes: Int, used: @escaping @Sendable () -> Int) {
        self.bytes = bytes
        self.used = used
    }

    /// What a thread's stack and its share of the libraries take, and what writing the outputs takes: measured.
    private static let reserveBytes = 48 << 20
    /// A block is decoded from its packed bytes: both are there at once, and one stays with the file's handle.
    private static let leastBlocks = 3

    /// What there is for comparing, beside what the process takes now.
    public var freeBytes: Int { bytes - used() - Self.reserveBytes }

    /// How a scan makes do with the limit.
    struct Share: Equatable {
        var threads: Int
        /// Most bytes of decoded blocks to hold for later.
        var blockBytes: Int
    }

    /// Most bytes that a group may take to be compared at all, by one thread; of the moment at which it is asked.
    func mostGroupBytes(blockBytes: Int) -> Int { freeBytes - Self.leastBlocks * blockBytes }

    /// - Parameters:
    ///   - threads: Wanted.
    ///   - groupBytes: Of the largest group.
    ///   - blockBytes: Of the largest block.
    /// - Throws: `MemoryLimitError` where not even one thread has room.
    func share(threads: Int, groupBytes: Int, blockBytes: Int) throws -> Share {
        let free = freeBytes
        let least = Self.leastBlocks * blockBytes
        guard groupBytes + least <= free else {
            throw MemoryLimitError(neededBytes: groupBytes + least + bytes - free, limitBytes: bytes)
        }
        let possible = free / max(groupBytes + least, 1)
        let used = max(1, min(threads, possible))
        return Share(threads: used, blockBytes: free - used * (groupBytes + least) + least)
    }
}

/// The limit leaves no room for a piece of work.
public struct MemoryLimitError: Error, Equatable, Sendable, CustomStringConvertible {
    public let neededBytes: Int
    public let limitBytes: Int

    public var description: String {
        "memory: about \((neededBytes >> 20) + 1) MiB are needed, \(limitBytes >> 20) MiB are allowed. "
            + "Allow more (--memory-limit, ulimit -v, or the container's limit), or use a machine with more memory"
    }
}

extension ScanPlan {
    /// Most bytes that comparing a group takes, beside the blocks it is read from.
    func workingBytes(of planned: PlannedGroup) -> Int {
        GroupAnalysis.workingBytes(
            pixels: planned.group.grid.pixelCount, days: planned.scenes.count, bands: planned.bands.count)
    }

    /// Of the files that are read.
    var largestBlockBytes: Int {
        files.lazy.map { $0.header.blockRows * $0.header.blockColumns * $0.header.pixelType.byteCount }.max() ?? 0
    }

    /// The plan without the groups that cannot be compared in so much memory; their sites are named.
    /// - Throws: `MemoryLimitError` where none can.
    func within(_ memory: MemoryLimit?) throws -> ScanPlan {
        guard let memory else { return self }
        // Asked once: what the process takes changes from moment to moment, and each group must be on one side.
        let most = memory.mostGroupBytes(blockBytes: largestBlockBytes)
        let tooLarge = groups.filter { workingBytes(of: $0) > most }
        guard !tooLarge.isEmpty else { return self }
        guard tooLarge.count < groups.count else {
            _ = try share(of: memory, groups: groups.indices, threads: 1)
            return self
        }
        let told = tooLarge.map { planned in
            let grid = planned.group.grid
            let names = planned.group.sites.map(\.site.id)
            let subject = (names.count == 1 ? "Site " : "Sites ") + names.prefix(3).joined(separator: ", ")
            return PlanProblem(
                subject: subject + (names.count > 3 ? " and \(names.count - 3) more" : ""),
                message: "left out: \(grid.rows) x \(grid.columns) pixels of \(planned.scenes.count) scenes take about "
                    + "\((workingBytes(of: planned) >> 20) + 1) MiB, more than the \(memory.bytes >> 20) MiB allowed "
                    + "leave. Allow more (--memory-limit), or divide the site")
        }
        return ScanPlan(
            period: period, scenes: scenes, files: files, groups: groups.filter { workingBytes(of: $0) <= most },
            sitesWithoutImagery: (sitesWithoutImagery + tooLarge.flatMap { $0.group.sites.map(\.site) })
                .sorted { $0.id < $1.id },
            problems: problems + told)
    }

    /// How many threads may compare some groups, and how many blocks they may hold.
    func share(of memory: MemoryLimit?, groups members: some Sequence<Int>, threads: Int) throws -> MemoryLimit.Share {
        guard let memory else { return MemoryLimit.Share(threads: threads, blockBytes: .max) }
        let bytes = members.lazy.map { workingBytes(of: groups[$0]) }
        return try memory.share(threads: threads, groupBytes: bytes.max() ?? 0, blockBytes: largestBlockBytes)
    }
}
