internal import Geospatial

/// Reads the windows of a plan into stacks. One for each thread: it owns open files.
final class StackReader {
    private let plan: ScanPlan
    private let store: BlockStore
    private let masks: [SceneMask.Kind: MaskRule]
    private var open: [(file: Int, raster: RasterFile)] = []

    private let openFileLimit: Int
    private let pieces: [String: FilePieces]
    private let kept: KeptWindows?
    /// Of the group whose stack is read.
    private var keptFile: KeptWindowFile?
    /// Files whose windows of that group the store does not know of, because they are kept.
    private var heldFiles: Set<Int> = []
    private let profile: RunProfile?

    /// Files that all readers together keep open: a quarter of what a process usually may, 1,024.
    private static let openFilesOfAllThreads = 256

    /// - Parameters:
    ///   - threads: How many readers there are.
    ///   - pieces: What files held when they were hashed, by path; their blocks are compared with it.
    ///   - kept: Windows that earlier runs have read; takes those that this one reads.
    init(
        plan: ScanPlan, store: BlockStore, settings: SceneSettings, threads: Int = 1,
        pieces: [String: FilePieces] = [:], kept: KeptWindows? = nil, profile: RunProfile? = nil
    ) {
        self.pieces = pieces
        self.kept = kept
        self.profile = profile
        self.plan = plan
        self.store = store
        settings.allowedHosts.forEach(HostGate.allow)
        openFileLimit = max(Self.openFilesOfAllThreads / max(threads, 1), 8)
        masks = Dictionary(
            uniqueKeysWithValues: SceneMask.Kind.allCases.map { ($0, MaskRule(kind: $0, settings: settings)) })
    }

    /// Reads everything the plan gives a group.
    ///
    /// A scene one of whose files cannot be read is left out and named in `problems`.
    /// - Parameters:
    ///   - held: For each of the group's windows whether it is kept, and so not among what the store waits for.
    ///   - isWanted: Whether a day is to be in the stack; the windows of the others must be held.
    func stack(
        of planned: PlannedGroup, held: [Bool]? = nil, where isWanted: (Day) -> Bool = { _ in true }
    ) throws -> (stack: SceneStack, problems: [PlanProblem]) {
        keptFile = try kept?.file(of: planned.group)
        heldFiles = Set(zip(planned.windows, held ?? []).compactMap { $1 ? $0.file : nil })
        defer { keptFile = nil }
        let grid = planned.group.grid
        let bands = planned.bands
        let scenes = planned.scenes.filter { isWanted(plan.scenes[$0].day) }
        let windowsByScene = Dictionary(grouping: planned.windows) { plan.files[$0.file].scene }
        var problems: [PlanProblem] = []
        var days: [Day] = []
        var sceneIDs: [[String]] = []
        // Room for each scene to be a day of its own; scenes are read to where they stay.
        let layers = Layers(scenes: scenes.count, bands: bands.count, pixels: grid.pixelCount)
        var isReflectance = true
        for sceneIndex in scenes {
            let scene = plan.scenes[sceneIndex]
            layers.clear(day: days.count, isMasked: scene.mask != nil)
            let isSceneReflectance: Bool
            do {
                isSceneReflectance = try read(
                    windowsByScene[sceneIndex] ?? [], scene: scene, bands: bands, grid: grid, day: days.count,
                    into: layers)
            } catch let error as GeospatialError {
                problems.append(
                    PlanProblem(
                        subject: "Scene \(scene.id)",
                        message: "left out: \(error). Fetch the file again, or exclude the scene under scenes.exclude"))
                continue
            }
            guard layers.complete(day: days.count) else { continue }
            isReflectance = isReflectance && isSceneReflectance
            if days.last == scene.day {
                // Two tiles, or two halves of one pass: the first that has a pixel gives it.
                layers.merge(day: days.count, into: days.count - 1)
                sceneIDs[days.count - 1].append(scene.id)
            } else {
                days.append(scene.day)
                sceneIDs.append([scene.id])
            }
        }
        if let keptFile { kept?.keep { try keptFile.finish() } }
        layers.keep(days: days.count)
        let stack = SceneStack(
            grid: grid, bands: bands, days: days, sceneIDs: sceneIDs, values: layers.values,
            conditions: layers.conditions, isReflectance: isReflectance)
        return (stack, problems)
    }

