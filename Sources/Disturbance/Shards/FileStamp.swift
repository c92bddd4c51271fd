internal import Geospatial
internal import Glibc

/// Size of a file and when it was last changed: enough to notice that it is no longer what a plan was made from, without
/// reading all of it once for every shard.
struct FileStamp: Hashable, Sendable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    /// Nil where there is no such local file.
    init?(ofFileAt path: String) {
        var status = stat()
        guard !VirtualFile.isRemote(path), !path.hasPrefix("/vsi"), unsafe stat(path, &status) == 0,
            status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}

extension FileStamp: Packable {
    func pack(into packer: inout Packer) throws {
        for number in [size, seconds, nanoseconds] { try packer.add(number) }
    }

    init(from unpacker: inout Unpacker) throws {
        size = try unpacker.next()
        seconds = try unpacker.next()
        nanoseconds = try unpacker.next()
    }
}
