internal import Foundation
internal import Geospatial

/// The lasting record of findings, tasks and verdicts across runs: a GeoPackage, or a PostGIS database in its place.
///
/// Each run adds its own rows and touches no other's. A changed copy of a GeoPackage takes its place at once, so that a
/// run that is killed leaves the register as it was; in a database, and in a GeoPackage too large to be copied every
/// month, one transaction does the same.
public enum Register {
    /// What publishing a run did. The later runs were computed from what the register held before: run them again.
    public enum Outcome: Hashable, Sendable {
        /// The register held the same already, and was not touched.
        case unchanged
        case added(laterRuns: [String])
        case replaced(laterRuns: [String])
    }

    // MARK: Reading

    /// Opens a register for one look at it: whatever else happens meanwhile, all that `body` reads is of one moment.
    /// - Parameters:
    ///   - source: The path of a GeoPackage, or a connection string such as `PG:service=heritage`.
    ///   - body: Is given nil where there is no register yet.
    /// - Throws: `RegisterError` where it is broken, of a newer format, or something else altogether.
    static func reading<Result>(_ source: String, _ body: (RegisterReading?) throws -> Result) throws -> Result {
        try requireUsableName(source)
        if !isDatabase(source), !FileManager.default.fileExists(atPath: source) { return try body(nil) }
        return try explained(source) {
            let dataset = try open(source, .readOnly)
            return try dataset.inTransaction {
                if isDatabase(source) { try dataset.execute(sql: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ") }
                return try body(RegisterReading(of: dataset, source))
            }
        }
    }

    // MARK: Writing

    /// Puts a run's findings and tasks in the place of what the register holds of the same period.
    /// - Throws: `RegisterError` or `GeospatialError`; the register is then as it was.
    public static func publish(run: RunRecord, to source: String) throws -> Outcome {
        let change = try prepare(run: run, for: source)
        try change.commit()
        return change.outcome
    }

    /// Makes everything ready to publish a run: of a GeoPackage that is copied the changed copy lies whole and verified
    /// on the disk; elsewhere the rows are written and read again in a transaction that nobody else sees yet.
    /// - Throws: `RegisterError` or `GeospatialError`; the register is as it was.
    static func prepare(run: RunRecord, for source: String) throws -> RegisterChange {
        try requireUsableName(source)
        // From before it is read until after it is replaced, or a second writer would leave out what the first added.
        let publication = isDatabase(source) ? nil : try FilePublication(of: source)
        let (runs, left) = try reading(source) { register in
            let runs = try register?.runs() ?? []
            return (runs, try register?.idsLeftOpen(before: run.period, by: runs) ?? [])
        }
        let hash = run.contentSHA256
        let known = runs.first { $0.label == run.label }
        guard known?.contentSHA256 != hash else { return .none }
        let later = runs.filter { run.period.end < $0.period.start }.map(\.label)
        let outcome = known == nil ? Outcome.added(laterRuns: later) : .replaced(laterRuns: later)
        let carried =
            left.isSubset(of: run.findings.map(\.finding.id))
            ? RegisteredRun.digest(of: runs.filter { $0.precedes(run.period) }) : nil
        return try change(source, publication, fileDay: run.period.end, outcome: outcome) { dataset in
            if known != nil {
                for table in [RegisterTables.runs, RegisterTables.findings, RegisterTables.tasks] {
                    let condition = RegisterReading.condition("run_label", [run.label])
                    try dataset.execute(sql: "DELETE FROM \(table) WHERE \(condition)")
                }
            }
            try append(run, hash: hash, carried: carried, to: dataset, source)
        } verify: { after in
            let found = try after.runs()
            guard let written = found.first(where: { $0.label == run.label }), written.contentSHA256 == hash,
                written.findingCount == run.findings.count
            else { return false }
            try after.requireWhole(written)
            let others = Set(runs.filter { $0.label != run.label }.map(\.contentSHA256))
            return Set(found.filter { $0.label != run.label }.map(\.contentSHA256)) == others
                && found.count == runs.count + (known == nil ? 1 : 0)
        }
    }

    /// Adds a run's rows; `hash` and `carried` as in `RegisterTables.row`.
    static func append(
        _ run: RunRecord, hash: String, carried: String?, to dataset: VectorDataset, _ source: String
    ) throws {
        guard isDatabase(source), try !isSecured(dataset) else {
            return try append(run, hash: hash, carried: carried, to: dataset)
        }
        try GDALLibrary.withCopiedRows { try append(run, hash: hash, carried: carried, to: dataset) }
    }

    /// Whether a database parts the rows by area.
    private static func isSecured(_ dataset: VectorDataset) throws -> Bool {
        let tables = [RegisterTables.runs, RegisterTables.findings, RegisterTables.tasks]
        let terms = tables.map { "row_security_active(\(VectorDataset.sqlText($0)))" }
        let answer = try dataset.query(sql: "SELECT (\(terms.joined(separator: " OR ")))::int AS secured")
        return answer.first?["secured"].integer != 0
    }

    private static func append(_ run: RunRecord, hash: String, carried: String?, to dataset: VectorDataset) throws {
        // One at a time: the rows of a country's findings would take more room than these.
        let findings = try dataset.layer(named: RegisterTables.findings)
        for record in run.findings { try findings.append(RegisterTables.row(of: record, run: run.label)) }
        let tasks = try dataset.layer(named: RegisterTables.tasks)
        for task in run.tasks { try tasks.append(RegisterTables.row(of: task, run: run.label)) }
        try dataset.layer(named: RegisterTables.runs).append(RegisterTables.row(of: run, hash: hash, carried: carried))
    }

    /// Adds verdicts; those it holds already are passed over.
    /// - Parameter verdicts: Their `sequence` is given here.
    /// - Returns: How many were added.
    public static func publish(verdicts: [VerdictRecord], to source: String) throws -> Int {
        try requireUsableName(source)
        let publication = isDatabase(source) ? nil : try FilePublication(of: source)
        let (last, before) = try reading(source) { (try $0?.runs().last, try $0?.verdicts() ?? []) }
        guard let last else {
            throw RegisterError(subject: source, message: "holds no run that a verdict could be on. Name the right one")
        }
        var known = Set(before.map(\.statement))
        var added: [VerdictRecord] = []
        for verdict in verdicts where known.insert(verdict.statement).inserted {
            added.append(verdict)
            added[added.count - 1].magnitude = RegisterTables.kept(verdict.magnitude)
            added[added.count - 1].sequence = (before.last?.sequence ?? 0) + added.count
        }
        guard !added.isEmpty else { return 0 }
        try change(source, publication, fileDay: last.period.end, outcome: .added(laterRuns: [])) { dataset in
            try dataset.layer(named: RegisterTables.verdicts).append(contentsOf: added.map(RegisterTables.row))
        } verify: { after in
            try after.verdicts() == before + added
        }.commit()
        return added.count
    }

    /// A GeoPackage of at most so many bytes is copied, changed and put in its place; a larger one is changed where it
    /// lies, in one transaction of SQLite: to write gigabytes again and hash them for a month's rows takes minutes.
    @TaskLocal static var copiedBytes = 256 << 20

    private static func isChangedInPlace(_ source: String) -> Bool {
        guard !isDatabase(source) else { return true }
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: source).resolvingSymlinksInPath().path)
        return (attributes?[.size] as? Int).map { $0 > copiedBytes } ?? false
    }

