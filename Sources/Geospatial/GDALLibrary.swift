internal import CGDAL

/// The process-wide state of GDAL and PROJ: drivers, options and versions.
public enum GDALLibrary {
    /// Registers the drivers and sets the options every call here relies on; runs once, before the first use.
    static let started: Void = {
        // Inputs belong to somebody else: no .aux.xml is ever written beside them.
        unsafe CPLSetConfigOption("GDAL_PAM_ENABLED", "NO")
        // A folder of scenes holds thousands of files; looking for side-cars lists it on every open.
        unsafe CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")
        // A file of ours always says which version of the format it was written in.
        unsafe CPLSetConfigOption("OGR_GPKG_FOREIGN_KEY_CHECK", "YES")
        for (option, value) in RemoteHosts.options where unsafe CPLGetConfigOption(option, nil) == nil {
            unsafe CPLSetConfigOption(option, value)
        }
        HostGate.close()
        // Grids of shifts fetched from the network would let results depend on it.
        OSRSetPROJEnableNetwork(0)
        GDALAllRegister()
        keepOnlyUsedDrivers()
    }()

    /// Every format that is read or written anywhere here, by the name of its driver.
    private static let usedDrivers: Set<String> =
        Set(RasterDriver.allCases.map(\.rawValue) + VectorDriver.allCases.map(\.rawValue))
        // Made by us only: in memory, and the copy that a cloud-optimised GeoTIFF is.
        .union(["MEM", "Memory", "COG"])

    /// Takes every other driver away.
    ///
    /// A list of drivers at an open holds for that file only: what a GeoTIFF names in its metadata as overviews or as a
    /// mask, GDAL opens with any driver there is, also as a VRT that reads other files and other hosts.
    private static func keepOnlyUsedDrivers() {
        for index in (0..<GDALGetDriverCount()).reversed() {
            guard let driver = unsafe GDALGetDriver(index), let name = unsafe GDALGetDriverShortName(driver),
                !usedDrivers.contains(unsafe String(cString: name))
            else { continue }
            unsafe GDALDeregisterDriver(driver)
        }
    }

    /// The drivers there are, by the names GDAL gives them, in order.
    static var drivers: [String] {
        started
        return (0..<GDALGetDriverCount()).compactMap { index in
            unsafe GDALGetDriver(index).flatMap { unsafe GDALGetDriverShortName($0) }.map { unsafe String(cString: $0) }
        }.sorted()
    }

    /// Versions of the libraries in use, by name, for the manifest of a run.
    public static var versions: [String: String] {
        started
        let gdal = unsafe String(cString: GDALVersionInfo("RELEASE_NAME"))
        var major: Int32 = 0
        var minor: Int32 = 0
        var patch: Int32 = 0
        unsafe OSRGetPROJVersion(&major, &minor, &patch)
        return ["gdal": gdal, "proj": "\(major).\(minor).\(patch)", "geos": GEOSContext.version]
    }

    /// Those of `drivers`, by the names GDAL gives them, that this installation lacks.
    public static func missing(drivers: [String]) -> [String] {
        started
        return drivers.filter { unsafe GDALGetDriverByName($0) == nil }
    }

    /// Runs `body` with the date that OGR writes into the files it creates held at `timestamp`.
    ///
    /// The same input must give the same bytes, so no file of ours may carry the time it was written.
    /// - Parameter timestamp: An ISO 8601 date and time in UTC, for example `2019-09-30T00:00:00Z`.
    public static func withFileDate<Result>(_ timestamp: String, _ body: () throws -> Result) rethrows -> Result {
        started
        unsafe CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", timestamp)
        defer { unsafe CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", nil) }
        return try body()
    }

    /// Does work that sends many rows to PostGIS, by COPY instead of a statement for each. Not for tables with row
    /// security, to which PostgreSQL refuses it.
    public static func withCopiedRows<Result>(_ body: () throws -> Result) rethrows -> Result {
        started
        unsafe CPLSetThreadLocalConfigOption("PG_USE_COPY", "YES")
        defer { unsafe CPLSetThreadLocalConfigOption("PG_USE_COPY", nil) }
        return try body()
    }
}

/// Gathers what GDAL reports while one call runs.
private final class GDALReport {
    var failure: String?
    var warnings: [String] = []
}

/// Runs `body` with GDAL's messages caught, and throws if any of them was a failure.
///
/// GDAL may return success although a write failed, so a reported failure counts whatever the call returned.
/// The handler stack is thread-local: `body` must be synchronous.
/// - Parameters:
///   - function: The C function called, named in the error.
///   - subject: What it worked on, named in the error.
@discardableResult
func withGDALErrors<Result>(
    _ function: String, subject: @autoclosure () -> String, _ body: () throws -> Result
) throws -> Result {
    GDALLibrary.started
    let report = GDALReport()
    let handler: CPLErrorHandler = { severity, _, text in
        guard let data = unsafe CPLGetErrorHandlerUserData(), let text = unsafe text else { return }
        let report = unsafe Unmanaged<GDALReport>.fromOpaque(data).takeUnretainedValue()
        let message = HostGate.explained(unsafe String(cString: text))
        switch severity {
        case CE_Failure, CE_Fatal: if report.failure == nil { report.failure = message }
        case CE_Warning: report.warnings.append(message)
        default: break
        }
    }
    unsafe CPLPushErrorHandlerEx(handler, Unmanaged.passUnretained(report).toOpaque())
    CPLErrorReset()
    let result: Result
    do {
        result = try body()
    } catch {
        CPLPopErrorHandler()
        // What GDAL said is the better explanation of an error of ours thrown on its failure code.
        if let failure = report.failure {
            throw GeospatialError(subject: subject(), message: failure, function: function)
        }
        throw error
    }
    CPLPopErrorHandler()
    if let failure = report.failure {
        throw GeospatialError(subject: subject(), message: failure, function: function)
    }
    return result
}

/// Throws an error naming `function` and `subject` unless `code` is `CE_None`; used inside `withGDALErrors`.
func requireNone(_ code: CPLErr, _ function: String, subject: String) throws {
    guard code == CE_None else {
        throw GeospatialError(subject: subject, message: "failed with code \(code.rawValue)", function: function)
    }
}

/// The value, or an error naming `function` and `subject` where a C function returned null.
func requireHandle<Handle>(_ handle: Handle?, _ function: String, subject: String) throws -> Handle {
    guard let handle else {
        throw GeospatialError(subject: subject, message: "returned nothing", function: function)
    }
    return handle
}

/// Runs `body` with `options` (`KEY=VALUE`) as the null-terminated list GDAL takes, or null where empty.
func withOptionList<Result>(
    _ options: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) throws -> Result
) rethrows -> Result {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = nil
    for option in options { unsafe list = CSLAddString(list, option) }
    defer { unsafe CSLDestroy(list) }
    return try unsafe body(list)
}
