public import Geospatial

/// All observations of one group of sites on one grid: what kernels compare.
public struct SceneStack: Sendable {
    public let grid: Grid
    /// In order of wavelength.
    public let bands: [Band]
    /// One for each acquisition day, ascending.
    public let days: [Day]
    /// Ids of the scenes merged into each day.
    public let sceneIDs: [[String]]
    /// Stored values times scale plus offset: day, then band, then pixel, rows first; NaN where there is none.
    public let values: [Float]
    /// `PixelCondition` raw values before dilation: day, then pixel.
    public let conditions: [UInt8]
    /// Whether `values` are reflectance in every scene.
    public let isReflectance: Bool

    public init(
        grid: Grid, bands: [Band], days: [Day], sceneIDs: [[String]], values: [Float], conditions: [UInt8],
        isReflectance: Bool
    ) {
        precondition(values.count == days.count * bands.count * grid.pixelCount)
        precondition(conditions.count == days.count * grid.pixelCount)
        self.grid = grid
        self.bands = bands
        self.days = days
        self.sceneIDs = sceneIDs
        self.values = values
        self.conditions = conditions
        self.isReflectance = isReflectance
    }

    public var pixelCount: Int { grid.pixelCount }

    /// Where the plane of a day and band lies in `values`.
    public func range(day: Int, band: Int) -> Range<Int> {
        let start = (day * bands.count + band) * pixelCount
        return start..<start + pixelCount
    }

    /// Where the plane of a day lies in `conditions`.
    public func conditionRange(day: Int) -> Range<Int> { day * pixelCount..<(day + 1) * pixelCount }

    /// The stack with that of later days.
    /// - Precondition: Both are of one grid, and of the same bands.
    func followed(by later: SceneStack) -> SceneStack {
        precondition(grid == later.grid && bands == later.bands)
        return SceneStack(
            grid: grid, bands: bands, days: days + later.days, sceneIDs: sceneIDs + later.sceneIDs,
            values: values + later.values, conditions: conditions + later.conditions,
            isReflectance: isReflectance && later.isReflectance)
    }
}
