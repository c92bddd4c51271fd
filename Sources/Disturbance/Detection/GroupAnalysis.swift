public import Geospatial

/// Ground that earlier runs found changed and that is followed further.
public struct OpenGround: Sendable {
    public let findingID: String
    /// In WGS 84.
    public let geometry: Geometry

    public init(findingID: String, geometry: Geometry) {
        self.findingID = findingID
        self.geometry = geometry
    }
}

/// Everything one run finds out about one group of sites.
public struct GroupResult: Sendable {
    public var candidates: [Candidate]
    /// What the period's clear observations showed of the open ground, by finding.
    public var followUps: [String: ObservationLog]
    /// One for each site of the group, `tasks` still 0.
    public var coverage: [SiteCoverage]
    /// Change score, rows first; NaN where nothing was observed. Nil where it was not asked for or nothing compared.
    public var score: [Float]?
    public var problems: [PlanProblem]
}

/// Compares the dates of one group of sites: a pure function of settings, group, scenes and open ground.
public struct GroupAnalysis {
    private let group: SiteGroup
    private let stack: SceneStack
    private let period: Period
    private let configuration: Configuration
    private let observations: ObservationMask
    /// Pixels of each site's core, by site.
    private let corePixels: [[Int]]
    /// 1 in a site's core or buffer.
    private let watched: [UInt8]
    /// 1 in a site's core.
    private let cores: [UInt8]

    public init(group: SiteGroup, stack: SceneStack, period: Period, configuration: Configuration) throws {
        self.group = group
        self.stack = stack
        self.period = period
        self.configuration = configuration
        observations = ObservationMask(stack, dilationMetres: configuration.scenes.maskDilationMetres)
        let grid = stack.grid
        var watched = [UInt8](repeating: 0, count: grid.pixelCount)
        var cores = watched
        corePixels = try group.sites.map { placed in
            for pixel in try Self.pixels(of: placed.zone, on: grid) { watched[pixel] = 1 }
            let pixels = try Self.pixels(of: placed.core, on: grid)
            for pixel in pixels { cores[pixel] = 1 }
            return pixels
        }
        self.watched = watched
        self.cores = cores
    }

    /// Indices of the pixels a geometry touches; only its envelope is burnt, however large the grid.
    private static func pixels(of geometry: Geometry, on grid: Grid) throws -> [Int] {
        guard let envelope = geometry.envelope else { return [] }
        let window = grid.window(covering: envelope)
        guard !window.isEmpty else { return [] }
        let burnt = try rasterize(geometry, grid: grid.grid(of: window), allTouched: true)
        return burnt.indices.filter { burnt[$0] != 0 }.map { index in
            (window.rows.lowerBound + index / window.columns.count) * grid.columns + window.columns.lowerBound
                + index % window.columns.count
        }
    }

    /// - Parameter open: Ground of this group that earlier runs found changed.
    public func result(following open: [OpenGround]) throws -> GroupResult {
        let historyDays = stack.days.count { period.isHistory($0) }
        let everyCore = Array(Set(corePixels.flatMap { $0 })).sorted()
        let reference = everyCore.isEmpty ? Array(0..<stack.pixelCount) : everyCore
        let hasBaseline =
            observations.medianCount(of: reference, days: historyDays)
            >= configuration.detection.minimumHistoryObservations
        let detected: Detected? =
            hasBaseline ? departures(historyDays: historyDays, reference: reference) : comparison(historyDays: historyDays)
        var result = GroupResult(
            candidates: [], followUps: [:],
            coverage: coverage(historyDays: historyDays, method: detected?.map.method), score: nil, problems: [])
        guard let detected else { return result }
        result.candidates = try candidates(of: detected)
        if !open.isEmpty {
            let toPlane = try CoordinateTransformation(from: .wgs84, to: stack.grid.crs)
            for ground in open {
                let pixels = try Self.pixels(of: ground.geometry.transformed(with: toPlane), on: stack.grid)
                guard !pixels.isEmpty else { continue }
                let log = detected.map.log(of: pixels, days: stack.days)
                result.followUps[ground.findingID] = ObservationLog(log.entries.filter { period.contains($0.day) })
            }
        }
        if configuration.output.rasters { result.score = detected.map.score }
        return result
    }

    /// A map with what is needed to explain it.
    private struct Detected {
        let map: ChangeMap
        let baseline: HarmonicBaseline?
    }

    // MARK: With history

