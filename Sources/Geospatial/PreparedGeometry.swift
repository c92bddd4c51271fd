internal import CGEOS

/// A geometry with its own index, for asking the same relation of many others. Not Sendable: one for each thread.
@safe public final class PreparedGeometry {
    public let geometry: Geometry
    private let pointer: OpaquePointer

    public init(_ geometry: Geometry) throws {
        self.geometry = geometry
        unsafe pointer = try GEOSContext.result("GEOSPrepare_r", subject: "geometry") {
            unsafe GEOSPrepare_r($0, geometry.pointer)
        }
    }

    deinit { unsafe GEOSContext.use { unsafe GEOSPreparedGeom_destroy_r($0, pointer) } }

    public func intersects(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSPreparedIntersects_r", subject: "geometry") {
            unsafe GEOSPreparedIntersects_r($0, pointer, other.pointer)
        }
    }

    /// Whether all of `other` lies inside, and not only on the outline.
    public func contains(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSPreparedContains_r", subject: "geometry") {
            unsafe GEOSPreparedContains_r($0, pointer, other.pointer)
        }
    }

    /// Whether no place of `other` lies outside.
    public func covers(_ other: Geometry) throws -> Bool {
        try unsafe GEOSContext.answer("GEOSPreparedCovers_r", subject: "geometry") {
            unsafe GEOSPreparedCovers_r($0, pointer, other.pointer)
        }
    }
}
