import Foundation
import Geospatial

@testable import Disturbance

/// A landscape of fields with seasons, noise, haze and clouds, drawn by a seeded generator.
///
/// 24 x 24 pixels of 10 m in five bands over four years; the last month of it is the period. As small as it can be:
/// without optimisation a baseline of it takes seconds.
struct InventedLandscape {
    static let rows = 24
    static let columns = 24
    static let bands: [Band] = [.blue, .green, .red, .nir, .swir16]
    static let period = Period(start: Day("2019-06-01")!, end: Day("2019-06-30")!)

    /// Reflectance by band: dense vegetation in summer, the same field in winter, and ground laid bare.
    private static let summer: [Float] = [0.03, 0.06, 0.04, 0.38, 0.19]
    private static let winter: [Float] = [0.05, 0.07, 0.07, 0.22, 0.20]
    static let soil: [Float] = [0.10, 0.14, 0.19, 0.26, 0.34]
    static let lush: [Float] = [0.02, 0.05, 0.025, 0.52, 0.15]
    private static let cloud: [Float] = [0.62, 0.62, 0.63, 0.66, 0.48]

    let days: [Day]
    /// Day, band, pixel.
    private(set) var values: [Float]
    /// Day, pixel.
    private(set) var conditions: [UInt8]
    let grid: Grid

    static var pixels: Int { rows * columns }

    /// - Parameter cloudShare: Part of the days that have a masked cloud somewhere; none in the last two months, where
    ///   tests draw their own.
    init(seed: Int = 1, cloudShare: Double = 0.3) throws {
        var random = SeededGenerator(seed: seed)
        // Every three weeks, and every six days at the end.
        let recent = Day("2019-04-25")!.number
        days =
            (Array(stride(from: Day("2015-07-03")!.number, to: recent, by: 21))
            + stride(from: recent, through: Self.period.end.number, by: 6)).map(Day.init(number:))
        grid = Grid(
            rows: Self.rows, columns: Self.columns,
            transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
        // Fields of 6 x 6 pixels, each with its own vigour and soil.
        let vigour = (0..<16).map { _ in random.uniform(0.5...1) }
        let tone = (0..<Self.pixels).map { _ in random.uniform(0.9...1.1) }
        values = []
        conditions = []
        values.reserveCapacity(days.count * Self.bands.count * Self.pixels)
        for day in days {
            let greenness = Float(0.5 - 0.5 * cos(2 * .pi * (Double(day.number) / 365.2425 - 0.05)))
            let gain = random.uniform(0.97...1.03)
            let haze = random.uniform(0...0.01)
            for band in Self.bands.indices {
                for pixel in 0..<Self.pixels {
                    let field = pixel / Self.columns / 6 * 4 + pixel % Self.columns / 6
                    let part = greenness * vigour[field]
                    let ground = Self.winter[band] + part * (Self.summer[band] - Self.winter[band])
                    values.append(ground * tone[pixel] * gain + haze + 0.004 * random.normal())
                }
            }
            conditions += [UInt8](repeating: PixelCondition.clear.rawValue, count: Self.pixels)
            if random.uniform(0...1) < Float(cloudShare), day.days(since: Self.period.start) < -30 {
                let row = Int.random(in: -4..<20, using: &random)
                let column = Int.random(in: -4..<20, using: &random)
                hide(
                    day: conditions.count / Self.pixels - 1, rows: max(row, 0)..<row + 10,
                    columns: max(column, 0)..<column + 10)
            }
        }
    }

    private func pixels(_ rows: Range<Int>, _ columns: Range<Int>) -> [Int] {
        rows.clamped(to: 0..<Self.rows).flatMap { row in
            columns.clamped(to: 0..<Self.columns).map { row * Self.columns + $0 }
        }
    }

    /// A cloud, or what else, that the mask knows.
    mutating func hide(day: Int, rows: Range<Int>, columns: Range<Int>, as condition: PixelCondition = .cloud) {
        drawCloud(day: day, rows: rows, columns: columns)
        for pixel in pixels(rows, columns) { conditions[day * Self.pixels + pixel] = condition.rawValue }
    }

    /// A cloud that the mask has missed.
    mutating func drawCloud(day: Int, rows: Range<Int>, columns: Range<Int>) {
        paint(Self.cloud, days: [day], rows: rows, columns: columns)
    }

    /// Ground that shows one spectrum on some days; it keeps its texture and noise.
    mutating func paint(_ spectrum: [Float], days: some Sequence<Int>, rows: Range<Int>, columns: Range<Int>) {
        for day in days {
            for band in Self.bands.indices {
                let plane = (day * Self.bands.count + band) * Self.pixels
                let middle = values[plane..<plane + Self.pixels].reduce(0, +) / Float(Self.pixels)
                for pixel in pixels(rows, columns) {
                    values[plane + pixel] = spectrum[band] + 0.1 * (values[plane + pixel] - middle)
                }
            }
        }
    }

    /// What light and instrument do to a whole scene.
    mutating func scale(day: Int, gain: Float, offset: Float) {
        let start = day * Self.bands.count * Self.pixels
        for index in start..<start + Self.bands.count * Self.pixels { values[index] = values[index] * gain + offset }
    }

    /// Indices of the days of the period.
    var periodDays: [Int] { days.indices.filter { Self.period.contains(days[$0]) } }

    /// - Parameter first: Days before this one are left out.
    func stack(from first: Int = 0, scale factor: Float = 1, isReflectance: Bool = true) -> SceneStack {
        SceneStack(
            grid: grid, bands: Self.bands, days: Array(days[first...]), sceneIDs: days[first...].map { ["\($0)"] },
            values: values[(first * Self.bands.count * Self.pixels)...].map { $0 * factor },
            conditions: Array(conditions[(first * Self.pixels)...]), isReflectance: isReflectance)
    }

    /// - Parameter end: This day and those after it are left out.
    func stack(upTo end: Int) -> SceneStack {
        SceneStack(
            grid: grid, bands: Self.bands, days: Array(days[..<end]), sceneIDs: days[..<end].map { ["\($0)"] },
            values: Array(values[..<(end * Self.bands.count * Self.pixels)]),
            conditions: Array(conditions[..<(end * Self.pixels)]), isReflectance: true)
    }

    /// One site over the middle of the landscape: its core 10 x 10 pixels, its buffer 40 m.
    var group: SiteGroup {
        get throws {
            let lattice = AnalysisLattice(crs: grid.crs, pixelSizeMetres: 10, origin: Coordinate(x: 0, y: 0))
            let square = Geometry(
                rectangle: grid.envelope(of: Window(rows: 7..<17, columns: 7..<17)))
            let site = Site(
                id: "S1", name: "Field", core: try square.transformed(from: grid.crs, to: .wgs84), bufferMetres: 40)
            let fromWGS84 = try CoordinateTransformation(from: .wgs84, to: grid.crs)
            let placed = try PlacedSite(site, on: lattice, ringMetres: 20, fromWGS84: fromWGS84)
            return SiteGroup(lattice: lattice, sites: [placed], window: lattice.window(covering: grid.envelope))
        }
    }

    func result(
        of stack: SceneStack, following open: [OpenGround] = [], configuration: Configuration = Configuration()
    ) throws -> GroupResult {
        // As if earlier runs had watched the last two months.
        try GroupAnalysis(
            group: group, stack: stack, period: Self.period, watchedFrom: Self.period.end.adding(days: -60),
            configuration: configuration
        ).result(following: open)
    }

    /// Square metres of the pixels of a rectangle.
    static func area(rows: Range<Int>, columns: Range<Int>) -> Double { Double(rows.count * columns.count) * 100 }
}
