/// Which changed patches become findings; the `findings` part of a pipeline.
public struct FindingSettings: Codable, Hashable, Sendable {
    /// Smallest area that is reported.
    public var minimumMappingUnitSquareMetres = 400.0
    /// Fewest pixels of a patch, whatever their size: fewer cannot be told from noise.
    public var minimumPixels = 4
    /// Two patches of different months are the same disturbance where they share this part of the smaller one.
    public var matchingOverlap = 0.1

    /// A finding touches a boundary or a buffer where at least this much of it lies inside, or half of a smaller one:
    /// its outline is no surer than half a pixel of Sentinel-2.
    public var minimumOverlapSquareMetres = 50.0

    public init() {}

    /// Fewest pixels of a patch on a grid.
    /// - Parameter pixelArea: Square metres.
    public func minimumPixels(pixelArea: Double) -> Int {
        max(minimumPixels, Int((minimumMappingUnitSquareMetres / pixelArea).rounded(.up)))
    }
}
