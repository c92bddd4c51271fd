public import Geospatial

/// The endless lattice of square pixels on which the sites of one area are analysed, in a metric plane.
///
/// Rows grow southwards and columns eastwards from the origin; both may be negative.
public struct AnalysisLattice: Hashable, Sendable {
    /// A projected system in metres.
    public let crs: CoordinateReferenceSystem
    public let pixelSizeMetres: Double
    /// A corner shared by four pixels, between 0 and one pixel from the origin of `crs`.
    public let origin: Coordinate

    public init(crs: CoordinateReferenceSystem, pixelSizeMetres: Double, origin: Coordinate) {
        self.crs = crs
        self.pixelSizeMetres = pixelSizeMetres
        // A millimetre is finer than any pixel is placed: rounding makes equal lattices equal.
        func folded(_ value: Double) -> Double {
            let rest = value - (value / pixelSizeMetres).rounded(.down) * pixelSizeMetres
            let rounded = (rest * 1000).rounded() / 1000
            return rounded >= pixelSizeMetres ? 0 : rounded
        }
        self.origin = Coordinate(x: folded(origin.x), y: folded(origin.y))
    }

    /// The lattice a raster lies on, or nil where its pixels are not square, not north-up, not metric, or lie in a
    /// plane that stretches distances near `place` by more than a percent (as Web Mercator does).
    ///
    /// - Parameter plane: The grid's plane, kept where many places are asked about.
    init?(of grid: Grid, near place: Coordinate, plane: PlaneOnGround? = nil) {
        let transform = grid.transform
        guard grid.crs.isProjected, transform.isNorthUp, abs(grid.crs.metresPerUnit - 1) < 1e-9,
            abs(transform.columnStepX + transform.rowStepY) < 1e-6 * transform.columnStepX,
            let plane = plane ?? (try? PlaneOnGround(grid.crs)), Self.isMetric(plane, near: place)
        else { return nil }
        self.init(
            crs: grid.crs, pixelSizeMetres: transform.columnStepX,
            origin: Coordinate(x: transform.originX, y: transform.originY))
    }

    /// Whether a kilometre in the plane is a kilometre on the ground, within a percent, in every direction.
    /// - Parameter place: Longitude and latitude.
    private static func isMetric(_ plane: PlaneOnGround, near place: Coordinate) -> Bool {
        guard let centre = try? plane.fromWGS84.transform([place]).first else { return false }
        let arms = [(1000.0, 0.0), (0, 1000), (-1000, 0), (0, -1000)].map {
            Coordinate(x: centre.x + $0.0, y: centre.y + $0.1)
        }
        guard let ends = try? plane.toWGS84.transform(arms) else { return false }
        return ends.allSatisfy { abs(PlaneOnGround.metres(from: place, to: $0) - 1000) < 10 }
    }

    /// The pixels an envelope in `crs` touches.
    public func window(covering envelope: Envelope) -> Window {
        func index(_ value: Double) -> Double { value / pixelSizeMetres }
        let slack = 1e-3
        let rows = (index(origin.y - envelope.maximumY) + slack).rounded(.down)
        let rowsEnd = (index(origin.y - envelope.minimumY) - slack).rounded(.up)
        let columns = (index(envelope.minimumX - origin.x) + slack).rounded(.down)
        let columnsEnd = (index(envelope.maximumX - origin.x) - slack).rounded(.up)
        return Window(
            rows: Int(rows)..<max(Int(rowsEnd), Int(rows) + 1),
            columns: Int(columns)..<max(Int(columnsEnd), Int(columns) + 1))
    }

    /// The grid of a window of the lattice.
    public func grid(of window: Window) -> Grid {
        Grid(
            rows: window.rows.count, columns: window.columns.count,
            transform: GeoTransform(
                originX: origin.x + Double(window.columns.lowerBound) * pixelSizeMetres,
                originY: origin.y - Double(window.rows.lowerBound) * pixelSizeMetres, pixelSize: pixelSizeMetres),
            crs: crs)
    }
}
