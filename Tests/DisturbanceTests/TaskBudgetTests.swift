import Testing

@testable import Disturbance

struct TaskBudgetTests {
    /// Tasks in order of rank, named a, b, c ... with these probabilities.
    private func tasks(_ probabilities: [Double]) throws -> [InspectionTask] {
        try probabilities.enumerated().map { index, probability in
            let name = String(Character(Unicode.Scalar(UInt8(97 + index))))
            let finding = RegisterFixtures.finding(
                name, try RegisterFixtures.square(0, 0), log: "2019-06-05a", status: .first, magnitude: 5)
            let zone = ZoneOverlap(
                siteID: "S", coreSquareMetres: 500, bufferSquareMetres: 0, coreShare: 0.1, bufferShare: 0,
                distanceToCoreMetres: 0)
            return InspectionTask(
                id: name, siteID: "S", siteName: "", finding: finding, zone: zone,
                surroundings: nil, rank: index + 1,
                terms: ScoreTerms(
                    probability: probability, zone: 1, extent: 1, magnitude: 1, kind: 1, significance: 1, recency: 1))
        }
    }

    private func budget(maximum: Int = 0, precision: Double = 0) -> TaskBudget {
        var settings = TaskSettings()
        settings.maximumTasks = maximum
        settings.expectedPrecision = precision
        return TaskBudget(settings: settings)
    }

    @Test func withoutLimitsAllTasksStay() throws {
        let allotment = budget().allotment(of: try tasks([0.1, 0.9, 0.5]))
        #expect(allotment.tasks.map(\.id) == ["a", "b", "c"] && allotment.heldBack.isEmpty)
    }

    @Test func theFirstOfTheRankingAreKept() throws {
        let allotment = budget(maximum: 2).allotment(of: try tasks([0.1, 0.9, 0.5]))
        #expect(allotment.tasks.map(\.id) == ["a", "b"] && allotment.tasks.map(\.rank) == [1, 2])
        #expect(allotment.heldBack.map(\.task.id) == ["c"])
        #expect(allotment.heldBack[0].reason == "held back for tasks.maximumTasks 2")
    }

    @Test func theLeastProbableAreHeldBackUntilTheRestIsPreciseEnough() throws {
        // 0.9, 0.9, 0.6 and 0.2: means of the best are 0.9, 0.9, 0.8, 0.65.
        let ranked = try tasks([0.2, 0.9, 0.6, 0.9])
        #expect(budget(precision: 0.8).allotment(of: ranked).tasks.map(\.id) == ["b", "c", "d"])
        #expect(budget(precision: 0.65).allotment(of: ranked).heldBack.isEmpty)
        #expect(budget(precision: 0.95).allotment(of: ranked).tasks.isEmpty)
        let both = budget(maximum: 1, precision: 0.8).allotment(of: ranked)
        #expect(both.tasks.map(\.id) == ["b"] && both.tasks[0].rank == 1)
        #expect(both.heldBack.map(\.task.id) == ["a", "c", "d"])
    }

    @Test func noLongerListIsAsPrecise() throws {
        for seed in 0..<50 {
            var random = SeededGenerator(seed: seed)
            let probabilities = (0..<12).map { _ in Double(random.uniform(0...1)) }
            let wanted = Double(random.uniform(0.3...0.95))
            let kept = budget(precision: wanted).allotment(of: try tasks(probabilities)).tasks.map(\.terms.probability)
            let sorted = probabilities.sorted(by: >)
            let longest = (0...12).last { sorted.prefix($0).reduce(0, +) >= wanted * Double($0) }
            #expect(kept.count == longest)
        }
    }
}
