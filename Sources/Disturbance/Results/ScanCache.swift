internal import Geospatial

/// What a scan keeps in a folder for the scans after it: no output depends on it, and it may be emptied at any time.
///
/// Several watches may share it.
public struct ScanCache: Sendable {
    let hashes: KeptHashes
    private let folder: String

    public init(in folder: String) { self.init(in: folder, hashes: KeptHashes(in: folder)) }

    init(in folder: String, hashes: KeptHashes) {
        self.folder = folder
        self.hashes = hashes
    }

    /// What is kept of a plan's groups of sites.
    struct KeptImagery: Sendable {
        let windows: KeptWindows
        let baselines: KeptBaselines

        func removeStale() {
            windows.removeStale()
            baselines.removeStale()
        }
    }

    /// What is kept of the groups of a plan.
    /// - Parameters:
    ///   - files: Inputs that were hashed.
    ///   - watchedFrom: The first day that earlier runs have watched, or the period's first.
    func imagery(
        of plan: ScanPlan, inputs files: [RunManifest.File], configuration: Configuration, watchedFrom: Day,
        threads: Int
    ) throws -> KeptImagery {
        let digests = files.sha256ByPath
        let windows = try KeptWindows(
            in: "\(folder)/windows", for: plan,
            earliest: configuration.windows.firstHistoryDay(of: plan.period), threads: threads
        ) { path in
            // Another shard hashes the file, and an earlier run has.
            digests[path]
                ?? (try? FileState(ofFileAt: path)).flatMap { hashes.hash(ofFileAt: path, in: $0)?.digest.sha256 }
        }
        return KeptImagery(
            windows: windows,
            baselines: try KeptBaselines(
                in: "\(folder)/baselines", for: plan, windows: windows, configuration: configuration,
                watchedFrom: watchedFrom))
    }
}
