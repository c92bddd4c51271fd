internal import Geospatial

/// Reads the windows of a plan into stacks. One for each thread: it owns open files.
final class StackReader {
    private let plan: ScanPlan
    private let store: BlockStore
    private let masks: [SceneMask.Kind: MaskRule]
    private var open: [(file: Int, raster: RasterFile)] = []

    private let openFileLimit: Int

    /// Files that all readers together keep open: a quarter of what a process usually may, 1,024.
    private static let openFilesOfAllThreads = 256

    /// - Parameter threads: How many readers there are.
    init(plan: ScanPlan, store: BlockStore, settings: SceneSettings, threads: Int = 1) {
        self.plan = plan
        self.store = store
        openFileLimit = max(Self.openFilesOfAllThreads / max(threads, 1), 8)
        masks = Dictionary(
            uniqueKeysWithValues: SceneMask.Kind.allCases.map { ($0, MaskRule(kind: $0, settings: settings)) })
    }

    /// Reads everything the plan gives a group.
    ///
    /// A scene one of whose files cannot be read is left out and named in `problems`.
    func stack(of planned: PlannedGroup) throws -> (stack: SceneStack, problems: [PlanProblem]) {
        let grid = planned.group.grid
        var problems: [PlanProblem] = []
        var days: [Day] = []
        var sceneIDs: [[String]] = []
        var values: [Float] = []
        var conditions: [UInt8] = []
        var isReflectance = true
        let windowsByScene = Dictionary(grouping: planned.windows) { plan.files[$0.file].scene }
        for sceneIndex in planned.scenes {
            let scene = plan.scenes[sceneIndex]
            let windows = windowsByScene[sceneIndex] ?? []
            let layers: Layers
            do {
                layers = try read(windows, scene: scene, bands: planned.bands, grid: grid)
            } catch let error as GeospatialError {
                problems.append(
                    PlanProblem(
                        subject: "Scene \(scene.id)",
                        message: "left out: \(error). Fetch the file again, or exclude the scene under scenes.exclude"))
                continue
            }
            guard layers.hasPixels else { continue }
            isReflectance = isReflectance && layers.isReflectance
            if days.last == scene.day {
                // Two tiles, or two halves of one pass: the first that has a pixel gives it.
                let dayIndex = days.count - 1
                sceneIDs[dayIndex].append(scene.id)
                let pixels = grid.pixelCount
                for pixel in 0..<pixels
                where conditions[dayIndex * pixels + pixel] == PixelCondition.nodata.rawValue {
                    conditions[dayIndex * pixels + pixel] = layers.conditions[pixel]
                    for band in planned.bands.indices {
                        values[(dayIndex * planned.bands.count + band) * pixels + pixel] =
                            layers.values[band * pixels + pixel]
                    }
                }
            } else {
                days.append(scene.day)
                sceneIDs.append([scene.id])
                values += layers.values
                conditions += layers.conditions
            }
        }
        let stack = SceneStack(
            grid: grid, bands: planned.bands, days: days, sceneIDs: sceneIDs, values: values, conditions: conditions,
            isReflectance: isReflectance)
        return (stack, problems)
    }

    private struct Layers {
        /// Band, then pixel.
        var values: [Float]
        var conditions: [UInt8]
        var hasPixels: Bool
        var isReflectance: Bool
    }

    private func read(
        _ windows: [PlannedWindow], scene: Scene, bands: [Band], grid: Grid
    ) throws -> Layers {
        let pixels = grid.pixelCount
        var values = [Float](repeating: .nan, count: bands.count * pixels)
        var conditions = [UInt8](
            repeating: scene.mask == nil ? PixelCondition.clear.rawValue : PixelCondition.nodata.rawValue, count: pixels
        )
        var failure: (any Error)?
        var isReflectance = true
        for window in windows {
            let file = plan.files[window.file]
            do {
                if let failure { throw failure }
                if let band = file.band, let asset = scene.bands[band] {
                    let calibration = asset.calibration.settled(is16BitInteger: file.header.pixelType.is16BitInteger)
                    isReflectance = isReflectance && calibration.isReflectance
                    let source = try pixelValues(
                        window, scale: Float(calibration.scale), offset: Float(calibration.offset),
                        nodata: asset.nodata ?? file.header.nodata)
                    let plane = try placed(source, window, on: grid, method: .bilinear)
                    let start = bands.firstIndex(of: band)! * pixels
                    values.replaceSubrange(start..<start + pixels, with: plane)
                } else if let mask = scene.mask, let rule = masks[mask.kind] {
                    let source = try pixelValues(window, scale: 1, offset: 0, nodata: nil)
                    let plane = try placed(source, window, on: grid, method: .nearest)
                    for pixel in 0..<pixels {
                        // Signed and floating-point masks may hold what is no class.
                        conditions[pixel] =
                            (UInt16(exactly: plane[pixel]).map(rule.condition) ?? PixelCondition.nodata).rawValue
                    }
                }
            } catch {
                if failure == nil { failure = error } else { plan.blocks(of: window).forEach(store.skip) }
            }
        }
        if let failure { throw failure }
        var hasPixels = false
        for pixel in 0..<pixels {
            var isComplete = true
            for band in bands.indices where values[band * pixels + pixel].isNaN { isComplete = false }
            if !isComplete { conditions[pixel] = PixelCondition.nodata.rawValue }
            if conditions[pixel] != PixelCondition.nodata.rawValue { hasPixels = true }
        }
        return Layers(
            values: values, conditions: conditions, hasPixels: hasPixels, isReflectance: isReflectance)
    }

