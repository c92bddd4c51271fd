internal import Foundation
internal import Geospatial

/// What one shard of a plan found out: a file beside the plan, whole or not there.
///
/// The same shard gives the same bytes wherever and however often it is done, so that of an orphan on a lost machine and
/// its copy on another it does not matter which comes last.
struct ShardResult: Sendable {
    private static let format = "sitewarden-shard-result"

    /// What stands in the index.
    fileprivate struct Head {
        var planDigest: String
        var shard: Int
        /// Files hashed for all shards, as JSON.
        var inputs: String
        var entries: [GroupResultFile.Entry]
    }

    /// The files this shard hashed.
    let inputs: [RunManifest.File]
    let groups: GroupResultFile

    // MARK: Places

    /// Where the results of a plan's shards lie.
    static func folder(ofPlan path: String) -> String { path + ".results" }

    private static func name(_ shard: Int) -> String { ReadableNumber.padded(shard, digits: 5) + ".result" }

    static func path(ofPlan path: String, shard: Int) -> String { "\(folder(ofPlan: path))/\(name(shard))" }

    // MARK: Reading

    /// The result of a shard; nil where there is none.
    /// - Throws: `FileError` where it is damaged, or was made from another plan.
    init?(of plan: ShardedPlan, shard: Int) throws {
        let path = Self.path(ofPlan: plan.path, shard: shard)
        guard EntryKind(ofEntryAt: path) != nil else { return nil }
        let file = try RecordFile(reading: path, format: Self.format, version: GroupResult.packingVersion)
        let head = try file.indexValue(Head.self)
        guard head.planDigest == plan.digest, head.shard == shard else {
            throw FileError(path: path, message: "was made from another plan. Scan the shard again")
        }
        guard let inputs = try? JSONDecoder().decode([RunManifest.File].self, from: Data(head.inputs.utf8)) else {
            throw FileError(path: path, message: "is damaged. Remove it, and scan the shard again")
        }
        self.inputs = inputs
        groups = GroupResultFile(entries: head.entries, file: file)
    }

    // MARK: Writing

    /// Writes a result under a name of this attempt's own, and then puts it in its place.
    /// - Parameters:
    ///   - results: In the order of `numbers`.
    ///   - numbers: Positions of the groups among all of the plan.
    static func write(
        _ results: [GroupResult], numbers: [Int], inputs: [RunManifest.File], of plan: ShardedPlan, shard: Int
    ) throws {
        let folder = folder(ofPlan: plan.path)
        try WholeFile.makeFolders(folder, mend: "Check the disk and its permissions")
        try AttemptFolder.removeDead(for: name(shard), in: folder)
        let attempt = try AttemptFolder(for: name(shard), in: folder)
        do {
            let privatePath = "\(attempt.path)/\(name(shard))"
            let writer = try RecordWriter(
                creating: privatePath, format: format, version: GroupResult.packingVersion,
                about: "shard \(shard) of \(plan.head.shards.count) of the scan of \(plan.head.period.label)")
            let entries = try zip(results, numbers).map { try writer.add($0, of: $1) }
            try writer.finish(
                index: Head(
                    planDigest: plan.digest, shard: shard,
                    inputs: try StableJSON.text(inputs.sorted { $0.path < $1.path }), entries: entries))
            try WholeFile.move(privatePath, to: path(ofPlan: plan.path, shard: shard))
            try OpenFile(folder: folder).sync()
        } catch {
            attempt.remove()
            throw error
        }
        attempt.remove()
    }
}

extension ShardResult.Head: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(planDigest)
        try packer.add(shard)
        try packer.add(inputs)
        try packer.add(entries)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(
            planDigest: try unpacker.next(), shard: try unpacker.next(), inputs: try unpacker.next(),
            entries: try unpacker.next())
    }
}
