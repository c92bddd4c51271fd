internal import Geospatial

/// How well the tasks of one run, or of several in order of time, agree with labelled ground.
///
/// A task *matches* a disturbance where at least `leastShare` of the task's own area lies within `toleranceMetres` of
/// it and the task's site has it in its buffer or within the tolerance of that. A task is told from others by site and
/// task id and counts once over all runs: it is *right* once it matches ground that is disturbed by the end of that
/// run's period, *false* where it never is right and at least `leastFalseShare` of it lies on ground somebody inspected
/// on or after the day it was first seen and found undisturbed, *neutral* where it matches only disturbances that do
/// not count, and *unknown* otherwise; with a complete truth unknown tasks are false.
///
/// A disturbance *counts* if it touches a buffer, has the minimum area, begins by the end of the last run and does not
/// end before the first, and if its site was seen after it began. It is *found* by the first run with a task that
/// matches it and did not match it before it began.
public struct Evaluation: Codable, Hashable, Sendable {
    /// What was compared.
    public struct Runs: Codable, Hashable, Sendable {
        public let count: Int
        public let start: Day
        public let end: Day
        /// Days of all periods together, each once, over 365.25.
        public let years: Double
        public let sites: Int
        /// Sites of which at least one run had a clear view.
        public let sitesSeen: Int
    }

    /// What became of the rows of the truth.
    public struct Truth: Codable, Hashable, Sendable {
        public let rows: Int
        public let notUsable: Int
        public let unsure: Int
        public let undisturbed: Int
        /// Disturbed, by where they lie or why they do not count.
        public let inside: Int
        public let buffer: Int
        public let outsideEveryBuffer: Int
        public let tooSmall: Int
        public let begunAfterLastRun: Int
        public let endedBeforeFirstRun: Int
        /// Not seen after they began: no miss of the detector.
        public let notSeen: Int
        /// Of those the ones that were found all the same.
        public let notSeenButFound: Int
    }

    /// What became of the tasks, each counted once over all runs.
    public struct Tasks: Codable, Hashable, Sendable {
        public let right: Int
        public let wrong: Int
        public let neutral: Int
        public let unknown: Int
    }

    /// From the beginning to the end of the period whose list has it.
    public struct Delay: Codable, Hashable, Sendable {
        /// Disturbances it is known of.
        public let count: Int
        public let lowerQuartile: Double?
        public let median: Double?
        public let upperQuartile: Double?

        init(_ values: [Int]) {
            let sorted = values.map(Double.init).sorted()
            count = sorted.count
            lowerQuartile = sorted.isEmpty ? nil : Bootstrap.quantile(sorted, 0.25)
            median = sorted.isEmpty ? nil : Bootstrap.quantile(sorted, 0.5)
            upperQuartile = sorted.isEmpty ? nil : Bootstrap.quantile(sorted, 0.75)
        }
    }

    /// Of this format.
    public var version = 1
    public let settings: EvaluationSettings
    public let runs: Runs
    public let truth: Truth
    public let tasks: Tasks

    public let recallInside: Proportion
    public let recallBuffer: Proportion
    /// Of those inside with two clear observations, found within two.
    public let recallInsideWithinTwoClear: Proportion
    /// Chances, one for each run and disturbance that had not begun, that a task matched it: what chance would find.
    public let hitRateBeforeOnset: Proportion
    /// Inside, with a known beginning within the runs.
    public let delayDays: Delay
    /// The same, where the coverage tells the number of clear observations since the beginning.
    public let delayClearObservations: Delay
    public let precision: Proportion
    /// Of tasks that were confirmed in some run.
    public let precisionConfirmed: Proportion
    /// At least that many, unless the truth is complete.
    public let falsePerTenSitesAndYear: EventRate
    public let falseConfirmedPerTenSitesAndYear: EventRate
    /// Of the last run.
    public let ranking: SiteRanking
    public let kinds: KindAgreement
    public let probability: ProbabilityAgreement
    /// A line for each thing worth knowing.
    public let remarks: [String]

