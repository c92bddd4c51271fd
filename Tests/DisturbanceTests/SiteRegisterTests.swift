import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// A register written for one test, gone afterwards.
private final class RegisterFile {
    let path: String

    init(_ text: String, name: String = "sites.geojson") throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sites-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.appendingPathComponent(name).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// A GeoJSON register; each row is its properties and its geometry.
    convenience init(rows: [(String, String)], members: String = "") throws {
        let features = rows.map { properties, geometry in
            #"{"type": "Feature", "properties": {\#(properties)}, "geometry": \#(geometry)}"#
        }
        try self.init(
            #"{"type": "FeatureCollection", \#(members) "features": [\#(features.joined(separator: ",\n"))]}"#)
    }

    deinit { try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent()) }
}

private func square(_ x: Double, _ y: Double, _ size: Double = 0.001) -> String {
    #"{"type": "Polygon", "coordinates": [[[\#(x), \#(y)], [\#(x + size), \#(y)], "#
        + "[\(x + size), \(y + size)], [\(x), \(y + size)], [\(x), \(y)]]]}"
}

private func point(_ x: Double, _ y: Double) -> String {
    #"{"type": "Point", "coordinates": [\#(x), \#(y)]}"#
}

private func load(
    _ rows: [(String, String)], members: String = "", _ change: (inout SiteSettings) -> Void = { _ in }
) throws -> SiteRegister {
    let file = try RegisterFile(rows: rows, members: members)
    var settings = SiteSettings()
    change(&settings)
    return try SiteRegister.load(source: file.path, settings: settings)
}

extension SiteRegister {
    fileprivate var kinds: [SiteProblem.Kind] { problems.map(\.kind) }
    fileprivate var severities: [SiteProblem.Severity] { problems.map(\.severity) }
}

