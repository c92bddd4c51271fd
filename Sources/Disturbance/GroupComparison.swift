/// Reads and compares one group of sites of a plan: with the baseline that is kept of it, or else with its whole
/// history. The result is the same.
struct GroupComparison {
    let planned: PlannedGroup
    /// For each of the group's windows whether it is kept; nil without a cache.
    let held: [Bool]?
    /// Ground of the group that earlier runs found changed.
    let open: [OpenGround]
    let period: Period
    /// The first day that earlier runs have watched, or the period's first.
    let watchedFrom: Day
    let configuration: Configuration
    /// Nil without a cache.
    let baselines: KeptBaselines?
    let profile: RunProfile?

    func result(by reader: StackReader) throws -> GroupResult {
        let known = try profile.measure(.windows) { try baselines?.baseline(of: planned, held: held ?? []) }
        guard let baselines, let known else {
            let (stack, problems) = try read(by: reader) { _ in true }
            return try result(of: stack, problems: problems, known: nil)
        }
        let firstWatched = baselines.firstWatchedDay(of: planned)
        let (watched, problems) = try read(by: reader) { $0 >= firstWatched }
        if open.isEmpty {
            let quiet = try profile.measure(.kernels) {
                try analysis(of: watched, known: known, holdsHistory: false).quietResult()
            }
            if var quiet {
                profile?.addBaseline()
                quiet.problems += problems
                return quiet
            }
        }
        let (history, pastProblems) = try read(by: reader) { $0 < firstWatched }
        return try result(of: history.followed(by: watched), problems: pastProblems + problems, known: known)
    }

    private func read(
        by reader: StackReader, where isWanted: (Day) -> Bool
    ) throws -> (stack: SceneStack, problems: [PlanProblem]) {
        try profile.measure(.windows) { try reader.stack(of: planned, held: held, where: isWanted) }
    }

    private func result(of stack: SceneStack, problems: [PlanProblem], known: KnownBaseline?) throws -> GroupResult {
        // A history with a scene that could not be read is not what the next run will find.
        let keeps = baselines != nil && problems.isEmpty
        var made: MadeBaseline?
        var result = try profile.measure(.kernels) {
            try analysis(of: stack, known: known, holdsHistory: true, keepsModel: keeps).result(following: open) {
                made = $0
            }
        }
        if let made { profile.measure(.windows) { baselines?.keep(made, of: planned) } }
        result.problems += problems
        return result
    }

    private func analysis(
        of stack: SceneStack, known: KnownBaseline?, holdsHistory: Bool, keepsModel: Bool = false
    ) throws -> GroupAnalysis {
        try GroupAnalysis(
            group: planned.group, stack: stack, period: period, watchedFrom: watchedFrom, configuration: configuration,
            known: known, holdsHistory: holdsHistory, keepsModel: keepsModel, profile: profile)
    }
}
