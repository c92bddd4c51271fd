import Testing

@testable import Disturbance

/// Months of which nothing can be said, through the built program: told with their reason, never as quiet.
struct UnseenMonthTests {
    /// Stored 1000 higher since the month, as by another processing baseline that the metadata do not name.
    @Test func aMonthStoredWithAnotherOffsetIsQuarantined() async throws {
        let days = ["2019-05-10", "2019-06-04", "2019-06-09", "2019-06-14", "2019-06-19"]
        let watch = try Watch.pair(
            { landscape in
                landscape.storedOffset = 1000
                landscape.storedOffsetFrom = Day("2019-06-01")!
            }, days: days)
        let run = try await watch.scan("2019-06")
        #expect(run.status == 2, "\(run.errors)")
        let lines = run.errors.split(separator: "\n").filter { $0.contains("quarantined") }
        try #require(lines.count == 1)
        #expect(lines[0].contains("Not used: 4 scenes (S2_2019-06-04, S2_2019-06-09, S2_2019-06-14, ...)"))
        #expect(lines[0].contains("0.10 in reflectance above") && lines[0].contains("raster:offset"))
        #expect(run.output.contains("2019-06: 0 tasks"))
        #expect(run.output.contains("not seen because of: 4 quarantined"))
        let coverage = try watch.coverage("2019-06")
        #expect(coverage["A-dug"]?["outcome"] == "not_seen" && coverage["A-dug"]?["reason"] == "quarantined 100 %")
        #expect(coverage["A-dug"]?["quarantined_share"] == "1.0000" && coverage["A-dug"]?["acquisitions"] == "4")
        #expect(try watch.folder.text("runs/2019-06/report.html").contains("quarantined 100 %"))
        // Mended in the items, the same files give the same tasks as scenes without an offset.
        let items = try watch.folder.text("scenes/items.json").split(separator: "\n").map(String.init).map { line in
            line.contains("S2_2019-06") ? line.replacing(#""offset": 0"#, with: #""offset": -0.1"#) : line
        }
        try watch.folder.write(items.joined(separator: "\n"), to: "scenes/items.json")
        #expect(try await watch.scan("2019-06").status == 0)
        let plain = try Watch.pair(days: days)
        #expect(try await plain.scan("2019-06").status == 0)
        let places = try [watch, plain].map { try $0.tasks("2019-06").mapValues(\.count) }
        #expect(!places[0].isEmpty && places[0] == places[1])
    }

    @Test func aMonthUnderSnowIsToldAsSnow() async throws {
        let watch = try Watch.pair { $0.snowyDays = [Day("2019-06-09")!] }
        let run = try await watch.scan("2019-06")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("not seen because of: 4 snow"))
        let coverage = try watch.coverage("2019-06")
        #expect(coverage["C-quiet"]?["outcome"] == "not_seen" && coverage["C-quiet"]?["reason"] == "snow 100 %")
        #expect(try watch.folder.text("runs/2019-06/report.html").contains("snow 100 %"))
    }

    @Test func aFirstMonthIsNoHistory() async throws {
        let watch = try Watch.pair(days: ["2019-06-09"])
        #expect(try await watch.scan("2019-06").status == 0)
        let coverage = try watch.coverage("2019-06")
        #expect(coverage["C-quiet"]?["outcome"] == "no_history")
        #expect(coverage["C-quiet"]?["reason"] == "no clear observation before the period")
    }

    /// One site is clear for the first time, with a history all around it; the next month the landscape is in motion.
    @Test func clearButNotToBeJudgedIsNotQuiet() async throws {
        let history = (0..<30).map { Day("2015-04-10")!.adding(days: 48 * $0) }
        let june = ["2019-06-04", "2019-06-09", "2019-06-14"].map { Day($0)! }
        let july = ["2019-07-04", "2019-07-09", "2019-07-14"].map { Day($0)! }
        var landscape = Landscape()
        // Over the smaller of two sites that are compared together.
        landscape.cloudyRows = 5..<19
        landscape.cloudyColumns = 29..<43
        landscape.cloudUntil = Day("2019-06-01")!
        landscape.restlessDays = Set(july)
        let watch = try Watch(landscape, days: (history + june + july).map(\.description))

        #expect(try await watch.scan("2019-06").status == 0)
        let first = try watch.coverage("2019-06")
        for site in ["C-quiet", "D-hidden"] {
            #expect(first[site]?["outcome"] == "no_disturbance_seen" && first[site]?["method"] == "baseline")
            #expect(Double(first[site]?["judged_share"] ?? "") ?? 0 > 0.9 && first[site]?["reason"] == "")
        }
        let new = try #require(first["B-edge"])
        #expect(new["outcome"] == "no_history" && new["clear_observations"] == "3")
        #expect(new["reason"] == "no clear observation before the period" && new["method"] == "")
        #expect(new["judged_share"] == "0.0000" && new["no_history_share"] == "1.0000")

        let run = try await watch.scan("2019-07", ["--threads", "1"])
        #expect(run.status == 0, "\(run.errors)")
        let second = try watch.coverage("2019-07")
        #expect(run.output.contains("not seen because of: 3 restless"), "\(run.output)")
        let quiet = try #require(second["C-quiet"])
        #expect(quiet["outcome"] == "not_seen" && quiet["clear_observations"] == "3")
        #expect(quiet["reason"]?.hasPrefix("clear 3 times but ") == true && quiet["hidden_share"] == "0.0000")
        #expect(Double(quiet["restless_share"] ?? "") ?? 0 > 0.5)
        #expect(second["B-edge"]?["outcome"] == "no_history")
        #expect(second["B-edge"]?["reason"]?.hasPrefix("3 clear before the period") == true)
        #expect(try watch.folder.text("runs/2019-07/report.html").contains("restless landscape"))
    }
}
