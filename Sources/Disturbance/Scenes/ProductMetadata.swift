internal import Geospatial

/// Offsets and quantification in ESA's own metadata of a Sentinel-2 product (`MTD_MSIL2A.xml`, `MTD_MSIL1C.xml`).
struct ProductMetadata {
    /// What is added to a stored value before it is divided by the quantification.
    let offsets: [Band: Double]
    let quantification: Double?
    /// Of what was read.
    private(set) var document: (location: String, digest: FileDigest)?

    /// Such a file has about 60 KiB.
    private static let maximumByteCount = 4 << 20
    /// The bands in the order of `band_id`.
    private static let order: [Band] = [
        .coastal, .blue, .green, .red, .rededge071, .rededge075, .rededge078, .nir, .nir08, .nir09, .cirrus, .swir16,
        .swir22,
    ]

    /// Nil where the file cannot be read or names no offsets and no quantification.
    init?(file: String) {
        guard let bytes = try? VirtualFile.read(file, maximumByteCount: Self.maximumByteCount) else { return nil }
        self.init(xml: String(decoding: bytes, as: UTF8.self))
        document = (file, FileDigest(of: bytes))
    }

    init?(xml: String) {
        var offsets: [Band: Double] = [:]
        for match in xml.matches(of: /<(?:BOA|RADIO)_ADD_OFFSET\s+band_id="(\d{1,2})"\s*>\s*(-?\d{1,6}(?:\.\d+)?)\s*</)
        {
            if let index = Int(match.output.1), Self.order.indices.contains(index) {
                offsets[Self.order[index]] = Double(match.output.2)
            }
        }
        quantification = xml.firstMatch(of: /<(?:BOA_)?QUANTIFICATION_VALUE[^>]*>\s*(\d{1,6}(?:\.\d+)?)\s*</)
            .flatMap { Double($0.output.1) }.flatMap { $0 > 0 ? $0 : nil }
        // A product before baseline 04.00 names no offsets: they are zero.
        if offsets.isEmpty, quantification != nil { for band in Self.order { offsets[band] = 0 } }
        guard !offsets.isEmpty else { return nil }
        self.offsets = offsets
    }
}
