internal import CGDAL

/// Addresses on the web that are only called.
public enum WebAddress {
    /// Asks for an address and lets go of the answer.
    /// - Parameters:
    ///   - seconds: How long the server may take, each time.
    ///   - isRepeated: Whether it is asked again where it does not answer, as other servers are.
    /// - Throws: `GeospatialError` where it does not answer, or with an error.
    public static func call(_ address: String, within seconds: Int, isRepeated: Bool = true) throws {
        // The path of such an address is often its only secret.
        let host = address.split(separator: "/").dropFirst().first.map(String.init) ?? address
        guard VirtualFile.isRemote(address) else {
            throw GeospatialError(subject: host, message: "is no http or https address. Correct it")
        }
        HostGate.allow(whatIsAskedBy: address)
        let failure: String? = try withGDALErrors("CPLHTTPFetch", subject: host) {
            let times = ["TIMEOUT=\(seconds)", "CONNECTTIMEOUT=\(seconds)"] + (isRepeated ? [] : ["MAX_RETRY=0"])
            return try unsafe withOptionList(times) { options in
                let answer = try unsafe requireHandle(
                    CPLHTTPFetch(address, options), "CPLHTTPFetch", subject: host)
                defer { unsafe CPLHTTPDestroyResult(answer) }
                return unsafe answer.pointee.pszErrBuf.map { unsafe String(cString: $0) }
            }
        }
        if let failure {
            throw GeospatialError(subject: host, message: HostGate.explained(failure), function: "CPLHTTPFetch")
        }
    }
}
