internal import CGDAL

/// A coordinate reference system, kept as WKT so that it can be shared between threads.
///
/// Axis order is always x (easting, longitude) then y (northing, latitude), whatever the authority says.
/// Two are equal where they have the same EPSG code, or, without one, the same definition word for word.
public struct CoordinateReferenceSystem: Sendable {
    /// The definition as WKT 2, worded the same on every thread.
    public let wkt: String
    /// The EPSG code, where the definition names one.
    public let epsgCode: Int?
    /// The name in the definition, for messages.
    public let name: String
    /// True where coordinates lie in a plane, false where they are degrees.
    public let isProjected: Bool
    /// Metres in one unit of a projected system; 1 where it is not projected.
    public let metresPerUnit: Double

    /// - Parameter text: WKT, `EPSG:32648`, a PROJ string; never a file or a URL.
    /// - Throws: `GeospatialError` where PROJ cannot read it.
    public init(_ text: String) throws {
        let handle = try ReferenceHandle(text)
        self = try handle.described()
    }

    public init(epsg code: Int) throws { try self.init("EPSG:\(code)") }

    private init(wkt: String, epsgCode: Int?, name: String, isProjected: Bool, metresPerUnit: Double) {
        self.wkt = wkt
        self.epsgCode = epsgCode
        self.name = name
        self.isProjected = isProjected
        self.metresPerUnit = metresPerUnit
    }

    /// Longitude and latitude on WGS 84, the coordinates of GeoJSON.
    public static let wgs84: CoordinateReferenceSystem = {
        do { return try CoordinateReferenceSystem("EPSG:4326") } catch {
            preconditionFailure("PROJ has no data: \(error)")
        }
    }()

    /// The UTM zone of a place, on WGS 84.
    public static func utm(longitude: Double, latitude: Double) throws -> CoordinateReferenceSystem {
        let wrapped = longitude - 360 * ((longitude + 180) / 360).rounded(.down)
        let zone = min(max(Int((wrapped + 180) / 6) + 1, 1), 60)
        return try CoordinateReferenceSystem(epsg: (latitude < 0 ? 32700 : 32600) + zone)
    }

    /// Whether both define the same system, also where only one names a code or the definitions are worded differently.
    public func isSame(as other: CoordinateReferenceSystem) -> Bool {
        if self == other { return true }
        if epsgCode != nil, other.epsgCode != nil { return false }
        guard let first = try? ReferenceHandle(wkt), let second = try? ReferenceHandle(other.wkt) else { return false }
        return first.isSame(as: second)
    }

    static func describing(_ handle: OGRSpatialReferenceH) throws -> CoordinateReferenceSystem {
        // Where the first thing a thread does is to open a GeoTIFF, PROJ gives that thread the datum WGS 84 for good,
        // otherwise the ensemble of its realisations. The edition of 2015 knows datums only, so it words both alike;
        // a few systems, such as projected ones with heights, need the later edition.
        let wkt =
            try unsafe (try? exported(handle, edition: "WKT2_2015")) ?? exported(handle, edition: "WKT2_2019")
        var code: Int? = nil
        if let authority = unsafe OSRGetAuthorityName(handle, nil), unsafe String(cString: authority) == "EPSG",
            let value = unsafe OSRGetAuthorityCode(handle, nil)
        {
            code = unsafe Int(String(cString: value))
        }
        let name = unsafe OSRGetName(handle).map { unsafe String(cString: $0) } ?? "unnamed"
        let isProjected = unsafe OSRIsProjected(handle) != 0
        return CoordinateReferenceSystem(
            wkt: wkt, epsgCode: code, name: name, isProjected: isProjected,
            metresPerUnit: isProjected ? unsafe OSRGetLinearUnits(handle, nil) : 1)
    }

    /// The definition in an edition of the WKT standard.
    private static func exported(_ handle: OGRSpatialReferenceH, edition: String) throws -> String {
        var text: UnsafeMutablePointer<CChar>? = nil
        defer { unsafe VSIFree(text) }
        return try withGDALErrors("OSRExportToWktEx", subject: "coordinate reference system") {
            try unsafe withOptionList(["FORMAT=\(edition)"]) { options in
                _ = unsafe OSRExportToWktEx(handle, &text, UnsafePointer(OpaquePointer(options)))
                return try unsafe String(cString: requireHandle(text, "OSRExportToWktEx", subject: "CRS"))
            }
        }
    }
}

extension CoordinateReferenceSystem: Hashable {
    /// What equality and hash go by. The code follows from the text, so each system has one of the two for good.
    private enum Identity: Hashable {
        case epsg(Int)
        case definition(String)
    }

    private var identity: Identity { epsgCode.map(Identity.epsg) ?? .definition(wkt) }

