import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Months of one register, one after another, as an authority lives through them.
struct MonthlyStoryTests {
    private static let watched = [
        "2019-04-15", "2019-05-10", "2019-06-14", "2019-07-08", "2019-08-12", "2019-09-06", "2019-09-21",
    ]

    /// A hole in a core from May until the end of August, one in a buffer from August on; July is cloud.
    private func watch() throws -> Watch {
        var landscape = Landscape()
        landscape.holes = [
            Landscape.Hole(rows: 10..<15, columns: 9..<14, from: Day("2019-05-01")!, until: Day("2019-09-01")!),
            Landscape.Hole(rows: 10..<15, columns: 26..<30, from: Day("2019-08-01")!, until: Day("2030-01-01")!),
        ]
        landscape.cloudyDays = [Day("2019-07-08")!]
        return try Watch(
            landscape, days: Watch.history + Self.watched, sites: Landscape.register([Landscape.dug, Landscape.edge]))
    }

    private func scan(_ watch: Watch, _ period: String) async throws -> Program.Run {
        let run = try await watch.scan(period, ["--json"])
        #expect(run.status == 0, "\(period): \(run.errors)")
        return run
    }

    @Test func aTaskAppearsIsConfirmedAndEnds() async throws {
        let watch = try watch()
        _ = try await scan(watch, "2019-04")
        #expect(try watch.tasks("2019-04").isEmpty)
        #expect(try watch.coverage("2019-04")["A-dug"]?["outcome"] == "no_disturbance_seen")

        // One clear observation is enough for bare ground where there was none in any season.
        _ = try await scan(watch, "2019-05")
        let first = try #require(try watch.tasks("2019-05")["A-dug"])
        #expect(first.count == 1 && first[0]["status"] as? String == "first")
        #expect(first[0]["first_seen"] as? String == "2019-05-10" && first[0]["kind"] as? String != nil)
        let id = try #require(first[0]["task_id"] as? String)
        let area = try #require(first[0]["area_core_m2"] as? Double)
        #expect(area > 1600 && area < 4000)
        #expect(
            try watch.coverage("2019-05").mapValues { $0["outcome"] } == [
                "A-dug": "disturbance_seen", "B-edge": "no_disturbance_seen",
            ])

        _ = try await scan(watch, "2019-06")
        let second = try #require(try watch.tasks("2019-06")["A-dug"])
        #expect(second.map { $0["task_id"] as? String } == [id] && second[0]["status"] as? String == "provisional")

