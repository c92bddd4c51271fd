internal import Foundation
internal import Geospatial
internal import Glibc

/// The tables of a register: what they are called, what they hold, and how records become rows and rows records.
enum RegisterTables {
    /// The version of this format. A register of a higher one is not opened.
    static let formatVersion = 3

    static let format = "sitewarden_register"
    static let runs = "runs"
    static let findings = "findings"
    static let tasks = "tasks"
    static let verdicts = "verdicts"

    /// The columns of rows and shapes are named alike in a GeoPackage and in PostGIS.
    private static let tableOptions = ["FID=fid"]

    /// The field of `runs` that format 1 lacks.
    static let carried = FieldDefinition("carried_sha256", .text)

    /// The field of `verdicts` that formats 1 and 2 lack: `VerdictRecord.contentSHA256`.
    static let verdictHash = FieldDefinition("content_sha256", .text)

    /// What makes a run's rows, and a finding's verdicts, found without reading all others; not in format 1.
    /// A run's rows come after those of earlier runs, so that writing them touches little of what is there.
    static let indices = [
        "CREATE INDEX IF NOT EXISTS findings_of_run ON \(findings) (run_label, finding_id)",
        "CREATE INDEX IF NOT EXISTS tasks_of_run ON \(tasks) (run_label, task_id)",
        "CREATE INDEX IF NOT EXISTS verdicts_of_finding ON \(verdicts) (finding_id)",
    ]

    static let definitions = [
        LayerDefinition(
            name: format, crs: nil, kind: nil, fields: [FieldDefinition("format_version", .integer)],
            options: tableOptions),
        LayerDefinition(
            name: runs, crs: nil, kind: nil,
            fields: [
                FieldDefinition("run_label", .text), FieldDefinition("period_start", .date),
                FieldDefinition("period_end", .date), FieldDefinition("configuration_sha256", .text),
                FieldDefinition("content_sha256", .text), FieldDefinition("finding_count", .integer64),
                FieldDefinition("task_count", .integer64), carried,
            ], options: tableOptions),
        LayerDefinition(
            name: findings, crs: .wgs84, kind: .multiPolygon,
            fields: [
                FieldDefinition("run_label", .text), FieldDefinition("finding_id", .text),
                FieldDefinition("first_seen", .date), FieldDefinition("last_seen", .date),
                FieldDefinition("status", .text), FieldDefinition("kind", .text),
                FieldDefinition("kind_certainty", .real), FieldDefinition("method", .text),
                FieldDefinition("magnitude", .real), FieldDefinition("probability", .real),
                FieldDefinition("area_m2", .real), FieldDefinition("first_area_m2", .real),
                FieldDefinition("observations", .text), FieldDefinition("merged_into", .text),
                FieldDefinition("split_from", .text),
            ], options: tableOptions + ["GEOMETRY_NAME=geom"]),
        LayerDefinition(
            name: tasks, crs: nil, kind: nil,
            fields: [
                FieldDefinition("run_label", .text), FieldDefinition("task_id", .text),
                FieldDefinition("finding_id", .text), FieldDefinition("site_id", .text),
                FieldDefinition("site_name", .text), FieldDefinition("task_rank", .integer64),
                FieldDefinition("score", .real), FieldDefinition("core_m2", .real),
                FieldDefinition("buffer_m2", .real), FieldDefinition("distance_m", .real),
                FieldDefinition("suppressed", .integer), FieldDefinition("suppressed_reason", .text),
            ], options: tableOptions),
        LayerDefinition(
            name: verdicts, crs: nil, kind: nil,
            fields: [
                FieldDefinition("sequence", .integer64), FieldDefinition("run_label", .text),
                FieldDefinition("task_id", .text), FieldDefinition("finding_id", .text),
                FieldDefinition("site_id", .text), FieldDefinition("verdict", .text), FieldDefinition("note", .text),
                FieldDefinition("reviewer", .text), FieldDefinition("reviewed_on", .date),
                FieldDefinition("magnitude_at_verdict", .real), FieldDefinition("source_sha256", .text),
                verdictHash,
            ], options: tableOptions),
    ]

    /// A number as tables keep it: with 15 significant digits, which is what OGR writes into a database.
    static func kept(_ number: Double) -> Double {
        needsNoMoreDigits(number.description) ? number : rounded(number)
    }

    /// What that number is as text.
    static func keptText(_ number: Double) -> String {
        let text = number.description
        return needsNoMoreDigits(text) ? text : rounded(number).description
    }

