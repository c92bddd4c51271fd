internal import Foundation

/// A GeoPackage that other programmes may have open.
enum GeoPackageFile {
    /// - Throws: `RegisterError` where changes lie beside the file that are not in it yet: a copy would lack them.
    static func requireClosed(_ path: String) throws {
        for end in ["-wal", "-journal"] {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + end)
            guard let size = attributes?[.size] as? Int, size > 0 else { continue }
            throw RegisterError(
                subject: path,
                message: "is open in another programme, which keeps changes in \(path)\(end). "
                    + "Save and close it there, in QGIS by removing its layers or ending QGIS")
        }
    }
}
