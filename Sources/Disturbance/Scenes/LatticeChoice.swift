internal import Geospatial

/// Chooses the lattice of each site.
struct LatticeChoice {
    private struct Candidate {
        let grid: Grid
        /// In longitude and latitude.
        let bounds: Envelope
        var scenes: Int
        /// Ground pixel size where the grid is no metric lattice.
        let groundMetres: Double
        let plane: PlaneOnGround
    }

    private let candidates: [Candidate]

    init(files: [PlannedFile], scenes: [Scene]) throws {
        var finest: [Int: Int] = [:]
        for (index, file) in files.enumerated() where file.band != nil {
            if let other = finest[file.scene], files[other].header.grid.pixelArea <= file.header.grid.pixelArea {
                continue
            }
            finest[file.scene] = index
        }
        var byGrid: [Grid: Candidate] = [:]
        for (scene, index) in finest.sorted(by: { $0.key < $1.key }) {
            let file = files[index]
            let grid = file.header.grid
            if byGrid[grid] != nil {
                byGrid[grid]!.scenes += 1
                continue
            }
            let plane = try PlaneOnGround(grid.crs)
            let bounds = try plane.toWGS84.transform(grid.envelope)
            let asset = file.band.flatMap { scenes[scene].bands[$0] }
            let metres = try asset?.gsd ?? Self.groundPixelMetres(of: grid, bounds: bounds)
            byGrid[grid] = Candidate(
                grid: grid, bounds: bounds, scenes: 1, groundMetres: metres, plane: plane)
        }
        candidates = byGrid.values.sorted {
            ($0.grid.crs.wkt, $0.bounds.minimumX, $0.bounds.maximumY, $0.groundMetres)
                < ($1.grid.crs.wkt, $1.bounds.minimumX, $1.bounds.maximumY, $1.groundMetres)
        }
    }

    /// Side of a square of a pixel's size on the ground, rounded to whole metres, at least one.
    private static func groundPixelMetres(of grid: Grid, bounds: Envelope) throws -> Double {
        let local = try CoordinateReferenceSystem(
            "+proj=laea +lat_0=\(bounds.centre.y) +lon_0=\(bounds.centre.x) +datum=WGS84 +units=m")
        let middle = Window(
            rows: grid.rows / 2..<grid.rows / 2 + 1, columns: grid.columns / 2..<grid.columns / 2 + 1)
        let corners = try CoordinateTransformation(from: grid.crs, to: local).transform(grid.envelope(of: middle))
        let area = (corners.maximumX - corners.minimumX) * (corners.maximumY - corners.minimumY)
        return max(area.squareRoot().rounded(), 1)
    }

    /// The lattice of each of many sites, in their order.
    static func lattices(
        for sites: [Site], files: [PlannedFile], scenes: [Scene], threads: Int
    ) throws -> [AnalysisLattice?] {
        try WorkerPool.map(sites, batchCount: 4096, threads: threads) {
            try LatticeChoice(files: files, scenes: scenes)
        } body: {
            try $0.lattice(for: $1)
        }
    }

    /// The lattice of the finest scenes over the site, of the most frequent where there are several; a UTM zone where
    /// no scene lies in a metric plane; nil where no scene covers the site.
    func lattice(for site: Site) throws -> AnalysisLattice? {
        guard let place = site.core.envelope else { return nil }
        let near = candidates.filter { $0.bounds.intersects(place) }
        guard let finest = near.first else { return nil }
        var best: (lattice: AnalysisLattice, scenes: Int)?
        for candidate in near {
            guard let lattice = AnalysisLattice(of: candidate.grid, near: place.centre, plane: candidate.plane) else {
                continue
            }
            if let current = best {
                let isFiner = lattice.pixelSizeMetres < current.lattice.pixelSizeMetres
                let isAsFine = lattice.pixelSizeMetres == current.lattice.pixelSizeMetres
                guard isFiner || (isAsFine && candidate.scenes > current.scenes) else { continue }
            }
            best = (lattice, candidate.scenes)
        }
        if let best { return best.lattice }
        let metres = near.map(\.groundMetres).min() ?? finest.groundMetres
        return AnalysisLattice(
            crs: try .utm(longitude: place.centre.x, latitude: place.centre.y), pixelSizeMetres: metres,
            origin: Coordinate(x: 0, y: 0))
    }
}