    /// Reads one scene's planes.
    /// - Returns: Whether its values are reflectance.
    private func read(
        _ windows: [PlannedWindow], scene: Scene, bands: [Band], grid: Grid, day: Int, into layers: Layers
    ) throws -> Bool {
        var failure: (any Error)?
        var isReflectance = true
        for window in windows {
            let file = plan.files[window.file]
            do {
                if let failure { throw failure }
                if let band = file.band, let asset = scene.bands[band] {
                    let calibration = asset.calibration.settled(is16BitInteger: file.header.pixelType.is16BitInteger)
                    isReflectance = isReflectance && calibration.isReflectance
                    let conversion = Conversion(
                        scale: Float(calibration.scale), offset: Float(calibration.offset),
                        nodata: asset.nodata ?? file.header.nodata)
                    let start = layers.plane(day: day, band: bands.firstIndex(of: band)!)
                    try read(window, with: conversion, method: .bilinear, on: grid, to: &layers.values, start: start)
                } else if let mask = scene.mask, let rule = masks[mask.kind] {
                    var classes = [Float](repeating: .nan, count: grid.pixelCount)
                    let conversion = Conversion(scale: 1, offset: 0, nodata: nil)
                    try read(window, with: conversion, method: .nearest, on: grid, to: &classes, start: 0)
                    layers.setConditions(classes, by: rule, day: day)
                }
            } catch {
                if failure == nil {
                    failure = error
                } else if !heldFiles.contains(window.file) {
                    plan.blocks(of: window).forEach { store.skip($0.key, rows: $0.rows) }
                }
            }
        }
        if let failure { throw failure }
        return isReflectance
    }

    /// Reads the pixels of a window to a plane on the grid wanted: straight where both lie on one lattice.
    /// - Parameter start: Where the plane begins in `values`; what the window does not cover stays as it is.
    private func read(
        _ planned: PlannedWindow, with conversion: Conversion, method: Resampling, on grid: Grid,
        to values: inout [Float], start: Int
    ) throws {
        let source = plan.files[planned.file].header.grid.grid(of: planned.window)
        guard source.isAligned(with: grid) else {
            var window = [Float](repeating: .nan, count: planned.window.pixelCount)
            let frame = Frame(rows: source.rows, columns: source.columns, start: 0, rowOffset: 0, columnOffset: 0)
            try read(planned, with: conversion, to: &window, frame: frame)
            let plane = try resampled(window, from: source, to: grid, method: method)
            values.replaceSubrange(start..<start + plane.count, with: plane)
            return
        }
        let corner = grid.position(of: Coordinate(x: source.transform.originX, y: source.transform.originY))
        let frame = Frame(
            rows: grid.rows, columns: grid.columns, start: start, rowOffset: Int(corner.row.rounded()),
            columnOffset: Int(corner.column.rounded()))
        try read(planned, with: conversion, to: &values, frame: frame)
    }

