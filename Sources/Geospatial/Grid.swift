/// A place in a coordinate reference system.
public struct Coordinate: Hashable, Sendable {
    /// Easting or longitude, in the unit of its reference system.
    public var x: Double
    /// Northing or latitude.
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// The bounding box of a geometry, in the unit of its reference system.
public struct Envelope: Hashable, Sendable {
    public var minimumX: Double
    public var minimumY: Double
    public var maximumX: Double
    public var maximumY: Double

    public init(minimumX: Double, minimumY: Double, maximumX: Double, maximumY: Double) {
        self.minimumX = minimumX
        self.minimumY = minimumY
        self.maximumX = maximumX
        self.maximumY = maximumY
    }

    /// - Precondition: There is at least one coordinate.
    public init(around coordinates: [Coordinate]) {
        self.init(
            minimumX: coordinates.map(\.x).min()!, minimumY: coordinates.map(\.y).min()!,
            maximumX: coordinates.map(\.x).max()!, maximumY: coordinates.map(\.y).max()!)
    }

    public var centre: Coordinate { Coordinate(x: (minimumX + maximumX) / 2, y: (minimumY + maximumY) / 2) }

    public func expanded(by distance: Double) -> Envelope {
        Envelope(
            minimumX: minimumX - distance, minimumY: minimumY - distance, maximumX: maximumX + distance,
            maximumY: maximumY + distance)
    }

    /// Whether no place of `other` lies outside.
    public func covers(_ other: Envelope) -> Bool {
        minimumX <= other.minimumX && minimumY <= other.minimumY && other.maximumX <= maximumX
            && other.maximumY <= maximumY
    }

    public func intersects(_ other: Envelope) -> Bool {
        minimumX <= other.maximumX && other.minimumX <= maximumX && minimumY <= other.maximumY
            && other.minimumY <= maximumY
    }

    public func union(_ other: Envelope) -> Envelope {
        Envelope(
            minimumX: min(minimumX, other.minimumX), minimumY: min(minimumY, other.minimumY),
            maximumX: max(maximumX, other.maximumX), maximumY: max(maximumY, other.maximumY))
    }
}

/// A rectangle of pixels of a grid.
public struct Window: Hashable, Sendable {
    public var rows: Range<Int>
    public var columns: Range<Int>

    public init(rows: Range<Int>, columns: Range<Int>) {
        self.rows = rows
        self.columns = columns
    }

    public var pixelCount: Int { rows.count * columns.count }
    public var isEmpty: Bool { rows.isEmpty || columns.isEmpty }

    public func intersection(_ other: Window) -> Window {
        Window(rows: rows.clamped(to: other.rows), columns: columns.clamped(to: other.columns))
    }

    public func contains(_ other: Window) -> Bool {
        rows.lowerBound <= other.rows.lowerBound && other.rows.upperBound <= rows.upperBound
            && columns.lowerBound <= other.columns.lowerBound && other.columns.upperBound <= columns.upperBound
    }
}

/// The six numbers that place pixels in a reference system.
///
/// x = originX + column * columnStepX + row * rowStepX, y likewise; pixel (0, 0) begins at the origin.
public struct GeoTransform: Hashable, Sendable {
    public var originX: Double
    public var columnStepX: Double
    public var rowStepX: Double
    public var originY: Double
    public var columnStepY: Double
    public var rowStepY: Double

    /// A north-up transform.
    /// - Parameter pixelSize: Width and height of a pixel, in the unit of the reference system.
    public init(originX: Double, originY: Double, pixelSize: Double) {
        self.init(
            originX: originX, columnStepX: pixelSize, rowStepX: 0, originY: originY, columnStepY: 0,
            rowStepY: -pixelSize)
    }

    public init(
        originX: Double, columnStepX: Double, rowStepX: Double, originY: Double, columnStepY: Double, rowStepY: Double
    ) {
        self.originX = originX
        self.columnStepX = columnStepX
        self.rowStepX = rowStepX
        self.originY = originY
        self.columnStepY = columnStepY
        self.rowStepY = rowStepY
    }

    /// The order GDAL keeps them in.
    var gdalCoefficients: [Double] { [originX, columnStepX, rowStepX, originY, columnStepY, rowStepY] }

