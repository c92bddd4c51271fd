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
    ///   - patch: Pixel indices, at least one.
    ///   - columns: Of the grid they lie on.
    init(patch: [Int], columns: Int, pixelArea: Double) {
        let side = pixelArea.squareRoot()
        func extent(_ angle: Double) -> Double {
            let (sine, cosine) = (sin(angle), cos(angle))
            var least = Double.infinity
            var most = -Double.infinity
            for pixel in patch {
                let along = Double(pixel % columns) * cosine + Double(pixel / columns) * sine
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
