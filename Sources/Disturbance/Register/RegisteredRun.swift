/// What the register says of a run without its findings and tasks.
struct RegisteredRun: Hashable, Sendable {
    let period: Period
    let configurationSHA256: String
    /// `RunRecord.contentSHA256`.
    let contentSHA256: String
    let findingCount: Int
    let taskCount: Int
    /// `digest` of the runs before it whose open findings all stand among its own; nil where that is not so, or was not
    /// known when it was written. Where those runs are still the same, no older row is needed to know what is open.
    let carriedSHA256: String?

    var label: String { period.label }

    /// Whether its period is over before another one starts: only such runs does that one's start from.
    func precedes(_ period: Period) -> Bool { self.period.end < period.start }

    /// SHA-256 of the names and contents of runs.
    static func digest(of runs: [RegisteredRun]) -> String {
        var hash = ContentHash()
        hash.add(runs.count)
        for run in runs {
            hash.add(run.label)
            hash.add(run.contentSHA256)
        }
        return hash.hexadecimal
    }
}

extension [RegisteredRun] {
    /// Those whose findings must be read to know what is open before a period; in the order of the register, which is
    /// that of `self`: by the end of their period, then its start.
    ///
    /// A run writes every finding that it found open, finished or not. So what an earlier run left open stands in a
    /// later one that started from it, and the last run before the period is usually all there is to read.
    func leavingOpen(before period: Period) -> [RegisteredRun] {
        var rest = filter { $0.precedes(period) }
        var needed: [RegisteredRun] = []
        while let last = rest.popLast() {
            needed.append(last)
            if last.carriedSHA256 == RegisteredRun.digest(of: filter { $0.precedes(last.period) }) {
                rest.removeAll { $0.precedes(last.period) }
            }
        }
        return needed.reversed()
    }
}
