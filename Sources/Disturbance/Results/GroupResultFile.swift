internal import Geospatial

/// Results of groups of sites in one file of records, each read when it is asked for.
struct GroupResultFile: Sendable {
    /// One result in the file.
    struct Entry: Sendable {
        /// Position of the group in its plan.
        var group: Int
        /// SHA-256 of everything the result was made from, see `GroupFingerprint`; empty where that is told otherwise.
        var fingerprint: [UInt8]
        fileprivate var place: PartPlace
    }

    /// Ordered as they were written.
    let entries: [Entry]
    private let file: RecordFile

    init(entries: [Entry], file: RecordFile) {
        self.entries = entries
        self.file = file
    }

    /// One result; its pictures, curves, scores and explanations stay in the file.
    func result(_ entry: Entry) throws -> GroupResult { try file.value(GroupResult.self, at: entry.place) }
}

extension GroupResultFile.Entry: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(group)
        try packer.add(raw: fingerprint)
        try packer.add(place)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(group: try unpacker.next(), fingerprint: try unpacker.nextRaw(), place: try unpacker.next())
    }
}

extension RecordWriter {
    /// Writes one result.
    func add(_ result: GroupResult, of group: Int, fingerprint: [UInt8] = []) throws -> GroupResultFile.Entry {
        GroupResultFile.Entry(group: group, fingerprint: fingerprint, place: try add(result))
    }
}
