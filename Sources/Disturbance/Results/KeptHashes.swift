internal import Geospatial
internal import Synchronization

/// Hashes of rasters that earlier runs took, so that a scene nobody has written to since is not read whole once more.
///
/// They lie in one file of a folder that several watches may share and anybody may empty. A file is taken for the one
/// that was hashed where the file system says so: the same device, inode and size, and the times of its last write and
/// change, all of which lie before the hashes were written. Its pieces are kept with its hash, so that every byte a run
/// uses is still compared with what was first seen, and a disk that forgets is noticed months later too.
/// Keeping is a convenience: what cannot be read is hashed again, what cannot be written is not kept, and both are told.
public final class KeptHashes: Sendable {
    private static let format = "sitewarden-kept-hashes"
    private static let version = 1
    /// What was written to within a tick of the clock before it was hashed may have been written to again in the same
    /// tick: 2 s, the coarsest times that file systems keep (FAT).
    private static let tickSeconds = 2

    /// A hash in the file.
    fileprivate struct Entry: Sendable {
        var path: String
        var state: FileState
        var sha256: String
        var pieces: PartPlace
    }

    /// An open file of hashes.
    private struct Kept: Sendable {
        let file: RecordFile
        let state: FileState
        let entries: [String: Entry]

        /// Nil where there is none.
        init?(reading path: String) throws {
            guard EntryKind(ofEntryAt: path) != nil else { return nil }
            state = try FileState(ofFileAt: path)
            file = try RecordFile(reading: path, format: KeptHashes.format, version: KeptHashes.version)
            entries = Dictionary(try file.indexValue([Entry].self).map { ($0.path, $0) }) { first, _ in first }
        }

        func pieces(of entry: Entry) throws -> FilePieces {
            let sums = try file.value([Int].self, at: entry.pieces).map { UInt32(truncatingIfNeeded: $0) }
            guard let pieces = FilePieces(path: entry.path, byteCount: entry.state.byteCount, checksums: sums) else {
                throw PackingError()
            }
            return pieces
        }
    }

    private let path: String
    private let settledSeconds: Int
    private let kept: Kept?
    private let told: Mutex<[String]>

    /// Reads what earlier runs have left in the folder, which need not be there.
    public convenience init(in folder: String) { self.init(in: folder, settledSeconds: Self.tickSeconds) }

    init(in folder: String, settledSeconds: Int) {
        path = "\(folder)/scenes.hashes"
        self.settledSeconds = settledSeconds
        do {
            kept = try Kept(reading: path)
            told = Mutex([])
        } catch {
            kept = nil
            told = Mutex(["\(error) (the scenes are hashed again)"])
        }
    }

    /// What went wrong with keeping, a line each.
    var remarks: [String] { told.withLock(\.self) }

    /// The hash of a file in this state, and its pieces.
    func hash(ofFileAt path: String, in state: FileState) -> (digest: FileDigest, pieces: FilePieces)? {
        guard let kept, let entry = kept.entries[path], entry.state == state,
            state.isSettled(before: kept.state, bySeconds: settledSeconds), let pieces = try? kept.pieces(of: entry)
        else { return nil }
        return (FileDigest(sha256: entry.sha256, bytes: state.byteCount), pieces)
    }

    /// Keeps hashes for the next run, beside those of other files that still are as they were.
    func keep(_ hashes: [(state: FileState, sha256: String, pieces: FilePieces)]) {
        guard !hashes.isEmpty else { return }
        do {
            try FilePublication(of: path).replace { privatePath in
                let writer = try RecordWriter(
                    creating: privatePath, format: Self.format, version: Self.version,
                    about: "hashes of scenes, so that those nobody has written to are not hashed again; may be removed")
                let fresh = Set(hashes.map(\.pieces.path))
                // Another watch may have written since this run began.
                let others = (try? Kept(reading: path)).flatMap(\.self)
                var entries: [Entry] = []
                for entry in others?.entries.values.sorted(by: { $0.path < $1.path }) ?? [] {
                    guard !fresh.contains(entry.path), let state = try? FileState(ofFileAt: entry.path),
                        state == entry.state, let others,
                        state.isSettled(before: others.state, bySeconds: settledSeconds),
                        let pieces = try? others.pieces(of: entry)
                    else { continue }
                    entries.append(try writer.add(pieces, of: state, sha256: entry.sha256))
                }
                for (state, sha256, pieces) in hashes {
                    entries.append(try writer.add(pieces, of: state, sha256: sha256))
                }
                try writer.finish(index: entries.sorted { $0.path < $1.path })
            }
        } catch {
            told.withLock { $0.append("\(error); the hashes of scenes are not kept for the next run") }
        }
    }
}

extension KeptHashes.Entry: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(path)
        try packer.add(state)
        try packer.add(sha256)
        try packer.add(pieces)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(
            path: try unpacker.next(), state: try unpacker.next(), sha256: try unpacker.next(),
            pieces: try unpacker.next())
    }
}

extension RecordWriter {
    fileprivate func add(_ pieces: FilePieces, of state: FileState, sha256: String) throws -> KeptHashes.Entry {
        KeptHashes.Entry(
            path: pieces.path, state: state, sha256: sha256, pieces: try add(pieces.checksums.map { Int($0) }))
    }
}
