internal import Foundation
internal import Glibc
internal import Synchronization

/// How often a run keeps what it has finished.
public struct KeepingSchedule: Sendable {
    let everySeconds: Double
    let clock: @Sendable () -> Double

    /// - Parameters:
    ///   - everySeconds: At least so long between two writes; what was finished since the last one would be lost.
    ///   - clock: Seconds since some moment, never less than before.
    public init(everySeconds: Double, clock: @escaping @Sendable () -> Double) {
        self.everySeconds = everySeconds
        self.clock = clock
    }
}

/// Groups of sites that a run has finished, so that a run that is stopped goes on from there.
///
/// They lie in a hidden folder, many in a file, each under the hash of everything it was made from; a file appears under
/// its name whole. What lies there need not be in memory: pictures, curves and scores are read when they are shown.
/// Keeping is a convenience: what cannot be written stays in memory, what an earlier run left and cannot be read is done
/// again, and both are told.
final class KeptGroups: Sendable {
    private static let format = "sitewarden-kept-groups"
    private static let suffix = ".groups"
    /// What is finished and takes so much memory is written however short the time.
    private static let mostPendingBytes = 32 << 20

    /// A result in a file.
    private struct Kept: Sendable {
        let file: GroupResultFile
        let entry: GroupResultFile.Entry

        var result: GroupResult { get throws { try file.result(entry) } }
    }

    private struct State {
        var hold: FolderHold?
        var pending: [(group: Int, result: GroupResult)] = []
        var pendingBytes = 0
        /// What this run has finished and lies in files.
        var written: [Int: Kept] = [:]
        /// What this run has finished and cannot be kept in a file.
        var unkept: [(group: Int, result: GroupResult)] = []
        var lastWrite: Double
        var files = 0
        var remarks: [String] = []
        var isGivenUp = false
    }

    /// Keeps the folder from another run.
    private final class FolderHold: Sendable {
        let folder: LockedFolder

        init?(_ path: String) throws {
            guard let folder = try LockedFolder(path: path, isWaiting: false), folder.isLocked else { return nil }
            self.folder = folder
        }
    }

    let folder: String
    private let about: String
    private let schedule: KeepingSchedule
    private let fingerprint: @Sendable (_ group: Int) throws -> [UInt8]?
    private let state: Mutex<State>
    /// Held while a file is written, so that other threads go on.
    private let writing = NSLock()
    private let found: [[UInt8]: Kept]

    /// Reads what an earlier run has left in the folder, which need not be there.
    /// - Parameters:
    ///   - about: Words for whoever looks into the files.
    ///   - fingerprint: Of everything a group's result is made from; nil where it cannot be kept.
    init(
        in folder: String, about: String, schedule: KeepingSchedule,
        fingerprint: @escaping @Sendable (_ group: Int) throws -> [UInt8]?
    ) {
        self.fingerprint = fingerprint
        self.folder = folder
        self.about = about
        self.schedule = schedule
        var state = State(lastWrite: schedule.clock())
        var found: [[UInt8]: Kept] = [:]
        if EntryKind(ofEntryAt: folder) != nil {
            do {
                guard let hold = try FolderHold(folder) else {
                    throw FileError(path: folder, message: "is in use by another run")
                }
                state.hold = hold
                for name in try FolderTree.names(in: folder) where name.hasSuffix(Self.suffix) {
                    state.files = max(state.files, Int(name.dropLast(Self.suffix.count)) ?? 0)
                    do {
                        for kept in try Self.read("\(folder)/\(name)") { found[kept.entry.fingerprint] = kept }
                    } catch {
                        state.remarks.append("\(error) (its groups are compared again)")
                    }
                }
            } catch {
                state.isGivenUp = true
                state.remarks.append("\(error); finished groups are neither taken from there nor kept")
            }
        }
        self.found = found
        self.state = Mutex(state)
    }

    private static func read(_ path: String) throws -> [Kept] {
        let file = try RecordFile(reading: path, format: format, version: GroupResult.packingVersion)
        let results = GroupResultFile(entries: try file.indexValue([GroupResultFile.Entry].self), file: file)
        return results.entries.map { Kept(file: results, entry: $0) }
    }