    /// Whether a number that needs so many digits to be told from all others has 15 at most: most come from a table.
    private static func needsNoMoreDigits(_ text: String) -> Bool {
        text.utf8.prefix { $0 != UInt8(ascii: "e") }.count { $0 >= 0x30 && $0 <= 0x39 } <= 15
    }

    private static func rounded(_ number: Double) -> Double {
        // C takes six tenths of Foundation's time, which stands in where whoever runs us has set a locale.
        let text = unsafe String(unsafeUninitializedCapacity: 32) { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { letters in
                let count = unsafe withVaList([number]) {
                    unsafe vsnprintf(letters.baseAddress, letters.count, "%.15g", $0)
                }
                return min(max(Int(count), 0), letters.count)
            }
        }
        return Double(text) ?? Double(String(format: "%.15g", number)) ?? number
    }

    // MARK: Rows of records

    /// - Parameters:
    ///   - hash: Its `contentSHA256`, which takes a while.
    ///   - carried: `RegisteredRun.carriedSHA256`.
    static func row(of run: RunRecord, hash: String, carried: String?) -> Feature {
        Feature(fields: [
            "run_label": .text(run.label), "period_start": .text(run.period.start.description),
            "period_end": .text(run.period.end.description), "configuration_sha256": .text(run.configurationSHA256),
            "content_sha256": .text(hash), "finding_count": .integer(Int64(run.findings.count)),
            "task_count": .integer(Int64(run.tasks.count)), "carried_sha256": value(carried),
        ])
    }

    static func row(of record: RegisteredFinding, run: String) -> Feature {
        let finding = record.finding
        return Feature(
            fields: [
                "run_label": .text(run), "finding_id": .text(finding.id), "first_seen": value(finding.firstSeen),
                "last_seen": value(finding.lastSeen), "status": .text(finding.status.rawValue),
                "kind": .text(finding.kind.rawValue), "kind_certainty": .real(kept(finding.kindCertainty)),
                "method": .text(finding.method.rawValue), "magnitude": .real(kept(finding.magnitude)),
                "probability": .real(kept(finding.probability)), "area_m2": .real(kept(finding.areaSquareMetres)),
                "first_area_m2": .real(kept(finding.firstAreaSquareMetres)), "observations": .text(finding.log.text),
                "merged_into": value(record.mergedInto), "split_from": value(record.splitFrom),
            ], geometry: finding.geometry)
    }

    static func row(of task: RegisteredTask, run: String) -> Feature {
        Feature(fields: [
            "run_label": .text(run), "task_id": .text(task.id), "finding_id": .text(task.findingID),
            "site_id": .text(task.siteID), "site_name": .text(task.siteName), "task_rank": .integer(Int64(task.rank)),
            "score": .real(kept(task.score)), "core_m2": .real(kept(task.coreSquareMetres)),
            "buffer_m2": .real(kept(task.bufferSquareMetres)), "distance_m": .real(kept(task.distanceToCoreMetres)),
            "suppressed": .integer(task.suppression == nil ? 0 : 1), "suppressed_reason": value(task.suppression),
        ])
    }

    static func row(of verdict: VerdictRecord) -> Feature {
        Feature(fields: [
            "sequence": .integer(Int64(verdict.sequence)), "run_label": .text(verdict.runLabel),
            "task_id": .text(verdict.taskID), "finding_id": .text(verdict.findingID),
            "site_id": .text(verdict.siteID), "verdict": .text(verdict.verdict.rawValue), "note": .text(verdict.note),
            "reviewer": .text(verdict.reviewer), "reviewed_on": value(verdict.reviewedOn),
            "magnitude_at_verdict": .real(kept(verdict.magnitude)), "source_sha256": .text(verdict.sourceSHA256),
            verdictHash.name: .text(verdict.contentSHA256),
        ])
    }

    private static func value(_ day: Day?) -> FieldValue { day.map { .text($0.description) } ?? .null }
    private static func value(_ text: String?) -> FieldValue { text.map { .text($0) } ?? .null }

    // MARK: Records of rows

    static func run(_ row: RegisterRow) throws -> RegisteredRun {
        let (start, end) = (try row.day("period_start"), try row.day("period_end"))
        guard start <= end else { throw row.broken("period_end") }
        let run = RegisteredRun(
            period: Period(start: start, end: end), configurationSHA256: try row.text("configuration_sha256"),
            contentSHA256: try row.text("content_sha256"), findingCount: Int(try row.integer("finding_count")),
            taskCount: Int(try row.integer("task_count")), carriedSHA256: row.optionalText("carried_sha256"))
        guard run.label == (try row.text("run_label")) else { throw row.broken("run_label") }
        return run
    }

