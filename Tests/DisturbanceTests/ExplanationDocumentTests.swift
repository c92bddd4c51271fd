import Foundation
import Testing

@testable import Disturbance

struct ExplanationDocumentTests {
    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    @Test func readsBackWhatItWrote() throws {
        let folder = try TemporaryFolder()
        let document = try ExplanationFixtures.document()
        try WholeFile.write(document.bytes(), to: "\(folder.path)/\(ExplanationDocument.fileName)")
        #expect(try ExplanationDocument.read(from: folder.path) == document)
        #expect(document.tasks.map(\.rank) == [1, 2, nil])
        #expect(document.findings.map(\.id) == document.findings.map(\.id).sorted())
        // Any JSON reader understands it, with the unit of each number in its name.
        let text = try folder.text(ExplanationDocument.fileName)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(json["format"] as? String == "sitewarden-explanations" && json["version"] as? Int == 1)
        #expect(json["period_start"] as? String == "2019-09-01" && json["period_end"] as? String == "2019-09-30")
        let finding = try #require((json["findings"] as? [[String: Any]])?.first)
        #expect(finding["area_m2"] as? Double == 3920.4 && finding["last_seen"] as? String == "2019-09-20")
        let explanation = try #require(finding["explanation"] as? [String: Any])
        let days = try #require(explanation["days"] as? [[String: Any]])
        #expect(days[1]["pixels"] as? [String: Int] == ["cloud": 12, "near_cloud": 8])
        #expect(days[1]["reason"] as? String == "cloud" && days[1]["verdict"] as? String == "not_judged")
        #expect(days[3]["departures_sd"] as? [Double] == [8.25, -4] && days[3]["in_period"] as? Bool == true)
        let task = try #require((json["tasks"] as? [[String: Any]])?.first)
        let terms = try #require(task["terms"] as? [[String: Any]])
        #expect(terms.first?["name"] as? String == "probability" && terms.first?["value"] as? Double == 0.9712)
        #expect(json["unused"] as? [String] == document.unused && !text.contains("secret"))
        #expect(try document.bytes() == ExplanationFixtures.document().bytes())
    }

    @Test func oneWithoutTasksIsWhole() throws {
        let folder = try TemporaryFolder()
        let document = ExplanationDocument(period: InventedRun.period, generator: "", findings: [], tasks: [])
        try WholeFile.write(document.bytes(), to: "\(folder.path)/\(ExplanationDocument.fileName)")
        #expect(try ExplanationDocument.read(from: folder.path) == document)
    }

