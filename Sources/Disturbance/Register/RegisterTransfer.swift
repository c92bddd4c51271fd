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
    /// - Returns: What the target holds now.
    /// - Throws: `RegisterError` where the source is not whole or the target holds runs; `FileError`.
    public static func transfer(from source: String, to target: String) throws -> RegisterReport {
        guard let report = try check(source), !report.runs.isEmpty else {
            throw FileError(
                path: MessageText.withoutSecrets(source), message: "holds no run. Name the register of a watch",
                kind: .missingInput)
        }
        try requireUsableName(target)
        let publication = isDatabase(target) ? nil : try FilePublication(of: target)
        guard try reading(target, { try $0?.runs() ?? [] }).isEmpty else {
            throw RegisterError(
                subject: target, message: "holds runs already, and histories are not mixed. Name an empty register")
        }
        try reading(source) { register in
            guard let register else { return }
            let (runs, verdicts) = (try register.runs(), try register.verdicts())
            try change(target, publication, fileDay: runs[runs.count - 1].period.end, outcome: .added(laterRuns: [])) {
                dataset in
                for run in runs {
                    try append(
                        try register.record(of: run), hash: run.contentSHA256, carried: nil, to: dataset, target)
                }
                try dataset.layer(named: RegisterTables.verdicts)
                    .append(contentsOf: verdicts.map(RegisterTables.row))
                if let copy = try RegisterReading(of: dataset, target) { try markCarried(in: copy) }
            } verify: { after in
                // Reading compares each run's rows with its hash.
                let copied = try after.runs()
                for run in copied { try after.requireWhole(run) }
                return try copied.map(\.contentSHA256) == runs.map(\.contentSHA256) && after.verdicts() == verdicts
            }.commit()
        }
        return RegisterReport(
            formatVersion: RegisterTables.formatVersion, runs: report.runs, findings: report.findings,
            verdicts: report.verdicts)
    }
}
