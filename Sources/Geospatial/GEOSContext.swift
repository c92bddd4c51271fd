internal import CGEOS

/// The GEOS context of the calling thread.
enum GEOSContext {
    static let version: String = unsafe GEOSversion().map { unsafe String(cString: $0) } ?? "unknown"
}
