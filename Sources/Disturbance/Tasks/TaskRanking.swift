internal import Foundation
public import Geospatial

/// Turns findings into ranked tasks.
public struct TaskRanking: Sendable {
    /// What of a site decides on its tasks.
    public struct RankedSite: Sendable {
        public var id: String
        public var name: String
        public var significance: String
        public var bufferMetres: Double
        /// What its tasks show of the ground, in longitude and latitude.
        public var surroundings: Envelope?

        /// How far beyond the buffer a task shows a finding: as much as tells that it goes on there.
        private static let shownMetres = 100.0

        public init(_ site: Site) {
            id = site.id
            name = site.name
            significance = site.significance
            bufferMetres = site.bufferMetres
            surroundings = site.envelope(marginMetres: Self.shownMetres)
        }
    }

    private let settings: TaskSettings
    private let siteSettings: SiteSettings

    public init(settings: TaskSettings, siteSettings: SiteSettings) {
        self.settings = settings
        self.siteSettings = siteSettings
    }

    /// One task for each site and disturbance in its zones, the first to be visited first.
    ///
    /// Order: score, then the day it was first seen, then site id, then task id.
    /// - Parameters:
    ///   - findings: With their zones; finished ones give no task.
    ///   - sites: By id.
    ///   - periodEnd: The day from which recency is counted.
    public func tasks(
        from findings: some Sequence<Finding>, sites: [String: RankedSite], periodEnd: Day
    ) -> [InspectionTask] {
        var tasks: [InspectionTask] = []
        for finding in findings where finding.status != .finished {
            for zone in finding.zones where deservesVisit(finding, zone) {
                guard let site = sites[zone.siteID],
                    probability(of: finding, at: zone) >= leastProbability(finding.method)
                else { continue }
                tasks.append(
                    InspectionTask(
                        id: StableIdentifier.uuid(["task", finding.id, site.id]), siteID: site.id, siteName: site.name,
                        finding: finding, zone: zone, surroundings: site.surroundings, rank: 0,
                        terms: terms(of: finding, zone: zone, site: site, periodEnd: periodEnd)))
            }
        }
        // Positions are sorted: to move a task copies all that it holds.
        func precedes(_ first: InspectionTask, _ second: InspectionTask) -> Bool {
            if first.score != second.score { return first.score > second.score }
            if first.finding.firstSeen != second.finding.firstSeen {
                return first.finding.firstSeen ?? periodEnd < second.finding.firstSeen ?? periodEnd
            }
            return (first.siteID, first.id) < (second.siteID, second.id)
        }
        return tasks.indices.sorted { precedes(tasks[$0], tasks[$1]) }.enumerated().map { index, position in
            var task = tasks[position]
            task.rank = index + 1
            return task
        }
    }

    /// Inside the boundary every change counts. In the buffer it takes a history that tells a lasting change from the
    /// season's, and a kind of change that breaks the ground or covers it: growing, felled and mown vegetation around
    /// a site stays a finding.
    private func deservesVisit(_ finding: Finding, _ zone: ZoneOverlap) -> Bool {
        if zone.isInCore { return true }
        guard finding.method == .baseline else { return false }
        switch finding.kind {
        case .soilExposed, .builtOrPaved, .roadOrTrack, .ploughed, .water, .burnt: return true
        case .vegetationLost, .vegetationGained, .other: return false
        }
    }

    private func leastProbability(_ method: ChangeMethod) -> Double {
        switch method {
        case .baseline: settings.minimumProbability
        case .pair: settings.minimumPairProbability
        }
    }

    /// By the strongest departure at the site itself: a change whose strength lies outside says less of the inside.
    private func probability(of finding: Finding, at zone: ZoneOverlap) -> Double {
        guard let magnitude = zone.magnitude else { return finding.probability }
        return ScoreCalibration(finding.method).probability(ofScore: magnitude)
    }

    private func terms(of finding: Finding, zone: ZoneOverlap, site: RankedSite, periodEnd: Day) -> ScoreTerms {
        let place: Double
        if zone.isInCore {
            place = 1
        } else {
            let reach = max(site.bufferMetres, 1)
            place = settings.bufferWeight * (1 - 0.5 * min(zone.distanceToCoreMetres / reach, 1))
        }
        let changed = zone.coreSquareMetres + zone.bufferSquareMetres
        // Square root: twice the diameter weighs twice, and a few pixels are not lost beside a quarry.
        let extent = min(max((changed / 10_000).squareRoot(), zone.coreShare.squareRoot()), 1)
        let strength = 1 - exp(-(zone.magnitude ?? finding.magnitude) / settings.magnitudeScale)
        let weight = siteSettings.weight(ofSignificance: site.significance)
        let age = Double(periodEnd.days(since: finding.lastSeen ?? periodEnd))
        return ScoreTerms(
            probability: probability(of: finding, at: zone), zone: place,
            extent: settings.extentFloor + (1 - settings.extentFloor) * extent,
            magnitude: settings.magnitudeFloor + (1 - settings.magnitudeFloor) * strength,
            kind: settings.kindWeights[finding.kind],
            significance: settings.significanceFloor + (1 - settings.significanceFloor) * weight,
            recency: settings.recencyFloor
                + (1 - settings.recencyFloor) * exp2(-max(age, 0) / settings.recencyHalfLifeDays))
    }
}
