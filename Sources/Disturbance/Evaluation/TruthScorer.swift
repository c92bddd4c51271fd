internal import Geospatial

/// Goes through the runs in order of time and notes what became of tasks and truth; see `Evaluation` for the rules.
struct TruthScorer {
    /// Where a disturbance lies, or why it does not count.
    enum Standing: Hashable {
        case inside
        case buffer
        case outsideEveryBuffer
        case tooSmall
        case begunAfterLastRun
        case endedBeforeFirstRun
        case notSeen

        var counts: Bool { self == .inside || self == .buffer }
    }

    /// One task over all runs.
    struct Task {
        let siteID: String
        var verdict = TaskVerdict.unknown
        var isConfirmed = false
        /// In the last run that lists it.
        var probability: Double?
        /// Of the truth it matches most and its own, in the last run in which it is right.
        var kinds: (truth: String, task: String)?
    }

    struct Name: Hashable {
        let siteID: String
        let taskID: String
    }

    struct Ledger {
        var tasks: [Name: Task] = [:]
        /// The first run that found an area, by area.
        var found: [Int: Int] = [:]
        var earlyHits = 0
        var earlyChances = 0
    }

    /// In order of time.
    let runs: [PublishedRun]
    let areas: [TruthArea]
    let summary: Evaluation.Runs
    private(set) var remarks: [String] = []
    private let register: TruthRegister
    private let settings: EvaluationSettings
    private let matching: TruthMatching
    private let places: [TruthMatching.Place]
    private let standings: [Standing]
    private let seenSites: [String]
    private let periodsOverlap: Bool

    init(
        register: TruthRegister, runs given: [PublishedRun], sites: [WatchedSite], settings: EvaluationSettings
    ) throws {
        guard !given.isEmpty else {
            throw GeospatialError(subject: "runs", message: "there are none. Name the folder of at least one")
        }
        let runs = given.sorted {
            ($0.period.end, $0.period.start, $0.folder) < ($1.period.end, $1.period.start, $1.folder)
        }
        self.register = register
        self.runs = runs
        self.settings = settings
        areas = register.areas
        matching = try TruthMatching(areas: areas, sites: sites, settings: settings)
        let places = try matching.places()
        self.places = places
        let watched = Set(sites.map(\.id))
        seenSites = watched.filter { id in runs.contains { $0.view(of: id)?.isSeen ?? false } }.sorted()
        standings = zip(register.areas, places).map { Self.standing(of: $0, at: $1, runs: runs, settings: settings) }

        let starts = runs.map(\.period.start)
        let days = Self.days(of: runs.map(\.period))
        periodsOverlap = days < runs.reduce(0) { $0 + $1.period.dayCount }
        summary = Evaluation.Runs(
            count: runs.count, start: starts.min()!, end: runs[runs.count - 1].period.end,
            years: Double(days) / 365.25, sites: watched.count, sitesSeen: seenSites.count)
        if periodsOverlap {
            remarks.append("periods overlap: delays in clear observations are not known")
        }
        if !knowsFalseTasks {
            remarks.append(
                "the truth names no undisturbed ground, so nobody can say which tasks are false. "
                    + "Where every disturbance is in it, say so (--complete)")
        }
        let strangers = Set(runs.flatMap { $0.tasks.map(\.siteID) }).subtracting(watched).count
        if strangers > 0 {
            remarks.append(
                "\(strangers) sites with tasks are not among the sites: their tasks match nothing that counts")
        }
    }

    /// Whether any task can turn out to be false.
    var knowsFalseTasks: Bool { settings.isComplete || areas.contains { $0.state == .undisturbed } }

