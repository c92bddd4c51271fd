/// How findings become tasks and how tasks are ranked; the `tasks` part of a pipeline.
public struct TaskSettings: Codable, Hashable, Sendable {
    /// Least probability of a task where there is a history; weaker findings stay findings, and are watched on.
    public var minimumProbability = 0.4
    /// The same of a task from two dates only: no later month will make it surer, so the weak ones come last in the
    /// list instead of not at all.
    public var minimumPairProbability = 0.0
    /// Most tasks of one run, the first of the ranking; 0 for as many as there are.
    public var maximumTasks = 0
    /// Share of a run's tasks that can be expected to be real: the least probable are held back until their mean
    /// probability reaches it. 0 holds none back.
    public var expectedPrecision = 0.0
    /// The zone term right outside the boundary; 1 inside, falling to half of this at the buffer's rim.
    public var bufferWeight = 0.6
    /// The extent term of a vanishing area; it reaches 1 where a hectare or the whole core changed.
    public var extentFloor = 0.85
    /// The magnitude term of a vanishing departure; it reaches 1 - (1 - floor) / e at `magnitudeScale`.
    public var magnitudeFloor = 0.3
    public var magnitudeScale = 8.0
    /// The significance term of a site of weight 0; 1 for weight 1.
    public var significanceFloor = 0.9
    /// The recency term of what was last seen long ago.
    public var recencyFloor = 0.9
    /// Days after which the recency term has lost half of what it can lose.
    public var recencyHalfLifeDays = 45.0
    /// What was dismissed comes back only this many times as strong.
    public var dismissedStrengthFactor = 2.0
    public var kindWeights = KindWeights()

    public init() {}

    /// How much each kind of change harms a heritage site.
    public struct KindWeights: Codable, Hashable, Sendable {
        public var soilExposed = 1.0
        public var builtOrPaved = 1.0
        public var roadOrTrack = 1.0
        public var ploughed = 0.9
        public var water = 0.9
        public var burnt = 0.85
        public var vegetationLost = 0.85
        /// Nothing that bares, covers or burns the ground, as far as its spectrum tells.
        public var other = 0.6
        public var vegetationGained = 0.5

        public init() {}

        public subscript(kind: DisturbanceKind) -> Double {
            switch kind {
            case .soilExposed: soilExposed
            case .builtOrPaved: builtOrPaved
            case .roadOrTrack: roadOrTrack
            case .ploughed: ploughed
            case .water: water
            case .burnt: burnt
            case .vegetationLost: vegetationLost
            case .other: other
            case .vegetationGained: vegetationGained
            }
        }
    }
}
