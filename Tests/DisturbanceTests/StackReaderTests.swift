import Geospatial
import Testing

@testable import Disturbance

/// Scenes of a few blocks written by `InventedRaster`, read through a plan.
struct StackReaderTests {
    private let folder: TemporaryFolder
    private let site: Site

    init() throws {
        folder = try TemporaryFolder()
        let crs = try CoordinateReferenceSystem(epsg: 32634)
        let square = Geometry(
            rectangle: Envelope(minimumX: 500_100, minimumY: 4_999_780, maximumX: 500_180, maximumY: 4_999_860))
        site = Site(id: "S1", core: try square.transformed(from: crs, to: .wgs84), bufferMetres: 0)
    }

    private let reflectance = Calibration(scale: 0.0001, offset: -0.1, isReflectance: true, source: "test")

    private func asset(
        _ raster: InventedRaster, _ name: String, calibration: Calibration? = nil, nodata: Double? = nil,
        withoutLastBytes missing: Int = 0
    ) throws -> SceneAsset {
        let path = "\(folder.path)/\(name).tif"
        try raster.write(to: path, withoutLastBytes: missing)
        return SceneAsset(path: path, href: path, calibration: calibration ?? reflectance, nodata: nodata)
    }

    private func scene(
        _ id: String, day: String, bands: [Band: SceneAsset], mask: SceneAsset? = nil
    ) -> Scene {
        Scene(
            id: id, day: Day(day)!, instant: day, bands: bands,
            mask: mask.map { SceneMask(kind: .sentinel2SCL, asset: $0) })
    }