    /// A file of format 1 as it was first written; only more members may come without another version.
    @Test func formatOneStaysReadable() throws {
        let folder = try TemporaryFolder()
        try folder.put(
            """
            {"findings":[
            {"area_m2":900,"explanation":{"bands":["red"],"days":[{"day":"2019-09-05","in_period":true,"pixels":{"cloud":9},\
            "reason":"cloud","scene_ids":["a"],"verdict":"not_judged"}],"history":{"baseline_needs_observations":10,\
            "clear_days":0,"compared_scene_ids":[],"hidden_days":0,"left_out_days":[],"site_observations":0},\
            "is_reflectance":true,"minimum_area_m2":400,"pixel_m":10,"pixels":9,"tested_bands":[]},"finding_id":"f",\
            "first_area_m2":900,"kind":"other","kind_certainty":0.5,"made_out_in_this_run":false,"magnitude_sd":6,\
            "method":"baseline","observations":"2019-08-31a","probability":0.9,"status":"first","zones":[]}
            ],
            "format":"sitewarden-explanations",
            "generator":"sitewarden 0.1.0",
            "period_end":"2019-09-30",
            "period_start":"2019-09-01",
            "tasks":[
            {"finding_id":"f","rank":1,"score":50,"site_id":"s","site_name":"S","task_id":"t-1","terms":[]}
            ],
            "unused":[],
            "version":1,"later":null}
            """, at: ExplanationDocument.fileName)
        let document = try ExplanationDocument.read(from: folder.path)
        let explanation = try document.task(beginning: "t-1")
        #expect(explanation.finding.explanation?.days.first?.pixels == [.cloud: 9])
        #expect(ExplanationText(explanation).text.contains("not seen: the ground could be judged on none of 1 day"))
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let folder = try TemporaryFolder()
        #expect(error { _ = try ExplanationDocument.read(from: folder.path) }.contains("is no folder of a run"))
        try folder.put("{}", at: RunManifest.fileName)
        #expect(
            error { _ = try ExplanationDocument.read(from: folder.path) }.contains("an earlier version wrote the run"))
        for text in ["", "{", "[]", "{\"format\":\"other\",\"version\":1}"] {
            try folder.put(text, at: ExplanationDocument.fileName)
            #expect(error { _ = try ExplanationDocument.read(from: folder.path) }.contains("cannot be understood"))
        }
        try folder.put("{\"format\":\"sitewarden-explanations\",\"version\":2}", at: ExplanationDocument.fileName)
        #expect(error { _ = try ExplanationDocument.read(from: folder.path) }.contains("is of version 2"))
    }

    // MARK: Looking up

    @Test func aTaskIsFoundByTheBeginningOfItsID() throws {
        let document = try ExplanationFixtures.document()
        let id = "10000000-0000-4000-8000-000000000002"
        #expect(try document.task(beginning: id).task.rank == 2)
        #expect(try document.task(beginning: id.uppercased()).finding.id.hasSuffix("2"))
        var other = document
        other.tasks[1].id = "abcdef00-0000-4000-8000-000000000002"
        #expect(try other.task(beginning: "ABCDEF").task.rank == 2)
        #expect(try other.task(beginning: "abcdef").period == InventedRun.period)
    }

    @Test func anAmbiguousOrUnknownBeginningIsAnError() throws {
        let document = try ExplanationFixtures.document()
        let ambiguous = error { _ = try document.task(beginning: "100000") }
        #expect(ambiguous.contains("begins the ids of 3 tasks of 2019-09"))
        for number in 1...3 { #expect(ambiguous.contains("10000000-0000-4000-8000-00000000000\(number)")) }
        #expect(ambiguous.contains("(rank 1, site K-001)") && ambiguous.contains("(dismissed, site K-003)"))
        let unknown = error { _ = try document.task(beginning: "fedcba") }
        #expect(unknown.contains("is not among the tasks of 2019-09") && unknown.contains("tasks.geojson"))
    }

    @Test func theNewestRunOfAFolderIsTaken() throws {
        let folder = try TemporaryFolder()
        func put(_ period: String, _ change: (inout ExplanationDocument) -> Void = { _ in }) throws {
            var document = try ExplanationFixtures.document()
            document.period = try Period(period)
            change(&document)
            let path = "\(folder.path)/\(document.period.label)"
            try folder.put("{}", at: "\(document.period.label)/\(RunManifest.fileName)")
            try WholeFile.write(document.bytes(), to: "\(path)/\(ExplanationDocument.fileName)")
        }
        #expect(error { _ = try PublishedRuns(in: folder.path) }.contains("holds no run"))
        #expect(error { _ = try PublishedRuns(in: folder.path + "/none") }.contains("cannot be listed"))
        try put("2019-09")
        try put("2019-10") { $0.tasks.removeLast() }
        try put("2019-08-01/2019-08-15")
        for other in ["2019-11", "2019-12.kept-1", ".2019-12.partial-1-1", "2019-10-01_2019-10-31"] {
            try folder.put("{}", at: "\(other)/\(other == "2019-11" ? "notes.txt" : RunManifest.fileName)")
        }
        let runs = try PublishedRuns(in: folder.path)
        #expect(runs.runs.map(\.period.label) == ["2019-10", "2019-09", "2019-08-01_2019-08-15"])
        let id = "10000000-0000-4000-8000-00000000000"
        #expect(try runs.explanation(ofTask: id + "1").period == Period("2019-10"))
        // One that only an earlier run lists.
        let gone = error { _ = try runs.explanation(ofTask: id + "3") }
        #expect(
            gone.contains("is no longer in the newest run, 2019-10") && gone.contains("--run \(folder.path)/2019-09"))
        #expect(error { _ = try runs.explanation(ofTask: "fedcba") }.contains("is not among the tasks of 2019-10"))
        #expect(error { _ = try runs.explanation(ofTask: id) }.contains("begins the ids of 2 tasks"))
    }
}
