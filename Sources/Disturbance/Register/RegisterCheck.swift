internal import Foundation
internal import Geospatial

/// What a register that is whole holds.
public struct RegisterReport: Sendable, CustomStringConvertible {
    public let formatVersion: Int
    public let runs: [String]
    public let findings: Int
    public let verdicts: Int

    public var description: String {
        let span = runs.isEmpty ? "" : " (\(runs[0]) to \(runs[runs.count - 1]))"
        return "whole, format \(formatVersion), \(runs.count) runs\(span), \(findings) findings, \(verdicts) verdicts"
    }
}

extension Register {
    /// Reads all of a register: its pages, its tables, and every run's rows, one run after another, against the hash
    /// beside them.
    /// - Returns: Nil where there is none yet.
    /// - Throws: `RegisterError` saying what is wrong.
    public static func check(_ source: String) throws -> RegisterReport? {
        let isFile = !isDatabase(source)
        if isFile, !source.isEmpty, EntryKind(ofEntryAt: source) == nil { return nil }
        let report = try reading(source) { register -> RegisterReport? in
            guard let register else { return nil }
            let runs = try register.runs()
            for run in runs { try register.requireWhole(run) }
            try requireNothingHidden(in: register, runs)
            let verdicts = try register.verdicts()
            // Each was given the next number, and none is ever taken out.
            guard verdicts.map(\.sequence) == Array(1..<(verdicts.count + 1)) else {
                throw RegisterError(
                    subject: source,
                    message: "verdicts were taken out or put in: their numbers are not those from 1 to "
                        + "\(verdicts.count). Put back a copy of the register that is whole")
            }
            return RegisterReport(
                formatVersion: register.formatVersion, runs: runs.map(\.label), findings: try register.findingCount(),
                verdicts: verdicts.count)
        }
        if isFile {
            do {
                let dataset = try VectorDataset.open(source, drivers: [.geoPackage], options: ["IMMUTABLE=YES"])
                let answers = try dataset.query(sql: "PRAGMA integrity_check").flatMap(\.fields.values).map(\.text)
                guard answers == ["ok"] else {
                    throw RegisterError(
                        subject: source,
                        message: "is damaged: \(answers.compactMap(\.self).prefix(3).joined(separator: "; ")). "
                            + "Put back a copy of the register that is whole")
                }
            } catch let error as GeospatialError {
                throw RegisterError(
                    subject: source,
                    message: "is damaged: \(error.message). Put back a copy of the register that is whole")
            }
        }
        return report
    }

    /// Rows are those of runs, and what a run is said to have taken over, which keeps earlier ones from being read, it
    /// has taken over.
    private static func requireNothingHidden(in register: RegisterReading, _ runs: [RegisteredRun]) throws {
        for (table, rows) in [
            (RegisterTables.findings, runs.map(\.findingCount)), (RegisterTables.tasks, runs.map(\.taskCount)),
        ] {
            guard try register.rowCount(of: table) == rows.reduce(0, +) else {
                throw RegisterError(
                    subject: register.source,
                    message: "the table \(table) holds rows of runs that it does not know. "
                        + "Put back a copy of the register that is whole")
            }
        }
        guard register.formatVersion > 1 else { return }
        let digests = Dictionary(
            uniqueKeysWithValues: try register.carriedDigests(of: runs).map { ($0.label, $0.digest) })
        for run in runs where digests[run.label] == nil {
            guard run.carriedSHA256 != RegisteredRun.digest(of: runs.filter { $0.precedes(run.period) }) else {
                throw RegisterError(
                    subject: register.source,
                    message: "the run of \(run.label) is said to know all that was open before it, and does not. "
                        + "Put back a copy of the register that is whole")
            }
        }
    }

    /// Copies a register that no run is at, and checks the copy.
    /// - Parameter target: A file that is not there yet.
    /// - Throws: `RegisterError` where the register is not whole; `FileError`.
    public static func backUp(_ source: String, to target: String, lock: borrowing RegisterLock) throws {
        guard !isDatabase(source) else {
            throw RegisterError(subject: source, message: "is a database. Back it up with pg_dump")
        }
        guard try check(source) != nil else {
            throw FileError(path: source, message: "is not there. Name the register of a watch", kind: .missingInput)
        }
        try requireUsableName(target)
        guard EntryKind(ofEntryAt: target) == nil else {
            throw FileError(path: target, message: "is there already. Name another file", kind: .cannotCreate)
        }
        let publication = try FilePublication(of: target)
        try publication.prepare { copy in
            try WholeFile.copy(source, to: copy)
            _ = try check(copy)
        }
        try lock.requireHeld()
        try publication.commit()
    }

    /// Who is at a register now; of one in a database nothing is said.
    static func holder(of source: String) -> RunHolder? {
        isDatabase(source) ? nil : RegisterLock.holder(ofFile: source)
    }
}
