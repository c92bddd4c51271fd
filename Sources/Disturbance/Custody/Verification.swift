/// Whether what lies at a path is still what was once written there: every hash and every link that can be checked.
public struct Verification: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case run, chain, pack
    }

    public enum Outcome: String, Codable, Sendable {
        case sound
        /// Not as it was written.
        case wrong
        /// Nobody can tell, for the reason given.
        case unchecked
    }

    /// One line.
    public struct Check: Codable, Hashable, Sendable {
        /// What was checked, such as the path of a file.
        public var subject: String
        public var outcome: Outcome
        public var message: String

        public init(_ subject: String, _ outcome: Outcome, _ message: String) {
            self.subject = subject
            self.outcome = outcome
            self.message = message
        }
    }

    public var path: String
    public var kind: Kind
    public var checks: [Check]

    public init(path: String, kind: Kind, checks: [Check] = []) {
        self.path = path
        self.kind = kind
        self.checks = checks
    }

    public var wrong: [Check] { checks.filter { $0.outcome == .wrong } }
    public var isSound: Bool { wrong.isEmpty }
    /// Sound, and nothing was left unchecked.
    public var isComplete: Bool { checks.allSatisfy { $0.outcome == .sound } }

    /// Checks a run's folder, a folder of runs, or an evidence pack.
    /// - Throws: `FileError` where the path is none of them, or cannot be read.
    public static func of(_ path: String) throws -> Verification {
        let path = withoutTrailingSlashes(path)
        switch EntryKind(ofEntryAt: path) {
        case .folder: break
        case nil:
            throw FileError(
                path: path, message: "there is no such folder. Check the path", kind: .missingInput)
        default:
            throw FileError(path: path, message: "is no folder. Name the folder of a run, of runs, or of a pack")
        }
        if [BagItFolder.declarationName, BagItFolder.tagManifestName].contains(where: {
            EntryKind(ofEntryAt: "\(path)/\($0)") != nil
        }) {
            return try PackVerification(of: path).verification
        }
        if EntryKind(ofEntryAt: "\(path)/\(RunManifest.fileName)") != nil {
            return try RunVerification(of: path).verification
        }
        let names = try FolderTree.names(in: path)
        if names.contains(where: { Period(label: $0) != nil }) { return try ChainVerification(in: path).verification }
        throw FileError(
            path: path,
            message: "holds no \(RunManifest.fileName), no folders of runs and no evidence pack. Name one that does")
    }

    private static func withoutTrailingSlashes(_ path: String) -> String {
        let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
        return trimmed.isEmpty ? path : trimmed
    }
}
