/// A format of vector data, by the name GDAL gives its driver.
public enum VectorDriver: String, Sendable, Hashable, Codable, CaseIterable {
    case geoJSON = "GeoJSON"
    case geoPackage = "GPKG"
    case shapefile = "ESRI Shapefile"
    case postGIS = "PostgreSQL"
    case flatGeobuf = "FlatGeobuf"
    case csv = "CSV"

    /// The name in messages.
    var title: String {
        switch self {
        case .geoJSON: "GeoJSON"
        case .geoPackage: "GeoPackage"
        case .shapefile: "Shapefile"
        case .postGIS: "PostGIS"
        case .flatGeobuf: "FlatGeobuf"
        case .csv: "CSV"
        }
    }
}