    /// The stack of the only group, after a reading in which every planned block must be decoded once.
    private func read(
        _ scenes: [Scene], ringMetres: Double = 20, isWhole: Bool = true
    ) throws -> (stack: SceneStack, problems: [PlanProblem]) {
        var settings = WindowSettings()
        settings.ringMetres = ringMetres
        let plan = try ScanPlan(
            sites: [site], scenes: scenes.sorted { ($0.day, $0.id) < ($1.day, $1.id) }, period: Period("2019-06"),
            settings: settings, bands: [.red, .nir, .swir16], threads: 1)
        #expect(plan.groups.count == 1)
        let store = BlockStore(uses: plan.blockUses)
        let result = try StackReader(plan: plan, store: store, settings: SceneSettings()).stack(of: plan.groups[0])
        if isWhole { #expect(store.decodedCount == plan.blockUses.count, "\(result.problems)") }
        #expect(store.heldCount == 0)
        return result
    }

    /// 40 x 40 pixels of 10 m whose values tell their place.
    private let placed = InventedRaster(rows: 40, columns: 40) { Double(2_000 + $0 * 40 + $1) }

    @Test func alignedPixelsAreCopiedWithScaleAndOffset() throws {
        let stack = try read([scene("A", day: "2019-06-01", bands: [.red: asset(placed, "red")])]).stack
        let source = try placed.grid
        #expect(stack.isReflectance)
        #expect(stack.bands == [.red])
        #expect(stack.days == [Day("2019-06-01")!])
        for row in 0..<stack.grid.rows {
            for column in 0..<stack.grid.columns {
                let place = source.position(of: stack.grid.coordinate(row: Double(row), column: Double(column)))
                let value = stack.values[row * stack.grid.columns + column]
                let stored = 2_000 + place.row.rounded() * 40 + place.column.rounded()
                #expect(abs(Double(value) - (stored * 0.0001 - 0.1)) < 1e-6)
            }
        }
    }

    @Test func windowsBeyondTheFileHaveNoData() throws {
        let stack = try read(
            [scene("A", day: "2019-06-01", bands: [.red: asset(placed, "red")])], ringMetres: 300
        ).stack
        let source = try placed.grid
        for row in 0..<stack.grid.rows {
            for column in 0..<stack.grid.columns {
                let place = source.position(
                    of: stack.grid.coordinate(row: Double(row) + 0.5, column: Double(column) + 0.5))
                let isInside = (0..<40).contains(place.row) && (0..<40).contains(place.column)
                let pixel = row * stack.grid.columns + column
                #expect(stack.values[pixel].isNaN == !isInside)
                #expect((stack.conditions[pixel] == PixelCondition.nodata.rawValue) == !isInside)
            }
        }
    }

    @Test func coarserBandsAreInterpolated() throws {
        // A slope of 10 a metre eastwards: bilinear interpolation keeps it.
        let fine = InventedRaster(rows: 40, columns: 40) { _, column in 2_050 + Double(column) * 100 }
        var coarse = InventedRaster(rows: 20, columns: 20) { _, column in 2_100 + Double(column) * 200 }
        coarse.pixelSize = 20
        let bands: [Band: SceneAsset] = [.red: try asset(fine, "red"), .swir16: try asset(coarse, "swir")]
        let stack = try read([scene("A", day: "2019-06-01", bands: bands)]).stack
        #expect(stack.bands == [.red, .swir16])
        #expect(stack.grid.transform.columnStepX == 10)
        for pixel in 0..<stack.pixelCount {
            #expect(abs(stack.values[pixel] - stack.values[stack.pixelCount + pixel]) < 1e-4)
        }
    }

    @Test func scenesInAnotherZoneAreBroughtToThePlane() throws {
        let constant = InventedRaster(rows: 40, columns: 40) { _, _ in 3_000 }
        // The same ground seen in the neighbouring zone, with room to spare.
        let neighbour = try CoordinateReferenceSystem(epsg: 32633)
        let toNeighbour = try CoordinateTransformation(from: CoordinateReferenceSystem(epsg: 32634), to: neighbour)
        let there = try toNeighbour.transform(constant.grid.envelope)
        var other = InventedRaster(rows: 100, columns: 100) { _, _ in 4_000 }
        other.epsg = 32633
        other.originX = (there.minimumX / 10).rounded() * 10 - 200
        other.originY = (there.maximumY / 10).rounded() * 10 + 200
        let stack = try read([
            scene("A", day: "2019-06-01", bands: [.red: asset(constant, "a")]),
            scene("B", day: "2019-06-02", bands: [.red: asset(constant, "b")]),
            scene("C", day: "2019-06-03", bands: [.red: asset(other, "c")]),
        ]).stack
        #expect(stack.grid.crs.epsgCode == 32634)
        #expect(stack.days.count == 3)
        #expect(stack.values[stack.range(day: 2, band: 0)].allSatisfy { abs($0 - 0.3) < 1e-6 })
    }

    @Test func twoScenesOfADayAreOneDay() throws {
        // Each has one half of the ground, and both have columns 14 and 15.
        var west = InventedRaster(rows: 40, columns: 40) { _, column in column < 16 ? 2_000 : 0 }
        var east = InventedRaster(rows: 40, columns: 40) { _, column in column >= 14 ? 3_000 : 0 }
        west.nodata = 0
        east.nodata = 0
        let stack = try read([
            scene("A", day: "2019-06-01", bands: [.red: asset(west, "west")]),
            scene("B", day: "2019-06-01", bands: [.red: asset(east, "east")]),
        ]).stack
        #expect(stack.days.count == 1)
        #expect(stack.sceneIDs == [["A", "B"]])
        #expect(stack.conditions.allSatisfy { $0 == PixelCondition.clear.rawValue })
        for column in 0..<stack.grid.columns {
            let place = try west.grid.position(of: stack.grid.coordinate(row: 0, column: Double(column)))
            #expect(abs(stack.values[column] - (place.column.rounded() < 16 ? 0.1 : 0.2)) < 1e-6)
        }
    }

    @Test func nodataOfFileOrMetadataIsMissingInAllBands() throws {
        var red = placed
        red.values[18 * 40 + 14] = 7
        red.nodata = 7
        var infrared = placed
        infrared.values[17 * 40 + 13] = 9
        let bands: [Band: SceneAsset] = [
            .red: try asset(red, "red"), .nir: try asset(infrared, "nir", nodata: 9),
        ]
        let stack = try read([scene("A", day: "2019-06-01", bands: bands)]).stack
        func pixel(_ row: Int, _ column: Int) throws -> Int {
            let place = try stack.grid.position(
                of: placed.grid.coordinate(row: Double(row) + 0.5, column: Double(column) + 0.5))
            return Int(place.row) * stack.grid.columns + Int(place.column)
        }
        let missing = stack.conditions.indices.filter { stack.conditions[$0] == PixelCondition.nodata.rawValue }
        #expect(try missing == [pixel(17, 13), pixel(18, 14)].sorted())
    }

    @Test func maskClassesBecomeConditions() throws {
        // Vegetation, cloud, shadow, snow, and one code that does not exist; 20 m like Sentinel-2's.
        let classes: [Double] = [4, 9, 3, 11, 200]
        var mask = InventedRaster(rows: 20, columns: 20) { classes[($0 + $1) % 5] }
        mask.pixelSize = 20
        mask.sample = .uint8
        let stack = try read([
            scene(
                "A", day: "2019-06-01", bands: [.red: asset(placed, "red")],
                mask: asset(mask, "scl", calibration: .asStored("mask")))
        ]).stack
        try #require(stack.days.count == 1)
        let wanted: [PixelCondition] = [.clear, .cloud, .shadow, .snow, .nodata]
        for pixel in 0..<stack.pixelCount {
            let place = try mask.grid.position(
                of: stack.grid.coordinate(
                    row: Double(pixel / stack.grid.columns) + 0.5, column: Double(pixel % stack.grid.columns) + 0.5))
            let expected = wanted[(Int(place.row) + Int(place.column)) % 5]
            #expect(stack.conditions[pixel] == expected.rawValue)
        }
    }

    @Test func maskValuesThatAreNoClassAreNoData() throws {
        for (sample, value) in [(InventedRaster.Sample.int16, -1.0), (.float32, -5), (.float32, 1e9)] {
            var mask = InventedRaster(rows: 40, columns: 40) { _, column in column < 14 ? value : 4 }
            mask.sample = sample
            let stack = try read([
                scene(
                    "A", day: "2019-06-01", bands: [.red: asset(placed, "red")],
                    mask: asset(mask, "mask", calibration: .asStored("mask")))
            ]).stack
            #expect(stack.conditions.contains(PixelCondition.nodata.rawValue))
            #expect(stack.conditions.contains(PixelCondition.clear.rawValue))
        }
    }

    @Test func aTruncatedFileDropsItsSceneAndSaysSo() throws {
        // Without the last three of nine blocks.
        let broken = try asset(placed, "broken", withoutLastBytes: 3 * 16 * 16 * 2)
        let result = try read(
            [
                scene("A", day: "2019-06-01", bands: [.red: asset(placed, "a"), .nir: asset(placed, "a-nir")]),
                scene("B", day: "2019-06-02", bands: [.red: broken, .nir: asset(placed, "b-nir")]),
                scene("C", day: "2019-06-03", bands: [.red: asset(placed, "c"), .nir: asset(placed, "c-nir")]),
            ], ringMetres: 300, isWhole: false)
        #expect(result.stack.days == [Day("2019-06-01")!, Day("2019-06-03")!])
        #expect(result.problems.count == 1)
        #expect(result.problems[0].subject == "Scene B")
        #expect(result.problems[0].message.contains("broken.tif"))
        #expect(result.problems[0].message.contains("scenes.exclude"))
    }

    @Test func valuesWithoutCalibrationAreNoReflectance() throws {
        let stack = try read([
            scene("A", day: "2019-06-01", bands: [.red: asset(placed, "a")]),
            scene("B", day: "2019-06-02", bands: [.red: asset(placed, "b", calibration: .asStored("test"))]),
        ]).stack
        #expect(!stack.isReflectance)
        #expect(stack.values[stack.range(day: 1, band: 0)].allSatisfy { $0 >= 2_000 })
    }
}
