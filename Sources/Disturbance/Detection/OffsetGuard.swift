internal import Geospatial

/// A day whose scenes lie above or below the others of a stack by the offset of the stored values.
public struct ShiftedDay: Hashable, Sendable {
    public let day: Day
    public let sceneIDs: [String]
    /// Multiples of the offset by which it lies above the rest; negative where it lies below.
    public let steps: Int
    /// The offset in the unit of the stack's values.
    public let stepValue: Double
    public let isReflectance: Bool
}

/// Finds the days whose stored values carry another offset than the rest, so that they are not compared.
///
/// Sentinel-2 products since processing baseline 04.00 are stored 1000 higher, and catalogues tell it wrongly in both
/// directions. Each day is compared with the days shortly before it and with those a year before it; the days that hang
/// together get levels, and those that are not on the level of most of the history are shifted. A day that nothing can
/// be said about - snow, green-up, haze - is left as it is.
struct OffsetGuard {
    /// What is known of days before the stack.
    struct Past {
        var days: [Day]
        var sceneIDs: [[String]]
        var levels: DayLevels
        /// Of one of the days that later ones are compared with.
        var sample: (_ day: Int) throws -> FlatShift.Sample
    }

    private let stack: SceneStack
    private let past: Past?
    /// Those of the past and those of the stack.
    private let days: [Day]
    private let historyDays: Int
    private let measure: FlatShift?

    /// Days shortly before, and of the season a year before, that a day is compared with.
    private static let recentDays = 6
    private static let seasonDays = 3
    /// How far from a whole year a day of the same season may lie, days.
    private static let seasonWidth = 60
    private static let yearDays = 365

    /// - Parameters:
    ///   - historyDays: How many of the stack's days come before the period.
    ///   - past: Nil where the stack begins with the history.
    init(
        _ stack: SceneStack, historyDays: Int, settings: DetectionSettings.OffsetGuardSettings, past: Past? = nil
    ) {
        self.stack = stack
        self.past = past
        let pastDays = past?.days ?? []
        days = pastDays + stack.days
        self.historyDays = pastDays.count + historyDays
        measure = FlatShift(stack: stack, settings: settings)
    }

    /// What the guard found out.
    struct Checked {
        /// With the pixels of the shifted days marked.
        var stack: SceneStack
        /// In order, with those of the past.
        var shifted: [ShiftedDay]
        /// After the first days that were asked for, and what these show later ones: by day.
        var levels: DayLevels
        var samples: [Int: FlatShift.Sample]
    }

    /// - Parameter first: How many days are told of apart, because they are the past of later stacks.
    /// - Throws: What `past` throws.
    func checked(keeping first: Int = 0) throws -> Checked {
        var samples: [Int: FlatShift.Sample] = [:]
        func sample(_ day: Int, _ measure: FlatShift) throws -> FlatShift.Sample {
            if let known = samples[day] { return known }
            let pastCount = past?.days.count ?? 0
            let made =
                try day < pastCount ? past!.sample(day) : measure.sample(of: stack, day: day - pastCount)
            samples[day] = made
            return made
        }
        var levels = past?.levels ?? DayLevels()
        func steps(_ first: Int, _ second: Int) throws -> Int? {
            try measure.flatMap { try $0.steps(from: sample(first, $0), to: sample(second, $0)) }
        }
        try add(upTo: max(first, levels.count), to: &levels, by: steps)
        let shifts = try shifts(after: levels, by: steps)
        var checked = Checked(stack: stack, shifted: [], levels: levels, samples: [:])
        for day in 0..<first where isAskedLater(day, than: first) {
            if let measure { checked.samples[day] = try sample(day, measure) }
        }
        guard !shifts.isEmpty, let measure else { return checked }
        let offset = past?.days.count ?? 0
        checked.shifted = shifts.map { index, steps in
            ShiftedDay(
                day: days[index], sceneIDs: index < offset ? past!.sceneIDs[index] : stack.sceneIDs[index - offset],
                steps: steps, stepValue: Double(measure.step), isReflectance: stack.isReflectance)
        }
        checked.stack = stack.quarantining(days: shifts.map { $0.index - offset }.filter { $0 >= 0 })
        return checked
    }