    /// The pixels of a window, calibrated; NaN where the file has none.
    private func pixelValues(
        _ planned: PlannedWindow, scale: Float, offset: Float, nodata: Double?
    ) throws -> [Float] {
        let file = plan.files[planned.file]
        let window = planned.window
        var values = [Float](repeating: .nan, count: window.pixelCount)
        var failure: (any Error)?
        for key in plan.blocks(of: planned) {
            if failure != nil {
                store.skip(key)
                continue
            }
            do {
                let block = try store.block(key) {
                    try raster(planned.file).block(band: key.band, row: key.row, column: key.column)
                }
                let blockWindow = file.header.window(ofBlockAtRow: key.row, column: key.column)
                let common = blockWindow.intersection(window)
                let layout = BlockCopy(
                    rows: common.rows.count, columns: common.columns.count,
                    sourceStart: (common.rows.lowerBound - key.row * file.header.blockRows) * block.columns
                        + common.columns.lowerBound - key.column * file.header.blockColumns,
                    sourceStride: block.columns,
                    targetStart: (common.rows.lowerBound - window.rows.lowerBound) * window.columns.count
                        + common.columns.lowerBound - window.columns.lowerBound,
                    targetStride: window.columns.count)
                switch block.values {
                case .uint8(let stored):
                    layout.calibrate(stored, into: &values, scale: scale, offset: offset, nodata: nodata)
                case .int16(let stored):
                    layout.calibrate(stored, into: &values, scale: scale, offset: offset, nodata: nodata)
                case .uint16(let stored):
                    layout.calibrate(stored, into: &values, scale: scale, offset: offset, nodata: nodata)
                case .float32(let stored):
                    layout.calibrate(stored, into: &values, scale: scale, offset: offset, nodata: nodata)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return values
    }

    /// A window's pixels on the grid wanted; copied where both lie on one lattice.
    private func placed(
        _ values: [Float], _ planned: PlannedWindow, on grid: Grid, method: Resampling
    ) throws -> [Float] {
        let source = plan.files[planned.file].header.grid.grid(of: planned.window)
        guard source.isAligned(with: grid) else {
            return try resampled(values, from: source, to: grid, method: method)
        }
        let corner = grid.position(of: Coordinate(x: source.transform.originX, y: source.transform.originY))
        let rowOffset = Int(corner.row.rounded())
        let columnOffset = Int(corner.column.rounded())
        if rowOffset == 0, columnOffset == 0, source.rows == grid.rows, source.columns == grid.columns { return values }
        var plane = [Float](repeating: .nan, count: grid.pixelCount)
        for row in 0..<source.rows where (0..<grid.rows).contains(row + rowOffset) {
            for column in 0..<source.columns where (0..<grid.columns).contains(column + columnOffset) {
                plane[(row + rowOffset) * grid.columns + column + columnOffset] = values[row * source.columns + column]
            }
        }
        return plane
    }

    private func raster(_ file: Int) throws -> RasterFile {
        if let index = open.firstIndex(where: { $0.file == file }) {
            let entry = open.remove(at: index)
            open.append(entry)
            return entry.raster
        }
        if open.count >= openFileLimit { open.removeFirst() }
        let raster = try RasterFile(path: plan.files[file].path)
        guard raster.header == plan.files[file].header else {
            throw GeospatialError(
                subject: plan.files[file].path, message: "changed while the scan was running. Run the scan again")
        }
        open.append((file, raster))
        return raster
    }
}

/// Where the pixels of a block go.
private struct BlockCopy {
    let rows: Int
    let columns: Int
    let sourceStart: Int
    let sourceStride: Int
    let targetStart: Int
    let targetStride: Int

    func calibrate<Stored: FixedWidthInteger>(
        _ stored: [Stored], into values: inout [Float], scale: Float, offset: Float, nodata: Double?
    ) {
        let missing = nodata.flatMap { Stored(exactly: $0) }
        copy(into: &values) { index in
            let value = stored[index]
            return value == missing ? .nan : Float(value) * scale + offset
        }
    }

    func calibrate(
        _ stored: [Float], into values: inout [Float], scale: Float, offset: Float, nodata: Double?
    ) {
        let missing = nodata.map { Float($0) } ?? .nan
        copy(into: &values) {
            let value = stored[$0]
            return value == missing || !value.isFinite ? .nan : value * scale + offset
        }
    }

    @inline(__always)
    private func copy(into values: inout [Float], _ value: (Int) -> Float) {
        for row in 0..<rows {
            let source = sourceStart + row * sourceStride
            let target = targetStart + row * targetStride
            for column in 0..<columns { values[target + column] = value(source + column) }
        }
    }
}
