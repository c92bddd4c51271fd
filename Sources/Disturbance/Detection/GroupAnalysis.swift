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
    public var score: Deferred<[Float]>?
    public var problems: [PlanProblem]
    /// What the run saw of the open ground and why, by finding; candidates have their own.
    public var explanations: [String: GroundExplanation] = [:]
    /// Days that were not compared, because their stored values carry another offset than the rest.
    public var shiftedDays: [ShiftedDay]
}

/// What one group of sites shows of the ground of an open finding.
public struct GroundExplanation: Sendable {
    /// How much of the ground the group sees.
    public var pixelCount: Int
    public var explanation: Deferred<Explanation>

    init(pixelCount: Int, explanation: Deferred<Explanation>) {
        self.pixelCount = pixelCount
        self.explanation = explanation
    }

    init(_ explanation: Explanation) {
        self.init(pixelCount: explanation.pixelCount, explanation: Deferred(explanation))
    }
}

/// Compares the dates of one group of sites: a pure function of settings, group, scenes and open ground.
public struct GroupAnalysis {
    private let group: SiteGroup
    private var stack: SceneStack
    private let period: Period
    private let watchedFrom: Day
    private let configuration: Configuration
    private let profile: RunProfile?
    private var observations: ObservationMask
    private let known: KnownBaseline?
    private let keepsModel: Bool
    /// What the offset guard found, without the stack.
    private let shiftedDays: [ShiftedDay]
    private let offsetLevels: DayLevels
    private let offsetSamples: [Int: FlatShift.Sample]
    /// Pixels of each site's core and of its core with buffer, by site.
    private let corePixels: [[Int]]
    private let zonePixels: [[Int]]
    /// 1 in a site's core or buffer.
    private let watched: [UInt8]
    /// 1 in a site's core.
    private let cores: [UInt8]

    /// - Parameter watchedFrom: The first day whose observations earlier runs have compared with the baseline, or the
    ///   period's first day; days long before the period are not watched.
    public init(
        group: SiteGroup, stack: SceneStack, period: Period, watchedFrom: Day, configuration: Configuration,
        profile: RunProfile? = nil
    ) throws {
        try self.init(
            group: group, stack: stack, period: period, watchedFrom: watchedFrom, configuration: configuration,
            known: nil, keepsModel: false, profile: profile)
    }

    /// - Parameters:
    ///   - known: What the days before the first watched one gave: they are not in the stack.
    ///   - keepsModel: Whether `result` is to tell what the history gave.
    init(
        group: SiteGroup, stack: SceneStack, period: Period, watchedFrom: Day, configuration: Configuration,
        known: KnownBaseline?, keepsModel: Bool, profile: RunProfile?
    ) throws {
        self.profile = profile
        self.group = group
        self.period = period
        self.known = known
        self.keepsModel = keepsModel
        self.configuration = configuration
        let firstWatched = configuration.detection.baseline.firstWatchedDay(
            of: period, watchedFrom: watchedFrom, turn: group.turn)
        self.watchedFrom = firstWatched
        let past = known.map {
            OffsetGuard.Past(
                days: $0.model.days, sceneIDs: $0.model.sceneIDs, levels: $0.model.levels, sample: $0.sample)
        }
        let checked = try OffsetGuard(
            stack, historyDays: stack.days.count { period.isHistory($0) },
            settings: configuration.detection.offsetGuard,
            past: past
        ).checked(keeping: keepsModel ? stack.days.count { $0 < firstWatched } : 0)
        (self.stack, shiftedDays) = (checked.stack, checked.shifted)
        (offsetLevels, offsetSamples) = (checked.levels, checked.samples)
        observations = ObservationMask(self.stack, dilationMetres: configuration.scenes.maskDilationMetres)
        let grid = stack.grid
        var watched = [UInt8](repeating: 0, count: grid.pixelCount)
        var cores = watched
        corePixels = try group.sites.map { try Self.pixels(of: $0.core, on: grid) }
        zonePixels = try group.sites.map { try Self.pixels(of: $0.zone, on: grid) }
        for pixel in corePixels.joined() { cores[pixel] = 1 }
        for pixel in zonePixels.joined() { watched[pixel] = 1 }
        self.watched = watched
        self.cores = cores
    }

