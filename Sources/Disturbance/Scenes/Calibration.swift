/// How stored values of a raster become reflectance, and how that was decided.
public struct Calibration: Hashable, Sendable {
    /// Reflectance is the stored value times this, plus `offset`.
    public let scale: Double
    public let offset: Double
    /// Whether the result is reflectance, unitless, 1 for a perfect reflector.
    public let isReflectance: Bool
    /// Where the numbers come from, for reports.
    public let source: String
    /// Whether only names tell the numbers: they then hold for 16-bit integers alone, see `settled`.
    public let isAssumed: Bool

    public init(scale: Double, offset: Double, isReflectance: Bool, source: String, isAssumed: Bool = false) {
        self.scale = scale
        self.offset = offset
        self.isReflectance = isReflectance
        self.source = source
        self.isAssumed = isAssumed
    }

    /// Values as they are stored, in a unit of the file's own.
    static func asStored(_ source: String) -> Calibration {
        Calibration(scale: 1, offset: 0, isReflectance: false, source: source)
    }

    /// The calibration once the file is open.
    ///
    /// What was assumed from names alone holds for 16-bit integers; other files keep their stored values.
    /// - Parameter is16BitInteger: Whether the file stores integers of 16 bits.
    public func settled(is16BitInteger: Bool) -> Calibration {
        guard isAssumed, !is16BitInteger else { return self }
        return .asStored("stored values: no metadata, and the file does not hold 16-bit integers")
    }
}

/// What is known about a raster when its calibration is decided.
struct CalibrationEvidence {
    enum Family {
        case sentinel2, landsatCollection2, hls, other
    }

    var family = Family.other
    /// Scale and offset of the raster extension.
    var rasterScale: Double?
    var rasterOffset: Double?
    /// The data type by the metadata, such as `uint16`; nil where unknown.
    var dataType: String?
    /// The baseline of ESA's processor, 4.0 for 04.00.
    var processingBaseline: Double?
    /// Whether the provider says that the offset is already in the stored values.
    var isOffsetApplied: Bool?
    /// BOA_ADD_OFFSET and the quantification value of the product's own metadata, in stored units.
    var productOffset: Double?
    var productQuantification: Double?
    /// Whether the file is one of the product's own (JPEG 2000), not converted by a provider.
    var isProductFile = false

    /// The first processing baseline whose stored values carry the offset (ESA, 25 January 2022).
    private static let firstBaselineWithOffset = 4.0
    /// The offset of every product since then: -1000 stored units of 1/10000.
    private static let sentinel2Offset = -0.1
    /// Reflectance of Sentinel-2 in stored units: 1/10000 (QUANTIFICATION_VALUE).
    private static let sentinel2Scale = 0.0001

    private var is16Bit: Bool { dataType == "uint16" || dataType == "int16" }
    private var isFloating: Bool { dataType?.hasPrefix("float") ?? false }

    /// Scale, offset and how they were decided.
    ///
    /// Public catalogues state the Sentinel-2 offset wrongly in both directions, and the date tells nothing, because
    /// old scenes are processed again. So the sources are asked in order of how close they are to the pixels.
    func calibration() -> Calibration {
        switch family {
        case .sentinel2: sentinel2Calibration()
        case .landsatCollection2:
            // USGS, Landsat 8-9 Collection 2 Level 2 Science Product Guide: reflectance = DN * 0.0000275 - 0.2.
            defaulted(scale: 0.0000275, offset: -0.2, name: "Landsat Collection 2 surface reflectance")
        case .hls: defaulted(scale: 0.0001, offset: 0, name: "Harmonized Landsat Sentinel-2")
        case .other: stated() ?? .asStored("stored values: the metadata give no scale")
        }
    }

    /// The raster extension's numbers, nil where it has no scale.
    private func stated() -> Calibration? {
        guard let rasterScale else { return nil }
        // A scale of 1 on integers says that the values are as stored.
        guard rasterScale != 1 || isFloating else { return nil }
        return Calibration(
            scale: rasterScale, offset: rasterOffset ?? 0, isReflectance: true,
            source: rasterOffset == nil ? "scale of the raster metadata, which give no offset" : "raster metadata")
    }

    private func defaulted(scale: Double, offset: Double, name: String) -> Calibration {
        if let stated = stated() { return stated }
        if let dataType, !is16Bit { return .asStored("stored values: \(dataType) without a scale") }
        return Calibration(
            scale: scale, offset: offset, isReflectance: true, source: "definition of \(name)",
            isAssumed: dataType == nil)
    }

    private func sentinel2Calibration() -> Calibration {
        let statedScale = stated()?.scale
        if statedScale == nil, let dataType, !is16Bit {
            return .asStored("stored values: \(dataType) without a scale")
        }
        let scale = statedScale ?? productQuantification.map { 1 / $0 } ?? Self.sentinel2Scale
        let (offset, source) = sentinel2OffsetAndSource(scale: scale)
        return Calibration(
            scale: scale, offset: offset, isReflectance: true, source: source,
            isAssumed: statedScale == nil && dataType == nil)
    }

    private func sentinel2OffsetAndSource(scale: Double) -> (offset: Double, source: String) {
        let fromProduct = productOffset.map {
            (offset: $0 * scale, source: "BOA_ADD_OFFSET \(Int($0)) of the product's metadata")
        }
        // The product's metadata describe its own files; a provider may have converted others.
        if isProductFile, let fromProduct { return fromProduct }
        if isOffsetApplied == true { return (0, "boa_offset_applied: the offset is in the stored values") }
        if let fromProduct { return fromProduct }
        if let rasterOffset {
            if rasterOffset != 0, let baseline = processingBaseline, baseline < Self.firstBaselineWithOffset {
                return (
                    rasterOffset, "raster metadata, though processing baseline \(Self.text(baseline)) has no offset"
                )
            }
            return (rasterOffset, "raster metadata")
        }
        guard let baseline = processingBaseline else {
            return (0, "none: no metadata name an offset or a processing baseline")
        }
        return baseline >= Self.firstBaselineWithOffset
            ? (Self.sentinel2Offset, "processing baseline \(Self.text(baseline))")
            : (0, "none: processing baseline \(Self.text(baseline)) has no offset")
    }

    /// Whether the metadata speak against each other about the Sentinel-2 offset, so that pixels should be looked at.
    var isContradictory: Bool {
        guard family == .sentinel2, isOffsetApplied != true, let rasterOffset, let baseline = processingBaseline
        else { return false }
        // A stated 0 on a new baseline is what providers write who took the offset out: it is only suspicious together
        // with their own statement that they did not.
        if baseline < Self.firstBaselineWithOffset { return rasterOffset != 0 }
        return rasterOffset == 0 && isOffsetApplied == false
    }

    private static func text(_ baseline: Double) -> String {
        let hundredths = Int((baseline * 100).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(hundredths / 100)).\(two(hundredths % 100))"
    }
}
