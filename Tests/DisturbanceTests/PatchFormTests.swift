import Testing

@testable import Disturbance

struct PatchFormTests {
    /// The pixels marked # of a drawing; rows of equal length.
    private func form(_ rows: [String], pixelArea: Double = 100) -> PatchForm {
        let columns = rows[0].count
        let pixels = rows.joined().enumerated().filter { $0.element == "#" }.map(\.offset)
        return PatchForm(patch: pixels, columns: columns, pixelArea: pixelArea)
    }

    @Test func onePixel() {
        let form = form(["#"])
        #expect(form.areaSquareMetres == 100 && form.lengthMetres == 10 && form.breadthMetres == 10)
        #expect(!form.isLinear && !form.isField)
    }

    @Test func aRoadOfTwoPixelsIsLinearInEveryDirection() {
        let straight = form([String(repeating: "#", count: 20), String(repeating: "#", count: 20)])
        #expect(straight.isLinear && !straight.isField)
        #expect(abs(straight.lengthMetres - 200) < 1)
        let slanted = form((0..<20).map { row in String((0..<22).map { $0 == row || $0 == row + 1 ? "#" : "." }) })
        #expect(slanted.isLinear && !slanted.isField)
        // A quarter of a circle with a radius of 150 m.
        let bent = form(
            (0..<16).map { row in
                String(
                    (0..<16).map { column in
                        let radius = Double(row * row + column * column).squareRoot()
                        return radius > 13.5 && radius < 15.5 ? "#" : "."
                    })
            })
        #expect(bent.isLinear && !bent.isField)
    }

    @Test func fieldsAndPitsAreNotLinear() {
        let field = form(Array(repeating: "######", count: 5))
        #expect(field.isField && !field.isLinear)
        let long = form(Array(repeating: String(repeating: "#", count: 30), count: 6))
        #expect(long.isField && !long.isLinear)
        let turned = form(
            (0..<15).map { row in String((0..<15).map { abs($0 - 7) + abs(row - 7) <= 6 ? "#" : "." }) })
        #expect(turned.isField && !turned.isLinear)
        let pit = form(["##", "##"])
        #expect(!pit.isField && !pit.isLinear)
    }

    @Test func coarsePixelsMakeWiderRoads() {
        let road = form(["####################"], pixelArea: 900)
        #expect(road.isLinear && abs(road.lengthMetres - 600) < 1)
    }
}