struct SiteRegisterTests {
    /// More rows than are checked at once, every fifth with something to tell.
    @Test func rowsAreCheckedAlikeByAnyNumberOfThreads() throws {
        let rows = (0..<9000).map { number -> (String, String) in
            let place = (Double(number % 100) * 0.01, Double(number / 100) * 0.01)
            let id = number % 1000 == 7 ? "" : "S-\(9000 - number)"
            let shape = number % 5 == 0 ? point(place.0, place.1) : square(place.0, place.1)
            return (#""site_id": "\#(id)", "name": "Place \#(number)""#, shape)
        }
        let file = try RegisterFile(rows: rows)
        let one = try SiteRegister.load(source: file.path, settings: SiteSettings(), threads: 1)
        let several = try SiteRegister.load(source: file.path, settings: SiteSettings(), threads: 3)
        #expect(one.rowCount == 9000)
        #expect(one.sites.count == 9000 - 9)
        #expect(one.problems.count { $0.kind == .emptyID } == 9)
        #expect(one.problems.map(\.row) == one.problems.map(\.row).sorted())
        #expect(several.sites.map(\.id) == one.sites.map(\.id))
        #expect(several.sites.map(\.core) == one.sites.map(\.core))
        #expect(several.sites.map(\.row) == one.sites.map(\.row))
        #expect(several.problems == one.problems)
    }

    @Test func readsEveryFieldAndOrdersByID() throws {
        let register = try load([
            (
                #""Site_ID ": " B-2 ", "NAME": "Tombs", "significance": "World", "legal_status": "listed", "#
                    + #""administrative_area": "Khovd", "buffer_m": 400"#, square(91, 48)
            ),
            (#""Site_ID ": "A-1", "NAME": "None", "buffer_m": null"#, square(92, 48)),
        ])
        #expect(register.problems.isEmpty)
        #expect(register.rowCount == 2)
        #expect(register.sites.map(\.id) == ["A-1", "B-2"])
        let (first, second) = (register.sites[0], register.sites[1])
        #expect(first.name == "")
        #expect(first.bufferMetres == 250)
        #expect(first.row == 2)
        #expect(second.name == "Tombs")
        #expect(second.significance == "World")
        #expect(second.legalStatus == "listed")
        #expect(second.administrativeArea == "Khovd")
        #expect(second.bufferMetres == 400)
        // 0.001 degrees at 48 north: 111.2 m x 74.6 m.
        #expect(abs(second.coreAreaSquareMetres - 8296) < 10)
    }

    @Test func aNumberIsAnIDToo() throws {
        let register = try load([(#""site_id": 17"#, square(91, 48))])
        #expect(register.sites.map(\.id) == ["17"])
    }

    @Test func anInvalidBoundaryIsRepairedWithBothAreasTold() throws {
        let bowTie =
            #"{"type": "Polygon", "coordinates": [[[10, 60], [10.002, 60.002], [10.002, 60], [10, 60.002], [10, 60]]]}"#
        let register = try load([(#""site_id": "bow""#, bowTie)])
        #expect(register.kinds == [.invalidBoundary])
        #expect(register.severities == [.repaired])
        let core = try #require(register.sites.first?.core)
        #expect(core.isValid)
        #expect(core.kind == .multiPolygon)
        // Two triangles, together half of 222.8 m x 111.7 m.
        #expect(abs(core.ellipsoidalArea - 12440) < 30)
        let message = register.problems[0].message
        #expect(message.contains("Self-intersection at 10.001"))
        #expect(message.contains("m2 before"))
        #expect(message.contains("\(Int(core.ellipsoidalArea.rounded())) m2 after"))
    }

    @Test func anUnclosedRingIsClosed() throws {
        let open = #"{"type": "Polygon", "coordinates": [[[10, 60], [10.001, 60], [10.001, 60.001], [10, 60.001]]]}"#
        let register = try load([(#""site_id": "open""#, open)])
        #expect(register.problems.isEmpty)
        #expect(register.sites.count == 1)
    }

    @Test func anEmptyIDIsRejected() throws {
        let register = try load([
            (#""site_id": "None""#, square(91, 48)), (#""site_id": "  ""#, square(91, 48)),
            (#""site_id": null"#, square(91, 48)), (#""site_id": "a""#, square(91, 48)),
        ])
        #expect(register.kinds == [.emptyID, .emptyID, .emptyID])
        #expect(register.problems.map(\.row) == [1, 2, 3])
        #expect(register.sites.map(\.id) == ["a"])
    }

    @Test func ofTwoBoundariesWithOneIDTheFirstIsKept() throws {
        let register = try load([
            (#""site_id": "a", "name": "first""#, square(91, 48)), (#""site_id": "a""#, square(91.5, 48)),
            (#""site_id": "a""#, square(91, 48)),
        ])
        #expect(register.sites.map(\.name) == ["first"])
        #expect(register.kinds == [.duplicateID, .repeatedRow])
        #expect(register.severities == [.rejected, .warning])
        #expect(register.problems[0].message.contains("row 1 has the same id"))
    }

    @Test func aBoundaryIsKeptBeforeThePointWithItsID() throws {
        let register = try load([
            (#""site_id": "a""#, point(91, 48)), (#""site_id": "a""#, square(91, 48)),
        ])
        #expect(register.sites.map(\.row) == [2])
        #expect(register.kinds == [.repeatedRow])
        #expect(register.severities == [.warning])
    }

    @Test func aPointNeedsABuffer() throws {
        let rows = [
            (#""site_id": "own", "buffer_m": 80"#, point(91, 48)),
            (#""site_id": "bare", "buffer_m": null"#, point(91, 49)),
        ]
        let register = try load(rows)
        #expect(register.sites.map(\.bufferMetres) == [250, 80])
        #expect(register.sites.allSatisfy { $0.coreAreaSquareMetres == 0 })
        #expect(register.kinds == [.pointWithoutBuffer])
        #expect(register.severities == [.warning])
        #expect(register.problems[0].message.contains("250 m around it"))
        let without = try load(rows) { $0.bufferMetres = 0 }
        #expect(without.sites.map(\.id) == ["own"])
        #expect(without.severities == [.rejected])
    }

    @Test func aBufferThatIsNoWidthFallsBack() throws {
        let register = try load([
            (#""site_id": "a", "buffer_m": "wide""#, square(91, 48)),
            (#""site_id": "b", "buffer_m": "-5""#, square(91, 48)),
            (#""site_id": "c", "buffer_m": "75 ""#, square(91, 48)),
            (#""site_id": "d", "buffer_m": "None""#, square(91, 48)),
        ])
        #expect(register.sites.map(\.bufferMetres) == [250, 250, 75, 250])
        #expect(register.kinds == [.unreadableBuffer, .unreadableBuffer])
        #expect(register.problems[0].message == "its buffer 'wide' is no width in metres; 250 m is used")
    }

    @Test func geometryThatIsNoBoundary() throws {
        let cases: [(String, SiteProblem.Kind)] = [
            ("null", .noGeometry),
            (#"{"type": "Polygon", "coordinates": []}"#, .noGeometry),
            (#"{"type": "Polygon", "coordinates": [[[1, 1]]]}"#, .unreadableGeometry),
            (#"{"type": "LineString", "coordinates": [[1, 1], [2, 2]]}"#, .line),
            (#"{"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}"#, .zeroArea),
            (#"{"type": "Polygon", "coordinates": [[[1, 1], [1, 1], [1, 1], [1, 1]]]}"#, .zeroArea),
            (square(1, 1, 1e-6), .zeroArea),
            (#"{"type": "Polygon", "coordinates": [[[1, 1], [2, NaN], [3, 3], [1, 1]]]}"#, .notFinite),
            (square(500_000, 5_300_000, 100), .outOfRange),
            (square(48, 106), .swapped),
            (
                #"{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}]}"#,
                .mixedGeometry
            ),
            (
                #"{"type": "Polygon", "coordinates": [[[179, 1], [-179, 1], [-179, 2], [179, 2], [179, 1]]]}"#,
                .antimeridian
            ),
        ]
        for (geometry, kind) in cases {
            let register = try load([(#""site_id": "bad""#, geometry), (#""site_id": "good""#, square(91, 48))])
            #expect(register.kinds == [kind], "\(geometry)")
            #expect(register.severities == [.rejected], "\(geometry)")
            #expect(register.problems.first?.siteID == "bad")
            #expect(register.sites.map(\.id) == ["good"], "one bad row never stops the others")
        }
    }

    @Test func whatCanBeKeptIsKept() throws {
        let mixed =
            #"{"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}, \#(square(1, 1))]}"#
        let register = try load([(#""site_id": "mixed""#, mixed)])
        #expect(register.kinds == [.mixedGeometry])
        #expect(register.severities == [.repaired])
        #expect(register.sites.first?.core.kind == .polygon)
        let parts = #"[[[179.9, 1], [180, 1], [180, 2], [179.9, 1]]], [[[-180, 1], [-179.9, 2], [-180, 2], [-180, 1]]]"#
        let cut = try load([(#""site_id": "cut""#, #"{"type": "MultiPolygon", "coordinates": [\#(parts)]}"#)])
        #expect(cut.kinds == [.antimeridian])
        #expect(cut.severities == [.warning])
        #expect(cut.sites.count == 1)
    }

    @Test func oneSiteWithExchangedCoordinatesIsSuspected() throws {
        let rows = (0..<6).map { (#""site_id": "s\#($0)""#, square(55 + Double($0) / 2, 33)) }
        let register = try load(rows + [(#""site_id": "exchanged""#, square(33, 56))])
        #expect(register.kinds == [.swapped])
        #expect(register.severities == [.warning])
        #expect(register.problems[0].siteID == "exchanged")
        #expect(register.sites.count == 7)
    }

    @Test func aSourceWithoutReferenceSystemIsRejectedUnlessTold() throws {
        let csv = "site_id,WKT\na,\"POLYGON ((500000 5300000, 500100 5300000, 500100 5300100, 500000 5300000))\"\n"
        let file = try RegisterFile(csv, name: "sites.csv")
        var settings = SiteSettings()
        settings.source = file.path
        let untold = try SiteRegister.load(settings: settings)
        #expect(untold.sites.isEmpty)
        #expect(untold.kinds == [.missingCRS])
        #expect(untold.problems[0].row == 0)
        #expect(untold.problems[0].mend.contains("sites.crs"))
        settings.crs = "EPSG:32648"
        let told = try SiteRegister.load(settings: settings)
        #expect(told.problems.isEmpty)
        let core = try #require(told.sites.first?.core)
        #expect(abs(core.envelope!.minimumX - 105) < 1e-9)
        // Half a hectare on the grid, whose scale at the central meridian is 0.9996.
        #expect(abs(core.ellipsoidalArea - 5000 / (0.9996 * 0.9996)) < 0.5)
    }

    @Test func aMissingIDFieldIsRefusedWithAProposal() throws {
        let one = try load([(#""EAMENA ID ": "E-1", "name": "a""#, square(91, 48))])
        #expect(one.sites.isEmpty)
        #expect(one.rowCount == 1)
        #expect(one.kinds == [.missingField])
        #expect(one.problems[0].mend == "Set sites.fields.id to 'EAMENA ID' if that is the id")
        let several = try load([(#""resourceid": "r", "EAMENA ID": "E-1", "name": "a""#, square(91, 48))])
        #expect(
            several.problems[0].mend
                == "Set sites.fields.id to the field with the id: there are 'resourceid', 'EAMENA ID', 'name'")
        let told = try load([(#""EAMENA ID ": "E-1""#, square(91, 48))]) { $0.fields.id = "eamena id" }
        #expect(told.sites.map(\.id) == ["E-1"])
        #expect(told.problems.isEmpty)
    }

    @Test func aConfiguredFieldThatIsMissingIsNamed() throws {
        let register = try load([(#""site_id": "a", "importance": "world""#, square(91, 48))]) {
            $0.fields.significance = "importanc"
        }
        #expect(register.sites.count == 1)
        #expect(register.kinds == [.missingField])
        #expect(register.severities == [.warning])
        #expect(register.problems[0].mend.contains("nearest: importance"))
    }

    @Test func aRegisterWithoutRowsSaysSo() throws {
        let file = try RegisterFile("site_id,WKT\n", name: "sites.csv")
        var settings = SiteSettings()
        settings.crs = "EPSG:4326"
        let register = try SiteRegister.load(source: file.path, settings: settings)
        #expect(register.kinds == [.noRows])
    }

    @Test func whatCannotBeReadAtAllIsAnError() throws {
        #expect(throws: GeospatialError.self) { try SiteRegister.load(settings: SiteSettings()) }
        let file = try RegisterFile("no register")
        let error = #expect(throws: GeospatialError.self) {
            try SiteRegister.load(source: file.path, settings: SiteSettings())
        }
        #expect(error?.subject == file.path)
        var settings = SiteSettings()
        settings.bufferMetres = -.infinity
        #expect(throws: GeospatialError.self) { try SiteRegister.load(source: file.path, settings: settings) }
    }
}

struct SiteSettingsTests {
    @Test func significanceIsWeighedWhateverItsCase() {
        let settings = SiteSettings()
        #expect(settings.weight(ofSignificance: "National") == 0.8)
        #expect(settings.weight(ofSignificance: "") == 0.5)
    }

    @Test func survivesCoding() throws {
        var settings = SiteSettings()
        settings.fields.id = "EAMENA ID"
        let copy = try JSONDecoder().decode(SiteSettings.self, from: JSONEncoder().encode(settings))
        #expect(copy == settings)
    }
}

struct SiteReportTests {
    private let register = SiteRegister(
        source: "sites.geojson", rowCount: 3,
        sites: [Site(id: "a", core: Geometry(point: Coordinate(x: 1, y: 1)), bufferMetres: 10, row: 1)],
        problems: [
            SiteProblem(.rejected, .line, siteID: "c", row: 3, message: "it is drawn as a line", mend: "Draw it"),
            SiteProblem(.rejected, .emptyID, row: 2, message: "it has no id", mend: "Give it one"),
        ])

    @Test func aLineForEveryProblem() {
        #expect(
            register.report.text == """
                sites.geojson: 3 rows, 1 sites to watch
                  1 rejected: empty id
                  1 rejected: line instead of a boundary

                rejected: row 2: it has no id. Give it one.
                rejected: row 3, site c: it is drawn as a line. Draw it.

                """)
        let clean = SiteRegister(source: "a", rowCount: 0, sites: [], problems: [])
        #expect(clean.report.text == "a: 0 rows, 0 sites to watch\nno problems\n")
    }

    @Test func jsonGivesTheReportBack() throws {
        let json = try register.report.json()
        #expect(try JSONDecoder().decode(SiteReport.self, from: Data(json.utf8)) == register.report)
        #expect(json.contains(#""version" : 1"#))
        #expect(try register.report.json() == json)
    }
}