    /// Days in at least one of the periods.
    static func days(of periods: [Period]) -> Int {
        var (count, last) = (0, nil as Day?)
        for period in periods.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            let start = max(period.start, last?.adding(days: 1) ?? period.start)
            guard start <= period.end else { continue }
            count += period.end.days(since: start) + 1
            last = period.end
        }
        return count
    }

    private static func standing(
        of area: TruthArea, at place: TruthMatching.Place, runs: [PublishedRun], settings: EvaluationSettings
    ) -> Standing {
        guard place.isWatched else { return .outsideEveryBuffer }
        guard place.squareMetres >= settings.minimumSquareMetres else { return .tooSmall }
        if let begun = area.begun, runs.allSatisfy({ $0.period.end < begun }) { return .begunAfterLastRun }
        if let ended = area.ended, runs.allSatisfy({ $0.period.start > ended }) { return .endedBeforeFirstRun }
        let isInside = !place.insideSquareMetres.isEmpty
        let sites = isInside ? place.insideSquareMetres.keys.sorted() : place.nearSites
        let wasSeen = runs.contains { run in
            area.isDisturbed(in: run.period) && sites.contains { isSeen($0, in: run, since: area.begun) }
        }
        guard wasSeen else { return .notSeen }
        return isInside ? .inside : .buffer
    }

    private static func isSeen(_ siteID: String, in run: PublishedRun, since begun: Day?) -> Bool {
        guard let view = run.view(of: siteID), view.isSeen else { return false }
        guard let begun, begun > run.period.start else { return true }
        return view.lastClear.map { $0 >= begun } ?? false
    }

    // MARK: Truth

    func counted(_ standing: Standing) -> [Int] { standings.indices.filter { standings[$0] == standing } }

    func truthSummary(_ ledger: Ledger) -> Evaluation.Truth {
        let disturbed = areas.indices.filter { areas[$0].state == .disturbed }
        func count(_ standing: Standing) -> Int { disturbed.count { standings[$0] == standing } }
        return Evaluation.Truth(
            rows: register.rowCount, notUsable: register.losses.count, unsure: register.unsureCount,
            undisturbed: areas.count - disturbed.count, inside: count(.inside), buffer: count(.buffer),
            outsideEveryBuffer: count(.outsideEveryBuffer), tooSmall: count(.tooSmall),
            begunAfterLastRun: count(.begunAfterLastRun), endedBeforeFirstRun: count(.endedBeforeFirstRun),
            notSeen: count(.notSeen),
            notSeenButFound: disturbed.count { standings[$0] == .notSeen && ledger.found[$0] != nil })
    }

    func isBegunWithinRuns(_ index: Int) -> Bool { areas[index].begun.map { $0 >= summary.start } ?? false }

    /// Clear observations of an area's main site from its beginning to the end of each run.
    /// - Returns: nil where the coverage does not tell how many of a period's observations were made after it began.
    func clearObservations(since index: Int) -> [Int]? {
        guard !periodsOverlap, let begun = areas[index].begun, let site = places[index].mainSite else { return nil }
        var (total, totals) = (0, [] as [Int])
        for run in runs {
            if run.period.end >= begun, let view = run.view(of: site), view.clearObservations > 0 {
                if run.period.start >= begun {
                    total += view.clearObservations
                } else if let last = view.lastClear, last >= begun {
                    guard view.clearObservations == 1 || last == begun else { return nil }
                    total += 1
                }
            }
            totals.append(total)
        }
        return totals
    }

    // MARK: Tasks

    func ledger() throws -> Ledger {
        var ledger = Ledger()
        /// Tasks that stood there before the area was disturbed.
        var standing: [Int: Set<Name>] = [:]
        for (number, run) in runs.enumerated() {
            var early: Set<Int> = []
            for listed in run.tasks {
                let name = Name(siteID: listed.siteID, taskID: listed.id)
                var task = ledger.tasks[name] ?? Task(siteID: listed.siteID)
                task.probability = listed.probability
                if listed.status == .confirmed || listed.status == .finished { task.isConfirmed = true }
                var best: (share: Double, kind: String?)?
                for overlap in try matching.overlaps(of: listed, among: .disturbed) {
                    let (area, counts) = (areas[overlap.area], standings[overlap.area].counts)
                    guard !counts || places[overlap.area].nearSites.contains(listed.siteID) else { continue }
                    if let begun = area.begun, begun > run.period.end {
                        standing[overlap.area, default: []].insert(name)
                        early.insert(overlap.area)
                        continue
                    }
                    if !(standing[overlap.area]?.contains(name) ?? false), area.isDisturbed(in: run.period),
                        counts || standings[overlap.area] == .notSeen, ledger.found[overlap.area] == nil
                    {
                        ledger.found[overlap.area] = number
                    }
                    guard counts, area.isDisturbed(in: run.period) else {
                        task.verdict = max(task.verdict, .neutral)
                        continue
                    }
                    task.verdict = .right
                    if overlap.share > best?.share ?? 0 { best = (overlap.share, area.kind) }
                }
                if let best { task.kinds = best.kind.map { ($0, listed.kind) } }
                if task.verdict == .unknown, try isFalse(listed, in: run) { task.verdict = .wrong }
                ledger.tasks[name] = task
            }
            let chances = areas.indices.filter { index in
                standings[index].counts && (areas[index].begun.map { $0 > run.period.end } ?? false)
            }
            ledger.earlyChances += chances.count
            ledger.earlyHits += early.intersection(chances).count
        }
        if settings.isComplete {
            for (name, task) in ledger.tasks where task.verdict == .unknown { ledger.tasks[name]?.verdict = .wrong }
        }
        return ledger
    }

    /// Whether somebody looked, after it was seen, where most of the task lies, and found nothing.
    private func isFalse(_ task: PublishedRun.Task, in run: PublishedRun) throws -> Bool {
        let seen = task.firstSeen ?? run.period.end
        return try matching.share(of: task) { $0.isUndisturbed(on: seen) } >= settings.leastFalseShare
    }

    // MARK: Sites

    /// The sites of which the truth says whether they are disturbed in the last run, with their place in its list.
    func rankedSites() throws -> [String: SiteRanking.Member] {
        let last = runs[runs.count - 1]
        let disturbed = Set(
            areas.indices.filter { standings[$0].counts && areas[$0].isDisturbed(in: last.period) }
                .flatMap { places[$0].nearSites })
        var undisturbed: [String: [Int]] = [:]
        for index in areas.indices where areas[index].isUndisturbed(on: last.period.start) {
            for id in places[index].nearSites { undisturbed[id, default: []].append(index) }
        }
        var ranks: [String: Int] = [:]
        for task in last.tasks { ranks[task.siteID] = min(ranks[task.siteID] ?? task.rank, task.rank) }
        var members: [String: SiteRanking.Member] = [:]
        for id in seenSites {
            let isDisturbed = disturbed.contains(id)
            if !isDisturbed, !settings.isComplete {
                guard try matching.isCovered(id, by: undisturbed[id] ?? []) else { continue }
            }
            members[id] = SiteRanking.Member(isDisturbed: isDisturbed, rank: ranks[id])
        }
        return members
    }
}