    /// Indices of the pixels a geometry touches, or of those whose middle it holds; only its envelope is burnt, however large the grid.
    private static func pixels(of geometry: Geometry, on grid: Grid, allTouched: Bool = true) throws -> [Int] {
        guard let envelope = geometry.envelope else { return [] }
        let window = grid.window(covering: envelope)
        guard !window.isEmpty else { return [] }
        let burnt = try rasterize(geometry, grid: grid.grid(of: window), allTouched: allTouched)
        return burnt.indices.filter { burnt[$0] != 0 }.map { index in
            (window.rows.lowerBound + index / window.columns.count) * grid.columns + window.columns.lowerBound
                + index % window.columns.count
        }
    }

    /// Most bytes that a group takes while it is read and compared, what is found out about it included.
    ///
    /// Values are there twice: as they were read, and with shifted days taken out. Beside them are conditions, masks,
    /// weights and what each day was judged to be, a Float and some bytes for each; and planes of the fit and of the
    /// comparison, the covariance of the bands among them.
    public static func workingBytes(pixels: Int, days: Int, bands: Int) -> Int {
        pixels * (2 * 4 * bands * days + 16 * days + 4 * (bands * bands + 16 * bands + 48))
    }

    /// - Parameter open: Ground of this group that earlier runs found changed.
    public func result(following open: [OpenGround]) throws -> GroupResult {
        try result(following: open) { _ in }
    }

    /// - Parameter keep: Takes what the history gave, where that may serve later runs.
    func result(following open: [OpenGround], keep: (MadeBaseline) -> Void) throws -> GroupResult {
        let historyDays = stack.days.count { period.isHistory($0) }
        let reference = reference
        let siteObservations = observations.medianCount(of: reference, days: historyDays)
        let hasBaseline = siteObservations >= configuration.detection.minimumHistoryObservations
        let openPixels = try pixels(of: open)
        let detected: Detected? =
            hasBaseline
            ? departures(historyDays: historyDays, reference: reference, along: openPixels, keep: keep)
            : comparison(historyDays: historyDays)
        return try result(
            of: detected, siteObservations: siteObservations, ground: Array(zip(open, openPixels)))
    }

    /// What a group shows whose stack begins with the first watched day.
    /// - Parameter history: Reads the stack of the days before; asked only where something is to be shown or explained,
    ///   because it departed or did so in earlier runs.
    /// - Returns: Nil where the baseline is not what the history gives now.
    func result(following open: [OpenGround], history: () throws -> SceneStack?) throws -> GroupResult? {
        guard let known, known.model.shiftedDays == shiftedHistory, known.model.isReflectance == stack.isReflectance,
            known.model.medianCount(of: reference) >= enoughHistory
        else { return nil }
        let openPixels = try pixels(of: open)
        let baseline = HarmonicBaseline(stack: stack, clear: observations.clear, model: known.model)
        let detected = departures(baseline: baseline, ground: known.model.ground, along: openPixels)
        if detected.map.patches.patches.isEmpty, openPixels.allSatisfy(\.isEmpty) {
            return GroupResult(
                candidates: [], followUps: [:], coverage: coverage(of: detected, after: known.model.sites),
                score: configuration.output.rasters ? Deferred(detected.map.score) : nil, problems: [],
                shiftedDays: shiftedDays)
        }
        var whole = self
        guard let days = try whole.prepend(history) else { return nil }
        let shown = (detected.map.patches.patches + openPixels).joined().map { $0 / stack.grid.columns }
        return try whole.result(
            of: detected.moved(
                by: days,
                baseline: HarmonicBaseline(
                    baseline, in: whole.stack, model: known.model, record: try known.record(),
                    rows: Set(shown).sorted())),
            siteObservations: whole.observations.medianCount(
                of: reference, days: whole.stack.days.count { period.isHistory($0) }),
            ground: Array(zip(open, openPixels)))
    }

