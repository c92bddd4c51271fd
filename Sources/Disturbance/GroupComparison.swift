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
        guard let baselines, let held,
            let known = try profile.measure(.windows, { try baselines.baseline(of: planned, held: held) })
        else {
            let (stack, problems) = try read(by: reader) { _ in true }
            return try result(of: stack, problems: problems)
        }
        let firstWatched = baselines.firstWatchedDay(of: planned)
        let (watched, problems) = try read(by: reader) { $0 >= firstWatched }
        var isHistoryRead = false
        let found = try profile.measure(.kernels) { () throws -> GroupResult? in
            do {
                return try analysis(of: watched, known: known).result(following: open) {
                    isHistoryRead = true
                    let past = try read(by: reader, inside: .kernels) { $0 < firstWatched }
                    return past.problems.isEmpty ? past.stack : nil
                }
            } catch is UnreadableBaseline {
                return nil
            }
        }
        if var found {
            profile?.addBaseline(isHistoryRead: isHistoryRead)
            found.problems += problems
            return found
        }
        // Not to be expected: read again rather than held for it.
        let past = try read(by: reader) { $0 < firstWatched }
        return try result(of: past.stack.followed(by: watched), problems: past.problems + problems)
    }

    private func read(
        by reader: StackReader, inside outer: RunProfile.Stage? = nil, where isWanted: (Day) -> Bool
    ) throws -> (stack: SceneStack, problems: [PlanProblem]) {
        try profile.measure(.windows, inside: outer) { try reader.stack(of: planned, held: held, where: isWanted) }
    }

    /// The result of a stack with the whole history.
    private func result(of stack: SceneStack, problems: [PlanProblem]) throws -> GroupResult {
        var made: MadeBaseline?
        var result = try profile.measure(.kernels) {
            try analysis(of: stack, known: nil).result(following: open) { made = $0 }
        }
        // A history with a scene that could not be read is not what the next run will find.
        if let made, problems.isEmpty { profile.measure(.windows) { baselines?.keep(made, of: planned) } }
        result.problems += problems
        return result
    }

    private func analysis(of stack: SceneStack, known: KnownBaseline?) throws -> GroupAnalysis {
        try GroupAnalysis(
            group: planned.group, stack: stack, period: period, watchedFrom: watchedFrom, configuration: configuration,
            known: known, keepsModel: known == nil && baselines != nil, profile: profile)
    }
}
