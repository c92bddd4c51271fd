import Geospatial
import Testing

@testable import Disturbance

struct TaskRankingTests {
    private let ranking = TaskRanking(settings: TaskSettings(), siteSettings: SiteSettings())
    private let end = Day("2019-06-30")!

    private func zone(_ site: String, core: Double = 5_000, buffer: Double = 0, distance: Double = 0) -> ZoneOverlap {
        ZoneOverlap(
            siteID: site, coreSquareMetres: core, bufferSquareMetres: buffer, coreShare: core > 0 ? 0.25 : 0,
            bufferShare: buffer > 0 ? 0.1 : 0, distanceToCoreMetres: distance)
    }

    private func finding(
        _ id: String, log: String = "2019-06-05a", kind: DisturbanceKind = .soilExposed,
        method: ChangeMethod = .baseline, status: FindingStatus = .first, magnitude: Double = 5,
        probability: Double = 0.8, zones: [ZoneOverlap]
    ) throws -> Finding {
        var finding = RegisterFixtures.finding(
            id, try RegisterFixtures.square(0, 0), log: log, status: status, magnitude: magnitude)
        finding.kind = kind
        finding.method = method
        finding.probability = probability
        finding.zones = zones
        return finding
    }

    private func sites(_ ids: String..., significance: String = "") throws -> [String: TaskRanking.RankedSite] {
        let core = try RegisterFixtures.square(0, 0)
        return Dictionary(
            uniqueKeysWithValues: ids.map {
                ($0, .init(Site(id: $0, name: "Site \($0)", significance: significance, core: core, bufferMetres: 100)))
            })
    }

    private func tasks(_ findings: [Finding], settings: TaskSettings = TaskSettings()) throws -> [InspectionTask] {
        try TaskRanking(settings: settings, siteSettings: SiteSettings())
            .tasks(from: findings, sites: sites("A", "B", "C"), periodEnd: end)
    }

    @Test func orderIsScoreThenFirstDayThenSiteWhateverTheInput() throws {
        let findings = [
            try finding("f1", log: "2019-06-05a 2019-06-20a", zones: [zone("B"), zone("A")]),
            try finding("f2", log: "2019-06-03a 2019-06-20a", zones: [zone("C")]),
            try finding("f3", log: "2019-06-05a 2019-06-20a", magnitude: 9, zones: [zone("B")]),
            try finding("f4", log: "2019-06-05a 2019-06-20a", zones: [zone("A")]),
        ]
        let wanted = try tasks(findings)
        #expect(wanted.map(\.rank) == [1, 2, 3, 4, 5])
        #expect(wanted.map(\.finding.id).prefix(2) == ["f3", "f2"])
        #expect(wanted.map(\.siteID) == ["B", "C", "A", "A", "B"])
        for seed in 0..<10 {
            var random = SeededGenerator(seed: seed)
            #expect(try tasks(findings.shuffled(using: &random)).map(\.id) == wanted.map(\.id))
        }
    }

    @Test func identityIsOfFindingAndSite() throws {
        let first = try tasks([finding("f1", magnitude: 4, zones: [zone("A"), zone("B")])])
        let later = try tasks([finding("f1", magnitude: 9, zones: [zone("B")])])
        #expect(Set(first.map(\.id)).count == 2)
        #expect(first.contains { $0.id == later[0].id })
    }

    @Test func finishedImprobableAndUnknownGiveNoTask() throws {
        #expect(try tasks([finding("f1", status: .finished, zones: [zone("A")])]).isEmpty)
        #expect(try tasks([finding("f1", zones: [])]).isEmpty)
        #expect(try tasks([finding("f1", zones: [zone("unknown")])]).isEmpty)
        var settings = TaskSettings()
        settings.minimumProbability = 0.9
        #expect(try tasks([finding("f1", zones: [zone("A")])], settings: settings).isEmpty)
        // Two dates: the weak ones come last, unless that is set too.
        #expect(try tasks([finding("f1", method: .pair, zones: [zone("A")])], settings: settings).count == 1)
        settings.minimumPairProbability = 0.9
        #expect(try tasks([finding("f1", method: .pair, zones: [zone("A")])], settings: settings).isEmpty)
    }

    @Test func inTheBufferOnlyBrokenGroundSeenAgainstAHistoryIsATask() throws {
        let buffer = [zone("A", core: 0, buffer: 5_000, distance: 20)]
        for kind in DisturbanceKind.allCases {
            let isTask = [.soilExposed, .builtOrPaved, .roadOrTrack, .ploughed, .water, .burnt].contains(kind)
            #expect(try tasks([finding("f1", kind: kind, zones: buffer)]).isEmpty == !isTask)
            #expect(try tasks([finding("f1", kind: kind, method: .pair, zones: buffer)]).isEmpty)
            #expect(try tasks([finding("f1", kind: kind, method: .pair, zones: [zone("A")])]).count == 1)
        }
    }

