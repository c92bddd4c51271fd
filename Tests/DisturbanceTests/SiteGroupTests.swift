import Geospatial
import Testing

@testable import Disturbance

struct SiteGroupTests {
    private let lattice: AnalysisLattice
    private let placed: [PlacedSite]

    init() throws {
        let crs = try CoordinateReferenceSystem(epsg: 32634)
        let lattice = AnalysisLattice(crs: crs, pixelSizeMetres: 10, origin: Coordinate(x: 0, y: 0))
        let toWGS84 = try CoordinateTransformation(from: crs, to: .wgs84)
        let fromWGS84 = try CoordinateTransformation(from: .wgs84, to: crs)
        var random = SeededGenerator(seed: 1)
        placed = try (0..<40).map { index in
            let x = 500_000 + Double(random.uniform(0...9_000))
            let y = 5_000_000 + Double(random.uniform(0...9_000))
            let square = Geometry(
                rectangle: Envelope(minimumX: x, minimumY: y, maximumX: x + 80, maximumY: y + 120))
            let site = Site(
                id: "S\(index)", core: try square.transformed(with: toWGS84), bufferMetres: Double(index % 3) * 50)
            return try PlacedSite(site, on: lattice, ringMetres: 200, fromWGS84: fromWGS84)
        }
        self.lattice = lattice
    }

    @Test func groupsDoNotDependOnTheOrderOfSites() {
        let groups = SiteGroup.grouping(placed, on: lattice, cellPixels: 256)
        #expect(groups.count > 3)
        for seed in 0..<5 {
            var random = SeededGenerator(seed: seed)
            let other = SiteGroup.grouping(placed.shuffled(using: &random), on: lattice, cellPixels: 256)
            #expect(other.map { $0.sites.map(\.site.id) } == groups.map { $0.sites.map(\.site.id) })
            #expect(other.map(\.window) == groups.map(\.window))
        }
    }

    @Test func everySiteIsInOneGroupWhoseWindowHoldsIt() {
        for cellPixels in [1, 64, 256, 100_000] {
            let groups = SiteGroup.grouping(placed, on: lattice, cellPixels: cellPixels)
            #expect(groups.flatMap { $0.sites.map(\.site.id) }.sorted() == placed.map(\.site.id).sorted())
            for group in groups {
                #expect(group.window.columns.count % 8 == 0)
                #expect(group.sites.allSatisfy { group.window.contains($0.window) })
                #expect(group.sites.map(\.site.id) == group.sites.map(\.site.id).sorted())
                #expect(lattice.window(covering: group.grid.envelope) == group.window)
            }
        }
        #expect(SiteGroup.grouping([], on: lattice, cellPixels: 256).isEmpty)
    }

    @Test func windowHoldsBufferAndRing() throws {
        let site = placed[2]
        #expect(site.site.bufferMetres == 100)
        let core = try #require(site.core.envelope)
        let whole = lattice.grid(of: site.window).envelope
        for (outer, inner) in [
            (core.minimumX - whole.minimumX, 300.0), (whole.maximumX - core.maximumX, 300),
            (core.minimumY - whole.minimumY, 300), (whole.maximumY - core.maximumY, 300),
        ] { #expect(outer >= inner - 0.1 && outer <= inner + 10.1) }
    }

    @Test func anEmptyBoundaryIsRefusedByName() throws {
        let site = Site(id: "S-empty", core: try Geometry(wkt: "POLYGON EMPTY"), bufferMetres: 0)
        let fromWGS84 = try CoordinateTransformation(from: .wgs84, to: lattice.crs)
        let error = #expect(throws: GeospatialError.self) {
            try PlacedSite(site, on: lattice, ringMetres: 0, fromWGS84: fromWGS84)
        }
        #expect(error?.description.contains("S-empty") == true)
    }
}
