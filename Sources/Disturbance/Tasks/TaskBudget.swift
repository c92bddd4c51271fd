/// How many tasks an authority can visit, and how many visits in vain it can bear.
public struct TaskBudget: Sendable {
    private let settings: TaskSettings

    public init(settings: TaskSettings) { self.settings = settings }

    /// Tasks of one run after the budget.
    public struct Allotment: Sendable {
        /// Ranked anew from 1.
        public var tasks: [InspectionTask]
        /// In the order of the ranking, with the reason for each.
        public var heldBack: [(task: InspectionTask, reason: String)]
    }

    /// Keeps the tasks whose mean probability reaches the expected precision, and of these the first ones.
    ///
    /// Holding back the least probable first leaves the longest list of that precision.
    /// - Parameter tasks: In order of rank.
    public func allotment(of tasks: [InspectionTask]) -> Allotment {
        let trusted = trusted(tasks)
        var allotment = Allotment(tasks: [], heldBack: [])
        // No more than it takes: what is held back can be most of a country's tasks.
        let most = settings.maximumTasks > 0 ? min(trusted.count, settings.maximumTasks) : trusted.count
        allotment.tasks.reserveCapacity(most)
        allotment.heldBack.reserveCapacity(tasks.count - most)
        for (index, task) in tasks.enumerated() {
            if !trusted.contains(index) {
                allotment.heldBack.append((task, "held back for tasks.expectedPrecision \(settings.expectedPrecision)"))
            } else if settings.maximumTasks > 0, allotment.tasks.count == settings.maximumTasks {
                allotment.heldBack.append((task, "held back for tasks.maximumTasks \(settings.maximumTasks)"))
            } else {
                var kept = task
                kept.rank = allotment.tasks.count + 1
                allotment.tasks.append(kept)
            }
        }
        return allotment
    }

    /// Positions of the most probable tasks, as many as reach the expected precision together.
    private func trusted(_ tasks: [InspectionTask]) -> Set<Int> {
        guard settings.expectedPrecision > 0 else { return Set(tasks.indices) }
        let byProbability = tasks.indices.sorted { first, second in
            let (a, b) = (tasks[first].terms.probability, tasks[second].terms.probability)
            return a != b ? a > b : first < second
        }
        var sum = 0.0
        var trusted: Set<Int> = []
        for position in byProbability {
            sum += tasks[position].terms.probability
            // A billionth for the rounding of sums.
            guard sum >= settings.expectedPrecision * Double(trusted.count + 1) - 1e-9 else { break }
            trusted.insert(position)
        }
        return trusted
    }
}
