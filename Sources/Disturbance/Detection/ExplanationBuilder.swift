internal import Foundation
internal import Geospatial

/// Gathers, while a group is analysed, why a run says what it says of a patch or of ground known from earlier runs.
///
/// The cost is that of the ground's own pixels on the watched days; nothing is kept of the stack.
struct ExplanationBuilder {
    let stack: SceneStack
    let observations: ObservationMask
    let period: Period
    let configuration: Configuration
    /// Clear observations of the sites' median pixel before the period.
    let siteObservations: Int
    /// Nil, with `trace`, where there was nothing to compare the period with.
    let map: ChangeMap?
    let trace: DetectionTrace?

    private var planeSize: Int { stack.pixelCount }

    /// - Parameters:
    ///   - pixels: Of a patch, or of known ground.
    ///   - shape: Of a patch.
    ///   - neededObservations: How many observations a new patch of this score needs; asked with history only.
    func explanation(
        of pixels: [Int], shape: SpectralShape? = nil,
        neededObservations: ((_ course: BaselineDetector.Course, _ score: Double) -> Int)? = nil
    ) -> Explanation {
        let watched = watchedDays
        let verdicts = Dictionary(
            uniqueKeysWithValues: (map?.log(of: pixels, days: stack.days).entries ?? []).map { ($0.day, $0.state) })
        let deviations = deviations(of: pixels)
        return Explanation(
            method: map?.method, pixelCount: pixels.count, pixelMetres: kept(stack.grid.pixelArea.squareRoot()),
            minimumSquareMetres: kept(Double(minimumPixels) * stack.grid.pixelArea), bands: stack.bands,
            testedBands: testedBands, isReflectance: stack.isReflectance,
            history: history(of: pixels, days: watched.lowerBound), thresholds: thresholds,
            days: watched.map { day(at: $0, of: pixels, verdicts: verdicts, deviations: deviations) },
            score: score(of: pixels, neededObservations: neededObservations),
            spectrum: shape.map { shape in
                Explanation.Spectrum(
                    expected: stack.bands.map { kept(shape.expected[$0] ?? 0) },
                    observed: stack.bands.map { kept(shape.observed[$0] ?? 0) },
                    indices: (shape.indices + form(of: pixels)).map {
                        SpectralIndex(name: $0.name, before: $0.before.map(kept), after: $0.after.map(kept))
                    })
            })
    }

    private func form(of pixels: [Int]) -> [SpectralIndex] {
        let form = PatchForm(patch: pixels, columns: stack.grid.columns, pixelArea: stack.grid.pixelArea)
        return [
            SpectralIndex(name: "length_m", before: nil, after: form.lengthMetres),
            SpectralIndex(name: "mean_width_m", before: nil, after: form.meanWidthMetres),
        ]
    }

