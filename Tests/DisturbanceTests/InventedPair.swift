import Foundation
import Geospatial

@testable import Disturbance

/// Two acquisitions of a made-up landscape in which nothing was disturbed: fields, forest, bare ground and a village in
/// the light, weather and season of their days. Everything follows from the seed.
struct InventedPair {
    /// What happened to the whole landscape between the two days.
    enum Weather: CaseIterable {
        /// Any two days of the year, three winters apart at most.
        case season
        case haze, brighter, snowMelt, snowFall, drought, burnt, wetted
    }

    static let rows = 40
    static let columns = 40
    static let bands: [Band] = [.blue, .green, .red, .nir, .swir16]
    static let period = Period(start: Day("2024-06-01")!, end: Day("2024-06-30")!)
    /// Spectra by band.
    private enum Ground {
        static let crop: [Float] = [0.03, 0.06, 0.035, 0.42, 0.18]
        static let soil: [Float] = [0.08, 0.11, 0.15, 0.22, 0.29]
        static let grass: [Float] = [0.04, 0.08, 0.06, 0.32, 0.22]
        static let straw: [Float] = [0.08, 0.12, 0.16, 0.28, 0.34]
        static let leaves: [Float] = [0.025, 0.05, 0.03, 0.38, 0.16]
        static let twigs: [Float] = [0.045, 0.06, 0.07, 0.19, 0.19]
        static let needles: [Float] = [0.02, 0.035, 0.025, 0.22, 0.09]
        static let sand: [Float] = [0.17, 0.25, 0.34, 0.42, 0.50]
        static let village: [Float] = [0.11, 0.13, 0.15, 0.22, 0.23]
        static let water: [Float] = [0.05, 0.06, 0.04, 0.02, 0.01]
        static let snow: [Float] = [0.80, 0.80, 0.78, 0.70, 0.12]
        static let char: [Float] = [0.04, 0.045, 0.05, 0.09, 0.16]
    }

    /// A field: what it shows at its greenest and barest, and when it is greenest, parts of a year.
    private struct Cover {
        let green: [Float]
        let bare: [Float]
        let peak: Float
        let tone: Float
    }

    /// Day, band, pixel; reflectance.
    private(set) var values: [Float] = []
    let grid: Grid

    static var pixels: Int { rows * columns }

    init(seed: Int, weather: Weather) throws {
        var random = SeededGenerator(seed: seed)
        grid = Grid(
            rows: Self.rows, columns: Self.columns,
            transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
        let covers = Self.covers(random: &random)
        let size = Int.random(in: 4...9, using: &random)
        let across = (Self.columns + size - 1) / size
        let fields = (0..<across * across).map { _ in Int.random(in: 0..<covers.count, using: &random) }
        let tone = (0..<Self.pixels).map { _ in random.uniform(0.88...1.12) }
        let first = random.uniform(0...1)
        // Half of the pairs lie within six weeks, as neighbours of a series do.
        let apart = Bool.random(using: &random) ? random.uniform(0...0.12) : random.uniform(0...1)
        // Fields that snow or fire passed over.
        let spared = (0..<fields.count).map { _ in random.uniform(0...1) < 0.2 }
        let strength = random.uniform(0...1)
        for day in 0..<2 {
            let season = day == 0 || weather != .season ? first : first + apart
            let gain = random.uniform(0.97...1.03) * (weather == .brighter && day == 1 ? 0.9 + 0.2 * strength : 1)
            let haze = random.uniform(0...0.01) + (weather == .haze && day == 1 ? 0.02 + 0.13 * strength : 0)
            let slope = random.uniform(-0.3...0.3)
            for band in Self.bands.indices {
                for pixel in 0..<Self.pixels {
                    let row = pixel / Self.columns
                    let field = row / size * across + pixel % Self.columns / size
                    let cover = covers[fields[field]]
                    var greenness = 0.5 + 0.5 * cos(2 * .pi * (season - cover.peak))
                    if weather == .drought, day == 1 { greenness *= 0.3 }
                    var ground = cover.bare[band] + greenness * (cover.green[band] - cover.bare[band])
                    ground *= cover.tone * tone[pixel]
                    let isSnowy = (weather == .snowMelt && day == 0) || (weather == .snowFall && day == 1)
                    if isSnowy, !spared[field] { ground = 0.1 * ground + 0.9 * Ground.snow[band] }
                    if weather == .burnt, day == 1, !spared[field] { ground = 0.2 * ground + 0.8 * Ground.char[band] }
                    if weather == .wetted, day == 1 { ground *= 0.6 + 0.2 * strength }
                    // Haze scatters blue and hardly short-wave infrared, and is thicker on one side.
                    let scattered = haze * [1, 0.8, 0.65, 0.35, 0.12][band] * (1 + slope * Float(row) / 40)
                    values.append(ground * gain * (1 - scattered) + scattered + 0.004 * random.normal())
                }
            }
        }
    }

    private static func covers(random: inout SeededGenerator) -> [Cover] {
        let kinds: [([Float], [Float])] = [
            (Ground.crop, Ground.soil), (Ground.crop, Ground.straw), (Ground.grass, Ground.straw),
            (Ground.leaves, Ground.twigs), (Ground.needles, Ground.needles), (Ground.sand, Ground.sand),
            (Ground.village, Ground.village), (Ground.water, Ground.water),
        ]
        // Five of the kinds, some twice: plains, woods, deserts and all between.
        return (0..<7).map { _ in
            let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
            return Cover(
                green: kind.0, bare: kind.1, peak: random.uniform(0.35...0.6), tone: random.uniform(0.8...1.2))
        }
    }

    /// Adds to every band of the second day.
    mutating func shift(by amount: Float) {
        for index in Self.bands.count * Self.pixels..<values.count { values[index] += amount }
    }

    /// - Parameter isReflectance: Otherwise in stored units of 1/10000.
    func stack(isReflectance: Bool = true) -> SceneStack {
        SceneStack(
            grid: grid, bands: Self.bands, days: [Day("2024-05-27")!, Day("2024-06-06")!],
            sceneIDs: [["before"], ["after"]], values: isReflectance ? values : values.map { $0 * 10_000 },
            conditions: [UInt8](repeating: PixelCondition.clear.rawValue, count: 2 * Self.pixels),
            isReflectance: isReflectance)
    }

    private var core: Geometry { Geometry(rectangle: grid.envelope(of: Window(rows: 12..<28, columns: 12..<28))) }

    /// Tasks that a result gives: with one date before, changes inside the boundary.
    func tasks(of result: GroupResult) throws -> Int {
        let core = try core.transformed(from: grid.crs, to: .wgs84)
        return try result.candidates.count { try $0.geometry.intersection(core).area > 0 }
    }

    /// One site in the middle: 16 x 16 pixels and a buffer of 60 m.
    func result(isReflectance: Bool) throws -> GroupResult {
        let lattice = AnalysisLattice(crs: grid.crs, pixelSizeMetres: 10, origin: Coordinate(x: 0, y: 0))
        let site = Site(
            id: "S1", name: "Mound", core: try core.transformed(from: grid.crs, to: .wgs84), bufferMetres: 60)
        let placed = try PlacedSite(
            site, on: lattice, ringMetres: 60, fromWGS84: CoordinateTransformation(from: .wgs84, to: grid.crs))
        let group = SiteGroup(lattice: lattice, sites: [placed], window: lattice.window(covering: grid.envelope))
        return try GroupAnalysis(
            group: group, stack: stack(isReflectance: isReflectance), period: Self.period,
            watchedFrom: Self.period.start, configuration: Configuration()
        ).result(following: [])
    }
}
