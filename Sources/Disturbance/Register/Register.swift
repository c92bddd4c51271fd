internal import Foundation
internal import Geospatial

/// The lasting record of findings, tasks and verdicts across runs: a GeoPackage, or a PostGIS database in its place.
///
/// Each run adds its own rows and touches no other's. A GeoPackage is never changed where it lies: a changed copy takes
/// its place at once, so that a run that is killed leaves the register as it was. In a database one transaction does
/// the same.
public enum Register {
    /// What publishing a run did. The later runs were computed from what the register held before: run them again.
    public enum Outcome: Hashable, Sendable {
        /// The register held the same already, and was not touched.
        case unchanged
        case added(laterRuns: [String])
        case replaced(laterRuns: [String])
    }

    // MARK: Reading

    /// Reads a register, which is not changed by it; one that does not exist yet is empty.
    /// - Parameter source: The path of a GeoPackage, or a connection string such as `PG:service=heritage`.
    /// - Throws: `RegisterError` where it is broken, of a newer format, or something else altogether.
    public static func load(from source: String) throws -> RegisterState {
        try requireUsableName(source)
        if !isDatabase(source), !FileManager.default.fileExists(atPath: source) { return RegisterState() }
        return try explained(source) {
            let dataset = try open(source, .readOnly)
            guard try holdsRegister(dataset, source) else { return RegisterState() }
            return try state(of: dataset, source)
        }
    }

    private static func state(of dataset: VectorDataset, _ source: String) throws -> RegisterState {
        func rows<Record>(_ table: String, _ record: (RegisterRow) throws -> Record) throws -> [Record] {
            try dataset.layer(named: table).features().map { feature in
                let row = RegisterRow(feature: feature, table: table, source: source)
                if feature.problem != nil { throw row.broken("geom") }
                return try record(row)
            }
        }
        let runs = try rows(RegisterTables.runs) { try RegisterTables.RunRow($0) }
        let findings = Dictionary(
            grouping: try rows(RegisterTables.findings) { (try $0.text("run_label"), try RegisterTables.finding($0)) },
            by: \.0)
        let tasks = Dictionary(
            grouping: try rows(RegisterTables.tasks) { (try $0.text("run_label"), try RegisterTables.task($0)) },
            by: \.0)
        let verdicts = try rows(RegisterTables.verdicts) { try RegisterTables.verdict($0) }
        let records = try runs.map { run in
            let record = RunRecord(
                period: run.period, configurationSHA256: run.configurationSHA256,
                findings: findings[run.label, default: []].map(\.1), tasks: tasks[run.label, default: []].map(\.1))
            guard record.findings.count == run.findingCount, record.tasks.count == run.taskCount else {
                throw RegisterError(
                    subject: source,
                    message: "holds \(record.findings.count) findings and \(record.tasks.count) tasks of \(run.label) "
                        + "where \(run.findingCount) and \(run.taskCount) were written. "
                        + "Put back a copy of the register that is whole")
            }
            guard record.contentSHA256 == run.contentSHA256 else {
                throw RegisterError(
                    subject: source,
                    message: "the findings or tasks of \(run.label) are not those that were written: they were "
                        + "changed since, or the disk is failing. Put back a copy of the register that is whole")
            }
            return record
        }
        guard Set(runs.map(\.label)).count == runs.count else {
            throw RegisterError(
                subject: source,
                message: "holds a run twice. Put back a copy of the register that is whole")
        }
        return RegisterState(
            runs: records, verdicts: verdicts,
            contentHashes: Dictionary(uniqueKeysWithValues: runs.map { ($0.label, $0.contentSHA256) }))
    }

    // MARK: Writing

    /// Puts a run's findings and tasks in the place of what the register holds of the same period.
    /// - Throws: `RegisterError` or `GeospatialError`; the register is then as it was.
    public static func publish(run: RunRecord, to source: String) throws -> Outcome {
        let change = try prepare(run: run, for: source)
        try change.commit()
        return change.outcome
    }

