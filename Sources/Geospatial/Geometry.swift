internal import CGEOS

/// What a geometry is made of.
public enum GeometryKind: String, Sendable, Hashable, CaseIterable {
    case point, line, polygon, multiPoint, multiLine, multiPolygon, collection

    /// Polygons, one or several.
    public var isPolygonal: Bool { self == .polygon || self == .multiPolygon }
    public var isLinear: Bool { self == .line || self == .multiLine }
    public var isPunctual: Bool { self == .point || self == .multiPoint }
}

/// An immutable planar geometry in two dimensions; its reference system is known to whoever holds it.
///
/// Two geometries are equal where they have the same coordinates in the same order: `equals(_:)` compares places.
@safe public final class Geometry: @unchecked Sendable {
    // Unchecked, since a pointer is not Sendable. It is safe to share: nothing changes the geometry after `init`,
    // every thread reads it through a context of its own, and `settle` has filled the envelopes GEOS keeps lazily.
    let pointer: OpaquePointer

    /// Takes over `pointer`.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
        unsafe GEOSContext.use { unsafe Self.settle(pointer, $0) }
    }

    deinit { unsafe GEOSContext.use { unsafe GEOSGeom_destroy_r($0, pointer) } }

    /// - Parameter wkb: Well-known binary, either byte order; heights and measures are dropped on export.
    public convenience init(wkb: [UInt8]) throws {
        let made = try unsafe GEOSContext.result("GEOSWKBReader_read_r", subject: "geometry") { context in
            let reader = unsafe GEOSWKBReader_create_r(context)
            defer { unsafe GEOSWKBReader_destroy_r(context, reader) }
            return unsafe wkb.withUnsafeBufferPointer {
                unsafe GEOSWKBReader_read_r(context, reader, $0.baseAddress, $0.count)
            }
        }
        unsafe self.init(owning: made)
    }

    /// - Parameter wkt: Well-known text.
    public convenience init(wkt: String) throws {
        let made = try unsafe GEOSContext.result(
            "GEOSWKTReader_read_r", subject: "geometry '\(wkt.prefix(60))'"
        ) { context in
            let reader = unsafe GEOSWKTReader_create_r(context)
            defer { unsafe GEOSWKTReader_destroy_r(context, reader) }
            return unsafe GEOSWKTReader_read_r(context, reader, wkt)
        }
        unsafe self.init(owning: made)
    }

    public convenience init(point: Coordinate) {
        unsafe self.init(owning: GEOSContext.use { unsafe GEOSGeom_createPointFromXY_r($0, point.x, point.y) })
    }

    /// - Parameters:
    ///   - exterior: The outline; closed here where its last place is not its first.
    ///   - holes: Likewise.
    /// - Throws: `GeospatialError` where a ring has fewer than three places.
    public convenience init(polygonWithExterior exterior: [Coordinate], holes: [[Coordinate]] = []) throws {
        let shell = try unsafe Self.ring(exterior)
        var rings: [OpaquePointer?] = unsafe []
        do {
            for hole in holes { unsafe rings.append(try Self.ring(hole)) }
        } catch {
            unsafe GEOSContext.use { context in
                unsafe GEOSGeom_destroy_r(context, shell)
                unsafe rings.forEach { unsafe GEOSGeom_destroy_r(context, $0) }
            }
            throw error
        }
        // The polygon takes over the rings.
        let made = try unsafe GEOSContext.result("GEOSGeom_createPolygon_r", subject: "polygon") { context in
            unsafe rings.withUnsafeMutableBufferPointer {
                unsafe GEOSGeom_createPolygon_r(context, shell, $0.baseAddress, UInt32($0.count))
            }
        }
        unsafe self.init(owning: made)
    }

    /// The rectangle of an envelope.
    public convenience init(rectangle envelope: Envelope) {
        unsafe self.init(
            owning: GEOSContext.use {
                unsafe GEOSGeom_createRectangle_r(
                    $0, envelope.minimumX, envelope.minimumY, envelope.maximumX, envelope.maximumY)
            })
    }

    /// All parts as one: a multi-geometry where they are of one kind, a collection otherwise.
    public convenience init(collecting parts: [Geometry]) {
        let kinds = Set(parts.map(\.kind))
        let type =
            switch kinds.count == 1 ? kinds.first : nil {
            case .point: GEOS_MULTIPOINT
            case .line: GEOS_MULTILINESTRING
            case .polygon: GEOS_MULTIPOLYGON
            default: GEOS_GEOMETRYCOLLECTION
            }
        unsafe self.init(
            owning: GEOSContext.use { context in
                var clones = unsafe parts.map { unsafe GEOSGeom_clone_r(context, $0.pointer) }
                return unsafe clones.withUnsafeMutableBufferPointer {
                    unsafe GEOSGeom_createCollection_r(
                        context, Int32(bitPattern: type.rawValue), $0.baseAddress, UInt32($0.count))
                }
            })
    }

    // MARK: Export

    /// Well-known binary in two dimensions, little endian: the same geometry gives the same bytes everywhere.
    ///
    /// Put together here: GEOS's own writer sends each number through a stream of C++.
    public var wkb: [UInt8] {
        unsafe GEOSContext.use { context in
            var bytes: [UInt8] = []
            unsafe Self.addWKB(of: pointer, context, to: &bytes)
            return bytes
        }
    }

    /// Well-known text in two dimensions, with as many digits as each number needs.
    public var wkt: String {
        unsafe GEOSContext.use { context in
            let writer = unsafe GEOSWKTWriter_create_r(context)
            defer { unsafe GEOSWKTWriter_destroy_r(context, writer) }
            unsafe GEOSWKTWriter_setTrim_r(context, writer, 1)
            unsafe GEOSWKTWriter_setOutputDimension_r(context, writer, 2)
            guard let text = unsafe GEOSWKTWriter_write_r(context, writer, pointer) else { return "" }
            defer { unsafe GEOSFree_r(context, text) }
            return unsafe String(cString: text)
        }
    }

    // MARK: Description

    public var kind: GeometryKind {
        let type = unsafe GEOSContext.use { unsafe GEOSGeomTypeId_r($0, pointer) }
        // The order of GEOSGeomTypes; a ring on its own is a line.
        let kinds: [GeometryKind] = [
            .point, .line, .line, .polygon, .multiPoint, .multiLine, .multiPolygon, .collection,
        ]
        return kinds[Int(type)]
    }

    public var isEmpty: Bool { unsafe GEOSContext.use { unsafe GEOSisEmpty_r($0, pointer) } == 1 }

    /// Whether the rings neither cross nor touch along lines, holes lie inside, and every coordinate is finite.
    public var isValid: Bool { unsafe GEOSContext.use { unsafe GEOSisValid_r($0, pointer) } == 1 }

    /// Why it is not valid and where, for example `Self-intersection at 1 1`; nil where it is valid.
    public var invalidityReason: String? {
        unsafe GEOSContext.use { context in
            var reason: UnsafeMutablePointer<CChar>? = nil
            var place: OpaquePointer? = nil
            let answer = unsafe GEOSisValidDetail_r(context, pointer, 0, &reason, &place)
            defer {
                if let reason = unsafe reason { unsafe GEOSFree_r(context, reason) }
                if let place = unsafe place { unsafe GEOSGeom_destroy_r(context, place) }
            }
            guard answer != 1 else { return nil }
            let text = unsafe reason.map { unsafe String(cString: $0) } ?? "Invalid"
            guard let place = unsafe place else { return text }
            var x = Double.nan
            var y = Double.nan
            _ = unsafe GEOSGeomGetX_r(context, place, &x)
            _ = unsafe GEOSGeomGetY_r(context, place, &y)
            return "\(text) at \(x) \(y)"
        }
    }

    public var hasFiniteCoordinates: Bool { coordinates.allSatisfy { $0.x.isFinite && $0.y.isFinite } }

    /// The bounding box; nil where the geometry is empty.
    public var envelope: Envelope? {
        guard !isEmpty else { return nil }
        return unsafe GEOSContext.use { context in
            var box = Envelope(minimumX: 0, minimumY: 0, maximumX: 0, maximumY: 0)
            _ = unsafe GEOSGeom_getXMin_r(context, pointer, &box.minimumX)
            _ = unsafe GEOSGeom_getYMin_r(context, pointer, &box.minimumY)
            _ = unsafe GEOSGeom_getXMax_r(context, pointer, &box.maximumX)
            _ = unsafe GEOSGeom_getYMax_r(context, pointer, &box.maximumY)
            return box
        }
    }

    /// Planar area in squared units of the reference system: meaningless in degrees, see `ellipsoidalArea`.
    public var area: Double {
        unsafe GEOSContext.use { context in
            var value = 0.0
            _ = unsafe GEOSArea_r(context, pointer, &value)
            return value
        }
    }

    /// Planar length of lines, or of the outline, in units of the reference system.
    public var length: Double {
        unsafe GEOSContext.use { context in
            var value = 0.0
            _ = unsafe GEOSLength_r(context, pointer, &value)
            return value
        }
    }

    /// The centre of mass; nil where the geometry is empty. It may lie outside.
    public var centroid: Coordinate? {
        (try? unsafe derived("GEOSGetCentroid_r") { unsafe GEOSGetCentroid_r($0, pointer) })?.coordinates.first
    }

    /// A place inside; nil where the geometry is empty.
    public var pointOnSurface: Coordinate? {
        // GEOS 3.11 reads the first point of lines that have none, where they lie among others.
        guard kind == .collection || kind == .multiLine else { return pointOnSurfaceAsItIs }
        let parts = singleParts.filter { !$0.isEmpty }
        return parts.isEmpty ? nil : Geometry(collecting: parts).pointOnSurfaceAsItIs
    }

    private var pointOnSurfaceAsItIs: Coordinate? {
        (try? unsafe derived("GEOSPointOnSurface_r") { unsafe GEOSPointOnSurface_r($0, pointer) })?.coordinates.first
    }

    // MARK: Parts

    /// Every coordinate, in the order of the geometry.
    public var coordinates: [Coordinate] {
        unsafe GEOSContext.use { context in
            var found: [Coordinate] = []
            unsafe Self.addCoordinates(of: pointer, context, to: &found)
            return found
        }
    }

    /// The parts, and theirs, down to points, lines and polygons.
    private var singleParts: [Geometry] {
        switch kind {
        case .point, .line, .polygon: [self]
        case .multiPoint, .multiLine, .multiPolygon, .collection: parts.flatMap(\.singleParts)
        }
    }

    /// The parts of a multi-geometry or collection; the geometry itself where it is a single one.
    public var parts: [Geometry] {
        switch kind {
        case .point, .line, .polygon: return [self]
        case .multiPoint, .multiLine, .multiPolygon, .collection:
            return unsafe GEOSContext.use { context in
                (0..<(unsafe GEOSGetNumGeometries_r(context, pointer))).map { index in
                    unsafe Geometry(
                        owning: GEOSGeom_clone_r(context, GEOSGetGeometryN_r(context, pointer, index)))
                }
            }
        }
    }

    /// The rings of each polygon, its exterior first, then its holes; closed.
    public var polygons: [[[Coordinate]]] { unsafe GEOSContext.use { unsafe Self.polygons(of: pointer, $0) } }

    /// Every ring of every polygon, holes included: to be drawn with the even-odd rule.
    public var rings: [[Coordinate]] { polygons.flatMap { $0 } }

    /// The polygons alone, without the points and lines a repair or an intersection may leave; empty if none.
    public func polygonalPart() -> Geometry {
        if kind.isPolygonal { return self }
        func polygons(in geometry: Geometry) -> [Geometry] {
            switch geometry.kind {
            case .polygon: geometry.isEmpty ? [] : [geometry]
            case .multiPolygon, .collection: geometry.parts.flatMap(polygons)
            default: []
            }
        }
        let found = polygons(in: self)
        if found.isEmpty {
            return unsafe Geometry(owning: GEOSContext.use { unsafe GEOSGeom_createEmptyPolygon_r($0) })
        }
        return found.count == 1 ? found[0] : Geometry(collecting: found)
    }

    // MARK: New geometries

    /// This geometry where it is valid, else what `madeValid` makes of it.
    public func valid() throws -> Geometry { isValid ? self : try madeValid() }

    /// A valid geometry of the same coverage; lines and points that a collapsed part leaves are dropped.
    ///
    /// The structure method of GEOS: ten times faster than the linework method, and both halves of a bow-tie stay.
    public func madeValid() throws -> Geometry {
        try unsafe derived("GEOSMakeValidWithParams_r") { context in
            let parameters = unsafe GEOSMakeValidParams_create_r(context)
            defer { unsafe GEOSMakeValidParams_destroy_r(context, parameters) }
            _ = unsafe GEOSMakeValidParams_setMethod_r(context, parameters, GEOS_MAKE_VALID_STRUCTURE)
            _ = unsafe GEOSMakeValidParams_setKeepCollapsed_r(context, parameters, 0)
            return unsafe GEOSMakeValidWithParams_r(context, pointer, parameters)
        }
    }

    /// - Parameters:
    ///   - distance: In units of the reference system; negative shrinks.
    ///   - quadrantSegments: Straight pieces for a quarter of a circle.
    public func buffer(distance: Double, quadrantSegments: Int = 8) throws -> Geometry {
        try unsafe derived("GEOSBuffer_r") { unsafe GEOSBuffer_r($0, pointer, distance, Int32(quadrantSegments)) }
    }

    /// What is invalid is made valid for it, as for `union` and `difference`.
    public func intersection(_ other: Geometry) throws -> Geometry {
        try unsafe overlay(other, "GEOSIntersection_r") { unsafe GEOSIntersection_r($0, $1, $2) }
    }

    public func union(_ other: Geometry) throws -> Geometry {
        try unsafe overlay(other, "GEOSUnion_r") { unsafe GEOSUnion_r($0, $1, $2) }
    }

    public func difference(_ other: Geometry) throws -> Geometry {
        try unsafe overlay(other, "GEOSDifference_r") { unsafe GEOSDifference_r($0, $1, $2) }
    }

    /// The union of all; an empty collection where there are none. What is invalid is made valid for it.
    public static func union(of geometries: [Geometry]) throws -> Geometry {
        func union(_ parts: [Geometry]) throws -> Geometry {
            let all = Geometry(collecting: parts)
            return try unsafe all.derived("GEOSUnaryUnion_r") { unsafe GEOSUnaryUnion_r($0, all.pointer) }
        }
        let parts = geometries.flatMap(\.parts)
        do { return try union(parts) } catch { return try union(parts.map { try $0.madeValid() }) }
    }

    /// The polygons inside a rectangle; the geometry itself where it does not reach out of it.
    ///
    /// One pass over the coordinates, where an overlay takes an ordering of them.
    public func clipped(to rectangle: Envelope) throws -> Geometry {
        guard let envelope, !rectangle.covers(envelope) else { return self }
        let clipped = try? unsafe derived("GEOSClipByRect_r") {
            unsafe GEOSClipByRect_r(
                $0, pointer, rectangle.minimumX, rectangle.minimumY, rectangle.maximumX, rectangle.maximumY)
        }
        // It is fast because it does not look: rings that meet at the rectangle's edge, or cross, come out invalid.
        if let clipped = clipped?.polygonalPart(), clipped.isValid { return clipped }
        return try intersection(Geometry(rectangle: rectangle)).polygonalPart()
    }

    /// Fewer coordinates within `tolerance` units of the reference system; rings neither vanish nor cross.
    public func simplified(tolerance: Double) throws -> Geometry {
        try unsafe derived("GEOSTopologyPreserveSimplify_r") {
            unsafe GEOSTopologyPreserveSimplify_r($0, pointer, tolerance)
        }
    }

    /// Parts, rings and starting places in GEOS's fixed order, so that equal coverage often gives equal bytes.
    public func normalized() throws -> Geometry {
        try unsafe derived("GEOSNormalize_r") { context in
            let copy = unsafe GEOSGeom_clone_r(context, pointer)
            guard unsafe GEOSNormalize_r(context, copy) == 0 else {
                unsafe GEOSGeom_destroy_r(context, copy)
                return nil
            }
            return unsafe copy
        }
    }

    /// - Throws: `GeospatialError` where a coordinate has no place in the target system.
    public func transformed(with transformation: borrowing CoordinateTransformation) throws -> Geometry {
        let replacement = CoordinateReplacement(try transformation.transform(coordinates))
        return try unsafe derived("GEOSGeom_transformXY_r") { unsafe replacement.apply(to: pointer, $0) }
    }

    public func transformed(
        from source: CoordinateReferenceSystem, to target: CoordinateReferenceSystem
    ) throws -> Geometry {
        if source.isSame(as: target) { return self }
        return try transformed(with: CoordinateTransformation(from: source, to: target))
    }

    // MARK: Relations

    public func intersects(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSIntersects_r", subject: "geometry") {
            unsafe GEOSIntersects_r($0, pointer, other.pointer)
        }
    }

    /// Whether all of `other` lies inside, and not only on the outline.
    public func contains(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSContains_r", subject: "geometry") {
            unsafe GEOSContains_r($0, pointer, other.pointer)
        }
    }

    /// Whether no place of `other` lies outside.
    public func covers(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSCovers_r", subject: "geometry") {
            unsafe GEOSCovers_r($0, pointer, other.pointer)
        }
    }

    /// Whether both cover the same places, whatever the order of their coordinates.
    public func equals(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSEquals_r", subject: "geometry") {
            unsafe GEOSEquals_r($0, pointer, other.pointer)
        }
    }

    /// The shortest distance in units of the reference system.
    public func distance(to other: Geometry) throws -> Double {
        try unsafe GEOSContext.result("GEOSDistance_r", subject: "geometry") { context in
            var value = 0.0
            return unsafe GEOSDistance_r(context, pointer, other.pointer, &value) == 1 ? value : nil
        }
    }

    // MARK: Inside

    /// Tried as they are first: nearly all are valid, which takes as long to know as to overlay them. Those that are not
    /// have rings that a transformation's last digits turned over.
    private func overlay(
        _ other: Geometry, _ function: String,
        _ operation: (GEOSContextHandle_t, OpaquePointer, OpaquePointer) -> OpaquePointer?
    ) throws -> Geometry {
        do {
            return try unsafe derived(function) { unsafe operation($0, pointer, other.pointer) }
        } catch {
            let (first, second) = (try madeValid(), try other.madeValid())
            return try unsafe first.derived(function) { unsafe operation($0, first.pointer, second.pointer) }
        }
    }

    private func derived(
        _ function: String, _ body: (GEOSContextHandle_t) throws -> OpaquePointer?
    ) throws -> Geometry {
        unsafe Geometry(owning: try GEOSContext.result(function, subject: "geometry", body))
    }

    /// Asks for every envelope GEOS would otherwise fill in at the first reading, holes included.
    private static func settle(_ pointer: OpaquePointer, _ context: GEOSContextHandle_t) {
        var value = 0.0
        _ = unsafe GEOSGeom_getXMin_r(context, pointer, &value)
        switch UInt32(bitPattern: unsafe GEOSGeomTypeId_r(context, pointer)) {
        case GEOS_POLYGON.rawValue:
            for index in 0..<(unsafe GEOSGetNumInteriorRings_r(context, pointer)) {
                _ = unsafe GEOSGeom_getXMin_r(context, GEOSGetInteriorRingN_r(context, pointer, index), &value)
            }
        case GEOS_MULTIPOINT.rawValue...:
            for index in 0..<(unsafe GEOSGetNumGeometries_r(context, pointer)) {
                if let part = unsafe GEOSGetGeometryN_r(context, pointer, index) { unsafe settle(part, context) }
            }
        default: break
        }
    }

    private static func ring(_ places: [Coordinate]) throws -> OpaquePointer {
        var x = places.map(\.x)
        var y = places.map(\.y)
        if let first = places.first, first != places.last {
            x.append(first.x)
            y.append(first.y)
        }
        // GEOS lets a line pass that goes there and back again.
        guard x.isEmpty || x.count > 3 else {
            throw GeospatialError(subject: "ring", message: "has \(places.count) places, a polygon needs three")
        }
        return try unsafe GEOSContext.result("GEOSGeom_createLinearRing_r", subject: "ring") { context in
            guard
                let sequence = unsafe GEOSCoordSeq_copyFromArrays_r(context, x, y, nil, nil, UInt32(x.count))
            else { return nil }
            return unsafe GEOSGeom_createLinearRing_r(context, sequence)
        }
    }

    private static func polygons(of geometry: OpaquePointer, _ context: GEOSContextHandle_t) -> [[[Coordinate]]] {
        switch UInt32(bitPattern: unsafe GEOSGeomTypeId_r(context, geometry)) {
        case GEOS_POLYGON.rawValue:
            let rings = unsafe rings(of: geometry, context)
            return unsafe rings.isEmpty ? [] : [rings.map { unsafe coordinates(of: $0, context) }]
        case GEOS_MULTIPOLYGON.rawValue, GEOS_GEOMETRYCOLLECTION.rawValue:
            return unsafe members(of: geometry, context).flatMap { unsafe polygons(of: $0, context) }
        default: return []
        }
    }

    /// The outlines of a polygon, its exterior first, then its holes; they stay the polygon's.
    private static func rings(of polygon: OpaquePointer, _ context: GEOSContextHandle_t) -> [OpaquePointer] {
        guard unsafe GEOSisEmpty_r(context, polygon) == 0, let exterior = unsafe GEOSGetExteriorRing_r(context, polygon)
        else { return unsafe [] }
        return unsafe [exterior]
            + (0..<GEOSGetNumInteriorRings_r(context, polygon)).compactMap {
                unsafe GEOSGetInteriorRingN_r(context, polygon, $0)
            }
    }

    /// The parts of a multi-geometry or collection; they stay its own.
    private static func members(of geometry: OpaquePointer, _ context: GEOSContextHandle_t) -> [OpaquePointer] {
        unsafe (0..<GEOSGetNumGeometries_r(context, geometry)).compactMap {
            unsafe GEOSGetGeometryN_r(context, geometry, $0)
        }
    }

    /// The coordinates of a point, line or ring.
    private static func coordinates(of geometry: OpaquePointer, _ context: GEOSContextHandle_t) -> [Coordinate] {
        let sequence = unsafe GEOSGeom_getCoordSeq_r(context, geometry)
        var size: UInt32 = 0
        _ = unsafe GEOSCoordSeq_getSize_r(context, sequence, &size)
        // x and y in turn.
        var numbers = [Double](repeating: .nan, count: 2 * Int(size))
        _ = unsafe GEOSCoordSeq_copyToBuffer_r(context, sequence, &numbers, 0, 0)
        return (0..<Int(size)).map { Coordinate(x: numbers[2 * $0], y: numbers[2 * $0 + 1]) }
    }

    private static func addCoordinates(
        of geometry: OpaquePointer, _ context: GEOSContextHandle_t, to found: inout [Coordinate]
    ) {
        switch UInt32(bitPattern: unsafe GEOSGeomTypeId_r(context, geometry)) {
        case GEOS_POINT.rawValue...GEOS_LINEARRING.rawValue:
            found += unsafe coordinates(of: geometry, context)
        case GEOS_POLYGON.rawValue:
            unsafe rings(of: geometry, context).forEach { found += unsafe coordinates(of: $0, context) }
        default:
            unsafe members(of: geometry, context).forEach { unsafe addCoordinates(of: $0, context, to: &found) }
        }
    }

    private static func addWKB(
        of geometry: OpaquePointer, _ context: GEOSContextHandle_t, to bytes: inout [UInt8]
    ) {
        func add(_ number: some FixedWidthInteger) {
            unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
        }
        func add(_ places: [Coordinate]) {
            for place in places {
                add(place.x.bitPattern)
                add(place.y.bitPattern)
            }
        }
        func addHead(_ kind: GEOSGeomTypes) {
            // Little endian, then the number of the kind: those of GEOS count the ring as third.
            bytes.append(1)
            add(kind.rawValue < GEOS_LINEARRING.rawValue ? kind.rawValue + 1 : kind.rawValue)
        }
        let kind = GEOSGeomTypes(rawValue: UInt32(bitPattern: unsafe GEOSGeomTypeId_r(context, geometry)))
        addHead(kind)
        switch kind {
        case GEOS_POINT:
            let places = unsafe coordinates(of: geometry, context)
            add(places.isEmpty ? [Coordinate(x: .nan, y: .nan)] : places)
        case GEOS_LINESTRING, GEOS_LINEARRING:
            let places = unsafe coordinates(of: geometry, context)
            add(UInt32(places.count))
            add(places)
        case GEOS_POLYGON:
            let rings = unsafe rings(of: geometry, context)
            add(UInt32(unsafe rings.count))
            unsafe rings.forEach { ring in
                let places = unsafe coordinates(of: ring, context)
                add(UInt32(places.count))
                add(places)
            }
        default:
            let members = unsafe members(of: geometry, context)
            add(UInt32(unsafe members.count))
            unsafe members.forEach { unsafe addWKB(of: $0, context, to: &bytes) }
        }
    }
}

extension Geometry: Hashable {
    public static func == (first: Geometry, second: Geometry) -> Bool {
        first === second || first.wkb == second.wkb
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(wkb) }
}

extension Geometry: CustomStringConvertible {
    public var description: String { wkt }
}

/// One walk of GEOS over all coordinates that puts others in their places.
private final class CoordinateReplacement {
    private let replacements: [Coordinate]
    private var count = 0

    init(_ replacements: [Coordinate]) { self.replacements = replacements }

    /// A copy with the replacements, in the order of `Geometry.coordinates`.
    func apply(to pointer: OpaquePointer, _ context: GEOSContextHandle_t) -> OpaquePointer? {
        unsafe GEOSGeom_transformXY_r(
            context, pointer,
            { x, y, data in
                guard let x = unsafe x, let y = unsafe y, let data = unsafe data else { return 0 }
                let walk = unsafe Unmanaged<CoordinateReplacement>.fromOpaque(data).takeUnretainedValue()
                unsafe x.pointee = walk.replacements[walk.count].x
                unsafe y.pointee = walk.replacements[walk.count].y
                walk.count += 1
                return 1
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