    /// What went wrong with keeping, a line each.
    var remarks: [String] { state.withLock(\.remarks) }

    /// The result of a group that an earlier run has kept, where it was made from the same.
    func result(of group: Int) throws -> GroupResult? {
        guard !found.isEmpty, let key = try fingerprint(group), let kept = found[key] else { return nil }
        do {
            return try kept.result
        } catch {
            state.withLock { $0.remarks.append("\(error) (the group is compared again)") }
            return nil
        }
    }

    /// Takes a finished result; every now and then, and where they take much memory, they are written, by the thread
    /// that brings the last.
    func add(_ result: GroupResult, of group: Int) {
        let isDue = state.withLock { state in
            state.pending.append((group, result))
            state.pendingBytes += result.deferredBytes
            return !state.isGivenUp
                && (state.pendingBytes >= Self.mostPendingBytes
                    || schedule.clock() - state.lastWrite >= schedule.everySeconds)
        }
        guard isDue, writing.try() else { return }
        defer { writing.unlock() }
        let batch = state.withLock { state in
            defer { (state.pending, state.pendingBytes) = ([], 0) }
            return state.pending
        }
        do {
            let kept = try write(batch)
            state.withLock { state in
                for kept in kept { state.written[kept.entry.group] = kept }
                state.unkept += batch.filter { state.written[$0.group] == nil }
            }
        } catch {
            // What is kept is not what was asked for: the run goes on without.
            state.withLock { state in
                state.isGivenUp = true
                state.unkept += batch
                state.remarks.append("\(error); finished groups are no longer kept for a run after this one")
            }
        }
        state.withLock { $0.lastWrite = schedule.clock() }
    }

    /// What this run has finished, by group; what lies in files is read when it is shown.
    /// - Throws: `FileError` where a file is gone, or no longer what it was.
    func finished() throws -> [Int: GroupResult] {
        let (written, inMemory) = state.withLock { ($0.written, $0.unkept + $0.pending) }
        var results = try written.mapValues { try $0.result }
        for (group, result) in inMemory { results[group] = result }
        return results
    }

    private func write(_ batch: [(group: Int, result: GroupResult)]) throws -> [Kept] {
        guard !batch.isEmpty else { return [] }
        try hold()
        let number = state.withLock { state in
            state.files += 1
            return state.files
        }
        let name = ReadableNumber.padded(number, digits: 5)
        let privatePath = "\(folder)/\(name).new"
        let path = "\(folder)/\(name)\(Self.suffix)"
        _ = unsafe unlink(privatePath)
        do {
            let writer = try RecordWriter(
                creating: privatePath, format: Self.format, version: GroupResult.packingVersion, about: about)
            let entries = try batch.compactMap { group, result in
                try fingerprint(group).map { try writer.add(result, of: group, fingerprint: $0) }
            }
            try writer.finish(index: entries)
            try WholeFile.move(privatePath, to: path, named: privatePath)
        } catch {
            _ = unsafe unlink(privatePath)
            throw error
        }
        return try Self.read(path)
    }

    /// Makes the folder where it is missing, and holds it.
    private func hold() throws {
        guard state.withLock({ $0.hold == nil }) else { return }
        try WholeFile.makeFolders(folder, mend: "Check the disk and the permissions")
        guard let hold = try FolderHold(folder) else {
            throw FileError(path: folder, message: "is in use by another run")
        }
        state.withLock { $0.hold = hold }
    }

    /// Removes everything that was kept: it is published now.
    func remove() {
        guard state.withLock({ $0.hold != nil }) else { return }
        try? FolderTree.remove(folder)
    }
}

extension GroupResult {
    /// What its pictures and scores take, the most of it.
    fileprivate var deferredBytes: Int {
        candidates.reduce(4 * ((try? score?.value.count) ?? 0)) { sum, candidate in
            guard let evidence = try? candidate.evidence.value else { return sum }
            return sum + (evidence.before?.rgb.count ?? 0) + (evidence.after?.rgb.count ?? 0)
        }
    }
}
