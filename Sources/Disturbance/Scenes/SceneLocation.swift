internal import Foundation
internal import Geospatial

/// Where a document or a raster lies: a local path, or an http or https URL.
///
/// Documents come from others. What they may point to is decided here: files and URLs, never GDAL's own prefixes,
/// which reach other protocols, archives and the memory of the process, and never a local file from a remote document.
struct SceneLocation: Hashable {
    /// A local path or a URL.
    let text: String

    var isRemote: Bool { VirtualFile.isRemote(text) }
    var gdalPath: String { VirtualFile.gdalPath(text) }

    private init(text: String) { self.text = text }

    /// The location a user gives.
    /// - Throws: `SceneError` where it is neither a path nor an http or https URL, or its host is not allowed.
    init(source: String, allowedHosts: [String]) throws {
        let text = source.trimmingPrefix(while: \.isWhitespace)
        guard !text.isEmpty else {
            throw SceneError(subject: "Scenes", message: "no source is given. Set scenes.source or use --scenes")
        }
        do throws(Refusal) {
            // A user's path is taken from the working folder, as any program takes it.
            self = try Self.resolve(String(text), base: nil, allowedHosts: allowedHosts)
        } catch {
            throw SceneError(subject: "Scenes '\(source)'", message: error.message)
        }
    }

    /// Why a location is not followed, with what mends it.
    struct Refusal: Error {
        let message: String
    }

    /// The location that `href` means inside the document at this location.
    func resolve(_ href: String, allowedHosts: [String]) throws(Refusal) -> SceneLocation {
        try Self.resolve(href, base: self, allowedHosts: allowedHosts)
    }

    /// The location of an entry of this folder.
    func appending(_ name: String) -> SceneLocation {
        SceneLocation(text: text.hasSuffix("/") ? text + name : text + "/" + name)
    }

    /// The last part of the path, without a query.
    var name: String { String(pathOnly.split(separator: "/").last ?? "") }

    /// The extension in lower case, without the dot; empty where there is none.
    var fileExtension: String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }

    private var pathOnly: Substring {
        guard isRemote else { return text[...] }
        return text.prefix { $0 != "?" && $0 != "#" }
    }

    private static func resolve(
        _ href: String, base: SceneLocation?, allowedHosts: [String]
    ) throws(Refusal) -> SceneLocation {
        guard !href.isEmpty, href.utf8.count <= 8192 else {
            throw Refusal(message: "the location is empty or longer than 8192 bytes. Give a path or a URL")
        }
        guard href.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw Refusal(message: "the location holds control characters. Give a path or a URL")
        }
        if VirtualFile.isRemote(href) { return try remote(href, base: base, allowedHosts: allowedHosts) }
        if let base, base.isRemote {
            return try remote(try joined(href, toURL: base.text), base: base, allowedHosts: allowedHosts)
        }
        var path = href
        if href.lowercased().hasPrefix("file:") {
            guard let url = URL(string: href), url.isFileURL, ["", "localhost"].contains(url.host() ?? "") else {
                throw Refusal(message: "'\(href)' is no local file. Give its path")
            }
            path = url.path(percentEncoded: false)
        } else if let scheme = scheme(of: href) {
            throw Refusal(message: "'\(scheme):' cannot be read. Give a local path or an http or https URL")
        }
        if !path.hasPrefix("/"), let base {
            path = base.folder + path
            // Some write the path as part of a URL.
            if path.contains("%"), !VirtualFile.exists(path), let decoded = path.removingPercentEncoding {
                path = decoded
            }
        }
        guard path.utf8.allSatisfy({ $0 != 0 }), !path.contains("<") else {
            throw Refusal(message: "'\(href)' is not a path. Give a local path or an http or https URL")
        }
        path = normalised(path)
        guard !path.lowercased().hasPrefix("/vsi") else {
            throw Refusal(
                message: "'\(href)' uses a prefix of GDAL. Give a local path or an http or https URL")
        }
        return SceneLocation(text: path)
    }

    /// The folder of the document, with a slash at its end; empty for the working folder.
    private var folder: String {
        guard let slash = text.lastIndex(of: "/") else { return "" }
        return String(text[...slash])
    }

    /// - Parameter base: The document that names the URL; nil where a user does, who may ask any host.
    private static func remote(
        _ url: String, base: SceneLocation?, allowedHosts: [String]
    ) throws(Refusal) -> SceneLocation {
        // Characters that programs read in different ways would let the check see another host than the request.
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#"\"<>{}|^`"#.utf8.contains($0) }) else {
            throw Refusal(message: "'\(url)' is no valid URL. Write special characters as %XX")
        }
        let authority = authority(of: url)
        guard !authority.contains("@") else {
            throw Refusal(message: "a URL with a user name or password is not read. Leave them out of the location")
        }
        let host = authority.prefix { $0 != ":" }.lowercased()
        guard !host.isEmpty || authority.hasPrefix("[") else { throw Refusal(message: "'\(url)' names no host") }
        let isGiven = base == nil && allowedHosts.isEmpty
        let isNear = base.map { $0.isRemote && Self.authority(of: $0.text).lowercased() == authority.lowercased() }
        guard
            isGiven || isNear == true || allowedHosts.contains(where: { HostGate.allows($0.lowercased(), host: host) })
        else {
            throw Refusal(message: "the host \(host) is not allowed. Add it to scenes.allowedHosts")
        }
        // These a server may send on to.
        allowedHosts.forEach(HostGate.allow)
        return SceneLocation(text: url)
    }

    /// Host and port of a URL.
    private static func authority(of url: String) -> Substring {
        guard let start = url.range(of: "://")?.upperBound else { return "" }
        return url[start...].prefix { !"/?#".contains($0) }
    }

    /// What stands before the first colon if it can be the name of a protocol or a driver, `NETCDF` of `NETCDF:a.nc`.
    private static func scheme(of href: String) -> Substring? {
        guard let colon = href.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let name = href[..<colon]
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "+._-".utf8.contains(byte)
            }
        }
        return isName && !name.isEmpty ? name : nil
    }

    /// The URL that a relative reference means (RFC 3986, section 5.2).
    private static func joined(_ href: String, toURL base: String) throws(Refusal) -> String {
        if scheme(of: href) != nil {
            throw Refusal(
                message: "'\(href)' is not followed from a remote document. Only http and https URLs are")
        }
        guard let joined = URL(string: href, relativeTo: URL(string: base))?.absoluteString else {
            throw Refusal(message: "'\(href)' is no valid URL. Write special characters as %XX")
        }
        return joined
    }

    /// The path without `.` and without `..` where a folder goes before it.
    private static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        if path.hasPrefix("/") { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }
}
