internal import CGDAL
internal import Synchronization

/// How hosts are asked for pieces of files: patiently, but of one that is gone only so often.
enum RemoteHosts {
    /// GDAL's options for requests, where whoever starts the programme has not set them.
    ///
    /// A request that meets a busy or broken server (status 429, 500, 502 to 504), a time-out or a cut connection is sent
    /// again after about half a second, then after twice as long, and so on.
    static let options = [
        "GDAL_HTTP_CONNECTTIMEOUT": "20", "GDAL_HTTP_TIMEOUT": "300", "GDAL_HTTP_LOW_SPEED_TIME": "30",
        "GDAL_HTTP_LOW_SPEED_LIMIT": "1", "GDAL_HTTP_MAX_RETRY": "4", "GDAL_HTTP_RETRY_DELAY": "0.5",
    ]

    /// For a host that has failed so often in a row, each time after all its retries, once is enough from then on: every
    /// scene of a month lies there, and each would wait as long.
    static let patience = 3
    private static let impatient = ["GDAL_HTTP_MAX_RETRY": "0", "GDAL_HTTP_CONNECTTIMEOUT": "5"]

    /// Failures of each host since it last answered.
    private static let failures = Mutex<[Substring: Int]>([:])

    /// Runs `body`, which asks the host of a path for something; for a local path nothing else happens.
    static func asking<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        guard let host = host(of: path) else { return try body() }
        HostGate.allow(whatIsAskedBy: path)
        let isGone = failures.withLock { $0[host, default: 0] >= patience }
        if isGone {
            for (option, value) in impatient { unsafe CPLSetThreadLocalConfigOption(option, value) }
        }
        defer {
            if isGone { for option in impatient.keys { unsafe CPLSetThreadLocalConfigOption(option, nil) } }
        }
        do {
            let result = try body()
            failures.withLock { $0[host] = nil }
            return result
        } catch let error as GeospatialError {
            // That there is no such file is an answer.
            let isSilent = error.message.contains("CURL error") || error.message.contains("response code: 5")
            failures.withLock { $0[host] = isSilent ? $0[host, default: 0] + 1 : nil }
            throw error
        }
    }

    /// Host and port of what GDAL reads from a server; nil for anything else.
    static func host(of path: String) -> Substring? {
        path.hasPrefix("/vsicurl") ? authority(of: path) : nil
    }

    /// Host and port of a URL, or of a path that holds one.
    static func authority(of url: String) -> Substring? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        return url[start...].prefix { !"/?#".contains($0) }
    }
}
