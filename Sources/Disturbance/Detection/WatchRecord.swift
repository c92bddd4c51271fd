/// How each watched day judged each pixel, kept while a group is analysed so that its findings can be explained.
struct WatchRecord {
    enum Judgement: UInt8 {
        /// Hidden, or nothing to compare with.
        case none = 0
        case usual, departing, growth, cloudLike, waterLevel, restless
    }

    let pixels: Int
    /// `Judgement` raw values: watched day, then pixel.
    private(set) var judgements: [UInt8]
    /// What was compared with the threshold: watched day, then pixel.
    private(set) var testValues: [Float]
    /// What the test value was divided by: watched day, then pixel.
    private(set) var unrest: [Float]

    init(days: Int = 0, pixels: Int = 0) {
        self.pixels = pixels
        judgements = [UInt8](repeating: Judgement.none.rawValue, count: days * pixels)
        testValues = [Float](repeating: 0, count: days * pixels)
        unrest = testValues
    }

    func judgement(_ watchedDay: Int, _ pixel: Int) -> Judgement {
        Judgement(rawValue: judgements[watchedDay * pixels + pixel]) ?? .none
    }

    mutating func add(_ judgement: Judgement, watchedDay: Int, pixel: Int, testValue: Float, unrest: Float) {
        let index = watchedDay * pixels + pixel
        judgements[index] = judgement.rawValue
        testValues[index] = testValue
        self.unrest[index] = unrest
    }
}

/// What a detector leaves behind for the explanation of what it found.
enum DetectionTrace {
    case baseline(HarmonicBaseline, BaselineDetector.Course)
    case pair(PairTrace)
}

/// The comparisons of a pair, without their planes but the score.
struct PairTrace {
    /// Index of the earlier day in the stack.
    let before: Int
    /// One for each monitored day.
    private(set) var predictions: [PairDetector.Prediction] = []
    /// Score: monitored day, then pixel; NaN where nothing was compared.
    private(set) var scores: [Float] = []

    init(before: Int) { self.before = before }

    mutating func add(_ comparison: PairDetector.Comparison) {
        predictions.append(comparison.prediction)
        scores += comparison.score
    }
}
