internal import Geospatial

/// From what each group of sites yielded to what a run publishes: the stages that look at all groups together.
extension Pipeline {
    /// Matches, ranks and publishes.
    /// - Parameters:
    ///   - results: Of the groups of `ground`.
    ///   - earlier: Of the register as it was when the groups were compared.
    ///   - inputs: Every file that was read.
    func publish(
        _ results: consuming RunResults, over ground: WatchedGround, earlier: EarlierRuns, inputs: [RunManifest.File],
        lock: RegisterLock, profile: RunProfile?, progress: (Progress) -> Void, isCancelled: () -> Bool
    ) throws -> Outcome {
        let joined = profile?.begin(.join)
        let period = ground.period

        var sites: [String: TaskRanking.RankedSite] = [:]
        let found = try findings(
            of: results.takeCandidates(), followUps: results.followUps, known: earlier.open, period: period
        ) { findings in
            let near = try zones(of: findings, over: ground)
            sites = near.sites
            return near.zones
        }
        let findings = found.findings
        let explanations = ExplanationGathering(period: period, found: found, grounds: results.grounds)

        // Tasks: ranked, without what people have dismissed.
        let ranked = TaskRanking(settings: configuration.tasks, siteSettings: configuration.sites)
            .tasks(from: findings.lazy.map(\.finding), sites: sites, periodEnd: period.end)
        let register = configuration.registerSource
        let reviewed = try Register.verdicts(on: ranked, findings: findings, in: register)
            .withoutDismissed(
                ranked, findings: findings, period: period,
                strengthFactor: configuration.tasks.dismissedStrengthFactor
            ).within(TaskBudget(settings: configuration.tasks))
        let coverage = coverage(of: ground, rows: results.takeCoverage(), findings: findings, tasks: reviewed.tasks)
        let shownCount = HTMLReport.shownCount(pictureCount: configuration.output.reportPictures)
        let shown = Set(reviewed.tasks.prefix(shownCount).map(\.finding.id))
        let evidence = shown.reduce(into: [String: Deferred<Evidence>]()) { evidence, id in
            evidence[id] = found.position(ofFinding: id).flatMap(found.candidate)?.evidence
        }

        let losses =
            ground.losses + results.problems + ShiftedDay.problems(results.shiftedDays).map(\.description)
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
            period: period, configurationSHA256: try configurationDigest(), findings: findings,
            tasks: reviewed.registered)
        let publication = Publication(
            configuration: configuration, threads: threads, period: period, ground: ground, tasks: reviewed.tasks,
            dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count,
            evidence: evidence,
            explanations: Dictionary(
                uniqueKeysWithValues: shown.compactMap { id in explanations.explanation(of: id).map { (id, $0) } }),
            explained: explanations.source(
                of: reviewed, generator: "sitewarden \(Self.version)", unused: losses,
                lastSeenRuns: try Register.runs(
                    thatSaw: explanations.daysSeenBefore(of: reviewed), before: period, in: register)),
            coverage: coverage, losses: losses, inputs: inputs, previous: previous, scores: results.scores, run: run)
        if isCancelled() { throw Cancelled() }
        try lock.requireHeld()
        joined?()
        SystemMemory.releaseFreed()
        progress(.publishing)
        let published = try profile.measure(.write) { try publication.publish() }
        progress(.published(folder: published.folder))
        return Outcome(
            folder: published.folder, isChanged: published.isChanged, tasks: reviewed.tasks,
            dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count, findings: findings.count,
            coverage: coverage, losses: losses, remarks: remarks + published.remarks)
    }

    /// This period's candidates, recognised among the findings of earlier months.
    /// - Parameters:
    ///   - candidates: By group.
    ///   - followUps: As in `FindingMatching`.
    ///   - known: Findings of earlier runs on the ground of the groups.
    ///   - zones: Where findings lie in relation to the sites, for each of them in their order.
    func findings(
        of candidates: [[Candidate]], followUps: [String: ObservationLog], known: [RegisteredFinding], period: Period,
        zones: (_ findings: [Finding]) throws -> [[ZoneOverlap]]
    ) throws -> JoinedFindings {
        let candidates = try Candidate.merged(candidates)
        let matches = try FindingMatching(settings: configuration.findings, statusSettings: configuration.status)
            .match(candidates, with: known, followUps: followUps, period: period)
        return JoinedFindings(
            candidates: candidates, matches: matches, zones: try zones(matches.map(\.record.finding)))
    }

    /// Where findings lie in relation to the sites near them.
    /// - Returns: The zones of each finding, ordered by site id, and these sites by id.
    private func zones(
        of findings: [Finding], over ground: WatchedGround
    ) throws -> (zones: [[ZoneOverlap]], sites: [String: TaskRanking.RankedSite]) {
        struct Overlap {
            let finding: Int
            let zone: ZoneOverlap
            let site: TaskRanking.RankedSite
        }
        let index = try SpatialIndex(findings.map(\.geometry))
        let leastSquareMetres = configuration.findings.minimumOverlapSquareMetres
        let found = try WorkerPool.map(count: ground.parts.count, threads: threads, makeWorker: {}) { _, number in
            let part = ground.parts[number]
            var near: Set<Int> = []
            let groups = try part.groups { site in
                // A fifth more and a metre for planes that do not keep lengths.
                guard let reach = site.envelope(marginMetres: 0.2 * site.bufferMetres + 1) else { return false }
                let found = index.query(reach)
                near.formUnion(found)
                return !found.isEmpty
            }
            let placed = Dictionary(groups.flatMap(\.sites).map { ($0.site.id, $0.site) }) { first, _ in first }
            let analysis = try ZoneAnalysis(groups: groups, minimumOverlapSquareMetres: leastSquareMetres)
            return try near.sorted().flatMap { position in
                let finding = findings[position]
                return try analysis.overlaps(of: finding.geometry, areaSquareMetres: finding.areaSquareMetres)
                    .map { Overlap(finding: position, zone: $0, site: .init(placed[$0.siteID]!)) }
            }
        }
        var zones = [[ZoneOverlap]](repeating: [], count: findings.count)
        var sites: [String: TaskRanking.RankedSite] = [:]
        for overlap in found.joined() {
            zones[overlap.finding].append(overlap.zone)
            sites[overlap.site.id] = overlap.site
        }
        return (zones.map { $0.count < 2 ? $0 : $0.sorted { $0.siteID < $1.siteID } }, sites)
    }

    /// A row for every site, ordered by id.
    /// - Parameter rows: Of the sites in groups.
    private func coverage(
        of ground: WatchedGround, rows: consuming [SiteCoverage], findings: [RegisteredFinding], tasks: [InspectionTask]
    ) -> [SiteCoverage] {
        let taskCounts = Dictionary(grouping: tasks, by: \.siteID).mapValues(\.count)
        var open: Set<String> = []
        // A finding that stays open under cloud does not mean that the site was seen.
        var seen: Set<String> = []
        for record in findings where record.isOpen {
            let isSeen = record.finding.lastSeen.map(ground.period.contains) ?? false
            for zone in record.finding.zones {
                open.insert(zone.siteID)
                if isSeen { seen.insert(zone.siteID) }
            }
        }
        // Changed where they lie: those of a country are not to be in memory twice.
        rows += ground.sitesWithoutImagery.map { site in
            SiteCoverage(
                siteID: site.id, siteName: site.name, outcome: .noImagery, method: nil, acquisitions: 0,
                clearObservations: 0, historyObservations: 0, lastClear: nil, hiddenShare: nil, tasks: 0)
        }
        rows.sort { $0.siteID < $1.siteID }
        for index in rows.indices {
            let id = rows[index].siteID
            rows[index].tasks = taskCounts[id] ?? 0
            if seen.contains(id) || (rows[index].outcome == .noDisturbance && open.contains(id)) {
                rows[index].outcome = .disturbance
            }
        }
        return rows
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