    /// Converts the pixels of a window into a frame: those that were kept, or else decodes its blocks, each once for all
    /// who need it.
    private func read(
        _ planned: PlannedWindow, with conversion: Conversion, to values: inout [Float], frame: Frame
    ) throws {
        let file = plan.files[planned.file]
        let key = keptFile == nil ? nil : kept?.key(of: planned)
        if let key, heldFiles.contains(planned.file), let stored = keptFile?.window(key) {
            profile?.addKept(bytes: stored.bytes.count)
            convert(
                BlockRows(block: stored.block, firstRow: 0), at: planned.window, of: planned.window, with: conversion,
                to: &values, frame: frame)
            return
        }
        var toKeep = key.map { StoredWindow($0.window, type: $0.type) }
        var failure: (any Error)?
        for (key, rowsOfBlock) in plan.blocks(of: planned) {
            if failure != nil {
                store.skip(key, rows: rowsOfBlock)
                continue
            }
            do {
                let held = try store.block(key, rows: rowsOfBlock) {
                    let block = try profile.measure(.decode, inside: .windows) {
                        try raster(planned.file).block(band: key.band, row: key.row, column: key.column)
                    }
                    profile?.addBlock(decodedBytes: block.byteCount)
                    return block
                }
                let place = file.header.window(ofBlockAtRow: key.row, column: key.column)
                convert(held, at: place, of: planned.window, with: conversion, to: &values, frame: frame)
                toKeep?.copy(held, at: place)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        if let key, let toKeep, let keptFile {
            kept?.keep { try keptFile.add(toKeep, as: key, day: plan.scenes[file.scene].day) }
        }
    }

    /// Converts what a block holds of a window into a frame.
    /// - Parameter place: The pixels of the whole block, in the file's grid.
    private func convert(
        _ held: BlockRows, at place: Window, of window: Window, with conversion: Conversion, to values: inout [Float],
        frame: Frame
    ) {
        let block = held.block
        let common = place.intersection(window)
        guard !common.isEmpty else { return }
        // In rows and columns of the frame.
        let rows = frame.rows(common.rows, of: window)
        let columns = frame.columns(common.columns, of: window)
        guard !rows.isEmpty, !columns.isEmpty else { return }
        let firstRow =
            rows.lowerBound - frame.rowOffset + window.rows.lowerBound - place.rows.lowerBound - held.firstRow
        let firstColumn =
            columns.lowerBound - frame.columnOffset + window.columns.lowerBound - place.columns.lowerBound
        let copy = BlockCopy(
            rows: rows.count, columns: columns.count, sourceStart: firstRow * block.columns + firstColumn,
            sourceStride: block.columns,
            targetStart: frame.start + rows.lowerBound * frame.columns + columns.lowerBound,
            targetStride: frame.columns)
        switch block.values {
        case .uint8(let stored): copy.convert(stored, into: &values, with: conversion)
        case .int16(let stored): copy.convert(stored, into: &values, with: conversion)
        case .uint16(let stored): copy.convert(stored, into: &values, with: conversion)
        case .float32(let stored): copy.convert(stored, into: &values, with: conversion)
        }
    }

    private func raster(_ file: Int) throws -> RasterFile {
        if let index = open.firstIndex(where: { $0.file == file }) {
            let entry = open.remove(at: index)
            open.append(entry)
            return entry.raster
        }
        if open.count >= openFileLimit { open.removeFirst() }
        let raster = try RasterFile(path: plan.files[file].path, pieces: pieces[plan.files[file].path])
        guard raster.header == plan.files[file].header else {
            throw GeospatialError(
                subject: plan.files[file].path, message: "changed while the scan was running. Run the scan again")
        }
        open.append((file, raster))
        return raster
    }
}

/// The planes of a group while its scenes are read.
private final class Layers {
    /// Day, then band, then pixel; NaN where there is none.
    var values: [Float]
    /// `PixelCondition` raw values: day, then pixel.
    private(set) var conditions: [UInt8]
    private let bands: Int
    private let pixels: Int
    /// Days that something was read to.
    private var usedDays = 0

    init(scenes: Int, bands: Int, pixels: Int) {
        self.bands = bands
        self.pixels = pixels
        values = [Float](repeating: .nan, count: scenes * bands * pixels)
        conditions = [UInt8](repeating: PixelCondition.nodata.rawValue, count: scenes * pixels)
    }

    func plane(day: Int, band: Int) -> Int { (day * bands + band) * pixels }

    /// Takes off what an earlier scene left on a day that was not kept.
    func clear(day: Int, isMasked: Bool) {
        if day < usedDays { fill(&values, plane(day: day, band: 0)..<plane(day: day + 1, band: 0), with: .nan) }
        usedDays = max(usedDays, day + 1)
        let condition = isMasked ? PixelCondition.nodata : .clear
        fill(&conditions, day * pixels..<(day + 1) * pixels, with: condition.rawValue)
    }

    func setConditions(_ classes: [Float], by rule: MaskRule, day: Int) {
        markConditions(&conditions, from: day * pixels, of: classes, by: rule)
    }

    /// Marks the pixels of a day that miss a band; whether any pixel is left.
    func complete(day: Int) -> Bool {
        for band in 0..<bands {
            markMissing(&conditions, from: day * pixels, in: values, plane(day: day, band: band), count: pixels)
        }
        return conditions[day * pixels..<(day + 1) * pixels].contains { $0 != PixelCondition.nodata.rawValue }
    }

    /// Fills what a day misses from another.
    func merge(day other: Int, into day: Int) {
        for pixel in 0..<pixels where conditions[day * pixels + pixel] == PixelCondition.nodata.rawValue {
            conditions[day * pixels + pixel] = conditions[other * pixels + pixel]
            for band in 0..<bands {
                values[plane(day: day, band: band) + pixel] = values[plane(day: other, band: band) + pixel]
            }
        }
    }

    func keep(days: Int) {
        values.removeLast(values.count - days * bands * pixels)
        conditions.removeLast(conditions.count - days * pixels)
    }
}

private func fill<Value>(_ values: inout [Value], _ range: Range<Int>, with value: Value) {
    var target = values.mutableSpan
    for index in range { target[index] = value }
}

/// Sets the conditions of as many pixels as there are classes.
private func markConditions(_ conditions: inout [UInt8], from start: Int, of classes: [Float], by rule: MaskRule) {
    let table = (0..<256).map { rule.condition(of: UInt16($0)).rawValue }
    var target = conditions.mutableSpan
    let source = classes.span
    let conditionOf = table.span
    precondition(start >= 0 && start + source.count <= target.count)
    for pixel in source.indices {
        // Brought into the table, NaN too, since no comparison with it holds; what is no class differs from its place
        // there.
        let value = unsafe source[unchecked: pixel]
        let index = Int(Int32(max(0, min(255, value))))
        if Float(index) == value {
            unsafe target[unchecked: start &+ pixel] = conditionOf[unchecked: index]
        } else {
            // Signed and floating-point masks may hold what is no class.
            target[start + pixel] = (UInt16(exactly: value).map(rule.condition) ?? PixelCondition.nodata).rawValue
        }
    }
}

/// Marks the pixels that have no value in a plane.
private func markMissing(
    _ conditions: inout [UInt8], from start: Int, in values: [Float], _ plane: Int, count: Int
) {
    var target = conditions.mutableSpan
    let source = values.span
    precondition(start >= 0 && plane >= 0 && start + count <= target.count && plane + count <= source.count)
    let nodata = PixelCondition.nodata.rawValue
    // Without a branch and with the bounds checked once, many pixels are marked at a time.
    for pixel in 0..<count {
        let known = unsafe target[unchecked: start &+ pixel]
        unsafe target[unchecked: start &+ pixel] = source[unchecked: plane &+ pixel].isNaN ? nodata : known
    }
}

/// A plane that windows are read to.
private struct Frame {
    let rows: Int
    let columns: Int
    /// Where the plane begins in the values.
    let start: Int
    /// Where the window's first pixel lies in the plane, also outside it.
    let rowOffset: Int
    let columnOffset: Int

    /// Rows of a part of `window` that lie in the plane, in its own count.
    func rows(_ part: Range<Int>, of window: Window) -> Range<Int> {
        let first = part.lowerBound - window.rows.lowerBound + rowOffset
        return (first..<first + part.count).clamped(to: 0..<rows)
    }

    func columns(_ part: Range<Int>, of window: Window) -> Range<Int> {
        let first = part.lowerBound - window.columns.lowerBound + columnOffset
        return (first..<first + part.count).clamped(to: 0..<columns)
    }
}

/// Stored numbers to values.
private struct Conversion {
    let scale: Float
    let offset: Float
    /// In stored numbers.
    let nodata: Double?
}

/// Where the pixels of a block go.
private struct BlockCopy {
    let rows: Int
    let columns: Int
    let sourceStart: Int
    let sourceStride: Int
    let targetStart: Int
    let targetStride: Int

    func convert<Stored: FixedWidthInteger>(
        _ stored: [Stored], into values: inout [Float], with conversion: Conversion
    ) {
        let (scale, offset) = (conversion.scale, conversion.offset)
        if let missing = conversion.nodata.flatMap({ Stored(exactly: $0) }) {
            copy(stored, into: &values) { $0 == missing ? .nan : Float($0) * scale + offset }
        } else {
            copy(stored, into: &values) { Float($0) * scale + offset }
        }
    }

    func convert(_ stored: [Float], into values: inout [Float], with conversion: Conversion) {
        let (scale, offset) = (conversion.scale, conversion.offset)
        let missing = conversion.nodata.map { Float($0) } ?? .nan
        copy(stored, into: &values) { $0 == missing || !$0.isFinite ? .nan : $0 * scale + offset }
    }

    @inline(__always)
    private func copy<Stored>(_ stored: [Stored], into values: inout [Float], _ value: (Stored) -> Float) {
        var target = values.mutableSpan
        let source = stored.span
        precondition(
            sourceStart >= 0 && sourceStart + (rows - 1) * sourceStride + columns <= source.count && targetStart >= 0
                && targetStart + (rows - 1) * targetStride + columns <= target.count)
        for row in 0..<rows {
            let from = sourceStart &+ row &* sourceStride
            let to = targetStart &+ row &* targetStride
            for column in 0..<columns {
                // The bounds of the whole rectangle were checked.
                unsafe target[unchecked: to &+ column] = value(source[unchecked: from &+ column])
            }
        }
    }
}
