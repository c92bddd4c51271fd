import Foundation
import Geospatial

@testable import Disturbance

/// A made-up plain of 48 x 52 pixels of 10 m in UTM zone 34 north, with sites, seasons, noise and holes.
///
/// Places are pixel rows and columns. Everything follows from the day and the place, so the same landscape gives the
/// same bytes.
struct Landscape {
    struct Site {
        var id: String
        var name: String
        var rows: Range<Int>
        var columns: Range<Int>
        /// Degrees east of its pixels, to put a site where no scene is.
        var degreesAway = 0.0
    }

    /// Bright bare soil where there was grass.
    struct Hole {
        var rows: Range<Int>
        var columns: Range<Int>
        var from: Day
        var until: Day
    }

    static let rows = 48
    static let columns = 52
    static let zone34 = "EPSG:32634"
    static let bands = ["B02", "B03", "B04", "B08"]

    static let dug = Site(id: "A-dug", name: "Dug fort", rows: 6..<18, columns: 6..<18)
    static let edge = Site(id: "B-edge", name: "Edge farm", rows: 8..<16, columns: 32..<40)
    static let quiet = Site(id: "C-quiet", name: "Quiet mound", rows: 30..<38, columns: 8..<16)
    static let hidden = Site(id: "D-hidden", name: "Hidden tower", rows: 30..<40, columns: 34..<44)
    static let far = Site(id: "E-far", name: "Far khan", rows: 30..<40, columns: 34..<44, degreesAway: 0.5)

    var crs = zone34
    var originX = 500_000.0
    var originY = 5_000_000.0
    var holes: [Hole] = []
    /// Days on which all is cloud.
    var cloudyDays: Set<Day> = []
    /// Days on which all is snow.
    var snowyDays: Set<Day> = []
    /// What is added to all stored values from a day on, though no metadata say so.
    var storedOffset = 0.0
    var storedOffsetFrom = Day("2100-01-01")!
    /// Days on which every pixel is brighter or darker by itself: nothing is as it was, nothing stands out.
    var restlessDays: Set<Day> = []
    /// Pixels under cloud on every day from `cloudFrom` on, before `cloudUntil`.
    var cloudyRows = 0..<0
    var cloudyColumns = 0..<0
    var cloudFrom = Day("2000-01-01")!
    var cloudUntil = Day("2100-01-01")!

    func grid() throws -> Grid {
        Grid(
            rows: Self.rows, columns: Self.columns,
            transform: GeoTransform(originX: originX, originY: originY, pixelSize: 10),
            crs: try CoordinateReferenceSystem(crs))
    }

    /// A hole in a core from May to July; July is cloud, August shows the ground whole again.
    static var healing: Landscape {
        var landscape = Landscape()
        landscape.holes = [
            Hole(rows: 10..<15, columns: 9..<14, from: Day("2019-05-01")!, until: Day("2019-08-01")!)
        ]
        landscape.cloudyDays = [Day("2019-07-08")!]
        return landscape
    }

    // MARK: Scenes

    /// Writes `DATE/BAND.tif` for each day, and one `items.json` beside them.
    func write(_ days: [Day], to folder: String) throws {
        let grid = try grid()
        for day in days {
            let place = "\(folder)/\(day)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let (values, classes) = pixels(on: day)
            for (name, band) in zip(Self.bands, values) {
                try RasterWriter.writeGeoTIFF(
                    [(name, .uint16(band))], grid: grid, nodata: 0, blockSize: 64, to: "\(place)/\(name).tif")
            }
            try RasterWriter.writeGeoTIFF(
                [("SCL", .uint8(classes))], grid: grid, nodata: 0, blockSize: 64, to: "\(place)/SCL.tif")
        }
        try Data(Self.items(days).utf8).write(to: URL(filePath: "\(folder)/items.json"))
    }

