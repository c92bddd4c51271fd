internal import Foundation

/// The mean spectrum of a patch as it was expected and as it was observed.
struct SpectralShape {
    let expected: [Band: Double]
    let observed: [Band: Double]

    /// The kind of change that spectrum and form together speak for, and how clearly.
    ///
    /// Tracks are soil or asphalt, so their form tells them. Ploughing bares soil as digging does, but turns up its moist
    /// dark side: whatever digs deeper brings up ground that is brighter than the surface was.
    func kind(form: PatchForm) -> (kind: DisturbanceKind, certainty: Double) {
        let spectral = kind
        let isBared = spectral.kind == .soilExposed || spectral.kind == .builtOrPaved
        if isBared, form.isLinear { return (.roadOrTrack, form.linearity) }
        let isSoil = spectral.kind == .soilExposed || (spectral.kind == .other && isBare && greyness ?? -1 < 0)
        // A brightening of 5 % is within what fills and rims of fields do.
        let darkness = 0.05 - relativeVisibleChange
        if isSoil, form.isField, darkness > 0, movement(\.nearInfrared) ?? -1 < 0 {
            return (.ploughed, 1 - exp(-darkness / 0.1))
        }
        return spectral
    }

    /// The kind of change the movement of the spectrum alone speaks for, and how clearly.
    ///
    /// Indices are those in common use: NDVI (Rouse 1974), MNDWI (Xu 2006), NBR (Key and Benson 2006). Ratios hardly
    /// depend on calibration, so uncalibrated numbers classify too.
    var kind: (kind: DisturbanceKind, certainty: Double) {
        let vegetation = (before: index(expected, \.nearInfrared, .red), after: index(observed, \.nearInfrared, .red))
        let water = (before: index(expected, \.greenBand, .swir16), after: index(observed, \.greenBand, .swir16))
        let burn = (before: index(expected, \.nearInfrared, .swir22), after: index(observed, \.nearInfrared, .swir22))
        let brightness = relativeVisibleChange
        // A margin of 0.1 in an index, or of a tenth in brightness, is clear: 1 - 1/e.
        func certainty(_ margin: Double) -> Double { 1 - exp(-max(margin, 0) / 0.1) }

        if let before = water.before, let after = water.after, after > 0, after - before > 0.2 {
            return (.water, certainty(after - before - 0.2))
        }
        if let before = burn.before, let after = burn.after, before - after > 0.27, after < 0.1, brightness < 0 {
            return (.burnt, certainty(before - after - 0.27))
        }
        let gain = (vegetation.after ?? 0) - (vegetation.before ?? 0)
        if gain > 0.1 { return (.vegetationGained, certainty(gain - 0.1)) }
        if isBare, brightness > 0 || gain < -0.08 {
            // Concrete, asphalt and roofs are grey: their spectrum rises less from blue to red and to the short-wave
            // infrared than that of soil.
            if let grey = greyness {
                return grey > 0 ? (.builtOrPaved, certainty(grey)) : (.soilExposed, certainty(-grey))
            }
            return (.soilExposed, 0.5)
        }
        if gain < -0.08 { return (.vegetationLost, certainty(-gain - 0.08)) }
        if let before = expected[.swir16], let after = observed[.swir16], before > 0, after > before * 1.1, isBare {
            return (.soilExposed, certainty(after / before - 1.1))
        }
        return (.other, 0.5)
    }

    /// Hardly anything green is left; 0.35 lies between thin grass and soil.
    var isBare: Bool { index(observed, \.nearInfrared, .red) ?? 1 < 0.35 }

    /// Whether soil shows through the vegetation: red rose more than blue and the near infrared did not rise with it.
    /// Cloud and haze whiten, and raise all bands.
    var showsSoil: Bool {
        guard let red = movement(\.redBand), let blue = movement(\.blueBand), let infrared = movement(\.nearInfrared)
        else { return false }
        return red > blue && infrared < red / 4
    }

    /// The numbers `kind` is told by, with the bands at hand.
    var indices: [SpectralIndex] {
        let pairs: [(name: String, first: KeyPath<[Band: Double], Double?>, second: Band)] = [
            ("NDVI", \.nearInfrared, .red), ("MNDWI", \.greenBand, .swir16), ("NBR", \.nearInfrared, .swir22),
        ]
        let ratios = pairs.map { pair in
            SpectralIndex(
                name: pair.name, before: index(expected, pair.first, pair.second),
                after: index(observed, pair.first, pair.second))
        }
        let changes = [
            SpectralIndex(name: "visible_change", before: nil, after: relativeVisibleChange),
            SpectralIndex(name: "greyness", before: nil, after: greyness),
        ]
        return (ratios + changes).filter { $0.after != nil }
    }

    /// Whether dense vegetation stands there after all: the infrared rose against the red.
    var isGrowth: Bool {
        guard let before = index(expected, \.nearInfrared, .red), let after = index(observed, \.nearInfrared, .red),
            let infrared = movement(\.nearInfrared), let red = movement(\.redBand)
        else { return false }
        return after > 0.5 && after - before > -0.05 && infrared > red
    }

    /// Whether visible, near and short-wave infrared all fell.
    var isDarkening: Bool {
        relativeVisibleChange < 0 && movement(\.nearInfrared) ?? -1 < 0 && movement(\.shortWaveInfrared) ?? -1 < 0
    }

    private func movement(_ band: KeyPath<[Band: Double], Double?>) -> Double? {
        guard let before = expected[keyPath: band], let after = observed[keyPath: band] else { return nil }
        return after - before
    }

    /// Above 0 for grey surfaces, below for soils: how far blue to red and red to SWIR lie from the line between.
    private var greyness: Double? {
        guard let blue = observed[.blue], let red = observed[.red], red > 0 else { return nil }
        // 0.72 and 1.5: between the ratios of soils (0.55-0.65; 1.6-1.9) and of roads and roofs (0.75-0.9; 1.1-1.4).
        let colour = blue / red - 0.72
        guard let swir = observed[.swir16] else { return colour }
        return (colour + 0.5 * (1.5 - swir / red)) / 1.5
    }

    /// Sum of the visible bands, expected.
    var expectedVisible: Double { visible(expected) }

    /// How much the sum of the visible bands rose.
    var visibleRise: Double { visible(observed) - visible(expected) }

    private func visible(_ spectrum: [Band: Double]) -> Double {
        let bands: [Band] = [.blue, .green, .red].filter { expected[$0] != nil && observed[$0] != nil }
        return bands.reduce(0) { $0 + spectrum[$1]! }
    }

    private var relativeVisibleChange: Double { expectedVisible > 0 ? visibleRise / expectedVisible : 0 }

    private func index(_ spectrum: [Band: Double], _ first: KeyPath<[Band: Double], Double?>, _ second: Band) -> Double?
    {
        guard let high = spectrum[keyPath: first], let low = spectrum[second], high + low > 0 else { return nil }
        return (high - low) / (high + low)
    }
}

extension [Band: Double] {
    fileprivate var nearInfrared: Double? { self[.nir] ?? self[.nir08] }
    fileprivate var greenBand: Double? { self[.green] }
    fileprivate var blueBand: Double? { self[.blue] }
    fileprivate var redBand: Double? { self[.red] }
    fileprivate var shortWaveInfrared: Double? { self[.swir16] }
}