    /// Puts the days that the known baseline was made from before those of the stack.
    /// - Returns: How many they are; nil where they are no longer the same.
    private mutating func prepend(_ history: () throws -> SceneStack?) throws -> Int? {
        guard let known, var past = try history(), past.days == known.model.days else { return nil }
        let shifted = past.days.indices.filter { known.model.shiftedDays.contains(past.days[$0]) }
        if !shifted.isEmpty { past = past.quarantining(days: shifted) }
        observations = ObservationMask(past, dilationMetres: configuration.scenes.maskDilationMetres)
            .followed(by: observations)
        stack = past.followed(by: stack)
        return past.days.count
    }

    private func result(
        of detected: Detected?, siteObservations: Int, ground: [(open: OpenGround, pixels: [Int])]
    ) throws -> GroupResult {
        var result = GroupResult(
            candidates: [], followUps: [:], coverage: coverage(of: detected), score: nil, problems: [],
            shiftedDays: shiftedDays)
        let explainer = ExplanationBuilder(
            stack: stack, observations: observations, period: period, configuration: configuration,
            siteObservations: siteObservations, map: detected?.map, trace: detected?.trace)
        for (ground, pixels) in ground where !pixels.isEmpty {
            result.explanations[ground.findingID] = GroundExplanation(explainer.explanation(of: pixels))
        }
        guard let detected else { return result }
        result.candidates = try profile.measure(.polygons, inside: .kernels) {
            try candidates(of: detected, explainer: explainer)
        }
        for (ground, pixels) in ground where !pixels.isEmpty {
            let log = detected.map.log(of: pixels, days: stack.days)
            result.followUps[ground.findingID] = ObservationLog(log.entries.filter { period.contains($0.day) })
        }
        if configuration.output.rasters { result.score = Deferred(detected.map.score) }
        return result
    }

    /// The pixels whose observations say how long the history is.
    private var reference: [Int] {
        let everyCore = cores.indices.filter { cores[$0] != 0 }
        return everyCore.isEmpty ? Array(0..<stack.pixelCount) : everyCore
    }

    /// Shifted days before the first watched one.
    private var shiftedHistory: [Day] { shiftedDays.map(\.day).filter { $0 < watchedFrom } }

    /// The pixels of each open ground.
    private func pixels(of open: [OpenGround]) throws -> [[Int]] {
        guard !open.isEmpty else { return [] }
        let toPlane = try CoordinateTransformation(from: .wgs84, to: stack.grid.crs)
        return try open.map {
            try Self.pixels(of: $0.geometry.transformed(with: toPlane), on: stack.grid, allTouched: false)
        }
    }

    /// A map with what is needed to explain it.
    private struct Detected {
        let map: ChangeMap
        let baseline: HarmonicBaseline?
        let trace: DetectionTrace

        /// The same in a stack with so many days more before it.
        func moved(by days: Int, baseline: HarmonicBaseline) -> Detected {
            guard case .baseline(_, var course) = trace else { return self }
            course.days = course.days.map { $0 + days }
            return Detected(map: map.moved(by: days), baseline: baseline, trace: .baseline(baseline, course))
        }
    }

    // MARK: With history

