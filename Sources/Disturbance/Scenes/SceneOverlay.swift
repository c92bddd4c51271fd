internal import Geospatial

/// Lays the scenes over the groups of one lattice: which of them show a group, and what of their files is read.
struct SceneOverlay {
    /// Pixels around a window that interpolation looks at: two for cubic, and one for rounding.
    private static let resamplingMargin = 3

    /// A band is compared where at least this share of the scenes has it.
    private static let bandShare = 0.8

    /// What groups have in common that the same scenes show.
    private struct Selection {
        let imagery: PlannedImagery
        /// By rectangle: the shape of the files it is read from.
        let shapes: [Int]
    }

    /// What a group's scenes follow from.
    private struct Choice: Hashable {
        /// Those that meet it.
        let shapes: Set<Int>
        /// Of its history.
        let firstDay: Day
    }

    /// The way from the plane of the lattice to that of files.
    private final class Way {
        let transformation: CoordinateTransformation

        init(_ transformation: consuming CoordinateTransformation) { self.transformation = transformation }
    }

    private let table: FileTable
    /// The shape of the first file of each scene, by which it is looked for; nil for scenes that are not used.
    private let shapeOfScene: [Int?]
    /// Where the shapes of scenes lie in the plane of the lattice; nil where its projection cannot show them.
    private let extents: [Int: Envelope]
    private var selections: [Choice: Selection] = [:]
    private let firstDay: (_ turn: Int) -> Day
    private var ways: [CoordinateReferenceSystem: Way] = [:]
    /// Indices of the scenes that show a group, whether they can be used for it or not.
    private(set) var scenesOverGroups: Set<Int> = []
    private(set) var problems: [PlanProblem] = []

    /// - Parameter firstDay: Of the history of groups with this turn.
    init(of table: FileTable, on lattice: AnalysisLattice, firstDay: @escaping (_ turn: Int) -> Day) {
        self.table = table
        self.firstDay = firstDay
        shapeOfScene = table.filesByScene.map { files in
            files.first.flatMap { table.files[$0].band == nil ? nil : table.shapeOfFile[$0] }
        }
        extents = Dictionary(
            uniqueKeysWithValues: Set(shapeOfScene.compactMap(\.self)).compactMap { shape in
                let grid = table.shapes[shape].grid
                let extent = try? CoordinateTransformation(from: grid.crs, to: lattice.crs).transform(grid.envelope)
                return extent.map { (shape, $0) }
            })
    }

    /// What is read for a group; without a scene where none can be used.
    mutating func planned(_ group: SiteGroup) throws -> PlannedGroup {
        let grid = group.grid
        let place = grid.envelope
        let selection = selection(
            Choice(
                shapes: Set(extents.lazy.filter { $0.value.intersects(place) }.map(\.key)),
                firstDay: firstDay(group.turn)))
        let rectangles = try selection.shapes.map { shape in
            let shape = table.shapes[shape]
            let window = try window(of: grid, in: shape.grid)
            return PlannedGroup.Rectangle(window: window, blocks: shape.blocks(covering: window))
        }
        var imagery = selection.imagery
        if rectangles.contains(where: \.window.isEmpty) {
            let kept = imagery.files.indices.filter { !rectangles[imagery.rectangles[$0]].window.isEmpty }
            imagery = PlannedImagery(
                scenes: imagery.scenes, bands: imagery.bands, files: kept.map { imagery.files[$0] },
                rectangles: kept.map { imagery.rectangles[$0] })
        }
        return PlannedGroup(group: group, imagery: imagery, rectangles: rectangles)
    }

    private mutating func selection(_ choice: Choice) -> Selection {
        if let known = selections[choice] { return known }
        let covering = shapeOfScene.indices.filter { shapeOfScene[$0].map(choice.shapes.contains) ?? false }
        scenesOverGroups.formUnion(covering)
        let made = makeSelection(covering.filter { table.scenes[$0].day >= choice.firstDay })
        selections[choice] = made
        return made
    }

    /// - Parameter covering: Scenes of its history and period that show part of a group, ordered by day, then id.
    private mutating func makeSelection(_ covering: [Int]) -> Selection {
        var counts: [Band: Int] = [:]
        for scene in covering {
            for file in table.filesByScene[scene] {
                if let band = table.files[file].band { counts[band, default: 0] += 1 }
            }
        }
        let needed = (Double(covering.count) * Self.bandShare).rounded(.up)
        let used = counts.filter { Double($0.value) >= needed }.keys.sorted()
        var kept: [Int] = []
        for scene in covering {
            let present = Set(table.filesByScene[scene].compactMap { table.files[$0].band })
            let missing = used.filter { !present.contains($0) }
            if missing.isEmpty {
                kept.append(scene)
            } else if !(table.unusableBands[scene] ?? []).isSuperset(of: missing) {
                problems.append(
                    PlanProblem(
                        subject: "Scene \(table.scenes[scene].id)",
                        message: "left out: band \(missing.map(\.rawValue).joined(separator: ", ")) is missing. "
                            + "Add it, or exclude the scene under scenes.exclude"))
            }
        }
        let files = kept.flatMap { table.filesByScene[$0] }.filter { file in
            table.files[file].band.map(used.contains) ?? true
        }
        var shapes: [Int] = []
        var numbers: [Int: Int] = [:]
        let rectangles = files.map { file in
            let shape = table.shapeOfFile[file]
            if let number = numbers[shape] { return number }
            numbers[shape] = shapes.count
            shapes.append(shape)
            return shapes.count - 1
        }
        return Selection(
            imagery: PlannedImagery(scenes: kept, bands: used, files: files, rectangles: rectangles), shapes: shapes)
    }

    /// The pixels of `file` that a raster on `grid` is made from.
    private mutating func window(of grid: Grid, in file: Grid) throws -> Window {
        if file.isAligned(with: grid) { return file.window(covering: grid.envelope) }
        let envelope =
            file.crs.isSame(as: grid.crs)
            ? grid.envelope : try way(from: grid.crs, to: file.crs).transformation.transform(grid.envelope)
        let inner = file.window(covering: envelope)
        guard !inner.isEmpty else { return inner }
        let margin = Self.resamplingMargin
        return Window(
            rows: max(inner.rows.lowerBound - margin, 0)..<min(inner.rows.upperBound + margin, file.rows),
            columns: max(inner.columns.lowerBound - margin, 0)..<min(inner.columns.upperBound + margin, file.columns))
    }

    private mutating func way(
        from lattice: CoordinateReferenceSystem, to crs: CoordinateReferenceSystem
    ) throws -> Way {
        if let known = ways[crs] { return known }
        let way = Way(try CoordinateTransformation(from: lattice, to: crs))
        ways[crs] = way
        return way
    }
}