    private func departures(historyDays: Int, reference: [Int]) -> Detected {
        let settings = configuration.detection
        let watchedFrom = firstWatchedDay(historyDays: historyDays, reference: reference)
        let baseline = HarmonicBaseline(
            stack: stack, clear: observations.clear, historyDays: watchedFrom,
            minimumObservations: settings.minimumHistoryObservations, settings: settings.baseline)
        let course = BaselineDetector(
            stack: stack, clear: observations.clear, baseline: baseline, settings: settings.baseline
        ).course()
        let pixels = stack.pixelCount
        var candidates = [UInt8](repeating: 0, count: pixels)
        var seeds = candidates
        for pixel in 0..<pixels where course.anomalousCount[pixel] > 0 {
            let score = Double(course.score[pixel])
            if score > settings.baseline.growScore { candidates[pixel] = 1 }
            let needed =
                course.anomalousCount[pixel] > 1 ? settings.baseline.seedScore : settings.baseline.singleSeedScore
            if score > needed { seeds[pixel] = 1 }
        }
        let patches = PatchLabelling(
            candidates: candidates, seeds: seeds, rows: stack.grid.rows, columns: stack.grid.columns,
            minimumPixels: configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea)
        ).touching(watched)
        var score = course.score
        for pixel in 0..<pixels {
            let isSeen = course.days.indices.contains {
                course.states[$0 * pixels + pixel] != ChangeMap.PixelState.notObserved.rawValue
            }
            if !isSeen { score[pixel] = .nan }
        }
        let spectra = patches.patches.map { patch in
            let seen = patch.filter { course.anomalousCount[$0] > 0 }
            return SpectralShape(
                expected: means(of: seen) { course.expected[$0 * pixels + $1] },
                observed: means(of: seen) { course.expected[$0 * pixels + $1] + course.residual[$0 * pixels + $1] })
        }
        let magnitudes = patches.patches.map { strongest(of: $0, in: course.score) }
        let map = ChangeMap(
            method: .baseline, score: score, patches: patches, monitoredDays: course.days, states: course.states,
            spectra: spectra, probabilities: magnitudes.map { ScoreCalibration.baseline.probability(ofScore: $0) },
            magnitudes: magnitudes)
        return Detected(map: map, baseline: baseline)
    }

    /// The first day that is watched: as many days before the period as the settings say, fewer where the history
    /// before them would be too short for a baseline.
    private func firstWatchedDay(historyDays: Int, reference: [Int]) -> Int {
        let watched = configuration.detection.baseline.watchedDays
        // Half as many again as the least: the harmonic has five terms.
        let enough = configuration.detection.minimumHistoryObservations * 3 / 2
        for part in [1.0, 0.75, 0.5, 0.25] {
            let earliest = period.start.adding(days: -Int(Double(watched) * part))
            let days = stack.days.prefix { $0 < earliest }.count
            if observations.medianCount(of: reference, days: days) >= enough { return days }
        }
        return historyDays
    }

    // MARK: With one date before

    private func comparison(historyDays: Int) -> Detected? {
        let settings = configuration.detection.pair
        let detector = PairDetector(stack: stack, clear: observations.clear, settings: settings)
        let shares = stack.days.indices.map { observations.share(day: $0) }
        let best = shares[0..<historyDays].max() ?? 0
        // The latest of the clear dates before: the nearer, the less the season differs.
        guard best > 0, let before = (0..<historyDays).last(where: { shares[$0] >= 0.9 * best }) else { return nil }
        let pixels = stack.pixelCount
        var sum = [Float](repeating: 0, count: pixels)
        var seen = [Int32](repeating: 0, count: pixels)
        var days: [Int] = []
        var states: [UInt8] = []
        var last: PairDetector.Comparison?
        for day in historyDays..<stack.days.count {
            guard let comparison = detector.compare(before: before, after: day) else { continue }
            days.append(day)
            for pixel in 0..<pixels {
                let score = comparison.score[pixel]
                if score.isNaN {
                    states.append(ChangeMap.PixelState.notObserved.rawValue)
                } else {
                    sum[pixel] += score
                    seen[pixel] += 1
                    let isAnomalous = Double(score) > settings.growScore
                    states.append((isAnomalous ? ChangeMap.PixelState.anomalous : .normal).rawValue)
                }
            }
            last = comparison
        }
        guard let last else { return nil }
        var score = [Float](repeating: .nan, count: pixels)
        var candidates = [UInt8](repeating: 0, count: pixels)
        var seeds = candidates
        for pixel in 0..<pixels where seen[pixel] > 0 {
            score[pixel] = sum[pixel] / Float(seen[pixel])
            let value = Double(score[pixel])
            if value > settings.growScore { candidates[pixel] = 1 }
            if value > (cores[pixel] != 0 ? settings.coreSeedScore : settings.seedScore) { seeds[pixel] = 1 }
        }
        let patches = PatchLabelling(
            candidates: candidates, seeds: seeds, rows: stack.grid.rows, columns: stack.grid.columns,
            minimumPixels: configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea)
        ).touching(watched)
        let spectra = patches.patches.map { patch in
            SpectralShape(
                expected: means(of: patch) { last.predicted[$0][$1] },
                observed: means(of: patch) { last.observed[$0][$1] })
        }
        let magnitudes = patches.patches.map { strongest(of: $0, in: score) }
        let map = ChangeMap(
            method: .pair, score: score, patches: patches, monitoredDays: days, states: states, spectra: spectra,
            probabilities: magnitudes.map { ScoreCalibration.pair.probability(ofScore: $0) }, magnitudes: magnitudes)
        return Detected(map: map, baseline: nil)
    }

    // MARK: Patches

    private func means(of pixels: [Int], _ value: (_ band: Int, _ pixel: Int) -> Float) -> [Band: Double] {
        var means: [Band: Double] = [:]
        for (index, band) in stack.bands.enumerated() where !pixels.isEmpty {
            means[band] = pixels.reduce(0.0) { $0 + Double(value(index, $1)) } / Double(pixels.count)
        }
        return means
    }

    /// The strongest score inside: ranking by it beats ranking by any sum, which only measures size.
    private func strongest(of patch: [Int], in score: [Float]) -> Double {
        Double(patch.lazy.map { score[$0] }.filter { !$0.isNaN }.max() ?? 0)
    }

    private func candidates(of detected: Detected) throws -> [Candidate] {
        let map = detected.map
        guard !map.patches.patches.isEmpty else { return [] }
        var shapes: [Int: [Geometry]] = [:]
        for polygon in try polygonize(map.patches.labels, grid: stack.grid, connectivity: .eight) {
            shapes[polygon.label, default: []].append(try polygon.geometry.madeValid())
        }
        let toWGS84 = try CoordinateTransformation(from: stack.grid.crs, to: .wgs84)
        let builder = EvidenceBuilder(
            stack: stack, observations: observations, sites: group.sites.map(\.core), period: period)
        var candidates: [Candidate] = []
        for (index, patch) in map.patches.patches.enumerated() {
            let log = Self.sinceFirstSeen(map.log(of: patch, days: stack.days))
            // Seen on no day by enough of its pixels at once: nothing that could be shown.
            guard log.firstAnomalous != nil else { continue }
            let parts = shapes[index + 1] ?? []
            let outline = try parts.count == 1 ? parts[0] : Geometry.union(of: parts)
            let kind = map.spectra[index].kind
            candidates.append(
                Candidate(
                    geometry: try outline.polygonalPart().transformed(with: toWGS84), kind: kind.kind,
                    kindCertainty: kind.certainty, method: map.method, log: log, magnitude: map.magnitudes[index],
                    probability: map.probabilities[index],
                    evidence: try builder.evidence(
                        patch: patch, outline: outline, shape: map.spectra[index], log: log,
                        baseline: detected.baseline)))
        }
        return candidates
    }

    private static func sinceFirstSeen(_ log: ObservationLog) -> ObservationLog {
        guard let first = log.firstAnomalous else { return ObservationLog() }
        return ObservationLog(log.entries.filter { $0.day >= first })
    }

    // MARK: Coverage

    private func coverage(historyDays: Int, method: ChangeMethod?) -> [SiteCoverage] {
        zip(group.sites, corePixels).map { placed, pixels in
            var acquisitions = 0
            var clearCount = 0
            var historyCount = 0
            var lastClear: Day?
            var hidden = 0
            var hiddenOf = 0
            for (index, day) in stack.days.enumerated() {
                let start = index * stack.pixelCount
                let missing = pixels.count { stack.conditions[start + $0] == PixelCondition.nodata.rawValue }
                guard missing < pixels.count else { continue }
                let isClear = observations.share(of: pixels, day: index) >= 0.5
                if isClear { lastClear = day }
                guard index >= historyDays else {
                    if isClear { historyCount += 1 }
                    continue
                }
                acquisitions += 1
                if isClear { clearCount += 1 }
                hidden += pixels.count { observations.clear[start + $0] == 0 }
                hiddenOf += pixels.count
            }
            let outcome: SiteCoverage.Outcome
            if acquisitions == 0 {
                outcome = .noImagery
            } else if clearCount == 0 {
                outcome = .notSeen
            } else {
                outcome = method == nil ? .noHistory : .noDisturbance
            }
            return SiteCoverage(
                siteID: placed.site.id, siteName: placed.site.name, outcome: outcome,
                method: outcome == .noDisturbance ? method : nil, acquisitions: acquisitions,
                clearObservations: clearCount, historyObservations: historyCount, lastClear: lastClear,
                hiddenShare: hiddenOf > 0 ? Double(hidden) / Double(hiddenOf) : nil, tasks: 0)
        }
    }
}

extension PatchLabelling {
    /// Only the patches with a pixel where `mask` is 1, counted anew.
    func touching(_ mask: [UInt8]) -> PatchLabelling {
        let kept = patches.filter { $0.contains { mask[$0] != 0 } }
        var labels = [Int32](repeating: 0, count: labels.count)
        for (index, patch) in kept.enumerated() { for pixel in patch { labels[pixel] = Int32(index + 1) } }
        return PatchLabelling(labels: labels, patches: kept)
    }

    private init(labels: [Int32], patches: [[Int]]) {
        self.labels = labels
        self.patches = patches
    }
}
