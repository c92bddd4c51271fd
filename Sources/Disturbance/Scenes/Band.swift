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

/// How the providers of Sentinel-2, Landsat and HLS name the bands in keys and file names.
enum BandNames {
    /// A sensor whose names have a meaning of their own: `B05` is red edge on one and near infrared on another.
    enum Sensor: Hashable {
        case sentinel2
        /// Landsat 8 and 9.
        case landsatOLI
        /// Landsat 4, 5 and 7.
        case landsatTM
        /// Landsat scenes of the harmonised product.
        case hlsLandsat
    }

    private static let sentinel2: [String: Band] = [
        "B01": .coastal, "B02": .blue, "B03": .green, "B04": .red, "B05": .rededge071, "B06": .rededge075,
        "B07": .rededge078, "B08": .nir, "B8A": .nir08, "B09": .nir09, "B10": .cirrus, "B11": .swir16, "B12": .swir22,
    ]
    private static let landsatOLI: [Int: Band] = [
        1: .coastal, 2: .blue, 3: .green, 4: .red, 5: .nir08, 6: .swir16, 7: .swir22,
    ]
    private static let landsatTM: [Int: Band] = [1: .blue, 2: .green, 3: .red, 4: .nir08, 5: .swir16, 7: .swir22]

    /// Pixel size in metres of Sentinel-2's bands as they are measured.
    static func sentinel2PixelMetres(_ band: Band) -> Double {
        switch band {
        case .blue, .green, .red, .nir: 10
        case .coastal, .nir09, .cirrus: 60
        default: 20
        }
    }

    /// The Sentinel-2 name inside a key or file name, `B04` of `T33UXP_20190904T093039_B04_10m`; nil if there is none.
    static func sentinel2Name(in text: String) -> String? {
        for part in parts(of: text) {
            if sentinel2[part] != nil { return part }
            // Some write B4 for B04.
            if part.count == 2, part.first == "B", sentinel2["B0\(part.dropFirst())"] != nil {
                return "B0\(part.dropFirst())"
            }
        }
        return nil
    }

    /// Whether the text carries the name of a Landsat Collection 2 surface reflectance band, such as `SR_B4`.
    static func isLandsatSurfaceReflectance(_ text: String) -> Bool { landsatNumber(in: text) != nil }

    /// 4 for `LC08_L2SP_185031_20190904_20200826_02_T1_SR_B4`, nil where there is no such name.
    static func landsatNumber(in text: String) -> Int? {
        let parts = parts(of: text)
        for (first, second) in zip(parts, parts.dropFirst()) where first == "SR" && second.first == "B" {
            if let number = Int(second.dropFirst()), (1...7).contains(number) { return number }
        }
        return nil
    }

    /// The sensor that a Landsat product id begins with, as in `LT05_L2SP_...`; nil for other texts.
    static func landsatSensor(in text: String) -> Sensor? {
        for part in parts(of: text) {
            switch part {
            case "LC08", "LC09", "LO08", "LO09": return .landsatOLI
            case "LT04", "LT05", "LE07": return .landsatTM
            default: continue
            }
        }
        return nil
    }

    /// The band a key, band name or file name stands for on a sensor.
    static func band(named text: String, sensor: Sensor?) -> Band? {
        if let number = landsatNumber(in: text) {
            let table = (landsatSensor(in: text) ?? sensor) == .landsatTM ? landsatTM : landsatOLI
            return table[number]
        }
        if let name = sentinel2Name(in: text) {
            guard sensor == .hlsLandsat else { return sentinel2[name] }
            // HLS numbers Landsat's bands as Landsat does, but writes them B04.
            return Int(name.dropFirst()).flatMap { landsatOLI[$0] }
        }
        let lowered = text.lowercased()
        if let band = Band(commonName: lowered) { return band }
        // red-jp2, red_10m
        guard let first = lowered.split(whereSeparator: { "-_.".contains($0) }).first else { return nil }
        let rest = lowered.dropFirst(first.count + 1)
        guard rest == "jp2" || resolutionMetres(in: text) != nil else { return nil }
        return Band(commonName: String(first))
    }

    /// The kind of mask a key or file name stands for.
    static func maskKind(named text: String) -> SceneMask.Kind? {
        let parts = parts(of: text)
        if parts.contains("SCL") { return .sentinel2SCL }
        if parts.contains("FMASK") { return .hlsFmask }
        for (first, second) in zip(parts, parts.dropFirst()) where first == "QA" && second == "PIXEL" {
            return .landsatQA
        }
        return nil
    }

    /// 10 for `B04_10m`, nil where the text has no such part.
    static func resolutionMetres(in text: String) -> Double? {
        for part in parts(of: text) {
            if let metres = ["10M": 10.0, "20M": 20.0, "60M": 60.0][part] { return metres }
        }
        return nil
    }

    private static func parts(of text: String) -> [String] {
        text.uppercased().split(whereSeparator: { "-_. ".contains($0) }).map(String.init)
    }
}
