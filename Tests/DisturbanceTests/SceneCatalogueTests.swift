import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// A temporary folder that holds the source of a test and goes with it.
private final class SourceFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "scenes-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with the folders above it, and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String = "") throws -> String {
        let file = path + "/" + name
        let above = URL(filePath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: above, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }

    func load(_ name: String = "", _ change: (inout SceneSettings) -> Void = { _ in }) throws -> SceneCatalogue {
        var settings = SceneSettings()
        // Which hosts may be asked is a matter of its own.
        settings.allowedHosts = ["*"]
        change(&settings)
        return try SceneCatalogue.load(source: name.isEmpty ? path : path + "/" + name, settings: settings)
    }
}

/// An item as JSON; `assets` are members `"key": {...}`.
private func item(
    _ id: String, _ datetime: String = "2019-09-04T09:30:39.024Z", properties: String = "", assets: String,
    rest: String = ""
) -> String {
    let more = properties.isEmpty ? "" : ", " + properties
    return """
        {"type": "Feature", "stac_version": "1.0.0", "id": "\(id)", "properties": {"datetime": "\(datetime)"\(more)},
         "assets": {\(assets)}, "links": []\(rest)}
        """
}

private func collection(_ items: [String]) -> String {
    #"{"type": "FeatureCollection", "features": [\#(items.joined(separator: ","))]}"#
}

/// An asset on a web server, where no file is looked for.
private func asset(_ key: String, _ file: String? = nil, _ members: String = "") -> String {
    let more = members.isEmpty ? "" : ", " + members
    return #""\#(key)": {"href": "https://example.org/\#(file ?? key + ".tif")"\#(more)}"#
}

extension SceneCatalogue {
    fileprivate func problems(_ kind: SceneProblem.Kind) -> [SceneProblem] { problems.filter { $0.kind == kind } }
}

struct SceneCatalogueTests {
    private func onlyScene(_ text: String, _ change: (inout SceneSettings) -> Void = { _ in }) throws -> Scene {
        let folder = try SourceFolder()
        try folder.write("items.json", collection([text]))
        let catalogue = try folder.load("items.json", change)
        #expect(catalogue.scenes.count == 1, "\(catalogue.problems)")
        return try #require(catalogue.scenes.first)
    }

    // MARK: Providers

