internal import Foundation
internal import Geospatial

/// A square kilometre, or a hundred, that stands for every place in it.
///
/// Cells lie on the EASE-Grid 2.0 (EPSG:6933; Brodzik et al. 2012, doi:10.3390/ijgi1010032), a cylindrical equal-area
/// projection of the whole Earth, at whole multiples of their side from its origin. So one definition holds for every
/// country; a cell never depends on the sites, on a run or on chance, which many exports together could average away;
/// every cell covers the same area, and so hides as much; sides are meridians and parallels; and the small cells nest
/// in the large ones, so that the two profiles laid over each other tell no more than the finer one. Squares of MGRS
/// would be cut into slivers at the edges of UTM zones, and national grids end at the border. The price: a cell is as
/// wide as high at 30 degrees only; one of 1 km is 0.58 x 1.73 km at 60 degrees.
struct GeneralisationCell: Hashable, Comparable, Sendable {
    /// Sides in the plane of the projection.
    enum Size: Int, CaseIterable, Sendable {
        case oneKilometre = 1
        case tenKilometres = 10

        var metres: Double { Double(rawValue) * 1000 }
    }

    let size: Size
    /// Of its west side and south side, in sides from the origin at 0 degrees.
    let column: Int
    let row: Int

    /// Half the width and half the height of the world in the projection, metres.
    private static let halfWidth = 17_367_530.445
    private static let halfHeight = 7_342_230.136

    /// The cell of a place in the plane of the projection.
    private init(size: Size, x: Double, y: Double) {
        self.size = size
        column = Self.index(x, half: Self.halfWidth, size: size)
        row = Self.index(y, half: Self.halfHeight, size: size)
    }

    /// What is left over at the rim of the world belongs to the last whole cell: a sliver would hide less.
    private static func index(_ value: Double, half: Double, size: Size) -> Int {
        let count = Int(half / size.metres)
        return min(max(Int((value / size.metres).rounded(.down)), -count), count - 1)
    }

    /// The cells of places in longitude and latitude on WGS 84.
    /// - Throws: `GeospatialError` where one of them is no place.
    static func cells(_ size: Size, of places: [Coordinate]) throws -> [GeneralisationCell] {
        guard !places.isEmpty else { return [] }
        let plane = try CoordinateTransformation(from: .wgs84, to: CoordinateReferenceSystem(epsg: 6933))
        return try plane.transform(places).map { GeneralisationCell(size: size, x: $0.x, y: $0.y) }
    }

    /// The larger cell this one lies in.
    func within(_ larger: Size) -> GeneralisationCell {
        // A point inside, not a corner: corners belong to several.
        GeneralisationCell(
            size: larger, x: (Double(column) + 0.5) * size.metres, y: (Double(row) + 0.5) * size.metres)
    }

    /// Its name: size, then the distance of its south-west corner from the origin in cells, such as `1kmE1936N5302`.
    var id: String {
        func part(_ index: Int, _ positive: String, _ negative: String) -> String {
            (index < 0 ? negative : positive) + String(index.magnitude)
        }
        return "\(size.rawValue)km\(part(column, "E", "W"))\(part(row, "N", "S"))"
    }

    static func < (first: GeneralisationCell, second: GeneralisationCell) -> Bool {
        (first.size.rawValue, first.row, first.column) < (second.size.rawValue, second.row, second.column)
    }

    /// Its sides in degrees, rounded to 5 decimals (a metre).
    func bounds() throws -> Envelope {
        func edge(_ index: Int, _ half: Double) -> Double {
            let count = Int(half / size.metres)
            if index == -count { return -half }
            return index == count ? half : Double(index) * size.metres
        }
        let degrees = try CoordinateTransformation(from: CoordinateReferenceSystem(epsg: 6933), to: .wgs84)
        let corners = try degrees.transform([
            Coordinate(x: edge(column, Self.halfWidth), y: edge(row, Self.halfHeight)),
            Coordinate(x: edge(column + 1, Self.halfWidth), y: edge(row + 1, Self.halfHeight)),
        ])
        func rounded(_ value: Double) -> Double { (value * 100_000).rounded() / 100_000 }
        // The rim itself may come back on the other side of the date line.
        let west = rounded(corners[0].x)
        let east = rounded(corners[1].x)
        return Envelope(
            minimumX: column < 0 && west > 0 ? -west : west, minimumY: rounded(corners[0].y),
            maximumX: column >= 0 && east < 0 ? -east : east, maximumY: rounded(corners[1].y))
    }
}
