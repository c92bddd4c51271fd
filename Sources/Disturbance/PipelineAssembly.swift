internal import Geospatial

/// From what each group of sites yielded to what a run publishes: the stages that look at all groups together.
extension Pipeline {
    /// Matches, ranks and publishes.
    /// - Parameters:
    ///   - results: In the order of the groups of `ground`.
    ///   - state: The register as it was when the groups were compared.
    ///   - inputs: Every file that was read.
    func publish(
        _ results: [GroupResult], over ground: WatchedGround, state: RegisterState, inputs: [RunManifest.File],
        lock: RegisterLock, profile: RunProfile?, progress: (Progress) -> Void, isCancelled: () -> Bool
    ) throws -> Outcome {
        let joined = profile?.begin(.join)
        let period = ground.period

        let found = try findings(
            of: results, groups: ground.groups, known: state.openFindings(before: period), period: period)
        let findings = found.findings
        var candidateOfFinding: [String: Candidate] = [:]
        var explanations = ExplanationGathering(period: period, earlier: state, results: results)
        for (match, finding) in zip(found.matches, findings) {
            candidateOfFinding[finding.id] = found.candidate(of: match)
            explanations.add(match, finding: finding, candidates: found.candidates)
        }

        // Tasks: ranked, without what people have dismissed.
        let ranked = TaskRanking(settings: configuration.tasks, siteSettings: configuration.sites)
            .tasks(from: findings, sites: ground.sitesByID, periodEnd: period.end)
        let reviewed = state.withoutDismissed(
            ranked, findings: found.matches.map(\.record), period: period,
            strengthFactor: configuration.tasks.dismissedStrengthFactor
        ).within(TaskBudget(settings: configuration.tasks))
        let coverage = coverage(of: ground, results: results, findings: findings, tasks: reviewed.tasks)
        let evidence = try evidence(of: reviewed.tasks) { candidateOfFinding[$0]?.evidence }

        let losses =
            ground.losses + unique(results.flatMap(\.problems).map(\.description))
            + ShiftedDay.problems(results.flatMap(\.shiftedDays)).map(\.description)
        let previous = try state.lastRun(before: period).map {
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
            configuration: configuration, period: period, ground: ground, findings: findings,
            tasks: reviewed.tasks, dismissed: reviewed.dismissed.count, heldBack: reviewed.heldBack.count,
            evidence: evidence,
            explanations: try explanations.document(
                of: reviewed, generator: "sitewarden \(Self.version)", unused: losses),
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
    ///   - results: In the order of `groups`.
    ///   - known: Findings of earlier runs on the ground of the groups.
    func findings(
        of results: [GroupResult], groups: [SiteGroup], known: [RegisteredFinding], period: Period
    ) throws -> JoinedFindings {
        let candidates = try Candidate.merged(results.map(\.candidates))
        let followUps = results.reduce(into: [String: ObservationLog]()) { all, result in
            all.merge(result.followUps) { $0.merged(with: $1) }
        }
        let matches = try FindingMatching(settings: configuration.findings, statusSettings: configuration.status)
            .match(candidates, with: known, followUps: followUps, period: period)
        let zones = try ZoneAnalysis(
            groups: groups, minimumOverlapSquareMetres: configuration.findings.minimumOverlapSquareMetres)
        let findings = try matches.map { match in
            var finding = match.record.finding
            finding.zones = try zones.overlaps(of: finding.geometry, areaSquareMetres: finding.areaSquareMetres)
            if let candidate = match.candidate {
                for index in finding.zones.indices {
                    finding.zones[index].magnitude = candidates[candidate].magnitudes[finding.zones[index].siteID]
                }
            }
            return finding
        }
        return JoinedFindings(candidates: candidates, matches: matches, findings: findings)
    }

    /// What the report shows of the tasks, by finding; pictures only of the first ones.
    private func evidence(
        of tasks: [InspectionTask], kept: (_ findingID: String) -> Deferred<Evidence>?
    ) throws -> [String: Evidence] {
        var shown: [String: Evidence] = [:]
        for (index, task) in tasks.enumerated() where shown[task.finding.id] == nil {
            guard var evidence = try kept(task.finding.id)?.value else { continue }
            if index >= configuration.output.reportPictures { (evidence.before, evidence.after) = (nil, nil) }
            shown[task.finding.id] = evidence
        }
        return shown
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
