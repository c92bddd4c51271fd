internal import Foundation
internal import Geospatial

/// From what each group of sites yielded to what a run publishes: the stages that look at all groups together.
extension Pipeline {
    /// Matches, ranks and publishes.
    /// - Parameters:
    ///   - results: In the order of the groups of `ground`.
    ///   - earlier: Of the register as it was when the groups were compared.
    ///   - inputs: Every file that was read.
    func publish(
        _ results: [GroupResult], over ground: WatchedGround, earlier: EarlierRuns, inputs: [RunManifest.File],
        lock: RegisterLock, profile: RunProfile?, progress: (Progress) -> Void, isCancelled: () -> Bool
    ) throws -> Outcome {
        let joined = profile?.begin(.join)
        let period = ground.period

        var sites: [String: Site] = [:]
        let found = try findings(of: results, known: earlier.open, period: period) { findings in
            let near = try zones(of: findings, over: ground)
            sites = near.sites
            return near.zones
        }
        let findings = found.findings
        var explanations = ExplanationGathering(period: period, results: results)
        for (match, finding) in zip(found.matches, findings) {
            explanations.add(match, finding: finding, candidates: found.candidates)
        }

        // Tasks: ranked, without what people have dismissed.
        let ranked = TaskRanking(settings: configuration.tasks, siteSettings: configuration.sites)
            .tasks(from: findings, sites: sites, periodEnd: period.end)
        let register = configuration.registerSource
        let reviewed = try Register.verdicts(on: ranked, findings: found.matches.map(\.record), in: register)
            .withoutDismissed(
                ranked, findings: found.matches.map(\.record), period: period,
                strengthFactor: configuration.tasks.dismissedStrengthFactor
            ).within(TaskBudget(settings: configuration.tasks))
        let coverage = coverage(of: ground, results: results, findings: findings, tasks: reviewed.tasks)
        let shown = Set(reviewed.tasks.map(\.finding.id))
        let evidence = found.matches.reduce(into: [String: Deferred<Evidence>]()) { evidence, match in
            let id = match.record.finding.id
            if shown.contains(id) { evidence[id] = found.candidate(of: match)?.evidence }
        }

        let losses =
            ground.losses + unique(results.flatMap(\.problems).map(\.description))
            + ShiftedDay.problems(results.flatMap(\.shiftedDays)).map(\.description)
        let previous = try earlier.last.map {
            try RunManifest.Previous($0.period, in: configuration.output.folder)
        }
        var remarks = ground.remarks + lock.remarks
        if let previous, previous.sha256 == nil {
            remarks.append(
                "the run before, of \(previous.period.label), is not in \(configuration.output.folder): the chain of "
                    + "manifests is cut here")
        }
        let run = RunRecord(
            period: period, configurationSHA256: try configurationDigest(), findings: found.matches.map(\.record),
            tasks: reviewed.registered)
        let publication = Publication(
            configuration: configuration, threads: threads, period: period, ground: ground, findings: findings,
            tasks: reviewed.tasks, dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count,
            evidence: evidence,
            explanations: Dictionary(
                uniqueKeysWithValues: shown.compactMap { id in explanations.explanation(of: id).map { (id, $0) } }),
            explained: explanations.source(
                of: reviewed, generator: "sitewarden \(Self.version)", unused: losses,
                lastSeenRuns: try Register.runs(
                    thatSaw: explanations.daysSeenBefore(of: reviewed), before: period, in: register)),
            coverage: coverage, losses: losses, inputs: inputs, previous: previous, results: results, run: run)
        if isCancelled() { throw Cancelled() }
        try lock.requireHeld()
        joined?()
        progress(.publishing)
        let published = try profile.measure(.write) { try publication.publish() }
        progress(.published(folder: published.folder))
        return Outcome(
            folder: published.folder, isChanged: published.isChanged, tasks: reviewed.tasks,
            dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count, findings: findings.count,
            coverage: coverage, losses: losses, remarks: remarks + published.remarks)
    }

    /// What the groups of sites show together.
    struct JoinedFindings {
        /// Patches of the period; those that several groups saw are one.
        let candidates: [Candidate]
        let matches: [MatchedFinding]
        /// Those of the matches, in their order, with their zones.
        let findings: [Finding]

        /// Nil where the period made out no patch on the ground of the finding.
        func candidate(of match: MatchedFinding) -> Candidate? { match.candidate.map { candidates[$0] } }
    }