    @Test func earthSearch() throws {
        let raster = #""raster:bands": [{"nodata": 0, "data_type": "uint16", "scale": 0.0001, "offset": -0.1}]"#
        func band(_ key: String, _ file: String, _ common: String, _ metres: Int) -> String {
            asset(
                key, "S2B_33UXP/\(file).tif",
                #""eo:bands": [{"name": "\#(key)", "common_name": "\#(common)"}], "gsd": \#(metres), "#
                    + #""roles": ["data"], "proj:shape": [10980, 10980], "#
                    + #""proj:transform": [\#(metres), 0, 600000, 0, -\#(metres), 5400000], "#
                    + #""type": "image/tiff; application=geotiff; profile=cloud-optimized", "#
                    + raster)
        }
        let jp2 =
            #""red-jp2": {"href": "s3://sentinel-s2-l2a/B04.jp2", "type": "image/jp2", "#
            + #""eo:bands": [{"name": "red", "common_name": "red"}]}"#
        let scene = try onlyScene(
            item(
                "S2B_33UXP_20190904_0_L2A",
                properties: #""platform": "sentinel-2b", "constellation": "sentinel-2", "proj:epsg": 32633, "#
                    + #""eo:cloud_cover": 12.5, "grid:code": "MGRS-33UXP", "earthsearch:boa_offset_applied": true, "#
                    + #""s2:processing_baseline": "05.00""#,
                assets: [
                    band("red", "B04", "red", 10), band("nir", "B08", "nir", 10), band("nir08", "B8A", "nir08", 20),
                    band("swir16", "B11", "swir16", 20), band("rededge1", "B05", "rededge", 20), jp2,
                    asset("scl", "S2B_33UXP/SCL.tif", #""type": "image/tiff; application=geotiff", "roles": ["data"]"#),
                    asset("visual", "TCI.tif", #""roles": ["visual"], "eo:bands": [{"common_name": "red"}]"#),
                    asset("thumbnail", "preview.jpg", #""type": "image/jpeg", "roles": ["thumbnail"]"#),
                ].joined(separator: ","),
                rest: #", "bbox": [16.3, 47.8, 17.8, 48.7]"#)
        ) { $0.bands.append("rededge071") }
        #expect(scene.bands.keys.sorted() == [.red, .rededge071, .nir, .nir08, .swir16])
        let red = try #require(scene.bands[.red])
        #expect(red.path == "/vsicurl/https://example.org/S2B_33UXP/B04.tif")
        // The flag says that the offset is in the values, and is nearer to the pixels than the raster extension.
        #expect(red.scale == 0.0001 && red.offset == 0 && red.isReflectance && red.nodata == 0)
        #expect(red.offsetSource.contains("boa_offset_applied"))
        #expect(red.grid.epsg == 32633 && red.grid.rows == 10980 && red.grid.transform?.originY == 5_400_000)
        #expect(try red.grid.grid()?.crs.epsgCode == 32633)
        #expect(scene.bands[.swir16]?.gsd == 20)
        #expect(scene.nearInfrared == scene.bands[.nir])
        #expect(scene.mask?.kind == .sentinel2SCL)
        #expect(scene.mask?.asset.path.hasSuffix("SCL.tif") == true)
        #expect(scene.tile == "33UXP" && scene.platform == "sentinel-2b" && scene.cloudCoverPercent == 12.5)
        #expect(scene.day == Day("2019-09-04") && scene.instant == "2019-09-04T09:30:39.024Z")
        #expect(scene.bounds?.maximumX == 17.8)
    }

    @Test func planetaryComputer() throws {
        func band(_ name: String, _ common: String) -> String {
            asset(
                name, "\(name)_10m.tif?se=2026&sig=a%2Fb",
                #""type": "image/tiff; application=geotiff", "#
                    + #""eo:bands": [{"name": "\#(name)", "common_name": "\#(common)"}]"#
            )
        }
        let scene = try onlyScene(
            item(
                "S2A_MSIL2A_20230904T093041_R136_T33UXP_20230904T141211",
                properties: #""platform": "Sentinel-2A", "s2:processing_baseline": "05.09", "s2:mgrs_tile": "33UXP""#,
                assets: [
                    band("B02", "blue"), band("B04", "red"), band("B05", "rededge"), band("B08", "nir"),
                    band("B8A", "rededge"), band("B11", "swir16"), asset("SCL", "SCL_20m.tif"),
                    asset("visual", "TCI_10m.tif", #""roles": ["data"], "eo:bands": [{"common_name": "red"}]"#),
                ].joined(separator: ",")))
        // B8A is `rededge` there; its name says better.
        #expect(scene.bands.keys.sorted() == [.blue, .red, .nir, .nir08, .swir16])
        #expect(scene.bands[.red]?.path == "/vsicurl/https://example.org/B04_10m.tif?se=2026&sig=a%2Fb")
        #expect(scene.bands[.red]?.offset == -0.1)
        #expect(scene.bands[.red]?.offsetSource == "processing baseline 05.09")
        #expect(scene.mask?.kind == .sentinel2SCL)
    }

    @Test func copernicusDataSpace() throws {
        func band(_ key: String, _ common: String, _ metres: Int) -> String {
            """
            "\(key)": {"href": "s3://eodata/\(key).jp2", "type": "image/jp2", "gsd": 10, "nodata": 0,
              "data_type": "uint16",
              "raster:scale": 0.0001, "raster:offset": -0.1, "proj:code": "EPSG:32633", "roles": ["data"],
              "proj:transform": [\(metres), 0, 600000, 0, -\(metres), 5400000, 0, 0, 1], "proj:shape": [10980, 10980],
              "bands": [{"name": "\(key.prefix(3))", "eo:common_name": "\(common)"}],
              "alternate": {"https": {"href": "https://example.org/\(key).jp2"}}}
            """
        }
        let scene = try onlyScene(
            item(
                "S2A_MSIL2A_20230904T093041_N0509_R136_T33UXP_20230904T141211",
                properties: #""platform": "sentinel-2a", "constellation": "sentinel-2", "processing:version": "05.09""#,
                assets: [
                    band("B04_60m", "red", 60), band("B04_20m", "red", 20), band("B04_10m", "red", 10),
                    band("B8A_20m", "nir08", 20),
                    #""SCL_60m": {"href": "https://example.org/SCL_60m.jp2", "type": "image/jp2"}"#,
                    #""SCL_20m": {"href": "https://example.org/SCL_20m.jp2", "type": "image/jp2"}"#,
                ].joined(separator: ",")))
        #expect(scene.bands[.red]?.path == "/vsicurl/https://example.org/B04_10m.jp2")
        #expect(scene.bands[.red]?.gsd == 10)
        #expect(scene.bands[.red]?.grid.epsg == 32633)
        #expect(scene.bands[.red]?.offset == -0.1)
        #expect(scene.nearInfrared == scene.bands[.nir08])
        #expect(scene.mask?.asset.path == "/vsicurl/https://example.org/SCL_20m.jp2")
        #expect(scene.tile == "33UXP")
    }

    @Test func landsatCollection2() throws {
        func band(_ key: String, _ number: Int, _ members: String = "") -> String {
            asset(
                key, "LC08_L2SP_185031_20190904_20200826_02_T1_SR_B\(number).TIF",
                #""eo:bands": [{"name": "B\#(number)", "common_name": "\#(key)"}]"# + members)
        }
        let scene = try onlyScene(
            item(
                "LC08_L2SP_185031_20190904_20200826_02_T1_SR",
                properties: #""platform": "LANDSAT_8", "landsat:wrs_path": "185", "landsat:wrs_row": "031""#,
                assets: [
                    band("red", 4), band("nir08", 5),
                    band("swir16", 6, #", "raster:bands": [{"scale": 0.00002, "offset": -0.3, "nodata": 1}]"#),
                    asset("qa_pixel", "LC08_L2SP_185031_20190904_20200826_02_T1_QA_PIXEL.TIF"),
                    asset("qa_radsat", "LC08_L2SP_185031_20190904_20200826_02_T1_QA_RADSAT.TIF"),
                ].joined(separator: ",")))
        #expect(scene.bands[.red]?.scale == 0.0000275 && scene.bands[.red]?.offset == -0.2)
        #expect(scene.bands[.red]?.offsetSource.contains("Landsat Collection 2") == true)
        #expect(scene.bands[.swir16]?.scale == 0.00002 && scene.bands[.swir16]?.offset == -0.3)
        #expect(scene.bands[.swir16]?.nodata == 1)
        #expect(scene.nearInfrared == scene.bands[.nir08])
        #expect(scene.mask?.kind == .landsatQA && scene.tile == "185/031")
    }

    @Test func bandsWithoutCommonNamesFollowTheSensor() throws {
        func bands(_ id: String, _ keys: [String]) throws -> [Band: String] {
            try onlyScene(item(id, assets: keys.map { asset($0) }.joined(separator: ","))).bands.mapValues(\.href)
                .mapValues { String($0.dropFirst("https://example.org/".count).dropLast(4)) }
        }
        #expect(
            try bands("LT05_L2SP_185031_19990904_20200826_02_T1", ["SR_B1", "SR_B3", "SR_B4", "SR_B5", "SR_B7"])
                == [.blue: "SR_B1", .red: "SR_B3", .nir08: "SR_B4", .swir16: "SR_B5", .swir22: "SR_B7"])
        #expect(
            try bands("LC09_L2SP_185031_20230904_20230906_02_T1", ["SR_B2", "SR_B4", "SR_B5", "SR_B6", "SR_B7"])
                == [.blue: "SR_B2", .red: "SR_B4", .nir08: "SR_B5", .swir16: "SR_B6", .swir22: "SR_B7"])
        // Bands 1, 5 and 7 without a 6 are those of Landsat 4 to 7, whatever the scene is called.
        #expect(
            try bands("scene", ["SR_B1", "SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B7"])
                == [
                    .blue: "SR_B1", .green: "SR_B2", .red: "SR_B3", .nir08: "SR_B4", .swir16: "SR_B5", .swir22: "SR_B7",
                ])
        #expect(
            try bands("HLS.L30.T33UXP.2023247T093041.v2.0", ["B04", "B05", "B06", "B07"])
                == [.red: "B04", .nir08: "B05", .swir16: "B06", .swir22: "B07"])
        #expect(
            try bands("HLS.S30.T33UXP.2023247T093041.v2.0", ["B04", "B8A", "B11", "B12"])
                == [.red: "B04", .nir08: "B8A", .swir16: "B11", .swir22: "B12"])
    }

    @Test func aFileOfSeveralLayersKeepsTheirNumber() throws {
        let names = ["blue", "green", "red", "nir"].map { #"{"name": "\#($0)", "common_name": "\#($0)"}"# }
        let scene = try onlyScene(
            item("P1", assets: asset("analytic", "a.tif", #""eo:bands": [\#(names.joined(separator: ","))]"#)))
        #expect(scene.bands.mapValues(\.bandNumber) == [.blue: 1, .green: 2, .red: 3, .nir: 4])
        #expect(scene.bands[.red]?.isReflectance == false)
    }

    // MARK: Calibration

    @Test(arguments: [
        // properties, members of the asset, expected offset, part of the reason
        (#""s2:processing_baseline": "04.00""#, "", -0.1, "baseline 04.00"),
        (#""s2:processing_baseline": "03.01""#, "", 0, "baseline 03.01 has no offset"),
        (#""s2:processing_baseline": "05.11", "s2:boa_offset_applied": true"#, "", 0, "boa_offset_applied"),
        (#""s2:processing_baseline": "05.11", "s2:boa_offset_applied": false"#, "", -0.1, "baseline 05.11"),
        (#""s2:processing_baseline": "02.14", "earthsearch:boa_offset_applied": false"#, "", 0, "baseline 02.14"),
        (#""processing:version": "N0511""#, "", -0.1, "baseline 05.11"),
        (
            #""s2:processing_baseline": "05.11""#, #""raster:bands": [{"scale": 0.0001, "offset": 0}]"#, 0,
            "raster metadata"
        ),
        (#""gsd": 10"#, #""raster:bands": [{"scale": 0.0001, "offset": -0.1}]"#, -0.1, "raster metadata"),
        (#""s2:processing_baseline": "05.11""#, #""raster:bands": [{"scale": 0.0001}]"#, -0.1, "baseline 05.11"),
        (#""gsd": 10"#, "", 0, "no metadata"),
        // Numbers that can be no scale are not taken.
        (
            #""s2:processing_baseline": "05.11""#, #""raster:bands": [{"scale": 0, "offset": 1e300}]"#, -0.1,
            "baseline 05.11"
        ),
    ])
    func sentinel2Offset(properties: String, members: String, offset: Double, reason: String) throws {
        let scene = try onlyScene(
            item(
                "S2A_X", properties: #""constellation": "sentinel-2", "# + properties,
                assets: asset("B04", nil, members)))
        let red = try #require(scene.bands[.red])
        #expect(red.offset == offset)
        #expect(red.scale == 0.0001)
        #expect(red.isReflectance)
        #expect(red.offsetSource.contains(reason), "\(red.offsetSource)")
    }

    @Test func productMetadataTellTheOffsetOfTheProductsOwnFiles() throws {
        let folder = try SourceFolder()
        try folder.write(
            "MTD_MSIL2A.xml",
            """
            <BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
            <BOA_ADD_OFFSET band_id="1">-500</BOA_ADD_OFFSET><BOA_ADD_OFFSET band_id="3">-1000</BOA_ADD_OFFSET>
            """)
        try folder.write("B04.jp2")
        try folder.write("B02.tif")
        let assets = ["B04.jp2", "B02.tif", "MTD_MSIL2A.xml"].map { #""\#($0)": {"href": "\#($0)"}"# }
        try folder.write(
            "items.json",
            collection([
                item(
                    "S2A_X", properties: #""s2:boa_offset_applied": true"#, assets: assets.joined(separator: ","))
            ]))
        let scene = try #require(try folder.load("items.json").scenes.first)
        #expect(scene.bands[.red]?.offset == -0.1)
        #expect(scene.bands[.red]?.offsetSource.contains("BOA_ADD_OFFSET -1000") == true)
        // A converted file: the provider's word on what was done to it comes first.
        #expect(scene.bands[.blue]?.offset == 0)
    }

    @Test func contradictingMetadataAreNamed() throws {
        let folder = try SourceFolder()
        let raster = #""raster:bands": [{"scale": 0.0001, "offset": -0.1}]"#
        try folder.write(
            "items.json",
            collection([
                item("S2A_X", properties: #""s2:processing_baseline": "02.14""#, assets: asset("B04", nil, raster))
            ]))
        let catalogue = try folder.load("items.json")
        #expect(catalogue.problems(.contradiction).count == 1)
        #expect(catalogue.scenes.first?.bands[.red]?.offset == -0.1)
    }

    @Test func whatIsNoReflectanceIsSaidToBeNone() throws {
        let eightBit = #""raster:bands": [{"data_type": "uint8", "nodata": 0}]"#
        let scene = try onlyScene(
            item("X", properties: #""constellation": "landsat""#, assets: asset("red", nil, eightBit)))
        let red = try #require(scene.bands[.red])
        #expect(red.scale == 1 && red.offset == 0 && !red.isReflectance && red.nodata == 0)
        #expect(red.offsetSource.contains("stored values"))
        let sentinel = try onlyScene(item("S2A_X", assets: asset("B04", nil, eightBit)))
        #expect(sentinel.bands[.red]?.isReflectance == false)
    }

    @Test func assumedCalibrationHoldsForSixteenBitsOnly() throws {
        let scene = try onlyScene(item("X", assets: asset("B04")))
        let calibration = try #require(scene.bands[.red]?.calibration)
        #expect(calibration.isAssumed && calibration.scale == 0.0001 && calibration.isReflectance)
        #expect(calibration.settled(is16BitInteger: true) == calibration)
        let settled = calibration.settled(is16BitInteger: false)
        #expect(settled.scale == 1 && !settled.isReflectance)
    }

    // MARK: Sources

    @Test func aSingleItemWithLocalFiles() throws {
        let folder = try SourceFolder()
        try folder.write("scenes/B04.tif")
        try folder.write("scenes/a b.tif")
        try folder.write(
            "item.json",
            item(
                "A",
                assets: #""B04": {"href": "./scenes/../scenes/B04.tif"}, "nir": {"href": "scenes/a%20b.tif"},"#
                    + #""green": {"href": "file://\#(folder.path)/scenes/B04.tif"},"#
                    + #""blue": {"href": "\#(folder.path)/scenes/B04.tif"}"#))
        let scene = try #require(try folder.load("item.json").scenes.first)
        let paths = scene.bands.mapValues { $0.path.dropFirst(folder.path.count + 1) }
        #expect(
            paths == [
                .red: "scenes/B04.tif", .nir: "scenes/a b.tif", .green: "scenes/B04.tif", .blue: "scenes/B04.tif",
            ])
    }

    @Test func aStaticCatalogueIsFollowedOnce() throws {
        let folder = try SourceFolder()
        func catalogue(_ links: [(String, String)]) -> String {
            let links = links.map { #"{"rel": "\#($0.0)", "href": "\#($0.1)"}"# }.joined(separator: ",")
            return #"{"type": "Catalog", "stac_version": "1.0.0", "id": "c", "links": [\#(links)]}"#
        }
        try folder.write(
            "catalog.json",
            catalogue([("self", "catalog.json"), ("child", "./a/collection.json"), ("child", "gone.json")]))
        try folder.write(
            "a/collection.json",
            catalogue([
                ("root", "../catalog.json"), ("child", "../catalog.json"), ("child", "./collection.json"),
                ("item", "one.json"), ("item", "./two.json"), ("item", "one.json"), ("license", "../licence.json"),
            ]))
        try folder.write("a/one.json", item("ONE", "2019-09-05T00:00:00Z", assets: asset("B04")))
        try folder.write("a/two.json", item("TWO", "2019-09-04T00:00:00Z", assets: asset("B04")))
        let loaded = try folder.load("catalog.json")
        #expect(loaded.scenes.map(\.id) == ["TWO", "ONE"])
        #expect(loaded.problems(.unreadable).map { $0.subject.hasSuffix("gone.json") } == [true])
        #expect(loaded.documents.count == 4)
        // The folder is the same source.
        #expect(try folder.load().scenes == loaded.scenes)
    }

    @Test func aCatalogueThatIsTooDeepEnds() throws {
        let folder = try SourceFolder()
        for depth in 0..<30 {
            try folder.write(
                "\(depth).json",
                #"{"type": "Catalog", "stac_version": "1.0.0", "#
                    + #""links": [{"rel": "child", "href": "\#(depth + 1).json"}]}"#
            )
        }
        let catalogue = try folder.load("0.json")
        #expect(catalogue.problems(.refused).count == 1)
        #expect(catalogue.documents.count < 20)
    }

    @Test func pagesOfAResultAreFollowed() throws {
        let folder = try SourceFolder()
        func page(_ id: String, _ link: String) -> String {
            #"{"type": "FeatureCollection", "features": [\#(item(id, assets: asset("B04")))], "links": [\#(link)]}"#
        }
        try folder.write("1.json", page("A", #"{"rel": "next", "href": "2.json"}"#))
        try folder.write("2.json", page("B", #"{"rel": "next", "href": "3.json", "method": "POST"}"#))
        let catalogue = try folder.load("1.json")
        #expect(catalogue.scenes.map(\.id) == ["A", "B"])
        #expect(catalogue.problems(.refused).first?.message.contains("POST") == true)
    }

    @Test func aFolderOfItems() throws {
        let folder = try SourceFolder()
        try folder.write("a.json", item("A", "2019-09-06T00:00:00Z", assets: asset("B04")))
        try folder.write("2019-09-05/item.json", item("B", "2019-09-05T00:00:00Z", assets: asset("B04")))
        try folder.write("2019-09-05/B04.tif")
        try folder.write("more/2019-09-04/item.json", item("C", "2019-09-04T00:00:00Z", assets: asset("B04")))
        try folder.write("settings.json", #"{"some": "thing"}"#)
        try folder.write("broken.json", "{")
        let catalogue = try folder.load()
        #expect(catalogue.scenes.map(\.id) == ["C", "B", "A"])
        #expect(catalogue.problems(.unreadable).map { $0.subject.hasSuffix("broken.json") } == [true])
        // A file of all items is preferred.
        try folder.write("items.json", collection([item("D", assets: asset("B04"))]))
        #expect(try folder.load().scenes.map(\.id) == ["D"])
    }

    @Test func aFolderWithoutMetadata() throws {
        let folder = try SourceFolder()
        let files = [
            "B02.tif", "T33UXP_20190904T093039_B04_10m.jp2", "B08.tiff", "B8A_20m.tif", "b11.TIF", "SCL.tif",
            "notes.txt",
            "TCI.tif", "B04_20m.tif", "B02_20m.tif",
        ]
        for file in files { try folder.write("2019-09-04/" + file) }
        for file in ["SR_B1", "SR_B3", "SR_B4", "SR_B5", "SR_B7", "QA_PIXEL"] {
            try folder.write("19990904/LT05_L2SP_185031_19990904_20200826_02_T1_\(file).TIF")
        }
        for file in ["red", "nir08", "swir16"] { try folder.write("2000-01-02/\(file).tif") }
        try folder.write("notes/B04.tif")
        try folder.write("2019-02-30/B04.tif")
        let catalogue = try folder.load()
        #expect(catalogue.scenes.map(\.id) == ["19990904", "2000-01-02", "2019-09-04"])
        let (landsat, common, sentinel) = (catalogue.scenes[0], catalogue.scenes[1], catalogue.scenes[2])
        #expect(sentinel.bands.keys.sorted() == [.blue, .red, .nir, .nir08, .swir16])
        #expect(sentinel.bands[.red]?.href.hasSuffix("B04_10m.jp2") == true)
        #expect(sentinel.bands[.blue]?.href == "./B02.tif" && sentinel.bands[.blue]?.nodata == 0)
        #expect(sentinel.mask?.kind == .sentinel2SCL)
        #expect(sentinel.bands[.blue]?.calibration.isAssumed == true && sentinel.bands[.blue]?.scale == 0.0001)
        #expect(landsat.bands.keys.sorted() == [.blue, .red, .nir08, .swir16, .swir22])
        #expect(landsat.bands[.nir08]?.path.hasSuffix("SR_B4.TIF") == true && landsat.bands[.nir08]?.offset == -0.2)
        #expect(landsat.day == Day("1999-09-04") && landsat.mask?.kind == .landsatQA)
        #expect(common.bands.keys.sorted() == [.red, .nir08, .swir16])
        #expect(common.bands[.red]?.isReflectance == false && common.mask == nil)
        #expect(catalogue.problems(.noMask).map(\.message.isEmpty) == [false])
        // One folder of a day is a source too.
        #expect(try folder.load("2019-09-04").scenes.map(\.id) == ["2019-09-04"])
    }

    @Test func theItemsGridHoldsForAssetsOfItsPixelSize() throws {
        let scene = try onlyScene(
            item(
                "S2A_X",
                properties: #""proj:epsg": 32633, "proj:shape": [100, 90], "proj:transform": [10, 0, 5, 0, -10, 7]"#,
                assets: [asset("B04"), asset("B11"), asset("B12", nil, #""gsd": 10"#), asset("SCL")].joined(
                    separator: ",")
            ))
        #expect(scene.bands[.red]?.grid.rows == 100 && scene.bands[.red]?.grid.columns == 90)
        #expect(scene.bands[.swir16]?.grid == SceneGrid(epsg: 32633))
        #expect(scene.bands[.swir22]?.grid.transform?.originX == 5)
        #expect(scene.mask?.asset.grid == SceneGrid(epsg: 32633))
    }

    // MARK: Problems

    @Test func missingFilesAreNamedAndTheRestGoesOn() throws {
        let folder = try SourceFolder()
        try folder.write("B08.tif")
        let nir = #""B08": {"href": "B08.tif"}"#
        try folder.write(
            "items.json",
            collection([
                item("S2A_20260904", assets: #""B04": {"href": "B04.tif"}, "# + nir),
                item("S2A_20260905", assets: #""B04": {"href": "B04.tif"}"#),
                // Without its mask clouds would be change.
                item("S2A_20260906", assets: #""SCL": {"href": "SCL.tif"}, "# + nir),
            ]))
        let catalogue = try folder.load("items.json")
        #expect(catalogue.scenes.map(\.id) == ["S2A_20260904"])
        #expect(catalogue.scenes.first?.bands.keys.sorted() == [.nir])
        let missing = catalogue.problems(.missingFile).map(\.description)
        #expect(missing.count == 4)
        #expect(missing[0].contains("Scene S2A_20260904: asset B04"))
        #expect(missing[0].contains("scenes.exclude"))
        #expect(catalogue.problems(.noBand).map(\.subject) == ["Scene S2A_20260905"])
        // No scene has the other bands of the defaults: nothing to mend beyond the files named.
        #expect(catalogue.problems(.missingBand).isEmpty)
        let asked = try folder.load("items.json") { $0.bands = ["red", "nir"] }
        #expect(asked.problems(.missingBand).first?.message.contains("red") == true)
        #expect(catalogue.problems.filter(\.isLoss).count == 5)
    }

    @Test func brokenItemsAreNamedAndTheRestGoesOn() throws {
        let folder = try SourceFolder()
        try folder.write(
            "items.json",
            collection([
                item("A", "yesterday", assets: asset("B04")), item("B", "2019-02-30T00:00:00Z", assets: asset("B04")),
                #"{"type": "Feature", "id": "C"}"#, "null", "7", #"{"type": "Feature", "assets": []}"#,
                item("D", assets: #""B04": 3, "B08": {"href": 4}, "x": {"href": "https://example.org/x.tif"}"#),
                item(
                    "E", properties: #""eo:cloud_cover": "unknown", "proj:shape": [-1, 1e300], "proj:epsg": null"#,
                    assets: asset("B04", nil, #""proj:transform": [0, 0, 0, 0, 0, 0], "eo:bands": {"a": 1}"#),
                    rest: #", "geometry": {"type": "Polygon", "coordinates": [[["a"], 1]]}, "bbox": [1, 2]"#),
            ]))
        let catalogue = try folder.load("items.json")
        #expect(catalogue.scenes.map(\.id) == ["E"])
        let scene = try #require(catalogue.scenes.first)
        #expect(scene.footprint.isEmpty && scene.cloudCoverPercent == nil)
        #expect(scene.bands[.red]?.grid == SceneGrid())
        #expect(catalogue.problems(.noDate).map(\.subject) == ["Scene A", "Scene B", "Scene items.json"])
        #expect(catalogue.problems(.unreadable).count == 3)
        #expect(catalogue.problems(.noBand).map(\.subject) == ["Scene D"])
    }

    @Test func idsCannotForgeLines() throws {
        let scene = try onlyScene(item(#"A\n\u001b[2JB"#, assets: asset("B04")))
        #expect(scene.id == "A[2JB")
    }

    @Test(arguments: [
        "", "{", "[1]", "{}", "nonsense", #"{"type": "Topology"}"#, String(repeating: "[", count: 100_000),
    ])
    func aSourceThatIsNoStacIsAnError(text: String) throws {
        let folder = try SourceFolder()
        try folder.write("a.json", text)
        let error = try #require(throws: SceneError.self) { try folder.load("a.json") }
        #expect(error.subject.hasSuffix("a.json"))
    }

    @Test func sourcesThatAreNotThere() throws {
        let folder = try SourceFolder()
        #expect(throws: SceneError.self) { try folder.load("missing.json") }
        #expect(try #require(throws: SceneError.self) { try folder.load() }.message.contains("holds no scenes"))
        #expect(throws: SceneError.self) { try SceneCatalogue.load(source: " ", settings: SceneSettings()) }
        #expect(throws: SceneError.self) {
            try SceneCatalogue.load(source: "s3://b/items.json", settings: SceneSettings())
        }
        #expect(throws: SceneError.self) {
            try SceneCatalogue.load(source: "/vsimem/a.json", settings: SceneSettings())
        }
    }

    @Test(arguments: [
        "/vsicurl/http://example.org/a.tif", "//vsicurl/http://example.org/a.tif", "../../../../../../../vsizip/a.tif",
        "/./vsimem/a.tif", "s3://bucket/a.tif", "GTIFF_DIR:1:/etc/a.tif", "NETCDF:a.nc", "<VRTDataset/>.tif",
        "file://example.org/a.tif", "http://user:secret@example.org/a.tif", "https://example.org\\@evil.org/a.tif",
        "https:///a.tif", "https://example.org/a b.tif", "a\u{0}.tif", "ftp://example.org/a.tif",
    ])
    func hostileLocationsAreRefused(href: String) throws {
        let folder = try SourceFolder()
        let quoted = String(decoding: try JSONEncoder().encode(href), as: UTF8.self)
        try folder.write(
            "items.json",
            collection([
                item(
                    "A", assets: asset("nir") + #", "red": {"href": \#(quoted), "type": "image/tiff"}"#)
            ]))
        let catalogue = try folder.load("items.json")
        #expect(catalogue.scenes.first?.bands.keys.sorted() == [.nir])
        let refused = catalogue.problems(.refused)
        #expect(refused.count == 1)
        #expect(refused.first?.message.contains("secret") == false)
    }

    @Test func virtualRastersAreRefused() throws {
        let folder = try SourceFolder()
        try folder.write("a.vrt")
        let vrt =
            #""red": {"href": "a.vrt", "type": "image/tiff"}, "#
            + #""blue": {"href": "a.vrt", "eo:bands": [{"common_name": "blue"}]}"#
        try folder.write("items.json", collection([item("A", assets: asset("nir") + ", " + vrt)]))
        let catalogue = try folder.load("items.json")
        #expect(catalogue.scenes.first?.bands.keys.sorted() == [.nir])
        #expect(catalogue.problems(.unknownFormat).count == 1)
    }

    @Test func aRemoteDocumentPointsToNoLocalFile() throws {
        let remote = try SceneLocation(source: "https://example.org/a/b/items.json?token=x", allowedHosts: [])
        func resolved(_ href: String) -> String? { try? remote.resolve(href, allowedHosts: []).text }
        #expect(resolved("./c/B04.tif") == "https://example.org/a/b/c/B04.tif")
        #expect(resolved("../../../B04.tif") == "https://example.org/B04.tif")
        // To a web server a path begins at its own root.
        #expect(resolved("/etc/passwd") == "https://example.org/etc/passwd")
        #expect(resolved("//other.org/B04.tif") == nil)
        #expect(resolved("http://169.254.169.254/latest/meta-data") == nil)
        #expect(resolved("https://example.org:8080/B04.tif") == nil)
        #expect(resolved("file:///etc/passwd") == nil)
        #expect(resolved("FILE:/etc/passwd") == nil)
        #expect(resolved("/vsicurl/file:///etc/passwd") == "https://example.org/vsicurl/file:///etc/passwd")
    }

    @Test func onlyAllowedHostsAreRead() throws {
        let local = try SceneLocation(source: "/data/items.json", allowedHosts: ["example.org"])
        let hosts = ["Example.org", "*.data.org"]
        func isAllowed(_ href: String) -> Bool { (try? local.resolve(href, allowedHosts: hosts)) != nil }
        #expect(isAllowed("https://example.org:8443/a.tif"))
        #expect(isAllowed("https://EXAMPLE.org/a.tif"))
        #expect(isAllowed("https://eu.data.org/a.tif"))
        #expect(!isAllowed("https://data.org.evil.org/a.tif"))
        #expect(!isAllowed("https://sub.example.org/a.tif"))
        #expect(!isAllowed("https://evildata.org/a.tif"))
        #expect(!isAllowed("https://evil.org/?https://example.org/a.tif"))
        #expect(isAllowed("scenes/a.tif"))
        // A document points nowhere but to its own host unless the settings say so.
        #expect((try? local.resolve("https://example.org/a.tif", allowedHosts: [])) == nil)
        #expect((try? local.resolve("https://any.org/a.tif", allowedHosts: ["*"])) != nil)
        #expect(throws: SceneError.self) {
            try SceneLocation(source: "https://evil.org/items.json", allowedHosts: hosts)
        }
    }

    // MARK: Choice

    @Test func scenesAreExcludedByIdAndCloud() throws {
        let folder = try SourceFolder()
        let ids = ["S2A_1_N", "S2A_2_N", "S2B_1_N", "S2B_2_X"]
        var items = ids.map { item($0, assets: asset("B04")) }
        items.append(item("CLOUDY", properties: #""eo:cloud_cover": 80.5"#, assets: asset("B04")))
        try folder.write("items.json", collection(items))
        func kept(_ exclude: [String], _ cloud: Double = 100) throws -> [String] {
            try folder.load("items.json") {
                $0.exclude = exclude
                $0.maximumCloudPercent = cloud
            }.scenes.map(\.id)
        }
        #expect(try kept(["S2A_*"]) == ["CLOUDY", "S2B_1_N", "S2B_2_X"])
        #expect(try kept(["*_1_*", "CLOUDY"]) == ["S2A_2_N", "S2B_2_X"])
        #expect(try kept(["*_N*N"]) == ["CLOUDY"] + ids)
        #expect(try kept(["*"]) == [])
        #expect(try kept(["S2A"], 80) == ids)
        let catalogue = try folder.load("items.json") { $0.exclude = ["S2*"] }
        #expect(
            catalogue.problems(.excluded).map(\.message).first?.contains("4 scenes (S2A_1_N, S2A_2_N, S2B_1_N") == true)
        #expect(catalogue.problems.filter(\.isLoss).isEmpty)
    }

    @Test func anUnknownBandIsNamed() throws {
        let folder = try SourceFolder()
        try folder.write("items.json", collection([item("A", assets: asset("B04"))]))
        let catalogue = try folder.load("items.json") { $0.bands = ["red", "infrared"] }
        #expect(catalogue.problems(.unknownBand).first?.message.contains("infrared is no band") == true)
        #expect(catalogue.scenes.count == 1)
    }

    @Test func aDatatakeProcessedAgainIsKeptOnce() throws {
        let folder = try SourceFolder()
        func product(_ id: String, _ baseline: String, bbox: String, tile: String = "33UXP") -> String {
            item(
                id, "2019-09-04T09:30:39.024Z",
                properties:
                    #""platform": "sentinel-2a", "s2:mgrs_tile": "\#(tile)", "s2:processing_baseline": "\#(baseline)""#,
                assets: asset("B04"), rest: #", "bbox": \#(bbox)"#)
        }
        try folder.write(
            "items.json",
            collection([
                product("OLD", "02.13", bbox: "[16, 47, 17, 48]"), product("NEW", "05.00", bbox: "[16, 47, 17, 48]"),
                // The other half, received by another station.
                product("HALF", "05.00", bbox: "[16, 47.8, 17, 48.6]"),
                product("NEIGHBOUR", "02.13", bbox: "[16, 47, 17, 48]", tile: "33UXQ"),
                product("NEW", "05.00", bbox: "[16, 47, 17, 48]"),
            ]))
        let catalogue = try folder.load("items.json")
        #expect(catalogue.scenes.map(\.id) == ["HALF", "NEIGHBOUR", "NEW"])
        #expect(catalogue.scenes.last?.bands[.red]?.offset == -0.1)
        #expect(catalogue.problems(.duplicate).map(\.subject).sorted() == ["Scene NEW", "Scene OLD"])
    }

    @Test func theOrderOfTheSourceChangesNothing() throws {
        let folder = try SourceFolder()
        let items = (1...9).map { item("S2A_\($0 % 4)", "2019-09-0\($0)T00:00:00Z", assets: asset("B0\($0 % 3 + 2)")) }
        try folder.write("a.json", collection(items))
        try folder.write("b.json", collection(items.reversed()))
        let (first, second) = (try folder.load("a.json"), try folder.load("b.json"))
        #expect(first.scenes == second.scenes)
        #expect(first.scenes == first.scenes.sorted { ($0.day, $0.id) < ($1.day, $1.id) })
    }

    @Test(arguments: [
        ("2019-09-04", "2019-09-04"), ("2019-09-04T23:59:60Z", "2019-09-05"), ("2019-09-04T09:30Z", "2019-09-04"),
        ("2019-09-04T01:30:00+05:30", "2019-09-03"), ("2019-12-31T23:30:00.123456-01:00", "2020-01-01"),
        ("2019-09-04T09:30:39", "2019-09-04"), ("2019-09-04 09:30:39+00:00", "2019-09-04"),
    ])
    func daysAreInUTC(text: String, day: String) {
        #expect(AcquisitionTime(text)?.day.description == day)
    }

    @Test(arguments: ["2019-09-04T", "2019-09-04T25:00:00Z", "2019-09-04T09:61:00Z", "2019-09-04x", "", "2019"])
    func timesThatAreNone(text: String) {
        #expect(AcquisitionTime(text) == nil)
    }
}
