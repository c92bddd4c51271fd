import Testing

@testable import Disturbance

/// Spectra of the kinds shown in textbooks of remote sensing (for example Jensen, Remote Sensing of the Environment).
struct SpectralShapeTests {
    private static let bands: [Band] = [.blue, .green, .red, .nir, .swir16, .swir22]
    private static func spectrum(_ values: [Double]) -> [Band: Double] {
        Dictionary(uniqueKeysWithValues: zip(bands, values))
    }
    private static let meadow = spectrum([0.03, 0.06, 0.04, 0.40, 0.20, 0.10])
    private static let stubble = spectrum([0.07, 0.10, 0.13, 0.24, 0.28, 0.22])
    private static let soil = spectrum([0.10, 0.14, 0.19, 0.26, 0.34, 0.30])
    private static let concrete = spectrum([0.22, 0.25, 0.27, 0.30, 0.33, 0.31])
    private static let whiteRoof = spectrum([0.45, 0.48, 0.50, 0.52, 0.50, 0.45])
    private static let water = spectrum([0.07, 0.08, 0.06, 0.03, 0.01, 0.01])
    private static let burnt = spectrum([0.03, 0.035, 0.04, 0.08, 0.12, 0.13])
    private static let thinned = spectrum([0.04, 0.07, 0.06, 0.30, 0.22, 0.13])

    private func kind(_ before: [Band: Double], _ after: [Band: Double]) -> DisturbanceKind {
        SpectralShape(expected: before, observed: after).kind.kind
    }

    @Test func textbookChanges() {
        #expect(kind(Self.meadow, Self.soil) == .soilExposed)
        #expect(kind(Self.meadow, Self.concrete) == .builtOrPaved)
        #expect(kind(Self.soil, Self.whiteRoof) == .builtOrPaved)
        #expect(kind(Self.meadow, Self.water) == .water)
        #expect(kind(Self.soil, Self.water) == .water)
        #expect(kind(Self.meadow, Self.burnt) == .burnt)
        #expect(kind(Self.meadow, Self.thinned) == .vegetationLost)
        #expect(kind(Self.soil, Self.meadow) == .vegetationGained)
        #expect(kind(Self.stubble, Self.soil) == .soilExposed)
    }

    private func kind(_ before: [Band: Double], _ after: [Band: Double], rows: Int, columns: Int) -> DisturbanceKind {
        let patch = (0..<rows).flatMap { row in (0..<columns).map { row * 100 + $0 } }
        return SpectralShape(expected: before, observed: after)
            .kind(form: PatchForm(patch: patch, columns: 100, pixelArea: 100)).kind
    }

    @Test func soilShowsThroughVegetationAndHazeDoesNot() {
        func mixed(_ ground: [Band: Double], _ part: Double) -> SpectralShape {
            SpectralShape(
                expected: Self.meadow, observed: Self.meadow.merging(ground) { $0 * (1 - part) + $1 * part })
        }
        let cloud = Self.spectrum([0.62, 0.61, 0.60, 0.66, 0.43, 0.33])
        for part in [0.1, 0.2, 0.3] {
            #expect(mixed(Self.soil, part).showsSoil && !mixed(Self.soil, part).isBare)
            #expect(!mixed(cloud, part).showsSoil)
        }
        #expect(!SpectralShape(expected: Self.soil, observed: Self.meadow).showsSoil)
        #expect(!SpectralShape(expected: Self.meadow, observed: Self.meadow.mapValues { $0 * 0.6 }).showsSoil)
    }

