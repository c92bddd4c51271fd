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
/// its name whole. Keeping is a convenience: what cannot be written or read is done again, and told.
final class KeptGroups: Sendable {
    private static let format = "sitewarden-kept-groups"
    private static let suffix = ".groups"

    private struct State {
        var hold: FolderHold?
        var pending: [(group: Int, result: GroupResult)] = []
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
    private let found: [[UInt8]: (file: GroupResultFile, entry: GroupResultFile.Entry)]

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
        var found: [[UInt8]: (file: GroupResultFile, entry: GroupResultFile.Entry)] = [:]
        if EntryKind(ofEntryAt: folder) != nil {
            do {
                guard let hold = try FolderHold(folder) else {
                    throw FileError(path: folder, message: "is in use by another run")
                }
                state.hold = hold
                for name in try FolderTree.names(in: folder) where name.hasSuffix(Self.suffix) {
                    state.files = max(state.files, Int(name.dropLast(Self.suffix.count)) ?? 0)
                    do {
                        let file = try RecordFile(
                            reading: "\(folder)/\(name)", format: Self.format, version: GroupResult.packingVersion)
                        let results = GroupResultFile(
                            entries: try file.indexValue([GroupResultFile.Entry].self), file: file)
                        for entry in results.entries { found[entry.fingerprint] = (results, entry) }
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

    /// What went wrong with keeping, a line each.
    var remarks: [String] { state.withLock(\.remarks) }

    /// The result of a group that an earlier run has kept, where it was made from the same.
    func result(of group: Int) throws -> GroupResult? {
        guard !found.isEmpty, let key = try fingerprint(group), let (file, entry) = found[key] else { return nil }
        do {
            return try file.result(entry)
        } catch {
            state.withLock { $0.remarks.append("\(error) (the group is compared again)") }
            return nil
        }
    }

    /// Takes a finished result; every now and then they are written, by the thread that brings the last.
    func add(_ result: GroupResult, of group: Int) {
        let isDue = state.withLock { state in
            guard !state.isGivenUp else { return false }
            state.pending.append((group, result))
            return schedule.clock() - state.lastWrite >= schedule.everySeconds
        }
        guard isDue, writing.try() else { return }
        defer { writing.unlock() }
        let batch = state.withLock { state in
            defer { state.pending = [] }
            return state.pending
        }
        do {
            try write(batch)
        } catch {
            // What is kept is not what was asked for: the run goes on without.
            state.withLock { state in
                state.isGivenUp = true
                state.pending = []
                state.remarks.append("\(error); finished groups are no longer kept for a run after this one")
            }
        }
        state.withLock { $0.lastWrite = schedule.clock() }
    }

    private func write(_ batch: [(group: Int, result: GroupResult)]) throws {
        guard !batch.isEmpty else { return }
        try hold()
        let number = state.withLock { state in
            state.files += 1
            return state.files
        }
        let name = ReadableNumber.padded(number, digits: 5)
        let privatePath = "\(folder)/\(name).new"
        _ = unsafe unlink(privatePath)
        do {
            let writer = try RecordWriter(
                creating: privatePath, format: Self.format, version: GroupResult.packingVersion, about: about)
            let entries = try batch.compactMap { group, result in
                try fingerprint(group).map { try writer.add(result, of: group, fingerprint: $0) }
            }
            try writer.finish(index: entries)
            try WholeFile.move(privatePath, to: "\(folder)/\(name)\(Self.suffix)", named: privatePath)
        } catch {
            _ = unsafe unlink(privatePath)
            throw error
        }
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
