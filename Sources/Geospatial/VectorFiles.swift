internal import CGDAL
internal import Foundation

extension VectorDataset {
    /// The local files that a source of vector data is read from, in order; none where it is no file, a database for
    /// instance, or not there.
    ///
    /// Some formats are several files: a shapefile has its attributes in one, its reference system in another.
    public static func files(of source: String) throws -> [String] {
        switch VirtualFile.kind(of: source) {
        case nil: return []
        case .file where [".shp", ".dbf", ".shx", ".csv"].allSatisfy({ !source.lowercased().hasSuffix($0) }):
            // What SQLite has not yet taken into a GeoPackage lies beside it.
            return [source, source + "-wal"].filter { VirtualFile.exists($0) }
        default: break
        }
        let dataset = try open(source, drivers: VectorDriver.allCases)
        let names = try withGDALErrors("GDALGetFileList", subject: source) { () -> [String] in
            let list = unsafe GDALGetFileList(dataset.handle)
            defer { unsafe CSLDestroy(list) }
            return unsafe (0..<CSLCount(list)).compactMap { index in
                unsafe CSLGetField(list, index).map { unsafe String(cString: $0) }
            }
        }
        try dataset.close()
        return names.sorted().filter {
            if case .file = VirtualFile.kind(of: $0) { true } else { false }
        }
    }
}
