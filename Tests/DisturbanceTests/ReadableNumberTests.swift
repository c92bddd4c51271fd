import Testing

@testable import Disturbance

@Suite struct ReadableNumberTests {
    @Test(arguments: [
        (12.345, 2, "12.35"), (-0.004, 2, "0.00"), (-1.5, 0, "-2"), (0.05, 1, "0.1"), (1e6, 0, "1000000"),
        (3.0, 3, "3.000"),
    ])
    func decimalsAreFixed(value: Double, places: Int, text: String) {
        #expect(ReadableNumber.decimal(value, places: places) == text)
    }

    @Test func whatIsNoNumberIsNotWritten() {
        #expect(ReadableNumber.decimal(.nan, places: 1) == nil)
        #expect(ReadableNumber.decimal(-.infinity, places: 1) == nil)
        #expect(ReadableNumber.plain(.nan, places: 1) == "not known")
        #expect(ReadableNumber.area(.infinity) == "not known")
        #expect(ReadableNumber.probability(.nan) == "not known")
    }

    @Test(arguments: 0..<20) func whatIsKeptIsTheNumberThatIsWritten(seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let size = try #require([1e-9, 1e-3, 1, 1e4, 1e9, 1e15, 1e300].randomElement(using: &generator))
            let value = Double.random(in: -1...1, using: &generator) * size
            let places = Int.random(in: 0...7, using: &generator)
            let kept = ReadableNumber.roundedIfFinite(value, places: places)
            #expect(kept == ReadableNumber.decimal(value, places: places).flatMap { Double($0) })
            #expect(kept?.sign == .plus || kept != 0)
        }
        #expect(ReadableNumber.roundedIfFinite(.nan, places: 2) == nil)
        #expect(ReadableNumber.roundedIfFinite(-.infinity, places: 2) == nil)
    }

    @Test(arguments: [
        (96.4, "96 m²"), (3924, "3920 m²"), (12_345, "1.23 ha"), (123_456, "12.3 ha"), (4_560_000, "456 ha"),
        (250e6, "250 km²"),
    ])
    func areasHaveThreeDigits(area: Double, text: String) {
        #expect(ReadableNumber.area(area).replacing("\u{A0}", with: " ") == text)
    }

    @Test(arguments: [(1.0, "> 99 %"), (0.994, "99 %"), (0.5, "50 %"), (0.001, "< 1 %")])
    func probabilitiesAreNeverCertain(probability: Double, text: String) {
        #expect(ReadableNumber.probability(probability).replacing("\u{A0}", with: " ") == text)
    }

    @Test(arguments: [(0.0, "0 %"), (0.0004, "< 0.1 %"), (0.042, "4.2 %"), (0.413, "41 %"), (1.0, "100 %")])
    func sharesKeepNothingAndAllApart(share: Double, text: String) {
        #expect(ReadableNumber.share(share).replacing("\u{A0}", with: " ") == text)
    }

    @Test func digitsAreGroupedAndMinusIsAMinus() {
        #expect(ReadableNumber.plain(-1_234_567, places: 0) == "\u{2212}1\u{A0}234\u{A0}567")
        #expect(ReadableNumber.plain(1234, places: 0) == "1234")
        #expect(ReadableNumber.length(1234) == "1.2\u{A0}km")
    }
}