    /// Makes everything ready to publish a run: of a GeoPackage the changed copy lies whole and verified on the disk.
    /// - Throws: `RegisterError` or `GeospatialError`; the register is as it was.
    static func prepare(run: RunRecord, for source: String) throws -> RegisterChange {
        try requireUsableName(source)
        // From before it is read until after it is replaced, or a second writer would leave out what the first added.
        let publication = isDatabase(source) ? nil : try FilePublication(of: source)
        let before = try load(from: source)
        let isKnown = before.contentHashes[run.label] != nil
        guard before.contentHashes[run.label] != run.contentSHA256 else { return .none }
        let later = before.runs(after: run.period)
        let outcome = isKnown ? Outcome.replaced(laterRuns: later) : .added(laterRuns: later)
        return try change(source, publication, fileDay: run.period.end, outcome: outcome) { dataset in
            let label = VectorDataset.sqlText(run.label)
            if isKnown {
                for table in [RegisterTables.runs, RegisterTables.findings, RegisterTables.tasks] {
                    try dataset.execute(sql: "DELETE FROM \(table) WHERE run_label = \(label)")
                }
            }
            try dataset.layer(named: RegisterTables.findings)
                .append(contentsOf: run.findings.map { RegisterTables.row(of: $0, run: run.label) })
            try dataset.layer(named: RegisterTables.tasks)
                .append(contentsOf: run.tasks.map { RegisterTables.row(of: $0, run: run.label) })
            try dataset.layer(named: RegisterTables.runs).append(RegisterTables.row(of: run))
        } verify: { after in
            // Reading compares the rows with the hash beside them.
            after.contentHashes == before.contentHashes.merging([run.label: run.contentSHA256]) { $1 }
                && after.verdicts == before.verdicts
        }
    }

    /// Adds verdicts; those it holds already are passed over.
    /// - Parameter verdicts: Their `sequence` is given here.
    /// - Returns: How many were added.
    public static func publish(verdicts: [VerdictRecord], to source: String) throws -> Int {
        try requireUsableName(source)
        let publication = isDatabase(source) ? nil : try FilePublication(of: source)
        let before = try load(from: source)
        guard let last = before.runs.last else {
            throw RegisterError(subject: source, message: "holds no run that a verdict could be on. Name the right one")
        }
        var known = Set(before.verdicts.map(\.statement))
        var added: [VerdictRecord] = []
        for verdict in verdicts where known.insert(verdict.statement).inserted {
            added.append(verdict)
            added[added.count - 1].magnitude = RegisterTables.kept(verdict.magnitude)
            added[added.count - 1].sequence = (before.verdicts.last?.sequence ?? 0) + added.count
        }
        guard !added.isEmpty else { return 0 }
        try change(source, publication, fileDay: last.period.end, outcome: .added(laterRuns: [])) { dataset in
            try dataset.layer(named: RegisterTables.verdicts).append(contentsOf: added.map(RegisterTables.row))
        } verify: { after in
            after.verdicts == before.verdicts + added && after.contentHashes == before.contentHashes
        }.commit()
        return added.count
    }

    /// Makes one change in one transaction, reads the register again, and only then lets it stand.
    static func change(
        _ source: String, _ publication: FilePublication?, fileDay: Day, outcome: Outcome,
        _ body: @escaping (VectorDataset) throws -> Void, verify: @escaping (RegisterState) throws -> Bool
    ) throws -> RegisterChange {
        func check(_ state: RegisterState) throws {
            guard try verify(state) else {
                throw RegisterError(
                    subject: source, message: "does not hold what was written to it. Check the disk, and run again")
            }
        }
        func write(to target: String, isNew: Bool) throws {
            try GDALLibrary.withFileDate("\(fileDay)T00:00:00Z") {
                let dataset =
                    isNew ? try VectorDataset.create(target, driver: .geoPackage) : try open(target, .update)
                try dataset.inTransaction {
                    let isEmpty = try isNew || !holdsRegister(dataset, target)
                    if isEmpty { try makeTables(in: dataset) }
                    try body(dataset)
                    // What a database keeps is final: it is checked before that. A file can still be thrown away.
                    if isDatabase(target) { try check(try state(of: dataset, target)) }
                }
                try dataset.close()
            }
            if !isDatabase(target) { try check(try load(from: target)) }
        }
        guard let publication else {
            return RegisterChange(outcome: outcome) { try explained(source) { try write(to: source, isNew: false) } }
        }
        try explained(source) {
            try publication.prepare { copy in
                let exists = EntryKind(ofEntryAt: publication.path) != nil
                if exists { try WholeFile.copy(publication.path, to: copy) }
                do {
                    try write(to: copy, isNew: !exists)
                } catch let error as GeospatialError {
                    // GDAL says of a full disk what it likes.
                    throw FileError(
                        path: source,
                        message:
                            "cannot be written (\(error.message)). Check the disk and its free space, and run again",
                        kind: .disk)
                }
            }
        }
        return RegisterChange(outcome: outcome, commit: publication.commit, undo: publication.undo)
    }