    public var isNorthUp: Bool { rowStepX == 0 && columnStepY == 0 && columnStepX > 0 && rowStepY < 0 }
}

/// Size, placing and reference system of a raster.
public struct Grid: Hashable, Sendable {
    public var rows: Int
    public var columns: Int
    public var transform: GeoTransform
    public var crs: CoordinateReferenceSystem

    public init(rows: Int, columns: Int, transform: GeoTransform, crs: CoordinateReferenceSystem) {
        self.rows = rows
        self.columns = columns
        self.transform = transform
        self.crs = crs
    }

    public var pixelCount: Int { rows * columns }
    public var window: Window { Window(rows: 0..<rows, columns: 0..<columns) }

    /// Area of one pixel in squared units of the reference system.
    public var pixelArea: Double {
        abs(transform.columnStepX * transform.rowStepY - transform.rowStepX * transform.columnStepY)
    }

    /// The place of a fractional row and column; (0.5, 0.5) is the centre of the first pixel.
    public func coordinate(row: Double, column: Double) -> Coordinate {
        Coordinate(
            x: transform.originX + column * transform.columnStepX + row * transform.rowStepX,
            y: transform.originY + column * transform.columnStepY + row * transform.rowStepY)
    }

    /// The fractional row and column of a place.
    public func position(of place: Coordinate) -> (row: Double, column: Double) {
        let t = transform
        let determinant = t.columnStepX * t.rowStepY - t.rowStepX * t.columnStepY
        let dx = place.x - t.originX
        let dy = place.y - t.originY
        return (
            row: (dy * t.columnStepX - dx * t.columnStepY) / determinant,
            column: (dx * t.rowStepY - dy * t.rowStepX) / determinant
        )
    }

    public var envelope: Envelope { envelope(of: window) }

    public func envelope(of window: Window) -> Envelope {
        let rows = [Double(window.rows.lowerBound), Double(window.rows.upperBound)]
        let columns = [Double(window.columns.lowerBound), Double(window.columns.upperBound)]
        return Envelope(around: rows.flatMap { row in columns.map { coordinate(row: row, column: $0) } })
    }

    /// The pixels touched by an envelope in this grid's reference system, cut to the grid; may be empty.
    public func window(covering envelope: Envelope) -> Window {
        let corners = [
            Coordinate(x: envelope.minimumX, y: envelope.minimumY),
            Coordinate(x: envelope.maximumX, y: envelope.minimumY),
            Coordinate(x: envelope.minimumX, y: envelope.maximumY),
            Coordinate(x: envelope.maximumX, y: envelope.maximumY),
        ].map { position(of: $0) }
        // A thousandth of a pixel: corners that lie on a pixel edge but for rounding do not touch the next pixel.
        let slack = 1e-3
        func range(_ values: [Double], limit: Int) -> Range<Int> {
            let low = min(max((values.min()! + slack).rounded(.down), 0), Double(limit))
            let high = min(max((values.max()! - slack).rounded(.up), low), Double(limit))
            return Int(low)..<Int(high)
        }
        return Window(
            rows: range(corners.map(\.row), limit: rows), columns: range(corners.map(\.column), limit: columns))
    }

    /// The grid of a window of this one.
    public func grid(of window: Window) -> Grid {
        let origin = coordinate(row: Double(window.rows.lowerBound), column: Double(window.columns.lowerBound))
        var moved = transform
        moved.originX = origin.x
        moved.originY = origin.y
        return Grid(rows: window.rows.count, columns: window.columns.count, transform: moved, crs: crs)
    }

    /// Whether pixels of both have the same size, direction and reference system and lie on one lattice.
    public func isAligned(with other: Grid) -> Bool {
        let size = abs(transform.columnStepX)
        guard size > 0, crs.isSame(as: other.crs) else { return false }
        let steps = zip(transform.gdalCoefficients, other.transform.gdalCoefficients).enumerated()
            .filter { ![0, 3].contains($0.offset) }
        guard steps.allSatisfy({ abs($0.element.0 - $0.element.1) < 1e-6 * size }) else { return false }
        let place = position(of: Coordinate(x: other.transform.originX, y: other.transform.originY))
        return abs(place.row - place.row.rounded()) < 1e-3 && abs(place.column - place.column.rounded()) < 1e-3
    }
}