    static func finding(_ row: RegisterRow) throws -> RegisteredFinding {
        guard let geometry = row.feature.geometry else { throw row.broken("geom") }
        guard let log = ObservationLog(text: row.optionalText("observations") ?? "") else {
            throw row.broken("observations")
        }
        let finding = Finding(
            id: try row.text("finding_id"), geometry: geometry, areaSquareMetres: try row.number("area_m2"),
            kind: try row.choice("kind"), kindCertainty: try row.number("kind_certainty"),
            method: try row.choice("method"), log: log, status: try row.choice("status"),
            magnitude: try row.number("magnitude"), probability: try row.number("probability"),
            firstAreaSquareMetres: try row.number("first_area_m2"), zones: [])
        // People read these two columns; the program reads the observations they follow from.
        for (field, day) in [("first_seen", finding.firstSeen), ("last_seen", finding.lastSeen)] {
            guard try row.optionalDay(field) == day else { throw row.broken(field) }
        }
        return RegisteredFinding(
            finding: finding, mergedInto: row.optionalText("merged_into"), splitFrom: row.optionalText("split_from"))
    }

    static func task(_ row: RegisterRow) throws -> RegisteredTask {
        let isSuppressed = try row.integer("suppressed") != 0
        guard isSuppressed == (row.optionalText("suppressed_reason") != nil) else {
            throw row.broken("suppressed_reason")
        }
        return RegisteredTask(
            id: try row.text("task_id"), findingID: try row.text("finding_id"), siteID: try row.text("site_id"),
            siteName: try row.text("site_name"), rank: Int(try row.integer("task_rank")),
            score: try row.number("score"), coreSquareMetres: try row.number("core_m2"),
            bufferSquareMetres: try row.number("buffer_m2"), distanceToCoreMetres: try row.number("distance_m"),
            suppression: row.optionalText("suppressed_reason"))
    }

    /// - Parameter isHashed: False for a row of format 1 or 2.
    /// - Throws: `RegisterError` where it makes no sense, or is not what was written.
    static func verdict(_ row: RegisterRow, isHashed: Bool) throws -> VerdictRecord {
        let verdict = VerdictRecord(
            taskID: try row.text("task_id"), findingID: try row.text("finding_id"), siteID: try row.text("site_id"),
            runLabel: try row.text("run_label"), verdict: try row.choice("verdict"), note: try row.text("note"),
            reviewer: try row.text("reviewer"),
            reviewedOn: try row.optionalDay("reviewed_on"),
            magnitude: try row.number("magnitude_at_verdict"), sourceSHA256: try row.text("source_sha256"),
            sequence: Int(try row.integer("sequence")))
        guard try !isHashed || verdict.contentSHA256 == row.text(verdictHash.name) else {
            throw row.refusal("is not what was written: it was changed since, or the disk is failing")
        }
        return verdict
    }
}

/// A row as it was read, whose fields are there and make sense or are named in an error.
struct RegisterRow {
    let feature: Feature
    let table: String
    /// The register, for messages.
    let source: String

    func broken(_ field: String) -> RegisterError { refusal("the field \(field) makes no sense") }

    func refusal(_ problem: String) -> RegisterError {
        RegisterError(
            subject: source,
            message: "table \(table), row \(feature.id ?? -1): \(problem). "
                + "Put back a copy of the register that is whole")
    }

    func optionalText(_ field: String) -> String? { feature[field].text }

    func text(_ field: String) throws -> String {
        guard let text = feature[field].text else { throw broken(field) }
        return text
    }

    func number(_ field: String) throws -> Double {
        guard let number = feature[field].number, number.isFinite else { throw broken(field) }
        return number
    }

    func integer(_ field: String) throws -> Int64 {
        guard let integer = feature[field].integer else { throw broken(field) }
        return integer
    }

    func day(_ field: String) throws -> Day {
        guard let day = Day(try text(field)) else { throw broken(field) }
        return day
    }

    func optionalDay(_ field: String) throws -> Day? { optionalText(field) == nil ? nil : try day(field) }

    func choice<Choice: RawRepresentable>(_ field: String) throws -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try text(field)) else { throw broken(field) }
        return choice
    }
}
