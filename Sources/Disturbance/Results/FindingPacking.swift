// Every stored property is here; a test compares the names. A new one raises `GroupResult.packingVersion`.

extension Day: Packable {
    public func pack(into packer: inout Packer) throws { try packer.add(number) }
    public init(from unpacker: inout Unpacker) throws { self.init(number: try unpacker.next()) }
}

extension Period: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(start)
        try packer.add(end)
    }

    public init(from unpacker: inout Unpacker) throws {
        let (start, end): (Day, Day) = (try unpacker.next(), try unpacker.next())
        guard start <= end else { throw PackingError() }
        self.init(start: start, end: end)
    }
}

extension Band: Packable {}
extension ChangeMethod: Packable {}
extension DisturbanceKind: Packable {}
extension SiteCoverage.Outcome: Packable {}
extension SiteCoverage.Obstacle: Packable {}
extension Explanation.PixelUse: Packable {}
extension Explanation.Verdict: Packable {}

extension ObservationLog.Entry: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(day)
        try packer.add(state == .anomalous)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(day: try unpacker.next(), state: try unpacker.next() ? .anomalous : .normal)
    }
}

extension ObservationLog: Packable {
    public func pack(into packer: inout Packer) throws { try packer.add(entries) }
    public init(from unpacker: inout Unpacker) throws { self.init(try unpacker.next()) }
}

extension Candidate: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(geometry)
        try packer.add(kind)
        try packer.add(kindCertainty)
        try packer.add(method)
        try packer.add(log)
        try packer.add(magnitude)
        try packer.add(probability)
        try packer.add(magnitudes)
        try packer.add(evidence)
        try packer.add(explanation)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            geometry: try unpacker.next(), kind: try unpacker.next(), kindCertainty: try unpacker.next(),
            method: try unpacker.next(), log: try unpacker.next(), magnitude: try unpacker.next(),
            probability: try unpacker.next(), magnitudes: try unpacker.next(), evidence: try unpacker.next(),
            explanation: try unpacker.next())
    }
}

extension Evidence: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(quantity)
        try packer.add(series)
        try packer.add(before)
        try packer.add(after)
        try packer.add(sceneIDs)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            quantity: try unpacker.next(), series: try unpacker.next(), before: try unpacker.next(),
            after: try unpacker.next(), sceneIDs: try unpacker.next())
    }
}

extension Evidence.Point: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(day)
        try packer.add(value)
        try packer.add(expected)
        try packer.add(deviation)
        try packer.add(isNew)
        try packer.add(isAnomalous)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            day: try unpacker.next(), value: try unpacker.next(), expected: try unpacker.next(),
            deviation: try unpacker.next(), isNew: try unpacker.next(), isAnomalous: try unpacker.next())
    }
}

extension Evidence.Picture: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(day)
        try packer.add(raw: rgb)
        try packer.add(rows)
        try packer.add(columns)
        try packer.add(siteOutlines)
        try packer.add(findingOutlines)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            day: try unpacker.next(), rgb: try unpacker.nextRaw(), rows: try unpacker.next(),
            columns: try unpacker.next(), siteOutlines: try unpacker.next(), findingOutlines: try unpacker.next())
    }
}

extension Evidence.PicturePoint: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(column)
        try packer.add(row)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(column: try unpacker.next(), row: try unpacker.next())
    }
}

extension SiteCoverage: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(siteID)
        try packer.add(siteName)
        try packer.add(outcome)
        try packer.add(method)
        try packer.add(acquisitions)
        try packer.add(clearObservations)
        try packer.add(historyObservations)
        try packer.add(lastClear)
        try packer.add(hiddenShare)
        try packer.add(tasks)
        try packer.add(judgedShare)
        try packer.add(obstacles)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            siteID: try unpacker.next(), siteName: try unpacker.next(), outcome: try unpacker.next(),
            method: try unpacker.next(), acquisitions: try unpacker.next(), clearObservations: try unpacker.next(),
            historyObservations: try unpacker.next(), lastClear: try unpacker.next(),
            hiddenShare: try unpacker.next(), tasks: try unpacker.next(), judgedShare: try unpacker.next(),
            obstacles: try unpacker.next())
    }
}

extension PlanProblem: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(subject)
        try packer.add(message)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(subject: try unpacker.next(), message: try unpacker.next())
    }
}

extension ShiftedDay: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(day)
        try packer.add(sceneIDs)
        try packer.add(steps)
        try packer.add(stepValue)
        try packer.add(isReflectance)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            day: try unpacker.next(), sceneIDs: try unpacker.next(), steps: try unpacker.next(),
            stepValue: try unpacker.next(), isReflectance: try unpacker.next())
    }
}

extension GroundExplanation: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(pixelCount)
        try packer.add(explanation)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(pixelCount: try unpacker.next(), explanation: try unpacker.next())
    }
}

extension GroupResult: Packable {
    /// Raised whenever something packed here or in `ExplanationPacking.swift` changes its form or meaning.
    static let packingVersion = 1

    public func pack(into packer: inout Packer) throws {
        try packer.add(candidates)
        try packer.add(followUps)
        try packer.add(coverage)
        try packer.add(score)
        try packer.add(problems)
        try packer.add(explanations)
        try packer.add(shiftedDays)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            candidates: try unpacker.next(), followUps: try unpacker.next(), coverage: try unpacker.next(),
            score: try unpacker.next(), problems: try unpacker.next(), explanations: try unpacker.next(),
            shiftedDays: try unpacker.next())
    }
}