    public static func == (first: CoordinateReferenceSystem, second: CoordinateReferenceSystem) -> Bool {
        first.identity == second.identity
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

/// Owns one OGR spatial reference; made where it is used, because the C object is not safe to share.
@safe struct ReferenceHandle: ~Copyable {
    let pointer: OGRSpatialReferenceH

    init(_ text: String) throws {
        let subject = "coordinate reference system '\(text.prefix(60))'"
        // PROJ would also take the name of a file or of a web page: only definitions pass.
        guard Self.isDefinition(text) else {
            throw GeospatialError(
                subject: subject, message: "is no definition. Give WKT or a code such as EPSG:32648")
        }
        let made = try unsafe requireHandle(OSRNewSpatialReference(nil), "OSRNewSpatialReference", subject: subject)
        do {
            try withGDALErrors("OSRSetFromUserInput", subject: subject) {
                guard unsafe OSRSetFromUserInput(made, text) == OGRERR_NONE else {
                    throw GeospatialError(
                        subject: subject, message: "is not known. Give WKT or a code such as EPSG:32648",
                        function: "OSRSetFromUserInput")
                }
            }
        } catch {
            unsafe OSRDestroySpatialReference(made)
            throw error
        }
        unsafe OSRSetAxisMappingStrategy(made, OAMS_TRADITIONAL_GIS_ORDER)
        unsafe pointer = unsafe made
    }

    deinit { unsafe OSRDestroySpatialReference(pointer) }

    /// Whether a text begins as WKT, as a code of EPSG or OGC, or as a string of PROJ does.
    static func isDefinition(_ text: String) -> Bool {
        let start = text.drop { $0.isWhitespace }
        if start.hasPrefix("OGC:") || start.hasPrefix("+proj=") { return true }
        if start.hasPrefix("EPSG:") { return start.dropFirst(5).first.map { "0"..."9" ~= $0 } ?? false }
        let keyword = start.prefix { "A"..."Z" ~= $0 || $0 == "_" }
        return !keyword.isEmpty && start.dropFirst(keyword.count).first == "["
    }

    func described() throws -> CoordinateReferenceSystem { try unsafe CoordinateReferenceSystem.describing(pointer) }

    func isSame(as other: borrowing ReferenceHandle) -> Bool { unsafe OSRIsSame(pointer, other.pointer) != 0 }
}

/// Moves coordinates from one reference system to another. Not Sendable: one for each thread.
@safe public struct CoordinateTransformation: ~Copyable {
    private let pointer: OGRCoordinateTransformationH
    private let subject: String

    public init(from source: CoordinateReferenceSystem, to target: CoordinateReferenceSystem) throws {
        let from = try ReferenceHandle(source.wkt)
        let to = try ReferenceHandle(target.wkt)
        let subject = "\(source.name) to \(target.name)"
        unsafe pointer = try withGDALErrors("OCTNewCoordinateTransformation", subject: subject) {
            try unsafe requireHandle(
                OCTNewCoordinateTransformation(from.pointer, to.pointer), "OCTNewCoordinateTransformation",
                subject: subject)
        }
        self.subject = subject
    }

    deinit { unsafe OCTDestroyCoordinateTransformation(pointer) }

    /// The coordinates in the target system.
    /// - Throws: `GeospatialError` where one of them has no place in it.
    public func transform(_ coordinates: [Coordinate]) throws -> [Coordinate] {
        var x = coordinates.map(\.x)
        var y = coordinates.map(\.y)
        try withGDALErrors("OCTTransform", subject: subject) {
            let done = unsafe OCTTransform(pointer, Int32(x.count), &x, &y, nil)
            guard done != 0, x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else {
                throw GeospatialError(
                    subject: subject, message: "a coordinate cannot be transformed", function: "OCTTransform")
            }
        }
        return zip(x, y).map { Coordinate(x: $0, y: $1) }
    }

    /// The smallest envelope around the transformed envelope, its sides followed at `steps` points each.
    public func transform(_ envelope: Envelope, steps: Int = 16) throws -> Envelope {
        var outline: [Coordinate] = []
        for step in 0...steps {
            let part = Double(step) / Double(steps)
            let x = envelope.minimumX + part * (envelope.maximumX - envelope.minimumX)
            let y = envelope.minimumY + part * (envelope.maximumY - envelope.minimumY)
            outline.append(Coordinate(x: x, y: envelope.minimumY))
            outline.append(Coordinate(x: x, y: envelope.maximumY))
            outline.append(Coordinate(x: envelope.minimumX, y: y))
            outline.append(Coordinate(x: envelope.maximumX, y: y))
        }
        return Envelope(around: try transform(outline))
    }
}
