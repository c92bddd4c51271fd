internal import CGDAL

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Whole files and folders, read through GDAL's virtual file system: a local path, or an http or https URL.
public enum VirtualFile {
    /// What lies at a location.
    public enum Kind: Hashable, Sendable {
        case file(byteCount: Int)
        case folder
    }

    /// Whether a location is an http or https URL.
    public static func isRemote(_ location: String) -> Bool {
        let start = location.prefix(8).lowercased()
        return start.hasPrefix("http://") || start.hasPrefix("https://")
    }

    /// The path GDAL opens a raster under: `/vsicurl/URL` for a URL, otherwise the location itself.
    public static func gdalPath(_ location: String) -> String {
        isRemote(location) ? "/vsicurl/" + location : location
    }

    /// What lies at a location, or nil where there is nothing that can be read.
    ///
    /// Devices and pipes count as nothing: opening one may wait for ever. Asks the server in case of a URL.
    public static func kind(of location: String) -> Kind? {
        if isRemote(location) { return remoteKind(of: location) }
        // Not VSIStatExL: GDAL's stat structure is a macro that Swift does not import.
        var status = stat()
        guard unsafe stat(location, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file(byteCount: Int(status.st_size))
        case S_IFDIR: return .folder
        default: return nil
        }
    }

    private static func remoteKind(of location: String) -> Kind? {
        HostGate.allow(whatIsAskedBy: location)
        let count = try? withGDALErrors("VSIFOpenExL", subject: location) { () -> Int? in
            guard let file = unsafe VSIFOpenExL(gdalPath(location), "rb", 1) else { return nil }
            defer { _ = unsafe VSIFCloseL(file) }
            guard unsafe VSIFSeekL(file, 0, SEEK_END) == 0 else { return nil }
            return unsafe Int(clamping: VSIFTellL(file))
        }
        return count.flatMap { $0 }.map { .file(byteCount: $0) }
    }

    /// What the server of a URL says of a file that would be otherwise once the file is: its address without what
    /// follows `?`, where signatures stand, with ETag, last change and length.
    ///
    /// - Parameter path: As GDAL knows it, `/vsicurl/URL`.
    /// - Returns: Nil for what is no URL, and where the server cannot be asked or tells neither ETag nor last change.
    public static func remoteState(ofFileAt path: String) -> String? {
        guard RemoteHosts.host(of: path) != nil else { return nil }
        let headers = try? RemoteHosts.asking(path) {
            try withGDALErrors("VSIGetFileMetadata", subject: path) { () -> [String: String] in
                let list = unsafe VSIGetFileMetadata(path, "HEADERS", nil)
                defer { unsafe CSLDestroy(list) }
                let pairs = unsafe (0..<CSLCount(list)).compactMap { index in
                    unsafe CSLGetField(list, index).map { unsafe String(cString: $0) }
                }
                return Dictionary(
                    pairs.compactMap { pair in
                        pair.firstIndex(of: "=").map {
                            (pair[..<$0].lowercased(), String(pair[pair.index(after: $0)...]))
                        }
                    }
                ) { $1 }
            }
        }
        guard let headers, headers["etag"] != nil || headers["last-modified"] != nil else { return nil }
        let told = ["etag", "last-modified", "content-length"].map { headers[$0] ?? "" }
        return ([String(path.prefix { $0 != "?" })] + told).joined(separator: "\n")
    }

    /// Whether a location is a file of this machine's, read without GDAL's virtual file systems.
    public static func isLocalFile(_ location: String) -> Bool {
        guard !isRemote(location), !location.hasPrefix("/vsi"), case .file = kind(of: location) else { return false }
        return true
    }

    /// Whether a file or a folder can be found at a location.
    public static func exists(_ location: String) -> Bool { kind(of: location) != nil }

    /// The names in a local folder, without `.` and `..`, in ascending order.
    /// - Parameter maximumCount: More names than this are an error.
    /// - Throws: `GeospatialError` where the folder cannot be read or holds more names.
    public static func names(in folder: String, maximumCount: Int = 100_000) throws -> [String] {
        guard kind(of: folder) == .folder else {
            throw GeospatialError(subject: folder, message: "is not a folder that can be read. Check the path")
        }
        let names = try withGDALErrors("VSIReadDirEx", subject: folder) {
            // GDAL counts the two entries for the folder and its parent, and stops one after the limit.
            let list = unsafe VSIReadDirEx(folder, Int32(clamping: maximumCount + 2))
            defer { unsafe CSLDestroy(list) }
            return unsafe (0..<CSLCount(list)).compactMap { index in
                unsafe CSLGetField(list, index).map { unsafe String(cString: $0) }
            }
        }.filter { $0 != "." && $0 != ".." }
        guard names.count <= maximumCount else {
            throw GeospatialError(
                subject: folder, message: "holds more than \(maximumCount) entries. Split it into several folders")
        }
        return names.sorted()
    }

    /// The bytes of a whole file.
    /// - Parameter maximumByteCount: A longer file is an error, and is not read further than this.
    /// - Throws: `GeospatialError` where the file is missing, longer, or breaks off.
    public static func read(_ location: String, maximumByteCount: Int) throws -> [UInt8] {
        // A document without a length in its answer cannot be read by ranges: it is streamed.
        let path = isRemote(location) ? "/vsicurl_streaming/" + location : location
        if !isRemote(location) {
            switch kind(of: location) {
            case .file: break
            case .folder: throw GeospatialError(subject: location, message: "is a folder. Give a file")
            case nil:
                throw GeospatialError(
                    subject: location, message: "there is no such file. Check the path", isMissing: true)
            }
        }
        if isRemote(location) { HostGate.allow(whatIsAskedBy: location) }
        let refusals = HostGate.refusalCount
        return try withGDALErrors("VSIFReadL", subject: location) {
            guard let file = unsafe VSIFOpenExL(path, "rb", 1) else {
                let mend = isRemote(location) ? "Check the address and the network" : "Check who may read it"
                if let refusal = HostGate.refusal(since: refusals) {
                    throw GeospatialError(subject: location, message: refusal)
                }
                throw GeospatialError(subject: location, message: "cannot be opened. \(mend)", isMissing: true)
            }
            defer { _ = unsafe VSIFCloseL(file) }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = unsafe VSIFReadL(&chunk, 1, chunk.count, file)
                guard bytes.count + count <= maximumByteCount else {
                    throw GeospatialError(
                        subject: location,
                        message: "is larger than the \(maximumByteCount) bytes that are read of such a file. Split it")
                }
                bytes.append(contentsOf: chunk[0..<count])
                if count < chunk.count { break }
            }
            return bytes
        }
    }
}
