import Geospatial
import Testing

@testable import Disturbance

struct ObservationMaskTests {
    /// A stack of one band whose conditions are drawn: `.` clear, `c` cloud, `s` shadow, `n` snow, `w` water, `x` nodata.
    private func stack(_ days: [[String]], pixelSize: Double = 10) throws -> SceneStack {
        let codes: [Character: PixelCondition] = [
            ".": .clear, "c": .cloud, "s": .shadow, "n": .snow, "w": .water, "x": .nodata,
        ]
        let conditions = days.flatMap { $0.flatMap { $0.map { codes[$0]!.rawValue } } }
        let grid = Grid(
            rows: days[0].count, columns: days[0][0].count,
            transform: GeoTransform(originX: 0, originY: 0, pixelSize: pixelSize),
            crs: try CoordinateReferenceSystem(epsg: 32638))
        return SceneStack(
            grid: grid, bands: [.red], days: days.indices.map { Day(number: $0) }, sceneIDs: days.map { _ in [] },
            values: conditions.map { _ in 0.1 }, conditions: conditions, isReflectance: true)
    }

    private func drawn(_ mask: ObservationMask) -> String { mask.clear.map { $0 != 0 ? "." : "#" }.joined() }

    @Test func cloudAndShadowGrowByMetresAndNothingElseDoes() throws {
        let row = "c......s.......n......w......x"
        #expect(try drawn(ObservationMask(stack([[row]]), dilationMetres: 20)) == "###..#####.....#......#......#")
        #expect(
            try drawn(ObservationMask(stack([[row]], pixelSize: 20), dilationMetres: 20))
                == "##....###......#......#......#")
        #expect(try drawn(ObservationMask(stack([[row]]), dilationMetres: 0)) == "#......#.......#......#......#")
    }

    @Test func daysDoNotTouchEachOther() throws {
        let mask = try ObservationMask(stack([["...", "..c"], ["...", "..."]]), dilationMetres: 10)
        #expect(drawn(mask) == ".##.##......")
        #expect(mask.share(day: 0) == 1.0 / 3)
        #expect(mask.share(day: 1) == 1)
        #expect(mask.share(of: [0, 1], day: 0) == 0.5)
        #expect(mask.share(of: [], day: 0) == 0)
    }

    @Test func countsHowOftenTheMedianPixelWasSeen() throws {
        let mask = try ObservationMask(stack([["..."], ["x.."], ["xx."], ["..."]]), dilationMetres: 0)
        #expect(mask.medianCount(of: [0, 1, 2], days: 3) == 2)
        #expect(mask.medianCount(of: [0, 1, 2], days: 0) == 0)
        #expect(mask.medianCount(of: [], days: 3) == 0)
    }
}
