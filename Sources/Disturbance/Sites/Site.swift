internal import Foundation
public import Geospatial

/// A registered heritage place.
public struct Site: Sendable, Hashable {
    /// As in the register, without spaces at either end; unique.
    public var id: String
    /// Empty where the register has none.
    public var name: String
    /// As in the register; `SiteSettings.weight(ofSignificance:)` gives its weight.
    public var significance: String
    public var legalStatus: String
    public var administrativeArea: String
    /// The boundary in longitude and latitude on WGS 84: valid polygons, or points, whose core has no area.
    public var core: Geometry
    /// The width of the buffer around the core; above 0 where the core is a point.
    public var bufferMetres: Double
    /// The row of the source, from 1.
    public var row: Int

    public init(
        id: String, name: String = "", significance: String = "", legalStatus: String = "",
        administrativeArea: String = "", core: Geometry, bufferMetres: Double, row: Int = 0
    ) {
        self.id = id
        self.name = name
        self.significance = significance
        self.legalStatus = legalStatus
        self.administrativeArea = administrativeArea
        self.core = core
        self.bufferMetres = bufferMetres
        self.row = row
    }

    /// An envelope in longitude and latitude around the core, its buffer and `marginMetres` more, rather too large than
    /// too small; nil where the core is empty.
    func envelope(marginMetres: Double) -> Envelope? {
        guard let core = core.envelope else { return nil }
        // A degree of latitude is 110.6 km or more.
        let degrees = (bufferMetres + marginMetres) / 110_000
        let widest = min(max(abs(core.minimumY), abs(core.maximumY)) + degrees, 89) * .pi / 180
        return Envelope(
            minimumX: core.minimumX - degrees / cos(widest), minimumY: core.minimumY - degrees,
            maximumX: core.maximumX + degrees / cos(widest), maximumY: core.maximumY + degrees)
    }

    /// The area of the core on the ellipsoid; 0 for points.
    public var coreAreaSquareMetres: Double { core.ellipsoidalArea }
}
