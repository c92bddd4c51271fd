import Geospatial
import Foundation
import Testing

@testable import Disturbance

/// The plan of the committed series, and that a scan reads just what it says.
struct ScanPlanTests {
    static let data = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Data/quickstart").path()

    private func sites() throws -> [Site] {
        var settings = SiteSettings()
        settings.source = Self.data + "/sites.geojson"
        return try SiteRegister.load(settings: settings).sites
    }

    private static let scenes: [Scene] = {
        let loaded = try? SceneCatalogue.load(source: data + "/items.json", settings: SceneSettings()).scenes
        return loaded ?? []
    }()

    private func plan(
        _ sites: [Site], _ period: String = "2016-06", cellPixels: Int = 256, threads: Int = 2,
        scenes: [Scene] = scenes
    ) throws -> ScanPlan {
        var settings = WindowSettings()
        settings.cellPixels = cellPixels
        return try ScanPlan(
            sites: sites, scenes: scenes, period: Period(period), settings: settings,
            bands: SceneSettings().bands.compactMap { Band(commonName: $0) }, threads: threads)
    }

    @Test func scenesAfterThePeriodAndBeforeItsHistoryAreLeftOut() throws {
        let plan = try plan(sites())
        #expect(plan.scenes.map(\.day) == Self.scenes.map(\.day).filter { $0 <= Day("2016-06-30")! })
        #expect(plan.summary.newScenes == 2)
        // What lies four years before, 2015-10-01, is the first, third or second month of a group's quarter.
        let late = try self.plan(sites(), "2019-10", cellPixels: 16)
        let begins = ["2015-10-01", "2015-08-01", "2015-09-01"].map { Day($0)! }
        #expect(Set(late.groups.map(\.group.turn)).count == 3)
        for planned in late.groups {
            let wanted = Self.scenes.filter { $0.day >= begins[planned.group.turn] && $0.day <= Day("2019-10-31")! }
            #expect(planned.scenes.map { late.scenes[$0].id } == wanted.map(\.id))
        }
    }

    @Test func eachBlockIsCountedOnceHoweverManyGroupsUseIt() throws {
        let whole = try plan(sites())
        let split = try plan(sites(), cellPixels: 16)
        #expect(whole.groups.count < split.groups.count)
        #expect(split.groups.flatMap { $0.group.sites.map(\.site.id) }.sorted() == (try sites().map(\.id).sorted()))
        // Rasters of 100 x 100 pixels at 10 m and 50 x 50 at 20 m in blocks of 64 x 64: four blocks, or one.
        var blocks = 0
        for file in whole.files { blocks += file.header.grid.rows == 100 ? 4 : 1 }
        #expect(whole.summary.blocks == blocks)
        #expect(split.summary.blocks == blocks)
        #expect(split.blockUses.values.reduce(0) { $0 + $1.count } > blocks)
        #expect(whole.summary.windows == whole.files.count * whole.groups.count)
    }

