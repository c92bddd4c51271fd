import Foundation
import Geospatial
import Testing

@testable import Disturbance

struct GeneralisationCellTests {
    private func cell(_ longitude: Double, _ latitude: Double, _ size: GeneralisationCell.Size = .oneKilometre) throws
        -> GeneralisationCell
    {
        try GeneralisationCell.cells(size, of: [Coordinate(x: longitude, y: latitude)])[0]
    }

    @Test func namesCountFromTheOrigin() throws {
        #expect(try cell(0.001, 0.001).id == "1kmE0N0")
        #expect(try cell(-0.001, -0.001).id == "1kmW1S1")
        // 96,486 m of the projection in a degree of longitude: 17,367,530 / 180.
        #expect(try cell(1, 0.001).id == "1kmE96N0")
        #expect(try cell(1, 0.001, .tenKilometres).id == "10kmE9N0")
    }

    @Test func everyPlaceLiesInItsCellAndCellsNest() throws {
        var random = SeededGenerator(seed: 5)
        var places: [Coordinate] = []
        for _ in 0..<2000 {
            places.append(
                Coordinate(x: .random(in: -180...180, using: &random), y: .random(in: -84...84, using: &random)))
        }
        places += [Coordinate(x: 180, y: 10), Coordinate(x: -180, y: -10), Coordinate(x: 179.9999, y: 60)]
        let small = try GeneralisationCell.cells(.oneKilometre, of: places)
        let large = try GeneralisationCell.cells(.tenKilometres, of: places)
        for (index, place) in places.enumerated() {
            #expect(small[index].within(.tenKilometres) == large[index], "\(place)")
            if index % 20 == 0 || index >= 2000 {
                for cell in [small[index], large[index]] {
                    let bounds = try cell.bounds()
                    let slack = 0.00001
                    #expect(
                        (bounds.minimumX - slack...bounds.maximumX + slack).contains(place.x)
                            && (bounds.minimumY - slack...bounds.maximumY + slack).contains(place.y),
                        "\(place) not in \(cell.id) \(bounds)")
                }
            }
        }
    }

    /// A sliver at the date line would hide less than a whole cell does.
    @Test(arguments: [0.0, 30, 60, -75]) func cellsCoverTheSameArea(latitude: Double) throws {
        for longitude in [12.3, 179.9999, -179.9999] {
            let cell = try cell(longitude, latitude)
            let area = Geometry(rectangle: try cell.bounds()).ellipsoidalArea
            #expect(area > 0.995e6 && area < 1.6e6, "\(cell.id): \(area)")
        }
    }
}
