internal import Geospatial

/// Makes a finding from the groups of sites that show its ground, by the stages of a scan and no others.
struct Reconstruction {
    /// Of these groups alone.
    let plan: ScanPlan
    let configuration: Configuration
    let watchedFrom: Day
    /// Findings of earlier runs on the ground of the groups.
    let known: [RegisteredFinding]
    /// What the files held when they were hashed, by path.
    var pieces: [String: FilePieces] = [:]

    struct Outcome {
        /// With its zones in the sites of the groups.
        let finding: Finding
        let record: RegisteredFinding
        /// Nil where this period made out no patch on its ground.
        let candidate: Candidate?
        let explanation: Explanation?
        /// By group.
        let stacks: [SceneStack]
        let scores: [[Float]?]

        /// As a run publishes it, without its places in other sites.
        func explained(site: String, lastSeenRun: String?) -> ExplainedFinding {
            var explained = ExplainedFinding(
                finding, isMadeOut: candidate != nil, lastSeenRun: lastSeenRun, splitFrom: record.splitFrom,
                explanation: explanation)
            explained.zones.removeAll { $0.siteID != site }
            return explained
        }
    }

    /// Nil where the groups do not show such a finding.
    /// - Throws: `GeospatialError` where a scene cannot be read.
    func finding(_ id: String) throws -> Outcome? {
        // Change scores are asked for whatever the run wrote; no finding depends on that.
        var configuration = configuration
        configuration.output.rasters = true
        let reader = StackReader(
            plan: plan, store: BlockStore(uses: plan.blockUses), settings: configuration.scenes, pieces: pieces)
        let pipeline = Pipeline(configuration: configuration, threads: 1)
        let open = try pipeline.openGround(of: plan, findings: known.filter(\.isOpen).map(\.finding))
        var stacks: [SceneStack] = []
        var results: [GroupResult] = []
        for (planned, ground) in zip(plan.groups, open) {
            let (stack, problems) = try reader.stack(of: planned)
            if let problem = problems.first {
                throw GeospatialError(subject: problem.subject, message: problem.message)
            }
            results.append(
                try GroupAnalysis(
                    group: planned.group, stack: stack, period: plan.period, watchedFrom: watchedFrom,
                    configuration: configuration
                ).result(following: ground))
            stacks.append(stack)
        }
        let zones = try ZoneAnalysis(
            groups: plan.groups.map(\.group),
            minimumOverlapSquareMetres: configuration.findings.minimumOverlapSquareMetres)
        var joined = RunResults(results)
        let found = try pipeline.findings(
            of: joined.takeCandidates(), followUps: joined.followUps, known: known, period: plan.period
        ) { findings in
            try findings.map { try zones.overlaps(of: $0.geometry, areaSquareMetres: $0.areaSquareMetres) }
        }
        guard let position = found.position(ofFinding: id) else { return nil }
        let record = found.findings[position]
        let candidate = found.candidate(at: position)
        let explanation = candidate == nil ? joined.grounds[id] : candidate?.explanation
        return Outcome(
            finding: record.finding, record: record, candidate: candidate, explanation: try explanation?.value,
            stacks: stacks, scores: try results.map { try $0.score?.value })
    }
}
