internal import Geospatial

/// The local files a run is made from, as they were when it first saw them.
///
/// A raster's pieces are checked with every block that is read. What is read by others, the sites for instance, is
/// hashed before and after.
struct InputFiles: Sendable {
    /// In the order in which they were given.
    private(set) var files: [RunManifest.File] = []
    /// Of rasters, by path.
    private(set) var pieces: [String: FilePieces] = [:]
    private var states: [String: FileState] = [:]

    /// Hashes files that are read as a whole.
    /// - Throws: `FileError` where one cannot be read.
    init(_ paths: [String] = []) throws { try paths.forEach { try add($0, keepsPieces: false) } }

    /// Documents whose bytes were hashed where they were read.
    init(_ documents: [(location: String, digest: FileDigest)]) {
        files = documents.map { RunManifest.File(path: $0.location, digest: $0.digest) }
    }

    /// Hashes rasters, and keeps their pieces.
    /// - Parameter kept: Knows hashes from earlier runs, and is given those that it did not know.
    static func rasters(
        _ paths: [String], threads: Int, kept: KeptHashes? = nil, profile: RunProfile? = nil
    ) throws -> InputFiles {
        let parts = try WorkerPool.map(count: paths.count, threads: threads, makeWorker: {}) { _, index in
            try profile.measure(.hash) {
                var part = try InputFiles()
                let isKnown = try part.add(paths[index], keepsPieces: true, kept: kept)
                if !isKnown { profile?.addHashed(bytes: part.files[0].bytes) }
                return (part: part, isKnown: isKnown)
            }
        }
        var all = try InputFiles()
        parts.forEach { all.add($0.part) }
        kept?.keep(
            parts.filter { !$0.isKnown }.compactMap { part, _ in
                guard let file = part.files.first, let state = part.states[file.path],
                    let pieces = part.pieces[file.path]
                else { return nil }
                return (state, file.sha256, pieces)
            })
        return all
    }

    mutating func add(_ other: InputFiles) {
        files += other.files
        pieces.merge(other.pieces) { first, _ in first }
        states.merge(other.states) { first, _ in first }
    }

    /// - Parameter kept: Knows hashes of rasters from earlier runs.
    /// - Returns: Whether one of them has hashed the file.
    @discardableResult
    private mutating func add(_ path: String, keepsPieces: Bool, kept: KeptHashes? = nil) throws -> Bool {
        // Before the first byte: what is changed while it is hashed has another state afterwards.
        let state = try FileState(ofFileAt: path)
        states[path] = state
        if let known = kept?.hash(ofFileAt: path, in: state) {
            files.append(RunManifest.File(path: path, digest: known.digest))
            pieces[path] = known.pieces
            return true
        }
        var gathering = FilePieces.Gathering()
        let digest = try FileDigest(ofFileAt: path) { if keepsPieces { gathering.add($0) } }
        files.append(RunManifest.File(path: path, digest: digest))
        if keepsPieces { pieces[path] = gathering.pieces(ofFileAt: path) }
        return false
    }

    /// Compares every file with what it was: its hash again where the file system tells of a change, or always.
    ///
    /// - Parameter isThorough: Hashes also what the file system says nobody has written to.
    /// - Throws: `FileError` naming the first that has changed.
    func requireUnchanged(isThorough: Bool) throws {
        for file in files {
            guard let state = states[file.path] else { continue }
            let now = try? FileState(ofFileAt: file.path)
            guard isThorough || now != state else { continue }
            let digest = try? FileDigest(ofFileAt: file.path)
            guard digest?.sha256 == file.sha256 else { throw Self.changed(file.path) }
        }
    }

    private static func changed(_ path: String) -> FileError {
        FileError(
            path: path, message: "was changed while the run used it. Leave the inputs alone, and run again")
    }
}
