public import Geospatial

/// A site in the plane it is analysed in.
public struct PlacedSite: Sendable {
    public let site: Site
    /// The boundary, in the plane.
    public let core: Geometry
    /// The boundary with its buffer, in the plane.
    public let zone: Geometry
    /// The pixels of zone and ring.
    public let window: Window

    /// - Parameters:
    ///   - ringMetres: Width of the landscape watched around the buffer.
    ///   - fromWGS84: Leads into the plane of `lattice`.
    public init(
        _ site: Site, on lattice: AnalysisLattice, ringMetres: Double, fromWGS84: borrowing CoordinateTransformation
    ) throws {
        self.site = site
        core = try site.core.transformed(with: fromWGS84)
        zone = try core.buffer(distance: site.bufferMetres)
        guard let envelope = zone.envelope else {
            throw GeospatialError(subject: "Site \(site.id)", message: "has an empty boundary")
        }
        window = lattice.window(covering: envelope.expanded(by: ringMetres))
    }

    /// Places many sites, in their order.
    static func placing(
        _ sites: [Site], on lattice: AnalysisLattice, ringMetres: Double, threads: Int
    ) throws -> [PlacedSite] {
        try WorkerPool.map(sites, batchCount: 512, threads: threads) {
            try PlaneOnGround(lattice.crs)
        } body: { plane, site in
            try PlacedSite(site, on: lattice, ringMetres: ringMetres, fromWGS84: plane.fromWGS84)
        }
    }
}

/// Neighbouring sites analysed together, so that the ground they share is read and compared once.
///
/// Which sites form a group follows from the register and the lattice alone, never from threads or memory.
public struct SiteGroup: Sendable {
    public let lattice: AnalysisLattice
    /// Ordered by site id.
    public let sites: [PlacedSite]
    /// The pixels analysed: all windows of the sites.
    public let window: Window

    public var grid: Grid { lattice.grid(of: window) }

    /// In which month of a quarter the group's history moves on, 0 to 2: groups take turns, so that no month has to make
    /// all baselines anew. It follows from where the group lies.
    var turn: Int {
        let place = (window.rows.lowerBound + window.columns.lowerBound) % 3
        return place < 0 ? place + 3 : place
    }

    /// Groups sites by the cell of the lattice that holds the middle of their window.
    /// - Parameter cellPixels: Rows and columns of a cell.
    /// - Returns: Groups in the order of rows, then columns.
    public static func grouping(_ sites: [PlacedSite], on lattice: AnalysisLattice, cellPixels: Int) -> [SiteGroup] {
        struct Cell: Hashable, Comparable {
            let row: Int
            let column: Int
            static func < (a: Cell, b: Cell) -> Bool { (a.row, a.column) < (b.row, b.column) }
        }
        func cell(_ middle: Int) -> Int { Int((Double(middle) / Double(cellPixels)).rounded(.down)) }
        let cells = Dictionary(grouping: sites) { placed in
            Cell(
                row: cell((placed.window.rows.lowerBound + placed.window.rows.upperBound) / 2),
                column: cell((placed.window.columns.lowerBound + placed.window.columns.upperBound) / 2))
        }
        return cells.sorted { $0.key < $1.key }.map { _, members in
            let window = members.dropFirst().reduce(members[0].window) { whole, next in
                Window(
                    rows: min(
                        whole.rows.lowerBound, next.window.rows.lowerBound)..<max(
                            whole.rows.upperBound, next.window.rows.upperBound),
                    columns: min(
                        whole.columns.lowerBound, next.window.columns.lowerBound)..<max(
                            whole.columns.upperBound, next.window.columns.upperBound))
            }
            return SiteGroup(
                lattice: lattice, sites: members.sorted { $0.site.id < $1.site.id }, window: padded(window))
        }
    }

    /// The window with columns added in the east until they are a multiple of eight, the width of the kernels' vectors.
    private static func padded(_ window: Window) -> Window {
        let start = window.columns.lowerBound
        return Window(rows: window.rows, columns: start..<start + (window.columns.count + 7) / 8 * 8)
    }
}
