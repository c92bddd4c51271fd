/// Publishes the folder of a run whole or not at all.
///
/// Everything is written into a private sibling folder, read back, synced and then renamed.
public struct RunFolder: Sendable {
    /// How a publication ended.
    public enum Outcome: Hashable, Sendable {
        case published
        /// The folder held the same run already and was not touched. `edited` are the files that differ from what was
        /// written there at the time: somebody worked in them.
        case unchanged(edited: [String])
        /// The folder that was there held work of somebody's, or was no run's; it lies at `kept` now.
        case replaced(kept: String)
    }

    /// The path the run is published under.
    public let path: String
    private let parent: String
    private let name: String
    private let threads: Int

    /// - Parameters:
    ///   - path: The folder to be; the folders above it are made where they are missing.
    ///   - threads: That compare files with what was written.
    public init(path: String, threads: Int = 1) {
        self.threads = threads
        // Without the slashes at its end, so that the private folder becomes a sibling and not a child.
        let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
        self.path = trimmed
        let parts = trimmed.split(separator: "/", omittingEmptySubsequences: false)
        name = String(parts.last ?? "")
        let above = parts.dropLast().joined(separator: "/")
        parent = above.isEmpty ? (trimmed.hasPrefix("/") ? "/" : ".") : above
    }

    /// Writes and publishes one run.
    /// - Parameters:
    ///   - write: Fills the private folder it is given and returns the manifest it wrote there last.
    ///   - companion: Published at the same moment: after the folder lies whole on the disk and before it appears.
    ///   - undo: Takes the companion back where the folder could not be put in its place.
    /// - Throws: What `write` and `companion` throw, or `FileError`; what was published before is as it was.
    public func publish(
        write: (_ privatePath: String) throws -> RunManifest, companion: () throws -> Void = {},
        undo: () -> Void = {}
    ) throws -> Outcome {
        guard !name.isEmpty, name != ".", name != ".." else {
            throw FileError(
                path: path, message: "is no name for a run folder. Choose another output folder", kind: .cannotCreate)
        }
        try makeParent()
        try recover()
        if let kind = EntryKind(ofEntryAt: path), kind != .folder {
            throw FileError(
                path: path, message: "is not a folder. Move it away, or choose another output folder",
                kind: .cannotCreate)
        }
        let attempt = try AttemptFolder(for: name, in: parent)
        do {
            let manifest = try write(attempt.path)
            try FolderTree.sync(attempt.path)
            try manifest.verify(attempt.path, threads: threads)
            try companion()
            do {
                return try putInPlace(attempt.path)
            } catch {
                undo()
                throw error
            }
        } catch {
            attempt.remove()
            throw error
        }
    }

    /// Marks the names of folders on the way in or out of the published place.
    private static let displacedMark = ".displaced-"

    // MARK: Putting it in place

    private func putInPlace(_ privatePath: String) throws -> Outcome {
        guard EntryKind(ofEntryAt: path) != nil, let present = try LockedFolder(path: path, isWaiting: true) else {
            try WholeFile.move(privatePath, to: path)
            try synced { try WholeFile.move(path, to: privatePath) }
            return .published
        }
        let old = try? RunManifest.read(from: present.path)
        let edited = try old?.differences(in: present.path, threads: threads)
        if let edited, try hasSameManifest(privatePath) {
            try? FolderTree.remove(privatePath)
            return .unchanged(edited: edited)
        }
        let displaced = try exchange(privatePath)
        // The run is published now. What cannot be cleared away here, the next run clears away.
        return (try? dispose(of: displaced, keepsUnreadable: false)).flatMap { $0 }.map { .replaced(kept: $0) }
            ?? .published
    }

    /// Waits until the names in the parent lie on the disk; where that fails `undo` takes them back.
    private func synced(undo: () throws -> Void) throws {
        do {
            try OpenFile(folder: parent).sync()
        } catch {
            try? undo()
            throw error
        }
    }

    private func hasSameManifest(_ privatePath: String) throws -> Bool {
        let file = "/" + RunManifest.fileName
        return try FileDigest(ofFileAt: privatePath + file) == FileDigest(ofFileAt: path + file)
    }

    /// Puts the new folder in the old one's place.
    ///
    /// Linux can exchange two names at once, but Glibc does not show Swift that call and NFS does not know it. In three
    /// renames there is a moment without the folder; wherever the machine stops, `recover` finds whole folders only.
    /// - Returns: Where the old one lies now.
    private func exchange(_ privatePath: String) throws -> String {
        let ready = privatePath.replacing(AttemptFolder.mark, with: Self.displacedMark, maxReplacements: 1)
        // In order of name after `ready`: `recover` prefers the new one.
        let displaced = ready + "-old"
        try WholeFile.move(privatePath, to: ready)
        do {
            try WholeFile.move(path, to: displaced)
            do {
                try WholeFile.move(ready, to: path)
                try synced { try WholeFile.move(path, to: ready) }
            } catch {
                try? WholeFile.move(displaced, to: path)
                throw error
            }
        } catch {
            try? WholeFile.move(ready, to: privatePath)
            throw error
        }
        return displaced
    }

    /// Removes an earlier run, or keeps it visibly where it is no run's or somebody worked in it.
    /// - Parameter keepsUnreadable: Whether one that the disk does not give is kept too; else that is an error.
    /// - Returns: Where it is kept.
    private func dispose(of displaced: String, keepsUnreadable: Bool) throws -> String? {
        if try isAsWritten(displaced, keepsUnreadable: keepsUnreadable) {
            try FolderTree.remove(displaced)
            return nil
        }
        for number in 1...10_000 {
            let kept = "\(path).kept-\(number)"
            guard EntryKind(ofEntryAt: kept) == nil else { continue }
            try WholeFile.move(displaced, to: kept)
            try OpenFile(folder: parent).sync()
            return kept
        }
        throw FileError(path: displaced, message: "holds an earlier run that was edited. Move it away by hand")
    }

    private func isAsWritten(_ displaced: String, keepsUnreadable: Bool) throws -> Bool {
        do {
            return try RunManifest.read(from: displaced).differences(in: displaced, threads: threads).isEmpty
        } catch let error as FileError where error.kind == .disk && !keepsUnreadable {
            throw error
        } catch {
            return false
        }
    }

    // MARK: Before

    private func makeParent() throws {
        if EntryKind(ofEntryAt: parent) == .folder { return }
        try WholeFile.makeFolders(
            parent, mend: "Check the path and its permissions, or choose another output folder")
    }

    /// Brings back a folder that a stopped run had on its way, and removes what dead attempts left.
    private func recover() throws {
        for entry in try FolderTree.names(in: parent) where entry.hasPrefix(".\(name)\(Self.displacedMark)") {
            guard let folder = try? LockedFolder(path: "\(parent)/\(entry)", isWaiting: false) else { continue }
            if EntryKind(ofEntryAt: path) == nil {
                try WholeFile.move(folder.path, to: path)
            } else {
                _ = try dispose(of: folder.path, keepsUnreadable: true)
            }
        }
        try AttemptFolder.removeDead(for: name, in: parent)
    }
}
