/// Where the site register is and how its fields are to be read; the part `sites` of the pipeline configuration.
///
/// An empty text stands for "not given".
public struct SiteSettings: Codable, Sendable, Equatable {
    /// A file, or a connection string such as `PG:service=heritage`.
    public var source = ""
    /// The layer; may be empty where the source has only one with geometries.
    public var layer = ""
    /// The reference system of sources that name none, for example `EPSG:32648`.
    public var crs = ""
    public var fields = SiteFieldNames()
    /// The width of the buffer of sites whose buffer field is missing or empty.
    public var bufferMetres = 250.0
    /// What a disturbance counts at sites of each significance, 0 to 1; case does not matter.
    public var significanceWeights = ["world": 1.0, "national": 0.8, "regional": 0.6, "local": 0.4]
    /// What it counts at sites of no or another significance.
    public var significanceDefaultWeight = 0.5

    public init() {}

    /// The weight of a significance as the register has it.
    public func weight(ofSignificance significance: String) -> Double {
        let wanted = significance.lowercased()
        let match = significanceWeights.filter { $0.key.lowercased() == wanted }.min { $0.key < $1.key }
        return match?.value ?? significanceDefaultWeight
    }
}

/// The names of the register's fields; case and spaces at either end do not matter.
public struct SiteFieldNames: Codable, Sendable, Equatable {
    public var id = "site_id"
    public var name = "name"
    public var significance = "significance"
    public var legalStatus = "legal_status"
    public var administrativeArea = "administrative_area"
    /// The width of the site's own buffer in metres.
    public var buffer = "buffer_m"

    public init() {}
}
