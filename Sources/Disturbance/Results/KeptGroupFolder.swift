internal import Geospatial
internal import Glibc

/// A folder of a cache with a file for each group of sites, named after the pixels the group is analysed on.
struct KeptGroupFolder: Sendable {
    let path: String
    /// Of the files.
    let suffix: String

    /// Files that nobody has written to for so long before the last one were left by sites or watches that are no more:
    /// a year in which no scene was new, and some weeks.
    private static let staleDays = 400

    func file(of group: SiteGroup) throws -> String {
        var packer = Packer()
        try packer.add(group.lattice)
        try packer.add(group.window)
        let name = FileDigest(of: packer.bytes).sha256.prefix(32)
        return "\(path)/\(name.prefix(2))/\(name)\(suffix)"
    }

    /// What a file says of itself, for whoever looks at it (`head -n 1`).
    static func firstLine(format: String, version: Int, about: String) throws -> String {
        let line = ["format": format, "version": "\(version)", "about": about]
        return String(decoding: try StableJSON.bytes(line, isPretty: false), as: UTF8.self) + "\n"
    }

    /// Removes what nobody writes to any more.
    func removeStale() {
        let files = ((try? FolderTree.names(in: path)) ?? []).flatMap { part in
            ((try? FolderTree.names(in: "\(path)/\(part)")) ?? []).map { "\(path)/\(part)/\($0)" }
        }
        let dated = files.compactMap { path -> (path: String, seconds: Int)? in
            var status = stat()
            // What a run that was stopped was about to put in a file's place goes with it.
            guard path.hasSuffix(suffix) || path.hasSuffix("\(suffix).new"), unsafe lstat(path, &status) == 0
            else { return nil }
            return (path, status.st_mtim.tv_sec)
        }
        let newest = dated.map(\.seconds).max() ?? 0
        for file in dated where file.seconds < newest - Self.staleDays * 86_400 { _ = unsafe unlink(file.path) }
    }
}