    /// This period's candidates, recognised among the findings of earlier months.
    /// - Parameters:
    ///   - results: In the order of their groups.
    ///   - known: Findings of earlier runs on the ground of the groups.
    ///   - zones: Where findings lie in relation to the sites, for each of them in their order.
    func findings(
        of results: [GroupResult], known: [RegisteredFinding], period: Period,
        zones: (_ findings: [Finding]) throws -> [[ZoneOverlap]]
    ) throws -> JoinedFindings {
        let candidates = try Candidate.merged(results.map(\.candidates))
        let followUps = results.reduce(into: [String: ObservationLog]()) { all, result in
            all.merge(result.followUps) { $0.merged(with: $1) }
        }
        let matches = try FindingMatching(settings: configuration.findings, statusSettings: configuration.status)
            .match(candidates, with: known, followUps: followUps, period: period)
        let zones = try zones(matches.map(\.record.finding))
        let findings = zip(matches, zones).map { match, zones in
            var finding = match.record.finding
            finding.zones = zones
            if let candidate = match.candidate {
                for index in finding.zones.indices {
                    finding.zones[index].magnitude = candidates[candidate].magnitudes[finding.zones[index].siteID]
                }
            }
            return finding
        }
        return JoinedFindings(candidates: candidates, matches: matches, findings: findings)
    }

    /// Where findings lie in relation to the sites near them.
    /// - Returns: The zones of each finding, ordered by site id, and these sites by id.
    private func zones(
        of findings: [Finding], over ground: WatchedGround
    ) throws -> (zones: [[ZoneOverlap]], sites: [String: Site]) {
        var zones = [[ZoneOverlap]](repeating: [], count: findings.count)
        var sites: [String: Site] = [:]
        let index = try SpatialIndex(findings.map(\.geometry))
        for part in ground.parts {
            var near: Set<Int> = []
            let groups = try part.groups { site in
                guard let reach = Self.reach(of: site) else { return false }
                let found = index.query(reach)
                near.formUnion(found)
                return !found.isEmpty
            }
            let placed = Dictionary(groups.flatMap(\.sites).map { ($0.site.id, $0.site) }) { first, _ in first }
            let analysis = try ZoneAnalysis(
                groups: groups, minimumOverlapSquareMetres: configuration.findings.minimumOverlapSquareMetres)
            for position in near.sorted() {
                let finding = findings[position]
                let overlaps = try analysis.overlaps(
                    of: finding.geometry, areaSquareMetres: finding.areaSquareMetres)
                zones[position] += overlaps
                for overlap in overlaps { sites[overlap.siteID] = placed[overlap.siteID] }
            }
        }
        return (zones.map { $0.sorted { $0.siteID < $1.siteID } }, sites)
    }

    /// An envelope in longitude and latitude around a site and its buffer, rather too large than too small.
    private static func reach(of site: Site) -> Envelope? {
        guard let core = site.core.envelope else { return nil }
        // A degree of latitude is 110.6 km or more.
        let degrees = 1.2 * site.bufferMetres / 110_000 + 1e-5
        let widest = min(max(abs(core.minimumY), abs(core.maximumY)) + degrees, 89) * .pi / 180
        return Envelope(
            minimumX: core.minimumX - degrees / cos(widest), minimumY: core.minimumY - degrees,
            maximumX: core.maximumX + degrees / cos(widest), maximumY: core.maximumY + degrees)
    }

    /// A row for every site, ordered by id.
    private func coverage(
        of ground: WatchedGround, results: [GroupResult], findings: [Finding], tasks: [InspectionTask]
    ) -> [SiteCoverage] {
        let taskCounts = Dictionary(grouping: tasks, by: \.siteID).mapValues(\.count)
        var openBySite: [String: [Finding]] = [:]
        for finding in findings where finding.status != .finished {
            for zone in finding.zones { openBySite[zone.siteID, default: []].append(finding) }
        }
        let unseen = ground.sitesWithoutImagery.map { site in
            SiteCoverage(
                siteID: site.id, siteName: site.name, outcome: .noImagery, method: nil, acquisitions: 0,
                clearObservations: 0, historyObservations: 0, lastClear: nil, hiddenShare: nil, tasks: 0)
        }
        return (results.flatMap(\.coverage) + unseen).sorted { $0.siteID < $1.siteID }.map { row in
            var row = row
            let open = openBySite[row.siteID] ?? []
            row.tasks = taskCounts[row.siteID] ?? 0
            // A finding that stays open under cloud does not mean that the site was seen.
            let isSeen = open.contains { $0.lastSeen.map(ground.period.contains) ?? false }
            if isSeen || (row.outcome == .noDisturbance && !open.isEmpty) { row.outcome = .disturbance }
            return row
        }
    }

    /// The settings that decide on findings and tasks; where the results are put is none of them.
    private func configurationDigest() throws -> String {
        var settings = configuration
        settings.output = Configuration.OutputSettings()
        settings.export = ExportSettings()
        settings.sites.source = ""
        settings.scenes.source = ""
        return FileDigest(of: Array(try settings.yaml().utf8)).sha256
    }
}
