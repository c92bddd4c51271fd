internal import Foundation
internal import Geospatial

/// What a run was made from and what it made: `run.json`.
///
/// It holds no time and no place of its outputs, so that the same inputs and the same run before it give the same bytes.
/// Each manifest names that of the run before by its hash: nothing in a chain can be exchanged without changing all that
/// follows.
public struct RunManifest: Codable, Hashable, Sendable {
    /// Name of the file within a run folder.
    public static let fileName = "run.json"
    /// Lists the outputs and this file for `sha256sum -c`; it follows from this file and is no output itself.
    public static let checksumsName = "SHA256SUMS"
    /// Raised whenever a member changes its name or meaning, or one is added that readers must know of.
    ///
    /// 1 was without `previous` and `remote`.
    public static let currentFormat = 2

    /// One file that was read or written.
    public struct File: Codable, Hashable, Sendable {
        /// As given for an input, without passwords; relative to the run folder for an output.
        public var path: String
        public var sha256: String
        public var bytes: Int

        public init(path: String, digest: FileDigest) {
            self.path = Redaction.withoutPasswords(path)
            sha256 = digest.sha256
            bytes = digest.bytes
        }
    }

    /// The run before this one: what the register held last when this one started.
    public struct Previous: Codable, Hashable, Sendable {
        public var period: Period
        /// Of its manifest; nil where the output folder did not hold that.
        public var sha256: String?

        public init(period: Period, sha256: String?) {
            self.period = period
            self.sha256 = sha256
        }

        /// The run of a period in an output folder.
        /// - Throws: `FileError` where the manifest is there and cannot be used.
        init(_ period: Period, in output: String) throws {
            let folder = "\(output)/\(period.label)"
            let path = "\(folder)/\(RunManifest.fileName)"
            guard EntryKind(ofEntryAt: path) != nil else {
                self.init(period: period, sha256: nil)
                return
            }
            guard try RunManifest.read(from: folder).period == period else {
                throw FileError(
                    path: path, message: "is not the manifest of \(period.label). Put back the folder of that run")
            }
            self.init(period: period, sha256: try FileDigest(ofFileAt: path).sha256)
        }
    }

    public var format: Int
    /// Nil for the first run of a register.
    public var previous: Previous?
    /// Of Sitewarden and the libraries it used, by name.
    public var versions: [String: String]
    public var period: Period
    public var configuration: JSONValue
    /// Local files in order of path, as they were when they were first seen; each was compared with that when it was
    /// used.
    public var inputs: [File]
    /// Inputs on other machines, in order: they are read in parts, so nobody knows the hash of the whole.
    public var remote: [String]?
    /// In order of path; without the manifest itself.
    public var outputs: [File]
    /// Of sites, scenes, findings, tasks, by name.
    public var counts: [String: Int]
    /// A line for each part of the input that could not be used.
    public var problems: [String]

    /// Passwords in paths, configuration and problems are left out.
    public init(
        versions: [String: String], period: Period, configuration: JSONValue, inputs: [File], counts: [String: Int],
        problems: [String], previous: Previous? = nil, remote: [String] = []
    ) {
        format = Self.currentFormat
        self.previous = previous
        self.remote = remote.isEmpty ? nil : remote.map(Redaction.withoutPasswords).sorted()
        self.versions = versions
        self.period = period
        self.configuration = configuration.mapTexts(Redaction.withoutPasswords)
        self.inputs = inputs.sorted { $0.path < $1.path }
        outputs = []
        self.counts = counts
        self.problems = problems.map(Redaction.withoutPasswords)
    }

    /// The JSON text: members sorted by name, two spaces of indentation, a line feed at the end.
    public func bytes() throws -> [UInt8] { try StableJSON.bytes(self, isPretty: true) }

    /// Hashes every file below `folder`, takes them as the outputs and writes `run.json` and the checksums beside them.
    /// - Parameter threads: That hash.
    /// - Throws: `FileError` where a file cannot be read or written.
    public mutating func write(into folder: String, threads: Int = 1) throws {
        outputs = try Self.files(of: FolderTree.list(folder), below: folder, threads: threads)
            .filter { !Self.ownFiles.contains($0.path) }
        let bytes = try bytes()
        try WholeFile.write(bytes, to: "\(folder)/\(Self.fileName)")
        try WholeFile.write(
            checksums(manifest: FileDigest(of: bytes)), to: "\(folder)/\(Self.checksumsName)")
    }

