internal import CGDAL

/// What a new layer is to be.
public struct LayerDefinition: Sendable, Hashable {
    public var name: String
    /// nil where the layer has no geometry.
    public var crs: CoordinateReferenceSystem?
    /// The kind every feature has; single geometries are made multiple where it is a multiple kind.
    /// nil with a reference system: any kind; nil without: no geometry.
    public var kind: GeometryKind?
    public var fields: [FieldDefinition]
    /// Layer creation options of the driver, `KEY=VALUE`.
    public var options: [String]

    public init(
        name: String, crs: CoordinateReferenceSystem?, kind: GeometryKind?, fields: [FieldDefinition],
        options: [String] = []
    ) {
        self.name = name
        self.crs = crs
        self.kind = kind
        self.fields = fields
        self.options = options
    }

    /// Options for a GeoJSON layer as RFC 7946 has it: 7 decimals, exteriors anticlockwise, cut at the antimeridian.
    ///
    /// - Parameter foreignMembers: A JSON object whose members are written beside `features`, or empty.
    ///   It must not have the members `type` and `features`.
    public static func geoJSONOptions(foreignMembers: String = "") -> [String] {
        var options = ["RFC7946=YES", "COORDINATE_PRECISION=7", "WRITE_NAME=NO"]
        if !foreignMembers.isEmpty {
            options += ["NATIVE_DATA=\(foreignMembers)", "NATIVE_MEDIA_TYPE=application/vnd.geo+json"]
        }
        return options
    }

    var ogrKind: OGRwkbGeometryType {
        guard let kind else { return crs == nil ? wkbNone : wkbUnknown }
        return kind.ogrKind
    }
}

extension GeometryKind {
    var ogrKind: OGRwkbGeometryType {
        switch self {
        case .point: wkbPoint
        case .line: wkbLineString
        case .polygon: wkbPolygon
        case .multiPoint: wkbMultiPoint
        case .multiLine: wkbMultiLineString
        case .multiPolygon: wkbMultiPolygon
        case .collection: wkbGeometryCollection
        }
    }
}
