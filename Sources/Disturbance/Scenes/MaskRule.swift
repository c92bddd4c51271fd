/// What a mask says about one pixel.
public enum PixelCondition: UInt8, Sendable, CaseIterable {
    /// The pixel is an observation.
    case clear = 0
    case cloud = 1
    case shadow = 2
    case snow = 3
    /// Water, where water is masked; otherwise it is clear.
    case water = 4
    /// Nothing was measured there, or the measurement is defective.
    case nodata = 5
    /// The day is not compared: its stored values carry another offset than the rest. No mask says so.
    case quarantined = 6
}

/// Turns values of a mask raster into pixel conditions.
///
/// Every flag in use lies in the low eight bits, so one table of 256 entries answers for all kinds.
public struct MaskRule: Sendable, Hashable {
    public let kind: SceneMask.Kind
    /// Raw values of `PixelCondition` by the low eight bits of the mask value.
    public let table: [UInt8]

    /// - Parameters:
    ///   - maskedSCL: Sentinel-2 classes that are no observation. For the bit masks, 10 stands for cirrus, 11 for snow.
    ///   - maskedWater: Whether water is no observation.
    public init(kind: SceneMask.Kind, maskedSCL: [Int], maskedWater: Bool) {
        self.kind = kind
        table = (0..<256).map { value in
            switch kind {
            case .sentinel2SCL: Self.sceneClass(value, masked: maskedSCL, maskedWater: maskedWater).rawValue
            case .landsatQA: Self.pixelQuality(value, masked: maskedSCL, maskedWater: maskedWater).rawValue
            case .hlsFmask: Self.fmask(value, masked: maskedSCL, maskedWater: maskedWater).rawValue
            }
        }
    }

    public init(kind: SceneMask.Kind, settings: SceneSettings) {
        self.init(kind: kind, maskedSCL: settings.maskedSCL, maskedWater: settings.maskedWater)
    }

    /// The condition of a pixel with this mask value.
    public func condition(of value: UInt16) -> PixelCondition {
        // Only Landsat's mask has 16 bits; its high byte holds confidences that are not used.
        if kind != .landsatQA, value > 255 { return .nodata }
        return PixelCondition(rawValue: table[Int(value & 0xFF)]) ?? .nodata
    }

    /// Classes of the Sentinel-2 Level-2A scene classification (Sentinel-2 products specification, ESA).
    private static func sceneClass(_ value: Int, masked: [Int], maskedWater: Bool) -> PixelCondition {
        if value > 11 { return .nodata }
        if value == 6, maskedWater { return .water }
        guard masked.contains(value) else { return value == 0 ? .nodata : .clear }
        switch value {
        case 0, 1: return .nodata
        case 2, 3: return .shadow
        case 6: return .water
        case 11: return .snow
        default: return .cloud
        }
    }

    /// QA_PIXEL of Landsat Collection 2 (USGS, LSDS-1619): 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud, 4 shadow,
    /// 5 snow, 6 clear, 7 water.
    private static func pixelQuality(_ value: Int, masked: [Int], maskedWater: Bool) -> PixelCondition {
        func has(_ bit: Int) -> Bool { value >> bit & 1 == 1 }
        if has(0) { return .nodata }
        if has(1) || has(3) || (has(2) && masked.contains(10)) { return .cloud }
        if has(4) { return .shadow }
        if has(5), masked.contains(11) { return .snow }
        return has(7) && maskedWater ? .water : .clear
    }

    /// Fmask of the Harmonized Landsat Sentinel-2 product, version 2 (NASA HLS user guide): 0 cirrus, 1 cloud,
    /// 2 beside cloud or shadow, 3 shadow, 4 snow, 5 water, 6 and 7 aerosol; 255 fill.
    private static func fmask(_ value: Int, masked: [Int], maskedWater: Bool) -> PixelCondition {
        func has(_ bit: Int) -> Bool { value >> bit & 1 == 1 }
        if value == 255 { return .nodata }
        if has(1) || has(2) || (has(0) && masked.contains(10)) { return .cloud }
        if has(3) { return .shadow }
        if has(4), masked.contains(11) { return .snow }
        return has(5) && maskedWater ? .water : .clear
    }
}
