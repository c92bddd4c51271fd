/// What counts as finding a disturbance.
public struct EvaluationSettings: Codable, Hashable, Sendable {
    /// A task may lie this far beside the truth: a pixel and a half of 10 m.
    public var toleranceMetres = 15.0
    /// Least part of the task's own area that lies on the truth or within the tolerance of it.
    public var leastShare = 0.1
    /// Least part of the task's own area on ground found undisturbed that makes it false.
    public var leastFalseShare = 0.5
    /// Smaller disturbances count neither for nor against.
    public var minimumSquareMetres = 400.0
    /// A disturbance is inside where more than this of it lies inside a boundary: half a pixel of 10 m.
    public var leastInsideSquareMetres = 50.0
    /// Whether every disturbance on the watched ground is in the truth, so that a task elsewhere is false.
    public var isComplete = false

    public init() {}
}