    @Test func formTellsTracksAndFields() {
        let moist = Self.soil.mapValues { $0 * 0.74 }
        #expect(kind(Self.meadow, Self.soil, rows: 2, columns: 30) == .roadOrTrack)
        #expect(kind(Self.meadow, Self.concrete, rows: 2, columns: 30) == .roadOrTrack)
        #expect(kind(Self.meadow, Self.concrete, rows: 5, columns: 5) == .builtOrPaved)
        #expect(kind(Self.meadow, Self.soil, rows: 8, columns: 8) == .soilExposed)
        // Stubble turned under: darker in all bands, over a field.
        #expect(kind(Self.soil, moist, rows: 8, columns: 8) == .ploughed)
        #expect(kind(Self.soil, moist, rows: 3, columns: 3) != .ploughed)
        #expect(kind(Self.meadow, Self.thinned, rows: 2, columns: 30) == .vegetationLost)
        #expect(kind(Self.meadow, Self.water, rows: 2, columns: 30) == .water)
    }

    @Test func certaintyGrowsWithTheMarginAndStaysBelowOne() {
        let clear = SpectralShape(expected: Self.meadow, observed: Self.water).kind.certainty
        let half = Self.meadow.mapValues { $0 }.merging(Self.water) { ($0 + $1) / 2 }
        let mixed = SpectralShape(expected: Self.meadow, observed: half).kind
        #expect(clear > 0.9 && clear < 1)
        #expect(mixed.kind != .water || mixed.certainty < clear)
        for after in [Self.soil, Self.concrete, Self.burnt, Self.thinned, Self.stubble, Self.meadow] {
            let certainty = SpectralShape(expected: Self.meadow, observed: after).kind.certainty
            #expect((0...1).contains(certainty))
        }
    }

    @Test func uncalibratedNumbersClassifyToo() {
        for (before, after) in [
            (Self.meadow, Self.soil), (Self.meadow, Self.concrete), (Self.meadow, Self.water),
            (Self.meadow, Self.burnt),
            (Self.soil, Self.meadow),
        ] {
            let calibrated = SpectralShape(expected: before, observed: after).kind
            let stored = SpectralShape(
                expected: before.mapValues { $0 * 10_000 }, observed: after.mapValues { $0 * 10_000 }
            ).kind
            #expect(stored.kind == calibrated.kind)
            #expect(abs(stored.certainty - calibrated.certainty) < 1e-9)
        }
    }

    @Test func fourBandsAreEnough() {
        func four(_ spectrum: [Band: Double]) -> [Band: Double] {
            spectrum.filter { [.blue, .green, .red, .nir].contains($0.key) }
        }
        #expect(kind(four(Self.meadow), four(Self.soil)) == .soilExposed)
        #expect(kind(four(Self.meadow), four(Self.concrete)) == .builtOrPaved)
        #expect(kind(four(Self.soil), four(Self.meadow)) == .vegetationGained)
    }

    @Test func otherNearInfraredStandsIn() {
        func renamed(_ spectrum: [Band: Double]) -> [Band: Double] {
            var copy = spectrum
            copy[.nir08] = copy.removeValue(forKey: .nir)
            return copy
        }
        #expect(kind(renamed(Self.meadow), renamed(Self.soil)) == .soilExposed)
    }

    @Test func nothingKnownIsOther() {
        #expect(kind([:], [:]) == .other)
        #expect(kind(Self.meadow, Self.meadow) == .other)
        #expect(kind([.pan: 0.1], [.pan: 0.4]) == .other)
    }

    @Test func growthAndDarkeningAreToldApart() {
        let lush = Self.spectrum([0.03, 0.06, 0.035, 0.48, 0.19, 0.09])
        #expect(SpectralShape(expected: Self.meadow, observed: lush).isGrowth)
        #expect(SpectralShape(expected: Self.soil, observed: Self.meadow).isGrowth)
        #expect(!SpectralShape(expected: Self.meadow, observed: Self.soil).isGrowth)
        let wet = Self.soil.mapValues { $0 * 0.6 }
        #expect(SpectralShape(expected: Self.soil, observed: wet).isDarkening)
        #expect(!SpectralShape(expected: Self.meadow, observed: Self.soil).isDarkening)
    }
}
