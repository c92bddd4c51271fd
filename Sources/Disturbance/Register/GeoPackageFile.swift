internal import Foundation
internal import Geospatial

/// A GeoPackage that other programmes may have open.
enum GeoPackageFile {
    /// - Throws: `RegisterError` where changes lie beside the file that are not in it yet: a copy would lack them.
    /// - Parameter ends: Of the names of the files beside it that hold changes.
    static func requireClosed(_ path: String, ends: [String] = ["-wal", "-journal"]) throws {
        for end in ends {
            guard isBeside(path, end) else { continue }
            throw RegisterError(
                subject: path,
                message: "is open in another programme, which keeps changes in \(path)\(end). "
                    + "Save and close it there, in QGIS by removing its layers or ending QGIS")
        }
    }

    /// Takes back what a process that was stopped in the midst of a change has left: SQLite does, once the file is
    /// opened to be written. A change that somebody is at is left alone.
    static func settle(_ path: String) throws {
        let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard isBeside(path, "-journal") else { return }
        let dataset = try VectorDataset.open(path, drivers: [.geoPackage], access: .update)
        _ = try dataset.query(sql: "SELECT count(*) FROM sqlite_master")
        try dataset.close()
    }

    private static func isBeside(_ path: String, _ end: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + end)
        return (attributes?[.size] as? Int ?? 0) > 0
    }
}
