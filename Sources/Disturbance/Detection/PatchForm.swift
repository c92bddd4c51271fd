internal import Foundation
internal import Geospatial

/// Size and form of a patch on the ground.
struct PatchForm {
    let areaSquareMetres: Double
    /// Largest extent in any direction.
    let lengthMetres: Double
    /// Extent across that direction.
    let breadthMetres: Double
    let pixelMetres: Double

    /// Directions in which the extent is measured: every 5 degrees, so that a length is at most 0.1 % too short.
    private static let directions = 36

    /// - Parameters:
    ///   - patch: Pixel indices, ascending, at least one.
    ///   - columns: Of the grid they lie on.
    init(patch: [Int], columns: Int, pixelArea: Double) {
        let side = pixelArea.squareRoot()
        let outermost = Self.outermost(of: patch, columns: columns)
        func extent(_ angle: Double) -> Double {
            let (sine, cosine) = (sin(angle), cos(angle))
            var least = Double.infinity
            var most = -Double.infinity
            for (row, column) in outermost {
                let along = Double(column) * cosine + Double(row) * sine
                least = min(least, along)
                most = max(most, along)
            }
            // The middles of the outermost pixels, and half a pixel on either side.
            return (most - least + 1) * side
        }
        let step = Double.pi / Double(Self.directions)
        let extents = (0..<Self.directions).map { extent(Double($0) * step) }
        let longest = extents.indices.max { extents[$0] < extents[$1] }!
        areaSquareMetres = Double(patch.count) * pixelArea
        lengthMetres = extents[longest]
        breadthMetres = extents[(longest + Self.directions / 2) % Self.directions]
        pixelMetres = side
    }

    /// The first and last pixel of each row: none in between reaches farther in any direction.
    private static func outermost(of patch: [Int], columns: Int) -> [(row: Int, column: Int)] {
        var ends: [(row: Int, column: Int)] = []
        for (index, pixel) in patch.enumerated() {
            let row = pixel / columns
            let isFirst = index == 0 || patch[index - 1] / columns != row
            let isLast = index + 1 == patch.count || patch[index + 1] / columns != row
            if isFirst || isLast { ends.append((row, pixel % columns)) }
        }
        return ends
    }

    /// What a patch of this area and length would measure across if it were a band.
    var meanWidthMetres: Double { areaSquareMetres / lengthMetres }

    /// Long and narrow: a band at least four times as long as wide, and as narrow as a road with its verges looks.
    var isLinear: Bool { meanWidthMetres <= max(30, 2.5 * pixelMetres) && linearity > 0 }

    /// 0 up to four times as long as wide, towards 1 with the length.
    var linearity: Double { max(1 - 4 * meanWidthMetres / lengthMetres, 0) }

    /// As large as the smallest fields and without gaps. A full rectangle measured along its diagonal fills half of
    /// length times breadth, a circle four fifths.
    var isField: Bool {
        !isLinear && areaSquareMetres >= 2000 && areaSquareMetres >= 0.4 * lengthMetres * breadthMetres
    }
}
