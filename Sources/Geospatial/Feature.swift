/// One row of a layer.
public struct Feature: Sendable, Equatable {
    /// The number the data source knows it by; nil for a new one.
    public var id: Int64?
    /// Reading gives every field, null included; in writing a missing field is left alone.
    public var fields: FieldValues
    /// In two dimensions, curves as lines, rings closed; nil where there is none or it cannot be read.
    public var geometry: Geometry?
    /// Why the feature could not be read in full; nil where all is well.
    public var problem: String?

    public init(
        id: Int64? = nil, fields: FieldValues, geometry: Geometry? = nil, problem: String? = nil
    ) {
        self.id = id
        self.fields = fields
        self.geometry = geometry
        self.problem = problem
    }

    /// The value of a field; null where there is no such field.
    public subscript(_ name: String) -> FieldValue { fields[name] }
}
