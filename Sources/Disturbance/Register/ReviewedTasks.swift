/// The tasks of a run after what was dismissed has been taken out.
public struct ReviewedTasks: Sendable {
    /// Ranked anew from 1.
    public var tasks: [InspectionTask]
    /// "N dismissed, not repeated", with the reason for each.
    public var dismissed: [(task: InspectionTask, reason: String)]

    /// What the budget leaves for a later run, with the reason for each.
    public var heldBack: [(task: InspectionTask, reason: String)] = []

    /// All of them, as the register keeps them.
    public var registered: [RegisteredTask] {
        tasks.map { RegisteredTask($0) } + dismissed.map { RegisteredTask($0.task, suppression: $0.reason) }
            + heldBack.map { RegisteredTask($0.task, suppression: $0.reason) }
    }

    /// The findings that any of them rests on.
    var findingIDs: Set<String> {
        Set(tasks.lazy.map(\.finding.id)).union(dismissed.lazy.map(\.task.finding.id))
            .union(heldBack.lazy.map(\.task.finding.id))
    }

    /// Only what the budget allows.
    public func within(_ budget: TaskBudget) -> ReviewedTasks {
        let allotment = budget.allotment(of: tasks)
        return ReviewedTasks(tasks: allotment.tasks, dismissed: dismissed, heldBack: allotment.heldBack)
    }
}
