internal import Geospatial

/// A register that is open, read a run or less at a time.
struct RegisterReading {
    let dataset: VectorDataset
    /// Its name, for messages.
    let source: String
    let formatVersion: Int
    private var hasVerdictHashes: Bool { formatVersion > 2 }

    /// Values named in one statement at most.
    private static let batchSize = 500

    /// Nil for a database that holds nothing of ours yet.
    /// - Parameter dataset: Stays open as long as this.
    /// - Throws: `RegisterError` where there is something else, or a format that is not read here.
    init?(of dataset: VectorDataset, _ source: String) throws {
        func refusal(_ message: String) -> RegisterError {
            RegisterError(subject: source, message: message)
        }
        let names = Set(try dataset.layerNames())
        let ours = Set(RegisterTables.definitions.map(\.name))
        guard names.contains(RegisterTables.format) else {
            let others = Register.isDatabase(source) ? names.intersection(ours) : names
            if others.isEmpty, Register.isDatabase(source) { return nil }
            let found = others.isEmpty ? "no table" : "the tables \(others.sorted().joined(separator: ", "))"
            throw refusal(
                "is no Sitewarden register: it holds \(found), but not \(RegisterTables.format). "
                    + "Name another \(Register.isDatabase(source) ? "schema (active_schema=NAME)" : "file")")
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
        self.dataset = dataset
        self.source = source
        formatVersion = Int(version)
        // A version that is off by one bit would let rows be read without their hashes.
        let hash = RegisterTables.verdictHash.name
        let fields = try dataset.layer(named: RegisterTables.verdicts).fieldDefinitions.map(\.name)
        guard fields.contains(hash) == hasVerdictHashes else {
            throw refusal(
                "says that it is in format \(version), but its table \(RegisterTables.verdicts) "
                    + "\(hasVerdictHashes ? "lacks" : "has") the field \(hash). "
                    + "Put back a copy of the register that is whole")
        }
    }

    // MARK: Whole runs

    /// Without their findings and tasks, ordered by the end of their period, then its start.
    func runs() throws -> [RegisteredRun] {
        let runs = try rows(RegisterTables.runs) { try RegisterTables.run($0) }
            .sorted { ($0.period.end, $0.period.start) < ($1.period.end, $1.period.start) }
        guard Set(runs.map(\.label)).count == runs.count else {
            throw RegisterError(
                subject: source, message: "holds a run twice. Put back a copy of the register that is whole")
        }
        return runs
    }

    /// A run with its findings and tasks.
    /// - Throws: `RegisterError` where they are not those that were written.
    func record(of run: RegisteredRun) throws -> RunRecord {
        let condition = Self.condition("run_label", [run.label])
        let record = RunRecord(
            period: run.period, configurationSHA256: run.configurationSHA256,
            findings: try rows(RegisterTables.findings, where: condition) { try RegisterTables.finding($0) },
            tasks: try rows(RegisterTables.tasks, where: condition) { try RegisterTables.task($0) })
        try require(
            run, holds: record.findings.count, record.tasks.count, contentSHA256: record.contentSHA256)
        return record
    }

    /// The same without keeping them. They were written in order, which no database promises to keep: where they come in
    /// another they are kept.
    func requireWhole(_ run: RegisteredRun) throws {
        let condition = Self.condition("run_label", [run.label])
        var hash = ContentHash(
            ofRun: run.period, configurationSHA256: run.configurationSHA256, findingCount: run.findingCount)
        var (count, lastID, isOrdered) = (0, "", true)
        try forEachRow(RegisterTables.findings, where: condition) { row in
            let record = try RegisterTables.finding(row)
            isOrdered = isOrdered && lastID <= record.finding.id
            if isOrdered { hash.add(record) }
            (count, lastID) = (count + 1, record.finding.id)
        }
        hash.add(run.taskCount)
        var (tasks, lastTask): (Int, RegisteredTask?) = (0, nil)
        // Through its index a table is read by id, and tasks were written by rank.
        try dataset.forEachFeature(sql: "SELECT * FROM \(RegisterTables.tasks) WHERE \(condition) ORDER BY fid") {
            let row = RegisterRow(feature: $0, table: RegisterTables.tasks, source: source)
            let task = try RegisterTables.task(row)
            isOrdered = isOrdered && lastTask.map { !RunRecord.precedes(task, $0) } ?? true
            if isOrdered { hash.add(task) }
            (tasks, lastTask) = (tasks + 1, task)
        }
        guard isOrdered else {
            _ = try record(of: run)
            return
        }
        try require(run, holds: count, tasks, contentSHA256: hash.hexadecimal)
    }

    private func require(
        _ run: RegisteredRun, holds findings: Int, _ tasks: Int, contentSHA256: @autoclosure () -> String
    ) throws {
        guard findings == run.findingCount, tasks == run.taskCount else {
            throw RegisterError(
                subject: source,
                message: "holds \(findings) findings and \(tasks) tasks of \(run.label) "
                    + "where \(run.findingCount) and \(run.taskCount) were written. "
                    + "Put back a copy of the register that is whole")
        }
        guard contentSHA256() == run.contentSHA256 else {
            throw RegisterError(
                subject: source,
                message: "the findings or tasks of \(run.label) are not those that were written: they were "
                    + "changed since, or the disk is failing. Put back a copy of the register that is whole")
        }
    }

    // MARK: Findings

    /// Findings open before a period, as the last run that knew them left them; ordered by id.
    /// - Parameter runs: All of the register, in its order.
    func findingsLeftOpen(before period: Period, by runs: [RegisteredRun]) throws -> [RegisteredFinding] {
        try RegisterState(runs: runs.leavingOpen(before: period).map(record)).openFindings(before: period)
            .filter(\.isOpen)
    }

    /// The same without anything but the ids.
    func idsLeftOpen(before period: Period, by runs: [RegisteredRun]) throws -> Set<String> {
        var open: Set<String> = []
        for run in runs.leavingOpen(before: period) { try update(&open, by: run) }
        return open
    }

    /// Adds what a run left open, and takes out what it finished.
    func update(_ open: inout Set<String>, by run: RegisteredRun) throws {
        for row in try answers(
            "SELECT finding_id, status FROM \(RegisterTables.findings) WHERE "
                + Self.condition("run_label", [run.label]), RegisterTables.findings)
        {
            let (id, status): (String, FindingStatus) = (try row.text("finding_id"), try row.choice("status"))
            if status == .finished { open.remove(id) } else { open.insert(id) }
        }
    }

    /// `RegisteredRun.carriedSHA256` as it should be, by label; without runs that do not know all that was open.
    /// - Parameter runs: All of the register.
    func carriedDigests(of runs: [RegisteredRun]) throws -> [(label: String, digest: String)] {
        var digests: [(label: String, digest: String)] = []
        // By their start: a later one starts from all that the one before it starts from, and more.
        var (read, open): (Set<String>, Set<String>) = ([], [])
        for run in runs.sorted(by: { $0.period.start < $1.period.start }) {
            let earlier = runs.filter { $0.precedes(run.period) }
            for one in earlier where read.insert(one.label).inserted { try update(&open, by: one) }
            guard open.isSubset(of: try ids(of: run)) else { continue }
            digests.append((run.label, RegisteredRun.digest(of: earlier)))
        }
        return digests
    }

    /// All that a run knew.
    func ids(of run: RegisteredRun) throws -> Set<String> {
        Set(
            try answers(
                "SELECT finding_id FROM \(RegisterTables.findings) WHERE "
                    + Self.condition("run_label", [run.label]), RegisterTables.findings
            ).map { try $0.text("finding_id") })
    }

    /// How many there are, each counted once.
    func findingCount() throws -> Int {
        let answer = try answers(
            "SELECT count(DISTINCT finding_id) AS known FROM \(RegisterTables.findings)", RegisterTables.findings)
        return try answer.first.map { Int(try $0.integer("known")) } ?? 0
    }

    /// How many rows a table has, whatever is in them.
    func rowCount(of table: String) throws -> Int {
        try answers("SELECT count(*) AS held FROM \(table)", table).first.map { Int(try $0.integer("held")) } ?? 0
    }

    /// Those of `ids` that a run knew.
    func ids(among ids: Set<String>, in run: RegisteredRun) throws -> [String] {
        try values("finding_id", among: ids, in: run, of: RegisterTables.findings)
    }

    private func values(
        _ field: String, among ids: Set<String>, in run: RegisteredRun, of table: String
    ) throws -> [String] {
        try Self.batches(ids).flatMap { batch in
            try answers(
                "SELECT \(field) FROM \(table) WHERE \(Self.condition("run_label", [run.label])) "
                    + "AND \(Self.condition(field, batch))", table
            ).map { try $0.text(field) }
        }
    }

    /// The runs in which some tasks stand last.
    /// - Parameter runs: All of the register, in its order.
    /// - Returns: Their labels.
    func labelsOfLastRuns(withTasks ids: Set<String>, among runs: [RegisteredRun]) throws -> Set<String> {
        var labels: Set<String> = []
        var left = ids
        for run in runs.reversed() where !left.isEmpty {
            let found = try values("task_id", among: left, in: run, of: RegisterTables.tasks)
            if !found.isEmpty { labels.insert(run.label) }
            left.subtract(found)
        }
        return labels
    }

    /// What findings were split from, as the last run that knew them says.
    func origins(of ids: Set<String>, by runs: [RegisteredRun]) throws -> [String: String] {
        let order = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1.label, $0) })
        var latest: [String: (position: Int, origin: String?)] = [:]
        for batch in Self.batches(ids) {
            // Through the index, which begins with the run.
            for row in try answers(
                "SELECT run_label, finding_id, split_from FROM \(RegisterTables.findings) WHERE "
                    + "\(Self.condition("run_label", runs.map(\.label))) AND \(Self.condition("finding_id", batch))",
                RegisterTables.findings)
            {
                let id = try row.text("finding_id")
                guard let position = order[try row.text("run_label")] else { continue }
                if let known = latest[id], known.position > position { continue }
                latest[id] = (position, row.optionalText("split_from"))
            }
        }
        return latest.compactMapValues(\.origin)
    }

    // MARK: Verdicts

    /// In the order in which they came.
    func verdicts() throws -> [VerdictRecord] {
        try rows(RegisterTables.verdicts) { try RegisterTables.verdict($0, isHashed: hasVerdictHashes) }
            .sorted { $0.sequence < $1.sequence }
    }

    /// Those on some findings, in the order in which they came.
    func verdicts(on findings: Set<String>) throws -> [VerdictRecord] {
        try Self.batches(findings).flatMap { batch in
            try rows(RegisterTables.verdicts, where: Self.condition("finding_id", batch)) {
                try RegisterTables.verdict($0, isHashed: hasVerdictHashes)
            }
        }.sorted { $0.sequence < $1.sequence }
    }

    /// What should stand in each row, by the number of the row.
    func verdictHashes() throws -> [(row: Int64, hash: String)] {
        try rows(RegisterTables.verdicts) { row in
            guard let number = row.feature.id else { throw row.broken("fid") }
            return (number, try RegisterTables.verdict(row, isHashed: hasVerdictHashes).contentSHA256)
        }
    }

    func holdsVerdicts() throws -> Bool {
        try !dataset.query(sql: "SELECT 1 FROM \(RegisterTables.verdicts) LIMIT 1").isEmpty
    }

    // MARK: Rows

    private func rows<Record>(
        _ table: String, where condition: String? = nil, _ record: (RegisterRow) throws -> Record
    ) throws -> [Record] {
        var records: [Record] = []
        try forEachRow(table, where: condition) { records.append(try record($0)) }
        return records
    }

    private func forEachRow(
        _ table: String, where condition: String?, _ body: (RegisterRow) throws -> Void
    ) throws {
        try dataset.layer(named: table).forEachFeature(where: condition) { feature in
            let row = RegisterRow(feature: feature, table: table, source: source)
            if feature.problem != nil { throw row.broken("geom") }
            try body(row)
        }
    }

    private func answers(_ statement: String, _ table: String) throws -> [RegisterRow] {
        try dataset.query(sql: statement).map { RegisterRow(feature: $0, table: table, source: source) }
    }

    static func condition(_ field: String, _ values: [String]) -> String {
        "\(field) IN (\(values.map(VectorDataset.sqlText).joined(separator: ", ")))"
    }

    private static func batches(_ values: Set<String>) -> [[String]] {
        let sorted = values.sorted()
        return stride(from: 0, to: sorted.count, by: batchSize).map {
            Array(sorted[$0..<min($0 + batchSize, sorted.count)])
        }
    }
}