    /// Makes one change in one transaction, reads what was written, and only then lets it stand.
    static func change(
        _ source: String, _ publication: FilePublication?, fileDay: Day, outcome: Outcome,
        _ body: (VectorDataset) throws -> Void, verify: (RegisterReading) throws -> Bool
    ) throws -> RegisterChange {
        var isUpgraded = false
        func check(_ register: RegisterReading?) throws {
            // Reading compares each verdict with its hash.
            if isUpgraded { _ = try register?.verdicts() }
            guard let register, try verify(register) else {
                throw RegisterError(
                    subject: source, message: "does not hold what was written to it. Check the disk, and run again")
            }
        }
        func inFileDate<Result>(_ work: () throws -> Result) throws -> Result {
            try GDALLibrary.withFileDate("\(fileDay)T00:00:00Z", work)
        }
        func write(to dataset: VectorDataset, _ target: String, isNew: Bool) throws {
            try dataset.beginTransaction()
            isUpgraded = try bringUpToDate(dataset, target, isNew: isNew)
            try body(dataset)
            try dataset.flush()
        }
        guard !isChangedInPlace(source), let publication else {
            let dataset = try explained(source) {
                try inFileDate {
                    let dataset = try open(source, .update)
                    try write(to: dataset, source, isNew: false)
                    // What a transaction keeps is final: it is checked before that.
                    try check(RegisterReading(of: dataset, source))
                    return dataset
                }
            }
            // The publication, of a file, keeps other writers off until the change is made.
            return RegisterChange(outcome: outcome) {
                try withExtendedLifetime(publication) {
                    try explained(source) {
                        try inFileDate {
                            try dataset.commit()
                            try dataset.close()
                        }
                    }
                }
            }
        }
        try explained(source) {
            try publication.prepare { copy in
                let exists = EntryKind(ofEntryAt: publication.path) != nil
                if exists { try WholeFile.copy(publication.path, to: copy) }
                do {
                    try inFileDate {
                        let dataset =
                            exists ? try open(copy, .update) : try VectorDataset.create(copy, driver: .geoPackage)
                        try write(to: dataset, copy, isNew: !exists)
                        try dataset.commit()
                        try dataset.close()
                    }
                    try reading(copy, check)
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

    static func makeTables(in dataset: VectorDataset) throws {
        for definition in RegisterTables.definitions { _ = try dataset.createLayer(definition) }
        for statement in RegisterTables.indices { try dataset.execute(sql: statement) }
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
        guard isChangedInPlace(source) else {
            try GeoPackageFile.requireClosed(source)
            // Immutable: not even reading may leave the files beside it that SQLite coordinates by.
            return try VectorDataset.open(
                source, drivers: [.geoPackage], access: access, options: access == .readOnly ? ["IMMUTABLE=YES"] : [])
        }
        // It may be changed while it is read: SQLite's own locks keep the two apart.
        try GeoPackageFile.settle(source)
        try GeoPackageFile.requireClosed(source, ends: ["-wal"])
        let dataset = try VectorDataset.open(source, drivers: [.geoPackage], access: access)
        // Milliseconds: so long a change waits until a reader has done, such as a check of the whole register.
        try dataset.execute(sql: "PRAGMA busy_timeout = 600000")
        if access == .update {
            // A transaction that has ended has ended for good, also where the power fails the next moment.
            try dataset.execute(sql: "PRAGMA synchronous = EXTRA")
            // In KiB: the pages that a month's rows change, so that none is written before the end.
            try dataset.execute(sql: "PRAGMA cache_size = -131072")
        }
        return dataset
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
