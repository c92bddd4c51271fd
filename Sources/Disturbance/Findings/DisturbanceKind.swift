/// What the spectrum says happened to the ground; what caused it is for people to say.
public enum DisturbanceKind: String, Codable, CaseIterable, Sendable {
    case soilExposed = "soil_exposed"
    case builtOrPaved = "built_or_paved"
    /// Bare or paved, long and narrow.
    case roadOrTrack = "road_or_track"
    /// Bare soil, no brighter than what stood there, over a field's area.
    case ploughed
    case vegetationLost = "vegetation_lost"
    case burnt
    case water
    case vegetationGained = "vegetation_gained"
    case other

    /// Words for a list that people read.
    public var title: String {
        switch self {
        case .soilExposed: "soil exposed"
        case .builtOrPaved: "built or paved"
        case .roadOrTrack: "road or track"
        case .ploughed: "ploughed"
        case .vegetationLost: "vegetation lost"
        case .burnt: "burnt"
        case .water: "water"
        case .vegetationGained: "vegetation gained"
        case .other: "other change"
        }
    }
}