    private func departures(
        historyDays: Int, reference: [Int], along open: [[Int]], keep: (MadeBaseline) -> Void
    ) -> Detected {
        let settings = configuration.detection
        let days = firstWatchedDay(historyDays: historyDays, reference: reference)
        // As it will be until the first watched day moves on.
        let isSettled =
            days == stack.days.count { $0 < watchedFrom }
            && observations.medianCount(of: reference, days: days) >= enoughHistory
        let baseline = HarmonicBaseline(
            stack: stack, clear: observations.clear, historyDays: days,
            minimumObservations: settings.minimumHistoryObservations, settings: settings.baseline,
            keepsFirst: keepsModel && isSettled)
        let ground = GroundMemory(stack: stack, baseline: baseline)
        if let first = baseline.first {
            let analysis = CoverageAnalysis(
                stack: stack, observations: observations, historyDays: days, map: nil, record: nil)
            keep(
                MadeBaseline(
                    model: BaselineModel(
                        days: Array(stack.days.prefix(days)), sceneIDs: Array(stack.sceneIDs.prefix(days)),
                        shiftedDays: shiftedHistory, isReflectance: stack.isReflectance, levels: offsetLevels,
                        sites: corePixels.map { analysis.past(of: $0, days: days) },
                        observationCounts: baseline.observationCounts, first: first,
                        coefficients: baseline.coefficients, scale: baseline.scale, factor: baseline.factor,
                        freedom: baseline.freedom, ground: ground),
                    record: BaselineRecord(
                        weights: baseline.weights, changes: Array(baseline.changes.prefix(days))),
                    samples: offsetSamples))
        }
        return departures(baseline: baseline, ground: ground, along: open)
    }

    private func departures(baseline: HarmonicBaseline, ground: GroundMemory, along open: [[Int]]) -> Detected {
        let settings = configuration.detection
        let course = BaselineDetector(
            stack: stack, observations: observations, baseline: baseline, ground: ground, settings: settings.baseline
        ).course()
        let pixels = stack.pixelCount
        let patches = parted(patches(of: course, settings: settings.baseline), of: course, along: open)
        var score = course.score
        for pixel in 0..<pixels {
            let isSeen = course.days.indices.contains {
                course.states[$0 * pixels + pixel] != ChangeMap.PixelState.notObserved.rawValue
            }
            if !isSeen { score[pixel] = .nan }
        }
        let spectra = patches.patches.map { spectrum(of: clearestPart(of: $0, in: course.score), in: course) }
        let magnitudes = patches.patches.map { strongest(of: $0, in: course.score) }
        let map = ChangeMap(
            method: .baseline, score: score, patches: patches, monitoredDays: course.days, states: course.states,
            spectra: spectra, probabilities: magnitudes.map { ScoreCalibration(.baseline).probability(ofScore: $0) },
            magnitudes: magnitudes)
        return Detected(map: map, baseline: baseline, trace: .baseline(baseline, course))
    }

