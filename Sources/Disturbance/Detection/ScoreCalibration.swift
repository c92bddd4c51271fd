internal import Foundation

/// Turns a score into the probability that the ground really changed.
///
/// A logistic curve: `middle` is the score at which half of the patches are real.
struct ScoreCalibration {
    let middle: Double
    let width: Double

    /// Scores of `HarmonicBaseline` courses.
    static let baseline = ScoreCalibration(middle: 4.5, width: 1.0)
    /// Scores of `PairDetector`.
    static let pair = ScoreCalibration(middle: 3.2, width: 0.6)

    func probability(ofScore score: Double) -> Double { 1 / (1 + exp(-(score - middle) / width)) }
}