    private static let ownFiles: Set<String> = [fileName, checksumsName]

    /// What `sha256sum -c` reads: a line for each output, and for the manifest itself.
    private func checksums(manifest: FileDigest) -> String {
        ChecksumList(outputs.map { ($0.path, $0.sha256) } + [(Self.fileName, manifest.sha256)]).text
    }

    /// The manifest of a run folder.
    /// - Throws: `FileError` where it is missing, damaged or of a later format.
    public static func read(from folder: String) throws -> RunManifest {
        let path = "\(folder)/\(fileName)"
        let bytes = try WholeFile.read(path)
        struct Head: Decodable { var format: Int }
        do {
            let format = try JSONDecoder().decode(Head.self, from: Data(bytes)).format
            guard (1...currentFormat).contains(format) else {
                throw FileError(
                    path: path,
                    message: "is of format \(format); this version reads 1 to \(currentFormat). Update Sitewarden")
            }
            return try JSONDecoder().decode(RunManifest.self, from: Data(bytes))
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(path: path, message: "is no manifest of a run. Run the period again")
        }
    }

    /// One entry of a folder that is not as its manifest says.
    public struct Difference: Hashable, Sendable {
        public enum Kind: Hashable, Sendable {
            case edited, missing, added
        }

        public var path: String
        public var kind: Kind
    }

    /// What below `folder` is not, or no longer, as this manifest says, in order of path.
    /// - Parameter threads: That hash.
    public func allDifferences(in folder: String, threads: Int = 1) throws -> [Difference] {
        let tree = try FolderTree.list(folder)
        let found = Dictionary(
            uniqueKeysWithValues: try Self.files(of: tree, below: folder, threads: threads).map { ($0.path, $0) })
        var listed = Dictionary(outputs.map { ($0.path, $0) }) { first, _ in first }
        // Format 1 came without; there it would be somebody's own.
        if format > 1, let manifest = found[Self.fileName] {
            let text = checksums(manifest: FileDigest(sha256: manifest.sha256, bytes: manifest.bytes))
            listed[Self.checksumsName] = File(path: Self.checksumsName, digest: FileDigest(of: Array(text.utf8)))
        }
        // A run writes neither links nor devices.
        let others = tree.others.map { Difference(path: $0, kind: .added) }
        let changed = Set(found.keys).union(listed.keys).subtracting([Self.fileName]).compactMap { path in
            let kind: Difference.Kind = found[path] == nil ? .missing : listed[path] == nil ? .added : .edited
            return found[path] == listed[path] ? nil : Difference(path: path, kind: kind)
        }
        return (changed + others).sorted { $0.path < $1.path }
    }

    /// Paths below `folder` that are not, or no longer, as this manifest says, in order; added and missing files too.
    /// - Parameter threads: That hash.
    public func differences(in folder: String, threads: Int = 1) throws -> [String] {
        try allDifferences(in: folder, threads: threads).map(\.path)
    }

    /// Throws unless the files below `folder` are exactly the outputs: the check before a run is published.
    /// - Parameter threads: That hash.
    public func verify(_ folder: String, threads: Int = 1) throws {
        guard let path = try differences(in: folder, threads: threads).first else { return }
        throw FileError(
            path: "\(folder)/\(path)",
            message: "does not read back as it was written. Check the disk and its free space, and run again",
            kind: .disk)
    }

    private static func files(of tree: FolderTree, below folder: String, threads: Int) throws -> [File] {
        let paths = tree.files
        return try WorkerPool.map(count: paths.count, threads: threads, makeWorker: {}) { _, index in
            File(path: paths[index], digest: try FileDigest(ofFileAt: "\(folder)/\(paths[index])"))
        }
    }
}

extension [RunManifest.File] {
    /// Of a file that is there twice, the first.
    var sha256ByPath: [String: String] { Dictionary(map { ($0.path, $0.sha256) }) { first, _ in first } }
}