    /// What groups have in common is planned once; here each file is looked at for each group.
    @Test(arguments: [16, 256]) func everyFileOfEverySceneOverAGroupIsReadWhereTheGroupLies(cellPixels: Int) throws {
        var scenes = Self.scenes.sorted { $0.day < $1.day }
        // One without a band that the others have, and one that is not looked at any more.
        let lacking = scenes[3]
        scenes[3] = Scene(
            id: lacking.id, day: lacking.day, instant: lacking.instant, bands: lacking.bands.filter { $0.key != .red },
            mask: lacking.mask)
        let plan = try plan(sites(), cellPixels: cellPixels, scenes: scenes)
        for planned in plan.groups {
            #expect(planned.scenes == plan.scenes.indices.filter { plan.scenes[$0].bands[.red] != nil })
            let files = plan.files.indices.filter { planned.scenes.contains(plan.files[$0].scene) }
            #expect(planned.windows.map(\.file) == files)
            for window in planned.windows {
                let header = plan.files[window.file].header
                let place = planned.group.grid.envelope
                // 20 m pixels lie on the lattice of 10 m by interpolation, which looks three pixels further.
                let margin = header.grid.isAligned(with: planned.group.grid) ? 0 : 3
                let inner = header.grid.window(covering: place)
                func widened(_ range: Range<Int>, _ end: Int) -> Range<Int> {
                    max(range.lowerBound - margin, 0)..<min(range.upperBound + margin, end)
                }
                #expect(
                    window.window
                        == Window(
                            rows: widened(inner.rows, header.grid.rows),
                            columns: widened(inner.columns, header.grid.columns)))
                #expect(window.blocks == header.blocks(covering: window.window))
            }
        }
        #expect(plan.usedFiles == Set(plan.groups.flatMap { $0.windows.map(\.file) }).sorted())
        #expect(plan.summary.blocks == plan.blockUses.count)
        #expect(
            plan.summary.decodedBytes
                == plan.blockUses.keys.reduce(0) { bytes, key in
                    let header = plan.files[key.file].header
                    return bytes + header.blockRows * header.blockColumns * header.pixelType.byteCount
                })
    }

    @Test func aScanDecodesEachPlannedBlockOnceAndKeepsNone() throws {
        let plan = try plan(sites(), cellPixels: 16)
        for threads in [1, 2, 8] {
            let store = BlockStore(uses: plan.blockUses)
            let days = try WorkerPool.map(count: plan.groups.count, threads: threads) {
                StackReader(plan: plan, store: store, settings: SceneSettings())
            } body: { reader, index in
                let (stack, problems) = try reader.stack(of: plan.groups[index])
                #expect(problems.isEmpty)
                return stack.days.count
            }
            #expect(days.allSatisfy { $0 > 0 })
            #expect(store.decodedCount == plan.summary.blocks)
            #expect(store.heldCount == 0)
        }
    }

    @Test func planDependsNeitherOnThreadsNorOnTheOrderOfSites() throws {
        let sites = try sites()
        let wanted = try plan(sites, cellPixels: 16, threads: 1)
        for threads in [2, 8] {
            let other = try plan(sites.reversed(), cellPixels: 16, threads: threads)
            #expect(other.summary == wanted.summary)
            #expect(other.groups.map(\.group.window) == wanted.groups.map(\.group.window))
            #expect(other.files.map(\.path) == wanted.files.map(\.path))
        }
    }

    @Test func sitesWithoutImageryAreNamed() throws {
        let far = try ["X2", "X1"].map {
            Site(
                id: $0, core: try Geometry(wkt: "POLYGON ((10 10, 10.01 10, 10.01 10.01, 10 10.01, 10 10))"),
                bufferMetres: 50)
        }
        let plan = try plan(far + sites())
        #expect(plan.sitesWithoutImagery.map(\.id) == ["X1", "X2"])
        #expect(plan.summary.sites == plan.summary.sitesWithImagery + 2)
        let none = try self.plan(far)
        #expect(none.groups.isEmpty)
        #expect(none.summary.blocks == 0)
        #expect(try self.plan(sites(), scenes: []).sitesWithoutImagery.count == sites().count)
    }

    @Test func aFileThatIsMissingIsAProblemWithItsScene() throws {
        var scenes = Array(Self.scenes.prefix(6))
        let broken = scenes[2]
        var bands = broken.bands
        let red = try #require(bands[.red])
        bands[.red] = SceneAsset(path: red.path + ".missing", href: "B04.missing", calibration: red.calibration)
        scenes[2] = Scene(
            id: broken.id, day: broken.day, instant: broken.instant, bands: bands, mask: broken.mask)
        let plan = try plan(sites(), scenes: scenes)
        #expect(plan.problems.contains { $0.description.contains(broken.id) && $0.description.contains("missing") })
        #expect(!plan.groups.isEmpty)
        #expect(plan.groups.allSatisfy { !$0.scenes.contains(2) && $0.scenes.count == 5 })
    }
}