    /// - Parameters:
    ///   - runs: In any order; at least one.
    ///   - sites: As the runs watched them.
    /// - Throws: `GeospatialError` where a geometry cannot be measured, or there is no run.
    public init(
        truth register: TruthRegister, runs: [PublishedRun], sites: [WatchedSite], settings: EvaluationSettings
    ) throws {
        let scorer = try TruthScorer(register: register, runs: runs, sites: sites, settings: settings)
        let ledger = try scorer.ledger()
        self.settings = settings
        self.runs = scorer.summary
        truth = scorer.truthSummary(ledger)
        let verdicts = ledger.tasks.values
        func count(_ verdict: TaskVerdict, confirmed: Bool = false) -> Int {
            verdicts.count { $0.verdict == verdict && (!confirmed || $0.isConfirmed) }
        }
        tasks = Tasks(
            right: count(.right), wrong: count(.wrong), neutral: count(.neutral), unknown: count(.unknown))
        // What nobody listed is not in a reviewed list: of what it holds, everything was found.
        let inside = register.isTaskList ? [] : scorer.counted(.inside)
        let buffer = register.isTaskList ? [] : scorer.counted(.buffer)
        recallInside = Proportion(inside.count { ledger.found[$0] != nil }, of: inside.count)
        recallBuffer = Proportion(buffer.count { ledger.found[$0] != nil }, of: buffer.count)
        hitRateBeforeOnset = Proportion(ledger.earlyHits, of: ledger.earlyChances)

        let dated = inside.filter { scorer.isBegunWithinRuns($0) }
        delayDays = Delay(
            dated.compactMap { index in
                guard let run = ledger.found[index], let begun = scorer.areas[index].begun else { return nil }
                return scorer.runs[run].period.end.days(since: begun)
            })
        let observations = dated.compactMap { index in
            scorer.clearObservations(since: index).map { (index: index, byRun: $0) }
        }
        let delays = observations.compactMap { item in ledger.found[item.index].map { max(item.byRun[$0], 1) } }
        delayClearObservations = Delay(delays)
        let fair = observations.filter { ($0.byRun.last ?? 0) >= 2 }
        recallInsideWithinTwoClear = Proportion(
            fair.count { item in ledger.found[item.index].map { max(item.byRun[$0], 1) <= 2 } ?? false },
            of: fair.count)

        // Where no task can turn out to be false, right ones alone say nothing.
        let isKnown = scorer.knowsFalseTasks
        func precision(_ right: Int, _ wrong: Int) -> Proportion {
            Proportion(isKnown ? right : 0, of: isKnown ? right + wrong : 0)
        }
        self.precision = precision(tasks.right, tasks.wrong)
        let confirmed = (right: count(.right, confirmed: true), wrong: count(.wrong, confirmed: true))
        precisionConfirmed = precision(confirmed.right, confirmed.wrong)
        let exposure = isKnown ? Double(scorer.summary.sitesSeen) / 10 * scorer.summary.years : 0
        falsePerTenSitesAndYear = EventRate(tasks.wrong, in: exposure)
        falseConfirmedPerTenSitesAndYear = EventRate(confirmed.wrong, in: exposure)
        ranking = SiteRanking(register.isTaskList ? [:] : try scorer.rankedSites())
        kinds = KindAgreement(
            verdicts.compactMap { task in
                task.kinds.map { KindAgreement.Pair(siteID: task.siteID, truth: $0.truth, task: $0.task) }
            })
        probability = ProbabilityAgreement(
            verdicts.compactMap { task in
                guard isKnown, let probability = task.probability, task.verdict == .right || task.verdict == .wrong
                else {
                    return nil
                }
                return ProbabilityAgreement.Member(
                    siteID: task.siteID, probability: probability, isRight: task.verdict == .right)
            })
        remarks = register.remarks + runs.flatMap(\.remarks) + scorer.remarks
    }
}

/// What a task turned out to be.
enum TaskVerdict: Int, Comparable {
    /// The truth says nothing of its ground.
    case unknown
    case wrong
    /// On a disturbance that counts neither for nor against.
    case neutral
    case right

    static func < (first: TaskVerdict, second: TaskVerdict) -> Bool { first.rawValue < second.rawValue }
}
