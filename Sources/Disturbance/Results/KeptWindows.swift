internal import Foundation
internal import Geospatial
internal import Synchronization

/// The windows of scenes that earlier runs have read for the same groups of sites, so that a run decodes only what is
/// new.
///
/// Each group has a file of its own. A window is known by the content of the file it was cut from, its band and its
/// place: the settings of a watch do not touch it, another file of the same name is another window, and a group whose
/// sites were changed reads its scenes again.
/// Keeping is a convenience: what cannot be read is decoded again, what cannot be written is not kept, and the latter is
/// told.
final class KeptWindows: Sendable {
    private struct State {
        var remarks: [String] = []
        var isGivenUp = false
    }

    private let folder: KeptGroupFolder
    private let plan: ScanPlan
    /// By file of the plan; nil where nobody knows what it holds.
    private let contents: [SIMD4<UInt64>?]
    private let earliest: Day
    private let state = Mutex(State())

    /// - Parameters:
    ///   - sha256: Of a local file by its path; nil where it was not hashed.
    ///   - earliest: The first day that this and later periods look back to.
    init(
        in folder: String, for plan: ScanPlan, earliest: Day, threads: Int, sha256: (_ path: String) -> String?
    ) throws {
        self.folder = KeptGroupFolder(path: folder, suffix: ".windows")
        self.plan = plan
        self.earliest = earliest
        let used = plan.usedFiles
        let local = used.map { sha256(plan.files[$0].path) }
        // Servers are asked side by side.
        let known = try WorkerPool.map(count: used.count, threads: threads, makeWorker: {}) { _, index in
            local[index]
                ?? VirtualFile.remoteState(ofFileAt: plan.files[used[index]].path).map {
                    FileDigest(of: Array($0.utf8)).sha256
                }
        }
        var contents = [SIMD4<UInt64>?](repeating: nil, count: plan.files.count)
        for (file, digest) in zip(used, known) { contents[file] = digest.flatMap(Self.content) }
        self.contents = contents
    }

    /// Sixty-four hexadecimal digits as numbers.
    private static func content(_ digest: String) -> SIMD4<UInt64>? {
        guard digest.utf8.count == 64 else { return nil }
        var content = SIMD4<UInt64>()
        var rest = digest[...]
        for part in 0..<4 {
            guard let number = UInt64(rest.prefix(16), radix: 16) else { return nil }
            content[part] = number
            rest = rest.dropFirst(16)
        }
        return content
    }

    /// Removes what nobody adds to any more.
    func removeStale() { folder.removeStale() }

    /// What went wrong with keeping, a line each.
    var remarks: [String] { state.withLock(\.remarks) }

    /// What a window of the plan is known by; nil where that is not known.
    func key(of planned: PlannedWindow) -> KeptWindowKey? {
        let file = plan.files[planned.file]
        return contents[planned.file].map {
            KeptWindowKey(content: $0, layer: file.layer, window: planned.window, type: file.header.pixelType)
        }
    }

    /// What is kept for a group.
    func file(of group: SiteGroup) throws -> KeptWindowFile {
        KeptWindowFile(at: try folder.file(of: group), earliest: earliest)
    }

    /// Which windows of the plan need not be read: by group, then in the order of its windows.
    func held(by groups: [Int]) throws -> [Int: [Bool]] {
        var held: [Int: [Bool]] = [:]
        for group in groups {
            let file = try file(of: plan.groups[group].group)
            held[group] = plan.groups[group].windows.map { key(of: $0).map(file.holds) ?? false }
        }
        return held
    }

    /// Keeps something, unless that failed before: a disk that is full once is not asked again.
    func keep(_ body: () throws -> Void) {
        guard !state.withLock(\.isGivenUp) else { return }
        do {
            try body()
        } catch {
            state.withLock { state in
                if !state.isGivenUp {
                    state.remarks.append("\(error); nothing more is kept for the next run")
                }
                state.isGivenUp = true
            }
        }
    }
}