    /// The shifted days, ascending, with the steps by which they lie above the rest.
    /// - Parameters:
    ///   - known: Of the first days.
    ///   - steps: From one day to a later one; nil where nothing can be said.
    func shifts(
        after known: DayLevels = DayLevels(), by steps: (_ first: Int, _ second: Int) throws -> Int?
    ) rethrows -> [(index: Int, steps: Int)] {
        var levels = known
        try add(upTo: days.count, to: &levels, by: steps)
        return levels.departures(historyDays: historyDays)
    }

    /// Puts the days up to `count` on levels.
    private func add(
        upTo count: Int, to levels: inout DayLevels, by steps: (_ first: Int, _ second: Int) throws -> Int?
    ) rethrows {
        for day in levels.count..<max(count, levels.count) {
            var votes: [(day: Int, level: Int)] = []
            for other in comparable(with: day) {
                guard let difference = try steps(other, day) else { continue }
                let vote = (day: other, level: levels.level[other] + difference)
                votes.append(vote)
                // The usual case, and enough: as most days before.
                if votes.count == 1, levels.isUsual(vote.level, beside: other) { break }
            }
            levels.add(votes: votes)
        }
    }

    /// Whether days from the `first` on may be compared with an earlier one.
    private func isAskedLater(_ day: Int, than first: Int) -> Bool {
        if day >= first - Self.recentDays { return true }
        // The next day may follow the last one at once.
        return days[first - 1].days(since: days[day]) <= Self.yearDays + Self.seasonWidth
    }

    /// Earlier days to compare a day with, the most telling first.
    private func comparable(with day: Int) -> [Int] {
        let recent = Array((max(day - Self.recentDays, 0)..<day).reversed())
        func distance(_ other: Int) -> Int { abs(days[day].days(since: days[other]) - Self.yearDays) }
        let season = (0..<(recent.last ?? 0)).filter { distance($0) <= Self.seasonWidth }
            .sorted { (distance($0), $0) < (distance($1), $1) }
        return recent + season.prefix(Self.seasonDays)
    }
}

/// Levels of days that are known relative to one another only, in as many parts as do not hang together.
struct DayLevels: Sendable {
    /// The part each day belongs to: the number of one of its days.
    private(set) var part: [Int] = []
    private(set) var level: [Int] = []

    init() {}

    /// Levels as they were found.
    /// - Returns: Nil where they cannot be such.
    init?(part: [Int], level: [Int]) {
        guard part.count == level.count, part.allSatisfy(part.indices.contains) else { return nil }
        self.part = part
        self.level = level
    }

    var count: Int { part.count }

    /// Whether most of the part that `day` belongs to is on `value`.
    func isUsual(_ value: Int, beside day: Int) -> Bool { mostFrequent(members(of: part[day])) == value }

    /// Puts the next day where most of its votes put it; what it is compared with hangs together from then on.
    mutating func add(votes: [(day: Int, level: Int)]) {
        let day = count
        part.append(day)
        level.append(0)
        var byPart: [Int: [Int]] = [:]
        for vote in votes { byPart[part[vote.day], default: []].append(vote.level) }
        let joined = byPart.keys.sorted { (members(of: $0).count, -$0) > (members(of: $1).count, -$1) }
        guard let main = joined.first else { return }
        part[day] = main
        level[day] = Self.winner(byPart[main] ?? [])
        for other in joined.dropFirst() {
            let raise = level[day] - Self.winner(byPart[other] ?? [])
            for member in members(of: other) {
                part[member] = main
                level[member] += raise
            }
        }
    }

