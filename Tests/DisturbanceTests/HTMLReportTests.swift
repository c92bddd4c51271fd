import Geospatial
import Testing

@testable import Disturbance

@Suite struct HTMLReportTests {
    @Test func theSameRunGivesTheSamePage() throws {
        #expect(try InventedRun.report().render() == InventedRun.report().render())
    }

    @Test func thePageNeedsNothingElse() throws {
        let page = try InventedRun.report().render()
        let references = page.matches(of: /(?:href|src|action|data)="([^"]*)"/).map(\.output.1)
        #expect(!references.isEmpty)
        #expect(
            references.allSatisfy {
                $0.hasPrefix("#") || $0.hasPrefix("data:image/png;base64,") || $0.hasPrefix("geo:")
            })
        #expect(!page.contains("://") && !page.contains("<script") && !page.contains("@import"))
    }

    @Test func textOfFilesIsNeutral() throws {
        var report = try InventedRun.report()
        let hostile = InventedRun.hostileName
        report.title = hostile
        report.problems = [hostile, "PG:host=db password=secret: unreachable"]
        report.attribution = hostile
        report.versions[hostile] = hostile
        report.limits.remarks = [hostile]
        report.coverage[0].siteID = hostile
        report.tasks[0].siteID = hostile
        report.tasks[0].id = "\"><script>"
        let id = report.tasks[0].finding.id
        var shown = try #require(report.evidence[id]).value
        shown.quantity = hostile
        shown.sceneIDs = [hostile]
        report.evidence[id] = Deferred(shown)
        let page = try report.render()
        #expect(!page.contains("<script"))
        #expect(!page.unicodeScalars.contains("\u{202E}") && !page.unicodeScalars.contains("\u{7}"))
        #expect(page.contains("[U+202E]") && page.contains("👩🏽‍🌾"))
        #expect(!page.contains("secret"))
        // What reaches an attribute cannot leave it.
        #expect(page.contains("id=\"task-script\""))
    }

    @Test func tasksAreListedAndLinked() throws {
        let report = try InventedRun.report()
        let page = try report.render()
        for task in report.tasks {
            let anchor = TaskSection.anchor(task)
            #expect(page.contains("<a href=\"#\(anchor)\">") && page.contains("<article id=\"\(anchor)\">"))
        }
        let score = ReadableNumber.plain(report.tasks[0].score, places: 1)
        #expect(page.contains("<b>\(score)</b>"))
        #expect(page.contains("100 × 0.971 × 1.000 × 0.620 × 0.810 × 0.900 × 1.000 × 0.950"))
        #expect(page.contains("geo:32.50030,45.11030"))
    }

    @Test func aLongListIsCutAndSaysSo() throws {
        var report = try InventedRun.report()
        let task = report.tasks[0]
        report.tasks = (1...2003).map { rank in
            var other = task
            other.id = "other-\(rank)"
            other.rank = rank
            return other
        }
        func shown(_ page: String) -> (rows: Int, sections: Int) {
            (page.ranges(of: "<a href=\"#task-").count, page.ranges(of: "<article id=\"task-").count)
        }
        let page = try report.render()
        #expect(shown(page) == (2000, 2000))
        #expect(page.contains("2003 tasks at 1 site"), "the summary counts all")
        #expect(page.contains("3 more tasks are in tasks.geojson and tasks.gpkg."))
        // Who asks for more pictures gets more tasks.
        report.pictureCount = 2002
        let longer = try report.render()
        #expect(shown(longer) == (2002, 2002) && longer.contains("1 more task is in tasks.geojson"))
    }

    @Test func onlyTheFirstTasksHavePictures() throws {
        var report = try InventedRun.report()
        #expect(try report.render().matches(of: /data:image\/png/).count == 5)
        report.pictureCount = 1
        #expect(try report.render().matches(of: /data:image\/png/).count == 2)
        report.pictureCount = 0
        #expect(try !report.render().contains("data:image/png"))
    }

    @Test func aPictureThatIsNoneIsLeftOut() throws {
        var report = try InventedRun.report()
        let id = report.tasks[0].finding.id
        var shown = try #require(report.evidence[id]).value
        shown.before?.rgb = [1, 2, 3]
        report.evidence[id] = Deferred(shown)
        #expect(try report.render().contains("No clear picture from before"))
        report.evidence[id] = nil
        #expect(try report.render().contains("There is no clear picture of this place."))
    }

    @Test func outlinesAndScaleAreDrawn() throws {
        let evidence = try InventedRun.evidence()
        let picture = try #require(evidence.after)
        let html = try #require(PictureFigure(picture, caption: "After", pixelMetres: 10)).html().markup
        #expect(html.contains("<path class=\"site\" d=\"M14.00 12.00L55.00 9.00"))
        #expect(html.contains("<path class=\"finding\" d=\"M33.00 27.00L"))
        // 72 columns of 10 m: 40 % are 288 m, so the bar is 200 m or 20 columns long.
        #expect(html.contains("M2.88 57.12L22.88 57.12") && html.contains(">200\u{A0}m</text>"))
        let bare = try #require(PictureFigure(picture, caption: "After", pixelMetres: nil)).html().markup
        #expect(!bare.contains("class=\"scale\""))
    }

    @Test func notSeenIsKeptApartFromNothingSeen() throws {
        let page = try InventedRun.report().render()
        for heading in [
            "Disturbance seen: 4", "No disturbance seen: 9", "Not seen: 1", "No imagery: 1", "No history: 1",
        ] {
            #expect(page.contains(heading))
        }
        let notSeen = try #require(page.firstRange(of: "Not seen: 1"))
        let site = try #require(page[notSeen.upperBound...].firstRange(of: "Khan al-Nuss"))
        #expect(!page[notSeen.upperBound..<site.lowerBound].contains("No imagery"))
    }

    @Test func aMonthWithoutTasksSaysWhatItMeans() throws {
        var report = try InventedRun.report()
        report.tasks = []
        report.coverage.removeAll { $0.outcome == .disturbance }
        let page = try report.render()
        #expect(page.contains("No task in this period. 9 sites were seen and show no change"))
        #expect(page.contains("For 3 sites the absence of a task means nothing"))
        #expect(!page.contains("Each task"))
    }

    /// A page of a country's sites could not be opened.
    @Test func aLongCoverageIsCutAndSaysSo() throws {
        var report = HTMLReport(title: "", period: InventedRun.period, tasks: [])
        report.coverage = (0..<2003).map {
            InventedRun.coverage("S-\($0 + 1000)", name: "Place", outcome: .noDisturbance)
        }
        let page = try report.render()
        #expect(page.contains("S-2999") && !page.contains("S-3000"))
        #expect(page.contains("3 more sites are in coverage.csv"))
        #expect(page.contains("No disturbance seen: 2003"))
    }

    @Test func anEmptyRunIsStillAPage() throws {
        let page = try HTMLReport(title: "", period: InventedRun.period, tasks: []).render()
        #expect(page.contains("The run watched no site.") && page.hasSuffix("</html>\n"))
    }

    @Test func noCauseIsNamed() throws {
        let page = try InventedRun.report().render().lowercased()
        #expect(!page.contains("looting") && !page.contains("illegal") && page.contains("observed change"))
    }
}
