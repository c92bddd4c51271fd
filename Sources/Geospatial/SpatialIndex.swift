internal import CGEOS

/// Finds the envelopes that meet an envelope: a sort-tile-recursive tree, fixed once made.
@safe public final class SpatialIndex: @unchecked Sendable {
    // Unchecked, since a pointer is not Sendable. GEOS 3.11 builds the tree at the first query without a lock:
    // `init` asks one, and afterwards every query only reads.
    private let tree: OpaquePointer
    /// How many envelopes there are; empty geometries are in no answer.
    public let count: Int

    /// - Parameter geometries: Known by their position in this array.
    public convenience init(_ geometries: [Geometry]) throws { try self.init(geometries.map(\.envelope)) }

    /// - Parameter envelopes: Known by their position in this array; nil is in no answer.
    public init(_ envelopes: [Envelope?]) throws {
        // 10: the node capacity GEOS itself defaults to.
        let made = try unsafe GEOSContext.result("GEOSSTRtree_create_r", subject: "spatial index") {
            unsafe GEOSSTRtree_create_r($0, 10)
        }
        for (position, envelope) in envelopes.enumerated() {
            guard let envelope else { continue }
            let rectangle = Geometry(rectangle: envelope)
            // Positions travel as addresses, which must not be null: one is added.
            unsafe GEOSContext.use {
                unsafe GEOSSTRtree_insert_r(
                    $0, made, rectangle.pointer, UnsafeMutableRawPointer(bitPattern: position + 1))
            }
        }
        unsafe tree = unsafe made
        count = envelopes.count { $0 != nil }
        _ = query(Envelope(minimumX: 0, minimumY: 0, maximumX: 0, maximumY: 0))
    }

    deinit { unsafe GEOSContext.use { unsafe GEOSSTRtree_destroy_r($0, tree) } }

    /// Positions of the envelopes that meet this one, touching included, ascending.
    public func query(_ envelope: Envelope) -> [Int] {
        guard count > 0 else { return [] }
        let rectangle = Geometry(rectangle: envelope)
        let found = Found()
        unsafe GEOSContext.use { context in
            unsafe GEOSSTRtree_query_r(
                context, tree, rectangle.pointer,
                { item, data in
                    guard let data = unsafe data else { return }
                    let found = unsafe Unmanaged<Found>.fromOpaque(data).takeUnretainedValue()
                    found.positions.append(Int(bitPattern: item) - 1)
                }, Unmanaged.passUnretained(found).toOpaque())
        }
        return found.positions.sorted()
    }

    /// Positions of the envelopes that meet the envelope of `geometry`, ascending.
    public func query(_ geometry: Geometry) -> [Int] { geometry.envelope.map { query($0) } ?? [] }

    private final class Found { var positions: [Int] = [] }
}
