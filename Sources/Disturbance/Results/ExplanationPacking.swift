// Every stored property is here; a test compares the names. A new one raises `GroupResult.packingVersion`.

extension Explanation: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(method)
        try packer.add(pixelCount)
        try packer.add(pixelMetres)
        try packer.add(minimumSquareMetres)
        try packer.add(bands)
        try packer.add(testedBands)
        try packer.add(isReflectance)
        try packer.add(history)
        try packer.add(thresholds)
        try packer.add(days)
        try packer.add(score)
        try packer.add(spectrum)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            method: try unpacker.next(), pixelCount: try unpacker.next(), pixelMetres: try unpacker.next(),
            minimumSquareMetres: try unpacker.next(), bands: try unpacker.next(), testedBands: try unpacker.next(),
            isReflectance: try unpacker.next(), history: try unpacker.next(), thresholds: try unpacker.next(),
            days: try unpacker.next(), score: try unpacker.next(), spectrum: try unpacker.next())
    }
}

extension Explanation.History: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(siteObservations)
        try packer.add(neededObservations)
        try packer.add(clearDays)
        try packer.add(firstClear)
        try packer.add(lastClear)
        try packer.add(hiddenDays)
        try packer.add(leftOutDays)
        try packer.add(comparedDay)
        try packer.add(comparedSceneIDs)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            siteObservations: try unpacker.next(), neededObservations: try unpacker.next(),
            clearDays: try unpacker.next(), firstClear: try unpacker.next(), lastClear: try unpacker.next(),
            hiddenDays: try unpacker.next(), leftOutDays: try unpacker.next(), comparedDay: try unpacker.next(),
            comparedSceneIDs: try unpacker.next())
    }
}

extension Explanation.Thresholds: Packable {
    public func pack(into packer: inout Packer) throws {
        for number in [departure, seedScore, coreSeedScore, growScore, judgedShare, departingShare] {
            try packer.add(number)
        }
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            departure: try unpacker.next(), seedScore: try unpacker.next(), coreSeedScore: try unpacker.next(),
            growScore: try unpacker.next(), judgedShare: try unpacker.next(), departingShare: try unpacker.next())
    }
}

extension Explanation.WatchedDay: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(day)
        try packer.add(sceneIDs)
        try packer.add(isInPeriod)
        try packer.add(verdict)
        try packer.add(reason)
        try packer.add(pixels)
        try packer.add(testValue)
        try packer.add(unrest)
        try packer.add(expected)
        try packer.add(observed)
        try packer.add(departures)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            day: try unpacker.next(), sceneIDs: try unpacker.next(), isInPeriod: try unpacker.next(),
            verdict: try unpacker.next(), reason: try unpacker.next(), pixels: try unpacker.next(),
            testValue: try unpacker.next(), unrest: try unpacker.next(), expected: try unpacker.next(),
            observed: try unpacker.next(), departures: try unpacker.next())
    }
}

extension Explanation.Score: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(strongest)
        try packer.add(secondStrongest)
        try packer.add(mean)
        try packer.add(countedObservations)
        try packer.add(neededObservations)
        try packer.add(brightnessExcess)
        try packer.add(pixelsBesideCloud)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            strongest: try unpacker.next(), secondStrongest: try unpacker.next(), mean: try unpacker.next(),
            countedObservations: try unpacker.next(), neededObservations: try unpacker.next(),
            brightnessExcess: try unpacker.next(), pixelsBesideCloud: try unpacker.next())
    }
}

extension Explanation.Spectrum: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(expected)
        try packer.add(observed)
        try packer.add(indices)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(expected: try unpacker.next(), observed: try unpacker.next(), indices: try unpacker.next())
    }
}

extension SpectralIndex: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(name)
        try packer.add(before)
        try packer.add(after)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(name: try unpacker.next(), before: try unpacker.next(), after: try unpacker.next())
    }
}
