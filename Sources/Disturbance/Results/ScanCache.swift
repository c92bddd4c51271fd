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

    /// What is kept of the windows of a plan.
    /// - Parameter files: Inputs that were hashed.
    func windows(
        of plan: ScanPlan, inputs files: [RunManifest.File], settings: WindowSettings, threads: Int
    ) throws -> KeptWindows {
        let digests = files.sha256ByPath
        return try KeptWindows(
            in: "\(folder)/windows", for: plan, earliest: plan.period.start.adding(days: -settings.historyDays),
            threads: threads
        ) { path in
            // Another shard hashes the file, and an earlier run has.
            digests[path]
                ?? (try? FileState(ofFileAt: path)).flatMap { hashes.hash(ofFileAt: path, in: $0)?.digest.sha256 }
        }
    }
}