    /// Days off the level that most of their part's history is on, or, without history, most of the part.
    func departures(historyDays: Int) -> [(index: Int, steps: Int)] {
        var departures: [(index: Int, steps: Int)] = []
        for root in Set(part).sorted() {
            let days = members(of: root)
            let history = days.filter { $0 < historyDays }
            let usual = mostFrequent(history.isEmpty ? days : history)
            departures += days.filter { level[$0] != usual }.map { ($0, level[$0] - usual) }
        }
        return departures.sorted { $0.index < $1.index }
    }

    private func members(of root: Int) -> [Int] { part.indices.filter { part[$0] == root } }

    /// Of equally frequent levels that of the earliest day.
    private func mostFrequent(_ days: [Int]) -> Int { Self.winner(days.map { level[$0] }) }

    /// The most frequent value, the first of several.
    private static func winner(_ values: [Int]) -> Int {
        var counts: [Int: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        return values.first { counts[$0] == most } ?? 0
    }
}

extension SceneStack {
    /// The stack with every pixel of some days that is not missing marked as quarantined.
    func quarantining(days quarantined: [Int]) -> SceneStack {
        var conditions = conditions
        for day in quarantined {
            for index in conditionRange(day: day) where conditions[index] != PixelCondition.nodata.rawValue {
                conditions[index] = PixelCondition.quarantined.rawValue
            }
        }
        return SceneStack(
            grid: grid, bands: bands, days: days, sceneIDs: sceneIDs, values: values, conditions: conditions,
            isReflectance: isReflectance)
    }

    /// Whether the scenes of a day are not compared, whatever they show.
    func isQuarantined(day: Int) -> Bool {
        conditions[conditionRange(day: day)].contains(PixelCondition.quarantined.rawValue)
    }
}

extension ShiftedDay {
    /// Scenes named in a line; the others are counted.
    private static let namedScenes = 3

    /// What a run says of the shifted days of all its groups: one line for each direction, however many scenes.
    static func problems(_ days: [ShiftedDay]) -> [PlanProblem] {
        struct Shift: Hashable {
            let steps: Int
            let stepValue: Double
            let isReflectance: Bool
        }
        let byShift = Dictionary(grouping: days) {
            Shift(steps: $0.steps, stepValue: $0.stepValue, isReflectance: $0.isReflectance)
        }
        let order = byShift.keys.sorted { ($0.steps, $0.stepValue) < ($1.steps, $1.stepValue) }
        return order.map { shift in
            let scenes = Set((byShift[shift] ?? []).flatMap { day in day.sceneIDs.map { SceneOfDay(day.day, $0) } })
                .sorted()
            let amount = ReadableNumber.decimal(
                abs(Double(shift.steps)) * shift.stepValue, places: shift.isReflectance ? 2 : 0)
            let named = scenes.prefix(namedScenes).map(\.id).joined(separator: ", ")
            let subject: String
            if scenes.count == 1 {
                subject = "Scene \(named)"
            } else {
                let rest = scenes.count > namedScenes ? ", ..." : ""
                subject = "\(scenes.count) scenes (\(named)\(rest)) from \(scenes[0].day) to \(scenes.last!.day)"
            }
            let unit = shift.isReflectance ? "in reflectance" : "in stored values"
            return PlanProblem(
                subject: subject,
                message: "quarantined: over unchanged ground all bands lie \(amount ?? "much") \(unit) "
                    + "\(shift.steps > 0 ? "above" : "below") the other scenes, as if 1000 had been added to the stored "
                    + "values of one side only (Sentinel-2 since processing baseline 04.00: BOA_ADD_OFFSET). Correct "
                    + "raster:offset, boa_offset_applied or the processing baseline in the items of the side that is "
                    + "wrong, or exclude it under scenes.exclude")
        }
    }

    private struct SceneOfDay: Hashable, Comparable {
        let day: Day
        let id: String

        init(_ day: Day, _ id: String) {
            self.day = day
            self.id = id
        }

        static func < (first: SceneOfDay, second: SceneOfDay) -> Bool {
            (first.day, first.id) < (second.day, second.id)
        }
    }
}
