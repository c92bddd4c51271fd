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
            for run in runs { _ = try register.record(of: run) }
            return RegisterReport(
                formatVersion: register.formatVersion, runs: runs.map(\.label), findings: try register.findingCount(),
                verdicts: try register.verdicts().count)
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
