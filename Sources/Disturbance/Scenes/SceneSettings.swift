/// Where the scenes come from and which of their pixels count; the `scenes` part of a pipeline.
public struct SceneSettings: Codable, Equatable, Sendable {
    /// A STAC file, a folder, or an http or https URL; see `SceneCatalogue.load`.
    public var source = ""
    /// Ids of scenes that are left out; `*` stands for any text.
    public var exclude: [String] = []
    /// Hosts that documents may point to besides their own, `*.example.org` for all below one, `*` for every host:
    /// what strangers write into a catalogue must not make this machine call any address they like. Where a server sends
    /// on to another host, that one must be allowed too.
    public var allowedHosts: [String] = []
    /// Common names of the bands the detector uses; `nir` and `nir08` stand in for each other.
    public var bands = ["blue", "green", "red", "nir", "nir08", "swir16", "swir22"]
    /// Sentinel-2 scene classes that are no observation. 0 nodata, 1 defective, 3 shadow, 8 and 9 cloud, 10 cirrus,
    /// 11 snow. Snow (11) and cirrus (10) steer the same flags of Landsat.
    public var maskedSCL = [0, 1, 3, 8, 9, 10, 11]
    /// Whether water is no observation.
    public var maskedWater = false
    /// How far beyond masked cloud and shadow pixels count as masked too.
    public var maskDilationMetres = 20.0
    /// Scenes with more cloud than this, by their metadata, are left out.
    public var maximumCloudPercent = 100.0

    public init() {}
}