    /// An ItemCollection of the days.
    static func items(_ days: [Day]) -> String {
        let common = ["B02": "blue", "B03": "green", "B04": "red", "B08": "nir"]
        let features = days.map { day in
            var assets = bands.map { band in
                #""\#(band)": {"href": "./\#(day)/\#(band).tif", "roles": ["data"], "#
                    + #""eo:bands": [{"name": "\#(band)", "common_name": "\#(common[band] ?? "")"}], "#
                    + #""raster:bands": [{"nodata": 0, "data_type": "uint16", "scale": 0.0001, "offset": 0}]}"#
            }
            assets.append(#""SCL": {"href": "./\#(day)/SCL.tif", "roles": ["data"]}"#)
            return #"{"type": "Feature", "stac_version": "1.0.0", "id": "S2_\#(day)", "#
                + #""properties": {"datetime": "\#(day)T09:30:00Z", "constellation": "sentinel-2"}, "#
                + #""assets": {\#(assets.joined(separator: ", "))}, "links": []}"#
        }
        return #"{"type": "FeatureCollection", "features": [\#(features.joined(separator: ",\n"))]}"#
    }

    /// Stored values of each band, and the scene classes.
    private func pixels(on day: Day) -> (values: [[UInt16]], classes: [UInt8]) {
        let count = Self.rows * Self.columns
        var values = [[UInt16]](repeating: [UInt16](repeating: 0, count: count), count: Self.bands.count)
        var classes = [UInt8](repeating: 4, count: count)
        let green = 0.5 - 0.5 * cos(2 * .pi * Double(day.dayOfYear - 20) / 365.25)
        // Days apart, so that each day's noise is its own.
        let seed = UInt64(day.days(since: Day("2000-01-01")!))
        for row in 0..<Self.rows {
            for column in 0..<Self.columns {
                let pixel = row * Self.columns + column
                let field = Double((row / 7 * 3 + column / 9 * 5) % 7) / 7
                var reflectances = [
                    0.06 + 0.01 * field, 0.08 + 0.01 * field + 0.01 * green, 0.10 + 0.02 * field - 0.02 * green,
                    0.22 + 0.03 * field + 0.12 * green,
                ]
                if holes.contains(where: {
                    $0.rows.contains(row) && $0.columns.contains(column) && $0.from <= day && day < $0.until
                }) {
                    reflectances = [0.21, 0.28, 0.35, 0.42]
                }
                if restlessDays.contains(day) {
                    for band in reflectances.indices {
                        reflectances[band] *= 1 + 0.2 * Self.noise(seed &* 7919 &+ UInt64(pixel * 31 + band))
                    }
                }
                let isCloudy =
                    cloudyDays.contains(day)
                    || (cloudyRows.contains(row) && cloudyColumns.contains(column)
                        && (cloudFrom..<cloudUntil).contains(day))
                if isCloudy {
                    reflectances = [0.6, 0.6, 0.6, 0.6]
                    classes[pixel] = 9
                }
                if snowyDays.contains(day) {
                    reflectances = [0.8, 0.8, 0.78, 0.7]
                    classes[pixel] = 11
                }
                for band in reflectances.indices {
                    let noise = Self.noise(seed &* 40_503 &+ UInt64(pixel * 7 + band)) * 0.004
                    let stored = (reflectances[band] + noise) * 10_000 + (day < storedOffsetFrom ? 0 : storedOffset)
                    values[band][pixel] = UInt16(stored.rounded())
                }
            }
        }
        return (values, classes)
    }

    /// Between -1 and 1, about normal; SplitMix64's mixing (Steele, Lea and Flood 2014).
    private static func noise(_ number: UInt64) -> Double {
        var sum = 0.0
        var state = number &* 0x9E37_79B9_7F4A_7C15
        for _ in 0..<3 {
            state = state &+ 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            mixed ^= mixed >> 31
            sum += Double(mixed >> 11) / Double(1 << 53)
        }
        return (sum - 1.5) / 1.5
    }

    // MARK: Sites

    /// The sites as GeoJSON in longitude and latitude, with 60 m of buffer.
    static func register(_ sites: [Site]) throws -> String {
        let grid = try Landscape().grid()
        let toWGS84 = try CoordinateTransformation(from: grid.crs, to: .wgs84)
        let features = try sites.map { site in
            let corners = [
                (site.rows.upperBound, site.columns.lowerBound), (site.rows.upperBound, site.columns.upperBound),
                (site.rows.lowerBound, site.columns.upperBound), (site.rows.lowerBound, site.columns.lowerBound),
                (site.rows.upperBound, site.columns.lowerBound),
            ]
            let ring = try corners.map { row, column in
                let corner = grid.coordinate(row: Double(row), column: Double(column))
                let place = try toWGS84.transform([corner])[0]
                return [place.x + site.degreesAway, place.y]
            }
            return [
                "type": "Feature", "properties": ["site_id": site.id, "name": site.name, "buffer_m": 60],
                "geometry": ["type": "Polygon", "coordinates": [ring]],
            ] as [String: Any]
        }
        let collection: [String: Any] = ["type": "FeatureCollection", "features": features]
        return String(decoding: try JSONSerialization.data(withJSONObject: collection), as: UTF8.self)
    }
}

/// Scenes, sites and a pipeline in a folder of a test's own.
struct Watch {
    let folder: TemporaryFolder
    var pipeline: String { folder.path + "/pipeline.yaml" }

