/// A spectral band by its common name in the STAC electro-optical extension (version 2).
public enum Band: String, CaseIterable, Codable, Hashable, Sendable {
    case pan, coastal, blue, green, green05, yellow, red
    case rededge, rededge071, rededge075, rededge078
    case nir, nir08, nir09, cirrus, swir16, swir22, lwir, lwir11, lwir12

    /// The band of a common name, whatever its case, also in the spellings of Earth Search (`rededge1`).
    public init?(commonName: String) {
        let name = commonName.lowercased()
        let variants = ["rededge1": Band.rededge071, "rededge2": .rededge075, "rededge3": .rededge078]
        guard let band = Band(rawValue: name) ?? variants[name] else { return nil }
        self = band
    }
}

extension Band: Comparable {
    /// In order of wavelength; `pan` comes first.
    public static func < (first: Band, second: Band) -> Bool {
        allCases.firstIndex(of: first)! < allCases.firstIndex(of: second)!
    }
}
