internal import Foundation

/// Turns a score into the probability that the ground really changed.
///
/// A logistic curve: `middle` is the score at which half of the patches are real.
struct ScoreCalibration {
    let middle: Double
    let width: Double

    init(_ method: ChangeMethod) {
        switch method {
        case .baseline: (middle, width) = (7.2, 1.1)
        case .pair: (middle, width) = (3.2, 0.6)
        }
    }

    func probability(ofScore score: Double) -> Double { 1 / (1 + exp(-(score - middle) / width)) }
}
