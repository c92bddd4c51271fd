import Foundation
import Synchronization
import Testing

@testable import Geospatial

struct CoordinateReferenceSystemTests {
    /// A raster in UTM on WGS 84, whose datum PROJ knows under two names.
    private let raster: String

    init() throws {
        raster = FileManager.default.temporaryDirectory.path + "/sitewarden-crs-\(UUID().uuidString).tif"
        try RasterWriter.writeGeoTIFF(
            [(name: "red", values: .uint16(Array(repeating: 1, count: 256)))],
            grid: Grid(
                rows: 16, columns: 16, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
                crs: try CoordinateReferenceSystem(epsg: 32634)),
            nodata: nil, blockSize: 16, to: raster)
    }

    /// Runs `body` on a thread that has never used PROJ, whose state belongs to threads.
    private func onNewThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let result = Result { try body() }
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        return try #require(outcome.withLock { $0 }).get()
    }

    /// The symptom: a scan took a scene's files for changed, because the thread that planned had opened a raster first
    /// and the thread that read had asked for a system first.
    @Test func aRasterHasOneHeaderWhateverItsThreadDidBefore() throws {
        defer { try? FileManager.default.removeItem(atPath: raster) }
        let raster = raster
        let openedFirst = try onNewThread { try RasterFile(path: raster).header }
        for code in [3035, 4326, 32634] {
            let askedFirst = try onNewThread {
                _ = try CoordinateReferenceSystem(epsg: code)
                return try RasterFile(path: raster).header
            }
            #expect(openedFirst == askedFirst)
            #expect(openedFirst.grid.crs.wkt == askedFirst.grid.crs.wkt)
        }
    }

    @Test func aSystemHasOneWordingWhateverItsThreadDidBefore() throws {
        defer { try? FileManager.default.removeItem(atPath: raster) }
        let raster = raster
        for code in [4326, 4258, 3035, 3857, 25832, 32634, 32748, 27700] {
            let asked = try onNewThread { try CoordinateReferenceSystem(epsg: code) }
            let askedLater = try onNewThread {
                _ = try RasterFile(path: raster)
                return try CoordinateReferenceSystem(epsg: code)
            }
            #expect(asked.wkt == askedLater.wkt)
            #expect(asked.epsgCode == code && askedLater.epsgCode == code)
        }
    }

    @Test func manyThreadsAtOnceGiveOneWording() throws {
        defer { try? FileManager.default.removeItem(atPath: raster) }
        let raster = raster
        let wordings = Mutex<Set<String>>([])
        let done = DispatchGroup()
        for index in 0..<16 {
            done.enter()
            Thread.detachNewThread {
                defer { done.leave() }
                if index.isMultiple(of: 2) { _ = try? CoordinateReferenceSystem(epsg: 32634) }
                let wkt = (try? RasterFile(path: raster).header.grid.crs.wkt) ?? "none"
                wordings.withLock { _ = $0.insert(wkt) }
            }
        }
        done.wait()
        #expect(wordings.withLock { $0.count } == 1)
    }

    @Test func equalityGoesByTheCodeWhereThereIsOne() throws {
        let byCode = try CoordinateReferenceSystem(epsg: 32634)
        // The wording of another library: the same code, another name.
        let reworded = try CoordinateReferenceSystem(
            byCode.wkt.replacingOccurrences(of: "WGS 84 / UTM zone 34N", with: "UTM 34N"))
        #expect(reworded.wkt != byCode.wkt)
        #expect(reworded == byCode && Set([byCode, reworded]).count == 1)
        #expect(try byCode != CoordinateReferenceSystem(epsg: 32635))

        let withoutCode = try CoordinateReferenceSystem("+proj=utm +zone=34 +datum=WGS84 +units=m")
        #expect(withoutCode.epsgCode == nil)
        #expect(try withoutCode == CoordinateReferenceSystem("+proj=utm +zone=34 +datum=WGS84 +units=m"))
        #expect(withoutCode != byCode, "a definition without a code is equal to its like only")
        #expect(withoutCode.isSame(as: byCode) && byCode.isSame(as: reworded))
        #expect(try !byCode.isSame(as: CoordinateReferenceSystem(epsg: 32635)))
    }

    @Test func systemsThatNeedTheLaterEditionAreDescribedToo() throws {
        // UTM with ellipsoidal heights: no edition before 2019 has words for it.
        let text =
            #"PROJCRS["plane with heights",BASEGEOGCRS["WGS 84",DATUM["World Geodetic System 1984","#
            + #"ELLIPSOID["WGS 84",6378137,298.257223563]]],CONVERSION["UTM zone 34N",METHOD["Transverse Mercator"],"#
            + #"PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],"#
            + #"PARAMETER["Longitude of natural origin",21,ANGLEUNIT["degree",0.0174532925199433]],"#
            + #"PARAMETER["Scale factor at natural origin",0.9996,SCALEUNIT["unity",1]],"#
            + #"PARAMETER["False easting",500000,LENGTHUNIT["metre",1]],"#
            + #"PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],CS[Cartesian,3],AXIS["(E)",east],AXIS["(N)",north],"#
            + #"AXIS["height (h)",up],LENGTHUNIT["metre",1]]"#
        let crs = try CoordinateReferenceSystem(text)
        #expect(crs.name == "plane with heights" && crs.isProjected && crs.metresPerUnit == 1)
        #expect(try CoordinateReferenceSystem(crs.wkt) == crs)
    }

    @Test(arguments: [
        ("EPSG:32648", true), ("  EPSG:4326", true), ("EPSG:", false), ("EPSG:x", false), ("OGC:CRS84", true),
        ("+proj=utm +zone=48", true), ("+zone=48", false), ("PROJCS[\"a\"]", true), ("\n GEOGCRS[", true),
        ("BOUND_CRS[", true), ("[", false), ("PROJCS", false), ("/etc/passwd", false), ("https://host/x", false),
        ("", false), ("epsg:4326", false),
    ])
    func onlyDefinitionsPass(text: String, isDefinition: Bool) {
        #expect(ReferenceHandle.isDefinition(text) == isDefinition)
    }
}