    private static func makeTables(in dataset: VectorDataset) throws {
        for definition in RegisterTables.definitions { _ = try dataset.createLayer(definition) }
        try dataset.layer(named: RegisterTables.format)
            .append(Feature(fields: ["format_version": .integer(Int64(RegisterTables.formatVersion))]))
    }

    // MARK: Opening

    static func requireUsableName(_ source: String) throws {
        guard isDatabase(source) || source.lowercased().hasSuffix(".gpkg") else {
            throw RegisterError(
                subject: source.isEmpty ? "register" : source,
                message: "is no name for a register. Name a file that ends in .gpkg, or a PostGIS connection that "
                    + "starts with PG:")
        }
    }

    static func isDatabase(_ source: String) -> Bool {
        let start = source.lowercased()
        return start.hasPrefix("pg:") || start.hasPrefix("postgresql://")
    }

    private static func open(_ source: String, _ access: VectorDataset.Access) throws -> VectorDataset {
        guard !isDatabase(source) else {
            // Without it tables that have no geometry are not listed.
            return try VectorDataset.open(
                source, drivers: [.postGIS], access: access, options: ["LIST_ALL_TABLES=YES"])
        }
        try GeoPackageFile.requireClosed(source)
        // Immutable: not even reading may leave the files beside it that SQLite coordinates by.
        return try VectorDataset.open(
            source, drivers: [.geoPackage], access: access, options: access == .readOnly ? ["IMMUTABLE=YES"] : [])
    }

    /// Whether there is a register; no in a database that holds nothing of ours yet.
    /// - Throws: `RegisterError` where there is something else, or a format that is not read here.
    private static func holdsRegister(_ dataset: VectorDataset, _ source: String) throws -> Bool {
        func refusal(_ message: String) -> RegisterError {
            RegisterError(subject: source, message: message)
        }
        let names = Set(try dataset.layerNames())
        let ours = Set(RegisterTables.definitions.map(\.name))
        guard names.contains(RegisterTables.format) else {
            let others = isDatabase(source) ? names.intersection(ours) : names
            if others.isEmpty, isDatabase(source) { return false }
            let found = others.isEmpty ? "no table" : "the tables \(others.sorted().joined(separator: ", "))"
            throw refusal(
                "is no Sitewarden register: it holds \(found), but not \(RegisterTables.format). "
                    + "Name another \(isDatabase(source) ? "schema (active_schema=NAME)" : "file")")
        }
        let versions = try dataset.layer(named: RegisterTables.format).features().map { $0["format_version"].integer }
        guard versions.count == 1, let version = versions[0], version >= 1 else {
            throw refusal("does not say which format it is in. Put back a copy of the register that is whole")
        }
        guard version <= RegisterTables.formatVersion else {
            throw refusal(
                "was written by a newer Sitewarden (format \(version), this one reads up to "
                    + "\(RegisterTables.formatVersion)). Install the newer one")
        }
        let missing = ours.subtracting(names)
        guard missing.isEmpty else {
            throw refusal(
                "lacks the tables \(missing.sorted().joined(separator: ", ")). "
                    + "Put back a copy of the register that is whole")
        }
        return true
    }

    /// Errors of the layer below, told as errors of the register.
    private static func explained<Result>(_ source: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as GeospatialError {
            let mend =
                isDatabase(source)
                ? "Check the connection and the rights"
                : "Check the disk, put back a copy that is whole, or move it away"
            // On one line, and without the advice for inputs: a register is not converted.
            let reason = error.message.split(whereSeparator: \.isNewline).joined(separator: " ")
                .replacing(". Convert it, or name the right file", with: "")
            throw RegisterError(subject: source, message: "the register cannot be used (\(reason)). \(mend)")
        }
    }
}
