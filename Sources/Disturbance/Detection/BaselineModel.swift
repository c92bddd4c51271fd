internal import Geospatial

/// What the history of a group of sites says of its ground: watched days can be compared with it as with the history
/// itself, which need not be read again.
///
/// It is made of all days before the first watched one but those that are shifted.
struct BaselineModel: Sendable {
    /// Those of the history.
    var days: [Day]
    /// By day.
    var sceneIDs: [[String]]
    /// Those among the days.
    var shiftedDays: [Day]
    /// Whether the values of the whole stack were reflectance.
    var isReflectance: Bool
    var levels: DayLevels
    /// Of the group's sites, in their order.
    var sites: [CoverageAnalysis.Past]
    /// Of the history: pixel.
    var observationCounts: [UInt16]
    var first: HarmonicBaseline.FirstFit
    /// Those of `HarmonicBaseline`.
    var coefficients: [Float]
    var scale: [Float]
    var factor: [Float]
    var freedom: [Float]
    var ground: GroundMemory

    /// How often the median pixel of a set was observed.
    func medianCount(of pixels: [Int]) -> Int {
        var counts = pixels.map { Float(observationCounts[$0]) }
        return Int(median(&counts) ?? 0)
    }
}

/// What a fit made of the days of its history.
struct BaselineRecord: Sendable {
    /// `HarmonicBaseline.weights`.
    var weights: [UInt8]
    /// `HarmonicBaseline.changes` of the history.
    var changes: [[Double]]
}

/// What a baseline needs of what was kept cannot be read any more.
struct UnreadableBaseline: Error {}

/// A model with what is asked of its days now and then only.
struct KnownBaseline {
    let model: BaselineModel
    /// Throws `UnreadableBaseline`, as does `sample`.
    let record: () throws -> BaselineRecord
    /// What one of the last days shows the offset guard.
    let sample: (_ day: Int) throws -> FlatShift.Sample
}

/// A model as it was made, to be kept.
struct MadeBaseline {
    var model: BaselineModel
    var record: BaselineRecord
    /// What the days show that later ones are compared with by the offset guard: by day.
    var samples: [Int: FlatShift.Sample]
}
