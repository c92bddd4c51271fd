public import Geospatial

/// A site and its buffer as a run watched them, in longitude and latitude on WGS 84.
public struct WatchedSite: Sendable {
    public var id: String
    /// nil where the site is a point.
    public var core: Geometry?
    /// The boundary with its buffer.
    public var zone: Geometry

    public init(id: String, core: Geometry?, zone: Geometry) {
        self.id = id
        self.core = core
        self.zone = zone
    }

    /// The sites of a register, each with its own buffer.
    /// - Throws: `GeospatialError` where one has no place in a metric plane.
    public static func watched(_ register: SiteRegister) throws -> [WatchedSite] {
        let planes = MetricPlanes()
        return try register.sites.map { site in
            let plane = try planes.plane(around: site.core)
            return WatchedSite(
                id: site.id, core: site.core.kind.isPolygonal ? site.core : nil,
                zone: try plane.lifted(plane.placed(site.core).buffer(distance: site.bufferMetres)))
        }
    }

    /// The sites that runs drew into their `tasks.gpkg`; of one drawn differently the latest run's.
    /// - Parameter runs: In order of time.
    /// - Throws: `GeospatialError` where a file is missing or cannot be read.
    public static func drawn(by runs: [PublishedRun]) throws -> [WatchedSite] {
        var sites: [String: WatchedSite] = [:]
        for run in runs {
            let path = "\(run.folder)/\(TaskLayer.fileName)"
            let dataset: VectorDataset
            do {
                // Immutable: an analyst's file keeps its bytes.
                dataset = try VectorDataset.open(path, drivers: [.geoPackage], options: ["IMMUTABLE=YES"])
            } catch let error as GeospatialError {
                throw GeospatialError(
                    subject: path,
                    message: "\(error.message). Without it the register of sites must be named (--sites)")
            }
            var cores: [String: Geometry] = [:]
            for feature in try dataset.layer(named: TaskLayer.sitesLayer).features() {
                cores[feature["site_id"].text ?? ""] = feature.geometry
            }
            for feature in try dataset.layer(named: TaskLayer.buffersLayer).features() {
                guard let id = feature["site_id"].text, let zone = feature.geometry else { continue }
                sites[id] = WatchedSite(id: id, core: cores[id], zone: zone)
            }
        }
        return sites.values.sorted { $0.id < $1.id }
    }
}
