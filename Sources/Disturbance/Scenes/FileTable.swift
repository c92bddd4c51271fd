internal import Geospatial

/// The files of all scenes with their headers.
struct FileTable {
    let files: [PlannedFile]
    /// Headers of which no two have the same grid and size of blocks.
    let shapes: [RasterHeader]
    /// Indices of shapes, by file.
    let shapeOfFile: [Int]
    /// Indices of files, by scene.
    let filesByScene: [[Int]]
    /// Bands whose file cannot be used, which is told in `problems`, by scene.
    let unusableBands: [Int: Set<Band>]
    let scenes: [Scene]
    let problems: [PlanProblem]

    init(scenes: [Scene], wanted: [Band], threads: Int) throws {
        self.scenes = scenes
        struct Opening: Sendable {
            let scene: Int
            let band: Band?
            let asset: SceneAsset
        }
        let openings = scenes.enumerated().flatMap { index, scene in
            scene.sortedBands.filter { wanted.contains($0.band) }.map {
                Opening(scene: index, band: $0.band, asset: $0.asset)
            } + (scene.mask.map { [Opening(scene: index, band: nil, asset: $0.asset)] } ?? [])
        }
        let headers = try WorkerPool.map(count: openings.count, threads: threads, makeWorker: {}) { _, index in
            Result { () throws(GeospatialError) in
                do { return try RasterFile(path: openings[index].asset.path).header } catch {
                    throw error as? GeospatialError
                        ?? GeospatialError(subject: openings[index].asset.path, message: "\(error)")
                }
            }
        }
        var files: [PlannedFile] = []
        var byScene = [[Int]](repeating: [], count: scenes.count)
        var problems: [PlanProblem] = []
        var unusable: [Int: Set<Band>] = [:]
        // In longitude and latitude.
        var bounds: [Grid: Envelope] = [:]
        for (opening, header) in zip(openings, headers) {
            let scene = scenes[opening.scene]
            let header = header.flatMap { header in
                Result { () throws(GeospatialError) in
                    if bounds[header.grid] == nil {
                        bounds[header.grid] = try Self.place(of: header.grid, path: opening.asset.path)
                    }
                    return header
                }
            }
            if let band = opening.band { unusable[opening.scene, default: []].insert(band) }
            switch header {
            case .success(let header) where opening.asset.bandNumber <= header.bandCount:
                byScene[opening.scene].append(files.count)
                if let band = opening.band { unusable[opening.scene]?.remove(band) }
                files.append(
                    PlannedFile(
                        path: opening.asset.path, header: header, layer: opening.asset.bandNumber - 1,
                        scene: opening.scene, band: opening.band))
            case .success(let header):
                problems.append(
                    PlanProblem(
                        subject: "Scene \(scene.id)",
                        message:
                            "\(opening.asset.href) has \(header.bandCount) layers, not \(opening.asset.bandNumber). "
                            + "Correct the item"))
            case .failure(let error):
                problems.append(
                    PlanProblem(
                        subject: "Scene \(scene.id)",
                        message: "\(error). Fetch the file again, or exclude the scene under scenes.exclude"))
            }
        }
        // Without its mask a scene's clouds would pass for disturbances.
        for (index, scene) in scenes.enumerated() where scene.mask != nil {
            if !byScene[index].contains(where: { files[$0].band == nil }) { byScene[index] = [] }
        }
        // One file that lies elsewhere would leave the scene without a single pixel, and nobody would know why.
        for (index, indices) in byScene.enumerated() {
            guard let first = indices.first else { continue }
            func place(_ file: Int) -> Envelope? { bounds[files[file].header.grid] }
            guard let expected = place(first),
                let stray = indices.first(where: { place($0).map { !$0.intersects(expected) } ?? false })
            else { continue }
            problems.append(
                PlanProblem(
                    subject: "Scene \(scenes[index].id)",
                    message: "left out: \(files[stray].path) and \(files[first].path) lie in different places. "
                        + "Correct the reference system of the wrong one, or exclude the scene under scenes.exclude"))
            byScene[index] = []
        }
        struct Shape: Hashable {
            let grid: Grid
            let blockRows: Int
            let blockColumns: Int
        }
        var shapes: [RasterHeader] = []
        var numbers: [Shape: Int] = [:]
        shapeOfFile = files.map { file in
            let header = file.header
            let shape = Shape(grid: header.grid, blockRows: header.blockRows, blockColumns: header.blockColumns)
            if let number = numbers[shape] { return number }
            numbers[shape] = shapes.count
            shapes.append(header)
            return shapes.count - 1
        }
        self.shapes = shapes
        self.files = files
        filesByScene = byScene
        unusableBands = unusable
        self.problems = problems
    }

    /// Where a grid lies in longitude and latitude; one that lies nowhere spoils its own scene and no other.
    private static func place(of grid: Grid, path: String) throws(GeospatialError) -> Envelope {
        do {
            return try CoordinateTransformation(from: grid.crs, to: .wgs84).transform(grid.envelope)
        } catch {
            let reason = (error as? GeospatialError)?.message ?? "\(error)"
            throw GeospatialError(subject: path, message: "lies nowhere on the Earth (\(reason))")
        }
    }
}