    /// - Parameters:
    ///   - sites: Text of the register; the four of the landscape and one far away where it is nil.
    ///   - settings: More of the pipeline file.
    init(_ landscape: Landscape, days: [String], sites: String? = nil, settings: String = "") throws {
        folder = try TemporaryFolder()
        try landscape.write(days.map { Day($0)! }, to: folder.path + "/scenes")
        try folder.write(
            sites
                ?? Landscape.register([
                    Landscape.dug, Landscape.edge, Landscape.quiet, Landscape.hidden, Landscape.far,
                ]), to: "sites.geojson")
        // A narrow ring, so that the window is no larger than the scenes.
        try folder.write(
            """
            sites: {source: sites.geojson}
            scenes: {source: scenes/items.json}
            output: {folder: runs}
            windows: {ringMetres: 60}
            \(settings)
            """, to: "pipeline.yaml")
    }

    /// The day before and the day after; both holes are new.
    static let pairDays = ["2019-05-10", "2019-06-09"]
    static func pair(
        _ change: (inout Landscape) -> Void = { _ in }, days: [String] = pairDays, sites: String? = nil,
        settings: String = ""
    ) throws -> Watch {
        var landscape = Landscape()
        landscape.holes = [
            Landscape.Hole(rows: 10..<15, columns: 9..<14, from: Day("2019-06-01")!, until: Day("2030-01-01")!),
            Landscape.Hole(rows: 10..<15, columns: 26..<30, from: Day("2019-06-01")!, until: Day("2030-01-01")!),
        ]
        change(&landscape)
        return try Watch(landscape, days: days, sites: sites, settings: settings)
    }

    /// Four years every 48 days.
    static let history = (0..<30).map { Day("2015-04-10")!.adding(days: $0 * 48).description }
    static let healingMonths = ["2019-05", "2019-06", "2019-07", "2019-08"]
    /// `Landscape.healing` with its history and a day of each month.
    static func healing(sites: [Landscape.Site]) throws -> Watch {
        try Watch(
            .healing, days: history + ["2019-05-10", "2019-06-14", "2019-07-08", "2019-08-12"],
            sites: Landscape.register(sites))
    }

    func scan(
        _ period: String, _ options: [String] = [], wrapper: [String] = [],
        whileRunning: (@Sendable (Process, String) -> Bool)? = nil
    ) async throws -> Program.Run {
        try await Program.run(
            ["scan", pipeline, "--period", period] + options, wrapper: wrapper, whileRunning: whileRunning)
    }

    /// The tasks of a published period, by site.
    func tasks(_ period: String) throws -> [String: [[String: Any]]] {
        let document = try folder.json("runs/\(period)/tasks.geojson")
        let features = document["features"] as? [[String: Any]] ?? []
        return Dictionary(grouping: features.compactMap { $0["properties"] as? [String: Any] }) {
            $0["site_id"] as? String ?? ""
        }
    }

    /// Rows of the coverage of a published period, by site, then by column.
    func coverage(_ period: String) throws -> [String: [String: String]] {
        // No field of these landscapes holds a comma or a line break.
        let rows = try folder.text("runs/\(period)/coverage.csv").split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        var bySite: [String: [String: String]] = [:]
        for row in rows.dropFirst() { bySite[row[0]] = Dictionary(uniqueKeysWithValues: zip(rows[0], row)) }
        return bySite
    }
}
