internal import Geospatial

/// A register of an earlier format becomes one of this version's.
extension Register {
    /// Brings a register up to date, which otherwise the next change of it does. Only the owner of its tables can, where
    /// it lies in a database.
    /// - Returns: The formats it was in and is in; nil where there is no register yet.
    /// - Throws: `RegisterError` where it is not whole, or somebody else owns the tables; it is then as it was.
    public static func upgrade(_ source: String) throws -> (earlier: Int, now: Int)? {
        try requireUsableName(source)
        if !isDatabase(source), EntryKind(ofEntryAt: source) == nil { return nil }
        let publication = isDatabase(source) ? nil : try FilePublication(of: source)
        let found = try reading(source) { register in
            // The owner sees the rows of all areas, which have runs of the same period.
            try register.map { ($0.formatVersion, isDatabase(source) ? nil : try $0.runs().last?.period.end) }
        }
        guard let (version, lastDay) = found else { return nil }
        let formats = (earlier: version, now: RegisterTables.formatVersion)
        guard formats.earlier < formats.now else { return formats }
        // A file without a run has no day of its own.
        try change(source, publication, fileDay: lastDay ?? Day(number: 0), outcome: .unchanged) { _ in
        } verify: {
            $0.formatVersion == formats.now
        }.commit()
        return formats
    }

    /// Makes the tables where there are none, and those of an earlier format into this one's.
    /// - Returns: Whether they were of an earlier one.
    static func bringUpToDate(_ dataset: VectorDataset, _ source: String, isNew: Bool) throws -> Bool {
        guard !isNew, let register = try RegisterReading(of: dataset, source) else {
            try makeTables(in: dataset)
            return false
        }
        guard register.formatVersion < RegisterTables.formatVersion else { return false }
        do {
            if register.formatVersion < 2 { try tellWhatRunsCarry(in: register) }
            if register.formatVersion < 3 { try hashVerdicts(in: register) }
            try dataset.execute(
                sql: "UPDATE \(RegisterTables.format) SET format_version = \(RegisterTables.formatVersion)")
            return true
        } catch let error as GeospatialError where isDatabase(source) {
            let reason = error.message.split(whereSeparator: \.isNewline).joined(separator: " ")
            throw RegisterError(
                subject: source,
                message: "is in format \(register.formatVersion) and cannot be brought up to date (\(reason)). "
                    + "Let the owner of its tables run `sitewarden register upgrade` once")
        }
    }

    private static func tellWhatRunsCarry(in register: RegisterReading) throws {
        try register.dataset.layer(named: RegisterTables.runs).add(RegisterTables.carried)
        for statement in RegisterTables.indices { try register.dataset.execute(sql: statement) }
        try markCarried(in: register)
    }

    /// Writes beside each run which earlier ones need not be read where it is.
    static func markCarried(in register: RegisterReading) throws {
        for (label, digest) in try register.carriedDigests(of: try register.runs()) {
            try register.dataset.execute(
                sql: "UPDATE \(RegisterTables.runs) SET \(RegisterTables.carried.name) = "
                    + VectorDataset.sqlText(digest) + " WHERE \(RegisterReading.condition("run_label", [label]))")
        }
    }

    /// What stands in the rows now counts as what was written: nothing tells what did before.
    private static func hashVerdicts(in register: RegisterReading) throws {
        let hashes = try register.verdictHashes()
        try register.dataset.layer(named: RegisterTables.verdicts).add(RegisterTables.verdictHash)
        for (row, hash) in hashes {
            try register.dataset.execute(
                sql: "UPDATE \(RegisterTables.verdicts) SET \(RegisterTables.verdictHash.name) = "
                    + "\(VectorDataset.sqlText(hash)) WHERE fid = \(row)")
        }
    }
}
