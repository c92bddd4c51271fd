internal import Foundation
internal import Geospatial

/// What a run was made from and what it made: `run.json`.
///
/// It holds no time and no place of its outputs, so that the same inputs give the same bytes.
public struct RunManifest: Codable, Hashable, Sendable {
    /// Name of the file within a run folder.
    public static let fileName = "run.json"
    /// Raised whenever a member changes its name or meaning.
    public static let currentFormat = 1

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

    public var format: Int
    /// Of Sitewarden and the libraries it used, by name.
    public var versions: [String: String]
    public var period: Period
    public var configuration: JSONValue
    /// In order of path.
    public var inputs: [File]
    /// In order of path; without the manifest itself.
    public var outputs: [File]
    /// Of sites, scenes, findings, tasks, by name.
    public var counts: [String: Int]
    /// A line for each part of the input that could not be used.
    public var problems: [String]

    /// Passwords in paths, configuration and problems are left out.
    public init(
        versions: [String: String], period: Period, configuration: JSONValue, inputs: [File], counts: [String: Int],
        problems: [String]
    ) {
        format = Self.currentFormat
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

    /// Hashes every file below `folder`, takes them as the outputs and writes `run.json` beside them.
    /// - Throws: `FileError` where a file cannot be read or written.
    public mutating func write(into folder: String) throws {
        outputs = try Self.files(of: FolderTree.list(folder), below: folder).filter { $0.path != Self.fileName }
        let path = "\(folder)/\(Self.fileName)"
        try WholeFile.write(try bytes(), to: path)
    }

    /// The manifest of a run folder.
    /// - Throws: `FileError` where it is missing, damaged or of a later format.
    public static func read(from folder: String) throws -> RunManifest {
        let path = "\(folder)/\(fileName)"
        let bytes = try WholeFile.read(path)
        struct Head: Decodable { var format: Int }
        do {
            let format = try JSONDecoder().decode(Head.self, from: Data(bytes)).format
            guard format == currentFormat else {
                throw FileError(
                    path: path,
                    message: "is of format \(format); this version reads \(currentFormat). Update Sitewarden")
            }
            return try JSONDecoder().decode(RunManifest.self, from: Data(bytes))
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(path: path, message: "is no manifest of a run. Run the period again")
        }
    }

    /// Paths below `folder` that are not, or no longer, as this manifest says, in order; added and missing files too.
    public func differences(in folder: String) throws -> [String] {
        let tree = try FolderTree.list(folder)
        let found = Dictionary(
            uniqueKeysWithValues: try Self.files(of: tree, below: folder).map { ($0.path, $0) })
        let listed = Dictionary(outputs.map { ($0.path, $0) }) { first, _ in first }
        let changed = Set(found.keys).union(listed.keys).subtracting([Self.fileName]).filter { found[$0] != listed[$0] }
        // A run writes neither links nor devices.
        return changed.union(tree.others).sorted()
    }

    /// Throws unless the files below `folder` are exactly the outputs: the check before a run is published.
    public func verify(_ folder: String) throws {
        guard let path = try differences(in: folder).first else { return }
        throw FileError(
            path: "\(folder)/\(path)",
            message: "does not read back as it was written. Check the disk and its free space, and run again",
            kind: .disk)
    }

    private static func files(of tree: FolderTree, below folder: String) throws -> [File] {
        try tree.files.map { path in
            File(path: path, digest: try FileDigest(ofFileAt: "\(folder)/\(path)"))
        }
    }
}
