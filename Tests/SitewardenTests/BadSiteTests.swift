import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Registers of sites that cannot be used, whole or in part.
struct BadSiteTests {
    private static func polygon(_ ring: String, id: String = "bad") -> String {
        #"{"type": "Feature", "properties": {"site_id": "\#(id)", "name": "Bad", "buffer_m": 60}, "#
            + #""geometry": {"type": "Polygon", "coordinates": [\#(ring)]}}"#
    }

    private static func collection(_ features: [String]) -> String {
        #"{"type": "FeatureCollection", "features": [\#(features.joined(separator: ","))]}"#
    }

    @Test(arguments: [
        ("", "sites.geojson"), ("not a register", "sites.geojson"),
        (#"{"type": "FeatureCollection"}"#, "sites.geojson"),
        (collection([]), "holds no site that can be watched"),
        (collection([polygon("[[21,45],[21,45],[21,45],[21,45]]")]), "holds no site that can be watched"),
        (collection([polygon("[[NaN,45.1],[21.1,45.1],[21.1,45.2],[NaN,45.1]]")]), "sites.geojson"),
        (collection([polygon("[[1e999,45.1],[21.1,45.1],[21.1,45.2],[1e999,45.1]]")]), "sites.geojson"),
    ])
    func withoutASiteNothingIsWritten(text: String, told: String) async throws {
        let watch = try Watch.pair(sites: text)
        let run = try await watch.scan("2019-06")
        #expect(run.status == 65 && run.errors.contains(told), "\(run.errors)")
        #expect(run.errors.contains("sites.geojson") && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        #expect(run.output.isEmpty && !watch.folder.exists("runs"))
    }

    @Test func noSuchRegister() async throws {
        let watch = try Watch.pair()
        try FileManager.default.removeItem(atPath: watch.folder.path + "/sites.geojson")
        let run = try await watch.scan("2019-06")
        #expect(run.status == 66 && run.errors.contains("sites.geojson: there is no such file"), "\(run.errors)")
    }

    /// Coordinates that are no numbers reach OGR in well-known text.
    @Test func coordinatesThatAreNoNumbersRejectOneSite() async throws {
        let watch = try Watch.pair()
        let good = try Landscape.register([Landscape.dug])
        let document = try #require(try JSONSerialization.jsonObject(with: Data(good.utf8)) as? [String: Any])
        let feature = try #require((document["features"] as? [[String: Any]])?.first)
        let geometry = try #require(feature["geometry"] as? [String: Any])
        let ring = try #require((geometry["coordinates"] as? [[[Double]]])?.first)
        let corners = ring.map { "\($0[0]) \($0[1])" }.joined(separator: ", ")
        try watch.folder.write(
            """
            site_id,name,buffer_m,WKT
            A-dug,Dug fort,60,"POLYGON ((\(corners)))"
            broken,Broken,60,"POLYGON ((nan 45.1, 21.1 45.1, 21.1 45.2, nan 45.1))"
            endless,Endless,60,"POLYGON ((inf 45.1, 21.1 45.1, 21.1 45.2, inf 45.1))"

            """, to: "sites.csv")
        try watch.folder.write(
            watch.folder.text("pipeline.yaml")
                .replacing("{source: sites.geojson}", with: "{source: sites.csv, crs: \"EPSG:4326\"}"),
            to: "pipeline.yaml")
        let run = try await watch.scan("2019-06")
        #expect(run.status == 2, "\(run.errors)")
        let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("Not used: ") }
        #expect(lines.count == 2 && lines[0].contains("broken") && lines[1].contains("endless"), "\(run.errors)")
        #expect(try watch.tasks("2019-06")["A-dug"]?.count == 1)
        #expect(try watch.coverage("2019-06").keys.sorted() == ["A-dug"])
    }
}