    /// Five digits: more than any of it is known to, and no longer to read than need be.
    private func kept(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return 0 }
        let places = 4 - Int(log10(abs(value)).rounded(.down))
        let power = pow(10, Double(abs(places)))
        return places >= 0 ? (value * power).rounded() / power : (value / power).rounded() * power
    }

    // MARK: How it was compared

    private var watchedDays: Range<Int> {
        let inPeriod = stack.days.count { period.isHistory($0) }
        return min(map?.monitoredDays.first ?? inPeriod, inPeriod)..<stack.days.count
    }

    private var minimumPixels: Int { configuration.findings.minimumPixels(pixelArea: stack.grid.pixelArea) }

    private var testedBands: [Band] {
        switch trace {
        case .baseline: stack.bands
        case .pair(let pair): (pair.predictions.first?.predictors ?? []).map { stack.bands[$0] }
        case nil: []
        }
    }

    private var thresholds: Explanation.Thresholds? {
        let settings = configuration.detection
        func thresholds(departure: Double, seed: Double, coreSeed: Double, grow: Double) -> Explanation.Thresholds {
            Explanation.Thresholds(
                departure: departure, seedScore: seed, coreSeedScore: coreSeed, growScore: grow,
                judgedShare: ChangeMap.observedShare, departingShare: ChangeMap.anomalousShare)
        }
        switch trace {
        case .baseline:
            return thresholds(
                departure: settings.baseline.anomaly, seed: settings.baseline.seedScore,
                coreSeed: settings.baseline.seedScore, grow: settings.baseline.growScore)
        case .pair:
            return thresholds(
                departure: settings.pair.growScore, seed: settings.pair.seedScore,
                coreSeed: settings.pair.coreSeedScore, grow: settings.pair.growScore)
        case nil: return nil
        }
    }

    private func history(of pixels: [Int], days: Int) -> Explanation.History {
        var history = Explanation.History(
            siteObservations: siteObservations,
            neededObservations: configuration.detection.minimumHistoryObservations, clearDays: 0, firstClear: nil,
            lastClear: nil, hiddenDays: 0, leftOutDays: [], comparedDay: nil, comparedSceneIDs: [])
        for day in 0..<days {
            let start = day * planeSize
            let clear = pixels.filter { observations.clear[start + $0] != 0 }
            guard clear.count * 2 >= pixels.count, !clear.isEmpty else {
                // Days whose scenes end beside the ground hid nothing.
                let isOutside = pixels.allSatisfy { stack.conditions[start + $0] == PixelCondition.nodata.rawValue }
                if !isOutside { history.hiddenDays += 1 }
                continue
            }
            history.clearDays += 1
            history.firstClear = history.firstClear ?? stack.days[day]
            history.lastClear = stack.days[day]
            if case .baseline(let baseline, _) = trace,
                clear.count(where: { baseline.weights[start + $0] == 0 }) * 2 > clear.count
            {
                history.leftOutDays.append(stack.days[day])
            }
        }
        if case .pair(let pair) = trace {
            history.comparedDay = stack.days[pair.before]
            history.comparedSceneIDs = stack.sceneIDs[pair.before]
        }
        return history
    }

    // MARK: What each day showed

    private func day(
        at index: Int, of pixels: [Int], verdicts: [Day: ObservationLog.State], deviations: [[Double]]
    ) -> Explanation.WatchedDay {
        let date = stack.days[index]
        let position = map?.monitoredDays.firstIndex(of: index)
        var uses: [Explanation.PixelUse: Int] = [:]
        // Neighbours are mostly of one use.
        var (current, count): (Explanation.PixelUse?, Int) = (nil, 0)
        for pixel in pixels {
            let use = use(of: pixel, day: index, position: position)
            if use != current {
                if let current { uses[current, default: 0] += count }
                (current, count) = (use, 0)
            }
            count += 1
        }
        if let current { uses[current, default: 0] += count }
        let verdict: Explanation.Verdict =
            switch verdicts[date] {
            case .anomalous: .departs
            case .normal: .asExpected
            case nil: .notJudged
            }
        // Of equally frequent reasons the one that is listed first.
        let reasons = Explanation.PixelUse.allCases.filter { !$0.isJudged && uses[$0] != nil }
        var day = Explanation.WatchedDay(
            day: date, sceneIDs: stack.sceneIDs[index], isInPeriod: period.contains(date), verdict: verdict,
            reason: verdict == .notJudged
                ? reasons.reduce(nil) { best, next in best.map { uses[$0]! >= uses[next]! } ?? false ? best : next }
                : nil,
            pixels: uses, testValue: nil, unrest: nil, expected: nil, observed: nil, departures: nil)
        if let position { compare(pixels, day: index, position: position, deviations: deviations, into: &day) }
        return day
    }

    private func use(of pixel: Int, day: Int, position: Int?) -> Explanation.PixelUse {
        let plane = day * planeSize + pixel
        guard observations.clear[plane] != 0 else {
            switch PixelCondition(rawValue: stack.conditions[plane]) {
            case .clear: return .nearCloud
            case .cloud: return .cloud
            case .shadow: return .shadow
            case .snow: return .snow
            case .water: return .water
            case .quarantined: return .quarantined
            case .nodata, nil: return .nodata
            }
        }
        guard let map, let position else { return .notCompared }
        let state = ChangeMap.PixelState(rawValue: map.states[position * planeSize + pixel])
        if state == .anomalous { return .departing }
        guard case .baseline(_, let course) = trace else { return state == .normal ? .usual : .notCompared }
        switch course.record.judgement(position, pixel) {
        case .growth: return .growth
        case .cloudLike: return .cloudLike
        case .waterLevel: return .waterLevel
        case .restless: return .restless
        case .usual, .departing: return .usual
        case .none: return .noBaseline
        }
    }

    private func compare(
        _ pixels: [Int], day: Int, position: Int, deviations: [[Double]], into result: inout Explanation.WatchedDay
    ) {
        switch trace {
        case .baseline(let baseline, let course):
            let tested = pixels.indices.filter { course.record.judgement(position, pixels[$0]) != .none }
            guard !tested.isEmpty else { return }
            let places = tested.map { position * planeSize + pixels[$0] }
            result.testValue = kept(mean(places.map { Double(course.record.testValues[$0]) }))
            result.unrest = kept(mean(places.map { Double(course.record.unrest[$0]) }))
            var (expected, observed, departures): ([Double], [Double], [Double]) = ([], [], [])
            for band in stack.bands.indices {
                let start = baseline.layout.plane(day, band)
                let predicted = tested.map { Double(baseline.prediction(day: day, band: band, pixel: pixels[$0])) }
                let values = tested.map { Double(baseline.values[start + pixels[$0]]) }
                expected.append(kept(mean(predicted)))
                observed.append(kept(mean(values)))
                departures.append(
                    kept(mean(tested.indices.map { (values[$0] - predicted[$0]) / deviations[band][tested[$0]] })))
            }
            (result.expected, result.observed, result.departures) = (expected, observed, departures)
        case .pair(let pair):
            let tested = pixels.filter { !pair.scores[position * planeSize + $0].isNaN }
            guard !tested.isEmpty else { return }
            func values(_ day: Int, _ band: Int) -> Double {
                let start = stack.range(day: day, band: band).lowerBound
                return tested.reduce(0.0) { $0 + Double(stack.values[start + $1]) } / Double(tested.count)
            }
            let prediction = pair.predictions[position]
            let before = prediction.predictors.map { values(pair.before, $0) }
            let observed = stack.bands.indices.map { values(day, $0) }
            // A linear function of the pixels: that of their mean is their mean.
            let expected = prediction.coefficients.map { terms in
                zip(terms, before).reduce(terms[before.count]) { $0 + $1.0 * $1.1 }
            }
            result.testValue = kept(mean(tested.map { Double(pair.scores[position * planeSize + $0]) }))
            result.expected = expected.map(kept)
            result.observed = observed.map(kept)
            result.departures = stack.bands.indices.map {
                kept((observed[$0] - expected[$0]) / Double(prediction.deviations[$0]))
            }
        case nil: return
        }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    /// The standard deviation of each pixel's history: by band, then by place in `pixels`. Empty for a pair.
    private func deviations(of pixels: [Int]) -> [[Double]] {
        guard case .baseline(let baseline, _) = trace else { return [] }
        let bands = stack.bands.count
        return stack.bands.indices.map { row in
            pixels.map { pixel in
                // A row of Cholesky's factor times itself is the variance; the diagonal is kept as its inverse.
                func factor(_ column: Int) -> Double {
                    Double(baseline.factor[(row * bands + column) * planeSize + pixel])
                }
                let diagonal = 1 / factor(row)
                return (0..<row).reduce(diagonal * diagonal) { $0 + factor($1) * factor($1) }.squareRoot()
            }
        }
    }

    // MARK: What they say together

    private func score(
        of pixels: [Int], neededObservations: ((BaselineDetector.Course, Double) -> Int)?
    ) -> Explanation.Score? {
        guard let map else { return nil }
        let scores = pixels.map { map.score[$0] }.filter { !$0.isNaN }.sorted(by: >).map { Double($0) }
        guard let strongest = scores.first else { return nil }
        func ranked<Value>(_ values: [Value], _ rank: Int) -> Value { values[min(rank, values.count - 1)] }
        var score = Explanation.Score(
            strongest: kept(strongest), secondStrongest: kept(ranked(scores, 1)), mean: kept(mean(scores)))
        if case .baseline(_, let course) = trace {
            let counts = pixels.map { Int(course.anomalousCount[$0]) }.sorted(by: >)
            score.countedObservations = ranked(counts, minimumPixels - 1)
            let needed = neededObservations?(course, ranked(scores, minimumPixels - 1))
            score.neededObservations = needed == .max ? nil : needed
            let departing = pixels.filter { course.anomalousCount[$0] > 0 }
            if !departing.isEmpty {
                score.brightnessExcess = kept(mean(departing.map { Double(course.excess[$0]) }))
                score.pixelsBesideCloud = departing.count { course.isBesideCloud[$0] != 0 }
            }
        }
        return score
    }
}