    @Test func termsGrowWithWhatTheyStandFor() throws {
        func terms(_ finding: Finding) throws -> ScoreTerms { try #require(try tasks([finding]).first).terms }
        let inside = try terms(finding("f", zones: [zone("A")]))
        let near = try terms(finding("f", zones: [zone("A", core: 0, buffer: 5_000, distance: 0)]))
        let far = try terms(finding("f", zones: [zone("A", core: 0, buffer: 5_000, distance: 100)]))
        #expect(inside.zone == 1 && near.zone == 0.6 && abs(far.zone - 0.3) < 1e-12)
        #expect(
            try terms(finding("f", magnitude: 9, zones: [zone("A")])).magnitude
                > terms(finding("f", magnitude: 4, zones: [zone("A")])).magnitude)
        #expect(
            try terms(finding("f", zones: [zone("A", core: 9_000)])).extent
                > terms(finding("f", zones: [zone("A", core: 2_600)])).extent)
        #expect(
            try terms(finding("f", log: "2019-06-29a", zones: [zone("A")])).recency
                > terms(finding("f", log: "2019-01-29a", zones: [zone("A")])).recency)
        #expect(try terms(finding("f", log: "2019-06-30a", zones: [zone("A")])).recency == 1)
        for term in inside.named { #expect((0...1).contains(term.value)) }
        #expect(abs(inside.score - 100 * inside.named.reduce(1) { $0 * $1.value }) < 1e-9)
    }

    @Test func eachSiteIsRankedByItsOwnStrongestDeparture() throws {
        var weak = zone("A")
        weak.magnitude = 8
        var strong = zone("B")
        strong.magnitude = 12
        let found = try tasks([finding("f", magnitude: 12, zones: [weak, strong])])
        #expect(found.map(\.siteID) == ["B", "A"])
        #expect(found[0].terms.probability > found[1].terms.probability)
        #expect(found[0].terms.magnitude > found[1].terms.magnitude)
    }

    /// Sites of 90 m side by side in a row of 900 m cells, and a change like a comb along all of them.
    @Test(arguments: [8, 64]) func tasksOfAChangeOfAWholeLandscapeShowItOnce(count: Int) throws {
        let places = (0..<count).map(Double.init)
        let ridge = try RegisterFixtures.square(0, 0, width: Double(count), height: 0.05)
        let teeth = try (0..<count * 20).map {
            try RegisterFixtures.square(Double($0) / 20, 0.05, width: 0.02, height: 0.1)
        }
        var finding = try finding("f", zones: places.map { zone("S\($0)") })
        finding.geometry = try Geometry.union(of: [ridge] + teeth)
        let sites = try places.map {
            Site(
                id: "S\($0)", core: try RegisterFixtures.square($0 + 0.45, 0, width: 0.1, height: 0.1),
                bufferMetres: 100)
        }
        let tasks = ranking.tasks(
            from: [finding], sites: Dictionary(uniqueKeysWithValues: sites.map { ($0.id, .init($0)) }), periodEnd: end)
        #expect(tasks.count == count)
        let outlines = try tasks.map { try $0.outline() }
        for (task, outline) in zip(tasks, outlines) {
            let site = try #require(sites.first { $0.id == task.siteID })
            let zone = Geometry(rectangle: try #require(site.envelope(marginMetres: 0)))
            // All of the zone, and no more than the margin beyond.
            #expect(try outline.intersection(zone).equals(finding.geometry.intersection(zone)))
            #expect(
                try #require(site.envelope(marginMetres: 100)).expanded(by: 1e-9).covers(#require(outline.envelope)))
            #expect(try #require(outline.envelope).maximumX > #require(site.envelope(marginMetres: 90)).maximumX)
        }
        // Twice as many sites on twice as long a change are twice as many places, not four times.
        #expect(outlines.map(\.coordinates.count).reduce(0, +) < 2 * finding.geometry.coordinates.count)
    }

    @Test func aTaskShowsTheWholeOfWhatLiesAtItsSite() throws {
        let found = try finding("f1", zones: [zone("A")])
        let site = Site(id: "A", core: try RegisterFixtures.square(0, 0), bufferMetres: 100)
        let task = try #require(ranking.tasks(from: [found], sites: ["A": .init(site)], periodEnd: end).first)
        #expect(try task.outline() === found.geometry)
        // Where degrees are wrong about a zone, all is better than nothing.
        var lost = task
        lost.surroundings = Envelope(minimumX: 1, minimumY: 1, maximumX: 2, maximumY: 2)
        #expect(try lost.outline() === found.geometry)
    }

    @Test func significantSitesComeFirst() throws {
        let finding = try finding("f", zones: [zone("A"), zone("B")])
        let core = try RegisterFixtures.square(0, 0)
        let tasks = ranking.tasks(
            from: [finding],
            sites: [
                "A": .init(Site(id: "A", significance: "local", core: core, bufferMetres: 0)),
                "B": .init(Site(id: "B", significance: "World", core: core, bufferMetres: 0)),
            ], periodEnd: end)
        #expect(tasks.map(\.siteID) == ["B", "A"])
        #expect(tasks[0].terms.significance == 1)
    }
}