    /// Patches of pixels that departed long and far enough for their kind of change.
    private func patches(
        of course: BaselineDetector.Course, settings: DetectionSettings.BaselineSettings
    ) -> PatchLabelling {
        let minimum = configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea)
        let everywhere = [UInt8](repeating: 1, count: stack.pixelCount)
        func labelled(_ candidates: [UInt8]) -> PatchLabelling {
            PatchLabelling(
                candidates: candidates, seeds: everywhere, rows: stack.grid.rows, columns: stack.grid.columns,
                minimumPixels: minimum)
        }
        /// The value with so many above it, or the least.
        func descending(_ pixels: [Int], _ rank: Int) -> Float {
            let sorted = pixels.map { course.score[$0] }.sorted(by: >)
            return sorted[min(rank, sorted.count - 1)]
        }
        var candidates = course.score.indices.map { pixel -> UInt8 in
            course.anomalousCount[pixel] > 0 && Double(course.score[pixel]) > settings.growScore ? 1 : 0
        }
        // A patch's edge lies at a part of its strongest tenth: the blur of the sensor spreads strong changes widely.
        for patch in labelled(candidates).patches {
            let strong = descending(patch, max(minimum, patch.count / 10) - 1)
            for pixel in patch where course.score[pixel] < Float(settings.edgeShare) * strong { candidates[pixel] = 0 }
        }
        // What was seen often enough for its kind of change. Where that is a lesser part than makes a day anomalous, the
        // rest of the patch is a cloud or haze over it.
        for patch in labelled(candidates).patches {
            let score = Double(descending(patch, minimum - 1))
            let needed = neededObservations(for: patch, in: course, score: score)
            let often = patch.count { Int(course.anomalousCount[$0]) >= needed }
            if often < minimum {
                for pixel in patch { candidates[pixel] = 0 }
            } else if often * 10 < patch.count * 3 {
                for pixel in patch where Int(course.anomalousCount[pixel]) < needed { candidates[pixel] = 0 }
            }
        }
        return labelled(candidates).keeping { patch in
            patch.contains { watched[$0] != 0 } && Double(descending(patch, 1)) >= settings.seedScore
        }
    }

    /// Patches parted along the ground of open findings.
    private func parted(
        _ patches: PatchLabelling, of course: BaselineDetector.Course, along open: [[Int]]
    ) -> PatchLabelling {
        guard !open.isEmpty else { return patches }
        var known = [Int32](repeating: 0, count: stack.pixelCount)
        for (index, pixels) in open.enumerated() {
            for pixel in pixels where known[pixel] == 0 { known[pixel] = Int32(index + 1) }
        }
        let minimum = configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea)
        return patches.parted(
            along: known, rows: stack.grid.rows, columns: stack.grid.columns, minimumPixels: minimum
        ) { pixels in
            // Half as large again as the least, and all of that strong: a patch's rim wanders from month to month.
            guard pixels.count * 2 >= minimum * 3 else { return false }
            let strong = pixels.map { Double(course.score[$0]) }.sorted(by: >)[minimum - 1]
            return strong >= configuration.detection.baseline.seedScore
        }
    }

    /// Ground laid bare, also in part, and as bright as hardly ever in any season is reported at once, unless it lies beside a cloud.
    /// A darkening of all bands may be moisture or shadow and takes longest. Growth is no disturbance, however it came
    /// about.
    private func neededObservations(for patch: [Int], in course: BaselineDetector.Course, score: Double) -> Int {
        let settings = configuration.detection.baseline
        let shape = spectrum(of: patch, in: course)
        if shape.isGrowth { return .max }
        let excess = patch.reduce(0.0) { $0 + Double(course.excess[$1]) } / Double(patch.count)
        let isNearlyBrightest = excess > -settings.brightTolerance * shape.expectedVisible
        if shape.visibleRise > 0, shape.isBare || shape.showsSoil, isNearlyBrightest {
            return patch.count { course.isBesideCloud[$0] != 0 } * 2 > patch.count ? 2 : 1
        }
        guard shape.isDarkening else { return settings.plainObservations }
        return score >= settings.darkScore ? 2 : settings.darkObservations
    }

    private func spectrum(of patch: [Int], in course: BaselineDetector.Course) -> SpectralShape {
        let pixels = stack.pixelCount
        return SpectralShape(
            expected: means(of: patch) { course.expected[$0 * pixels + $1] },
            observed: means(of: patch) { course.expected[$0 * pixels + $1] + course.residual[$0 * pixels + $1] })
    }

    /// Half as many observations again as the least: the harmonic has five terms.
    private var enoughHistory: Int { configuration.detection.minimumHistoryObservations * 3 / 2 }

    /// The first day of the stack that is watched; later than asked where the history before would be too short.
    private func firstWatchedDay(historyDays: Int, reference: [Int]) -> Int {
        let lead = period.start.days(since: watchedFrom)
        for part in [1.0, 0.75, 0.5, 0.25] {
            let earliest = period.start.adding(days: -Int(Double(lead) * part))
            let days = stack.days.prefix { $0 < earliest }.count
            if observations.medianCount(of: reference, days: days) >= enoughHistory { return days }
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
        var trace = PairTrace(before: before)
        for day in historyDays..<stack.days.count {
            guard let comparison = detector.compare(before: before, after: day) else { continue }
            days.append(day)
            append(comparison.score, above: settings.growScore, to: &states)
            add(comparison.score, to: &sum, counting: &seen)
            last = comparison
            trace.add(comparison)
        }
        guard let last else { return nil }
        let score = zip(sum, seen).map { $1 > 0 ? $0 / Float($1) : .nan }
        let candidates = score.map { Double($0) > settings.growScore ? UInt8(1) : 0 }
        let seeds = zip(score, cores).map { score, core -> UInt8 in
            Double(score) > (core != 0 ? settings.coreSeedScore : settings.seedScore) ? 1 : 0
        }
        let patches = PatchLabelling(
            candidates: candidates, seeds: seeds, rows: stack.grid.rows, columns: stack.grid.columns,
            minimumPixels: configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea)
        ).keeping { $0.contains { watched[$0] != 0 } }
        let spectra = patches.patches.map { patch in
            let part = clearestPart(of: patch, in: score)
            return SpectralShape(
                expected: means(of: part) { last.predicted[$0 * pixels + $1] },
                observed: means(of: part) { last.observed[$0 * pixels + $1] })
        }
        let magnitudes = patches.patches.map { strongest(of: $0, in: score) }
        let map = ChangeMap(
            method: .pair, score: score, patches: patches, monitoredDays: days, states: states, spectra: spectra,
            probabilities: magnitudes.map { ScoreCalibration(.pair).probability(ofScore: $0) }, magnitudes: magnitudes)
        return Detected(map: map, baseline: nil, trace: .pair(trace))
    }

    /// Appends the states of a day's pixels: NaN was not observed.
    private func append(_ score: [Float], above limit: Double, to states: inout [UInt8]) {
        let notObserved = ChangeMap.PixelState.notObserved.rawValue
        let normal = ChangeMap.PixelState.normal.rawValue
        let anomalous = ChangeMap.PixelState.anomalous.rawValue
        states += score.map { $0.isNaN ? notObserved : Double($0) > limit ? anomalous : normal }
    }

    /// Adds a day's scores, and counts them, where there are any.
    private func add(_ score: [Float], to sum: inout [Float], counting seen: inout [Int32]) {
        var sums = sum.mutableSpan
        var counts = seen.mutableSpan
        let scores = score.span
        precondition(sums.count == scores.count && counts.count == scores.count)
        // Without a branch many pixels are added at a time.
        for pixel in scores.indices {
            let value = unsafe scores[unchecked: pixel]
            unsafe sums[unchecked: pixel] += value.isNaN ? 0 : value
            unsafe counts[unchecked: pixel] &+= value.isNaN ? 0 : 1
        }
    }

    // MARK: Patches

    private func means(of pixels: [Int], _ value: (_ band: Int, _ pixel: Int) -> Float) -> [Band: Double] {
        var means: [Band: Double] = [:]
        for (index, band) in stack.bands.enumerated() where !pixels.isEmpty {
            means[band] = pixels.reduce(0.0) { $0 + Double(value(index, $1)) } / Double(pixels.count)
        }
        return means
    }

    /// The quarter of a patch that departs most: its rim is a mixture of what is there now and what was before.
    private func clearestPart(of patch: [Int], in score: [Float]) -> [Int] {
        let minimum = configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea)
        let wanted = max(minimum, patch.count / 4)
        guard wanted < patch.count else { return ranked(patch, by: score) }
        var values = patch.map { -score[$0] }
        let least = -select(wanted - 1, in: &values)
        return Array(ranked(patch.filter { score[$0] >= least }, by: score).prefix(wanted))
    }

    /// The strongest first; of equal ones the first.
    private func ranked(_ pixels: [Int], by score: [Float]) -> [Int] {
        pixels.sorted { (score[$1], $0) < (score[$0], $1) }
    }

    /// The strongest score inside: ranking by it beats ranking by any sum, which only measures size.
    private func strongest(of patch: [Int], in score: [Float]) -> Double {
        Double(patch.lazy.map { score[$0] }.filter { !$0.isNaN }.max() ?? 0)
    }

    private func candidates(of detected: Detected, explainer: ExplanationBuilder) throws -> [Candidate] {
        let map = detected.map
        guard !map.patches.patches.isEmpty else { return [] }
        var shapes: [Int: [Geometry]] = [:]
        for polygon in try polygonize(map.patches.labels, grid: stack.grid, connectivity: .eight) {
            shapes[polygon.label, default: []].append(try polygon.geometry.madeValid())
        }
        let toWGS84 = try CoordinateTransformation(from: stack.grid.crs, to: .wgs84)
        let builder = EvidenceBuilder(
            stack: stack, observations: observations, sites: group.sites.map(\.core), period: period)
        let magnitudes = siteMagnitudes(of: map)
        var candidates: [Candidate] = []
        for (index, patch) in map.patches.patches.enumerated() {
            let log = Self.sinceFirstSeen(map.log(of: patch, days: stack.days))
            // Seen on no day by enough of its pixels at once: nothing that could be shown.
            guard log.firstAnomalous != nil else { continue }
            let parts = shapes[index + 1] ?? []
            let outline = try parts.count == 1 ? parts[0] : Geometry.union(of: parts)
            let kind = map.spectra[index].kind(
                form: PatchForm(patch: patch, columns: stack.grid.columns, pixelArea: stack.grid.pixelArea))
            candidates.append(
                Candidate(
                    geometry: try outline.polygonalPart().transformed(with: toWGS84), kind: kind.kind,
                    kindCertainty: kind.certainty, method: map.method, log: log, magnitude: map.magnitudes[index],
                    probability: map.probabilities[index], magnitudes: magnitudes[index],
                    evidence: Deferred(
                        try builder.evidence(
                            patch: patch, outline: outline, shape: map.spectra[index], log: log,
                            baseline: detected.baseline)),
                    explanation: Deferred(
                        explainer.explanation(of: patch, shape: map.spectra[index]) { course, score in
                            neededObservations(for: patch, in: course, score: score)
                        })))
        }
        return candidates
    }

    /// The strongest score of each patch at each site it reaches: inside its boundary, or in its buffer where the patch
    /// does not reach further.
    private func siteMagnitudes(of map: ChangeMap) -> [[String: Double]] {
        var magnitudes = [[String: Double]](repeating: [:], count: map.patches.patches.count)
        for (index, placed) in group.sites.enumerated() {
            let inBuffer = map.strongest(among: zonePixels[index])
            let inside = map.strongest(among: corePixels[index])
            for (patch, magnitude) in inBuffer.merging(inside, uniquingKeysWith: { $1 }) {
                magnitudes[patch][placed.site.id] = magnitude
            }
        }
        return magnitudes
    }

    private static func sinceFirstSeen(_ log: ObservationLog) -> ObservationLog {
        guard let first = log.firstAnomalous else { return ObservationLog() }
        return ObservationLog(log.entries.filter { $0.day >= first })
    }

    // MARK: Coverage

    /// - Parameter pasts: Of the days before the stack, by site.
    private func coverage(of detected: Detected?, after pasts: [CoverageAnalysis.Past]? = nil) -> [SiteCoverage] {
        let record: WatchRecord? = if case .baseline(_, let course) = detected?.trace { course.record } else { nil }
        let analysis = CoverageAnalysis(
            stack: stack, observations: observations, historyDays: stack.days.count { period.isHistory($0) },
            map: detected?.map, record: record)
        return group.sites.indices.map {
            analysis.coverage(
                of: group.sites[$0].site, core: corePixels[$0], past: pasts?[$0] ?? CoverageAnalysis.Past())
        }
    }
}