        // Cloud neither advances nor resets.
        _ = try await scan(watch, "2019-07")
        let cloudy = try #require(
            try watch.folder.json("runs/2019-07/findings.geojson")["features"] as? [[String: Any]])
        let followed = cloudy.compactMap { $0["properties"] as? [String: Any] }
        #expect(followed.map { $0["status"] as? String } == ["provisional"])
        #expect(followed.map { $0["observations"] as? Int } == [2])
        let unseen = try watch.coverage("2019-07")
        #expect(unseen.mapValues { $0["outcome"] } == ["A-dug": "not_seen", "B-edge": "not_seen"])
        #expect(unseen["A-dug"]?["clear_observations"] == "0" && unseen["A-dug"]?["tasks"] == "1")
        #expect(unseen["A-dug"]?["last_clear"] == "2019-06-14")

        _ = try await scan(watch, "2019-08")
        let third = try #require(try watch.tasks("2019-08")["A-dug"])
        #expect(third.map { $0["task_id"] as? String } == [id] && third[0]["status"] as? String == "confirmed")
        #expect(third[0]["first_seen"] as? String == "2019-05-10" && third[0]["last_seen"] as? String == "2019-08-12")

        let buffer = try #require(try watch.tasks("2019-08")["B-edge"]?.first)
        #expect(buffer["status"] as? String == "first" && buffer["area_core_m2"] as? Double == 0)
        #expect(buffer["area_buffer_m2"] as? Double ?? 0 > 800 && buffer["share_core"] as? Double == 0)
        #expect((10...40).contains(buffer["distance_to_core_m"] as? Double ?? 0))
        // Inside a boundary counts for more.
        #expect(third[0]["rank"] as? Int == 1 && buffer["rank"] as? Int == 2)

        // The same period again changes nothing, not even a time.
        let before = try watch.folder.snapshot(of: "runs")
        let again = try await scan(watch, "2019-08")
        #expect(try again.json()["changed"] as? Bool == false)
        #expect(try watch.folder.snapshot(of: "runs") == before)

        // An earlier period starts from what was known then, so it too is the same, and later runs stay.
        let earlier = try await scan(watch, "2019-06")
        #expect(try earlier.json()["changed"] as? Bool == false)
        #expect(try watch.folder.snapshot(of: "runs") == before)

        // Two clear days without it, and it is over.
        _ = try await scan(watch, "2019-09")
        let ended = try #require(try watch.folder.json("runs/2019-09/findings.geojson")["features"] as? [[String: Any]])
        let statuses = ended.compactMap { ($0["properties"] as? [String: Any])?["status"] as? String }
        #expect(statuses.sorted() == ["confirmed", "finished"])
        let last = try watch.tasks("2019-09")
        #expect(last["A-dug"] == nil && last["B-edge"]?.first?["status"] as? String == "confirmed")
        #expect(last["B-edge"]?.first?["task_id"] as? String == buffer["task_id"] as? String)
        #expect(try watch.coverage("2019-09")["A-dug"]?["outcome"] == "no_disturbance_seen")
        #expect(try watch.folder.names(in: "runs").filter { $0.hasPrefix(".") }.isEmpty)
    }

    @Test func whatIsDismissedIsNotRepeated() async throws {
        let watch = try watch()
        _ = try await scan(watch, "2019-05")
        let copy = watch.folder.path + "/reviewed.gpkg"
        try FileManager.default.copyItem(atPath: watch.folder.path + "/runs/2019-05/tasks.gpkg", toPath: copy)
        do {
            let dataset = try VectorDataset.open(copy, drivers: [.geoPackage], access: .update)
            try dataset.execute(sql: "UPDATE tasks SET verdict = 'change_no_damage', reviewer = 'R. Stone'")
            try dataset.close()
        }
        let command = ["review", "import", copy, "--pipeline", watch.pipeline]
        let imported = try await Program.run(command)
        #expect(imported.status == 0 && imported.output.hasPrefix("1 verdicts added"), "\(imported.errors)")
        let register = try watch.folder.data("runs/register.gpkg")
        let repeated = try await Program.run(command)
        #expect(repeated.status == 0 && repeated.output.hasPrefix("0 verdicts added, 1 known already"))
        #expect(try watch.folder.data("runs/register.gpkg") == register)

        let next = try await scan(watch, "2019-06")
        #expect(try watch.tasks("2019-06").isEmpty)
        #expect(try next.json()["dismissed"] as? Int == 1)
        // The month that was reviewed keeps what it said.
        #expect(try watch.tasks("2019-05").count == 1)

        // Another verdict on the same task is a conflict, and nothing is taken.
        do {
            let dataset = try VectorDataset.open(copy, drivers: [.geoPackage], access: .update)
            try dataset.execute(sql: "UPDATE tasks SET verdict = 'damage'")
            try dataset.close()
        }
        let held = try watch.folder.data("runs/register.gpkg")
        let conflict = try await Program.run(command)
        #expect(conflict.status == 2 && conflict.errors.contains("Not taken: "))
        #expect(try watch.folder.data("runs/register.gpkg") == held)
    }

    /// An earlier month that comes late says which later ones were made without it.
    @Test func anEarlierPeriodThatComesLateNamesTheLaterOnes() async throws {
        let watch = try watch()
        _ = try await scan(watch, "2019-06")
        let later = try watch.folder.snapshot(of: "runs/2019-06")
        let late = try await scan(watch, "2019-05")
        #expect(late.errors.contains("the runs of 2019-06 were made from the register as it was before"))
        #expect(try watch.folder.snapshot(of: "runs/2019-06") == later)
        #expect(try watch.tasks("2019-05")["A-dug"]?.count == 1)
    }
}
