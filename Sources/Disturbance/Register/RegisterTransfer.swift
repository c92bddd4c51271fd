internal import Geospatial

/// A register moved whole from a GeoPackage into a database, back, or into another file.
extension Register {
    /// Copies every run and every verdict into a register that holds none yet.
    ///
    /// Rows are written anew in this version's format, so a register of an earlier one becomes one of this. Nothing is
    /// lost: each run is read back and compared with the hash that was written with it in the first place.
    /// - Parameters:
    ///   - source: A GeoPackage or a connection string.
    ///   - target: The same; a file, or a schema of a database, without runs.
    /// - Throws: `RegisterError` where the source is not whole or the target holds runs; `FileError`.
    public static func transfer(from source: String, to target: String) throws -> RegisterReport {
        guard let report = try check(source), !report.runs.isEmpty else {
            throw FileError(
                path: MessageText.withoutSecrets(source), message: "holds no run. Name the register of a watch",
                kind: .missingInput)
        }
        try requireUsableName(target)
        let publication = isDatabase(target) ? nil : try FilePublication(of: target)
        guard try load(from: target).runs.isEmpty else {
            throw RegisterError(
                subject: target, message: "holds runs already, and histories are not mixed. Name an empty register")
        }
        let state = try load(from: source)
        let last = state.runs[state.runs.count - 1].period.end
        try change(target, publication, fileDay: last, outcome: .added(laterRuns: [])) { dataset in
            for run in state.runs {
                try dataset.layer(named: RegisterTables.findings)
                    .append(contentsOf: run.findings.map { RegisterTables.row(of: $0, run: run.label) })
                try dataset.layer(named: RegisterTables.tasks)
                    .append(contentsOf: run.tasks.map { RegisterTables.row(of: $0, run: run.label) })
                try dataset.layer(named: RegisterTables.runs).append(RegisterTables.row(of: run))
            }
            try dataset.layer(named: RegisterTables.verdicts)
                .append(contentsOf: state.verdicts.map(RegisterTables.row))
        } verify: { after in
            // Reading compares each run's rows with its hash.
            after.contentHashes == state.contentHashes && after.verdicts == state.verdicts
        }.commit()
        return report
    }
}
