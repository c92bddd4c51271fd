/// What the spectrum says happened to the ground; what caused it is for people to say.
public enum DisturbanceKind: String, Codable, CaseIterable, Sendable {
    case soilExposed = "soil_exposed"
    case builtOrPaved = "built_or_paved"
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
        case .vegetationLost: "vegetation lost"
        case .burnt: "burnt"
        case .water: "water"
        case .vegetationGained: "vegetation gained"
        case .other: "other change"
        }
    }
}
