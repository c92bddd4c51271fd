internal import Foundation

/// A folder for files that pass between this program and another one.
enum PrivateFolder {
    /// Makes one of a new name, which is gone with all it holds when the work is done.
    static func whileIn<Result>(_ work: (_ folder: URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sitewarden-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try work(folder)
    }
}
