internal import Geospatial

/// Cuts the pictures of a patch and follows its mean through the stack.
struct EvidenceBuilder {
    let stack: SceneStack
    let observations: ObservationMask
    /// Cores, in the plane of the stack.
    let sites: [Geometry]
    let period: Period

    /// Least rows and columns of a picture: a patch is shown in its surroundings.
    private static let leastPicturePixels = 64
    /// Ground around a patch, pixels.
    private static let pictureMargin = 16

    func evidence(
        patch: [Int], outline: Geometry, shape: SpectralShape, log: ObservationLog, baseline: HarmonicBaseline?
    ) throws -> Evidence {
        let band = tellingBand(shape)
        let window = pictureWindow(of: patch)
        let firstSeen = log.firstAnomalous ?? period.start
        let days = Set(log.entries.map(\.day))
        let after = clearest(
            stack.days.indices.filter { stack.days[$0] >= firstSeen && days.contains(stack.days[$0]) }, window: window,
            baseline: nil)
        let before = nearestSeason(
            clearest(
                among: stack.days.indices.filter {
                    stack.days[$0] < firstSeen && observations.share(of: patch, day: $0) >= 0.5
                }, window: window, baseline: baseline),
            to: stack.days[after ?? stack.days.count - 1])
        let stretch = stretch(days: [before, after].compactMap { $0 }, window: window)
        let used = stack.days.indices.filter { period.contains(stack.days[$0]) && !stack.isQuarantined(day: $0) }
        return Evidence(
            quantity: "\(stack.bands[band].rawValue) \(stack.isReflectance ? "reflectance" : "value")",
            series: series(patch: patch, band: band, log: log, baseline: baseline),
            before: try before.map { try picture(day: $0, window: window, stretch: stretch, outline: outline) },
            after: try after.map { try picture(day: $0, window: window, stretch: stretch, outline: outline) },
            sceneIDs: used.flatMap { stack.sceneIDs[$0] })
    }

    /// The day of about the same season, the latest where several are as near: two pictures should differ by the change
    /// alone.
    private func nearestSeason(_ candidates: [Int], to reference: Day) -> Int? {
        func distance(_ index: Int) -> Int {
            let days = abs(stack.days[index].dayOfYear - reference.dayOfYear)
            // Within a month of the season, the more recent picture is the better one.
            return max(min(days, 365 - days), 30)
        }
        return candidates.min { (distance($0), -$0) < (distance($1), -$1) }
    }

    /// The band that moved most, in parts of what was expected.
    private func tellingBand(_ shape: SpectralShape) -> Int {
        stack.bands.indices.max { first, second in
            func movement(_ band: Band) -> Double {
                guard let before = shape.expected[band], let after = shape.observed[band] else { return 0 }
                return abs(after - before)
            }
            return movement(stack.bands[first]) < movement(stack.bands[second])
        } ?? 0
    }

    // MARK: Series

    private func series(
        patch: [Int], band: Int, log: ObservationLog, baseline: HarmonicBaseline?
    ) -> [Evidence.Point] {
        let anomalous = Set(log.entries.filter { $0.state == .anomalous }.map(\.day))
        var points: [Evidence.Point] = []
        var departures: [Float] = []
        for (index, day) in stack.days.enumerated() where observations.share(of: patch, day: index) >= 0.5 {
            let clear = patch.filter { observations.clear[index * stack.pixelCount + $0] != 0 }
            let start = stack.range(day: index, band: band).lowerBound
            var value = 0.0
            var expected: Double?
            if let baseline {
                value = clear.reduce(0.0) { $0 + Double(baseline.values[start + $1]) } / Double(clear.count)
                let mean =
                    clear.reduce(0.0) { $0 + Double(baseline.prediction(day: index, band: band, pixel: $1)) }
                    / Double(clear.count)
                expected = mean
                if index < baseline.historyDays { departures.append(abs(Float(value - mean))) }
            } else {
                value = clear.reduce(0.0) { $0 + Double(stack.values[start + $1]) } / Double(clear.count)
            }
            points.append(
                Evidence.Point(
                    day: day, value: value, expected: expected, deviation: nil, isNew: period.contains(day),
                    isAnomalous: anomalous.contains(day)))
        }
        let deviation = median(&departures).map { Double($0 * medianAbsoluteDeviationScale) }
        for index in points.indices where points[index].expected != nil { points[index].deviation = deviation }
        return points
    }

    // MARK: Pictures

    private func pictureWindow(of patch: [Int]) -> Window {
        let columns = stack.grid.columns
        let patchRows = patch.map { $0 / columns }
        let patchColumns = patch.map { $0 % columns }
        func range(_ values: [Int], limit: Int) -> Range<Int> {
            let low = values.min()! - Self.pictureMargin
            let high = values.max()! + 1 + Self.pictureMargin
            let missing = max(Self.leastPicturePixels - (high - low), 0)
            return max(low - missing / 2, 0)..<min(high + missing - missing / 2, limit)
        }
        return Window(
            rows: range(patchRows, limit: stack.grid.rows), columns: range(patchColumns, limit: columns))
    }

    /// The latest of the days that show nearly as much of the window as any.
    private func clearest(_ days: [Int], window: Window, baseline: HarmonicBaseline?) -> Int? {
        clearest(among: days, window: window, baseline: baseline).last
    }

    /// The days that show nearly as much of the window as any of them.
    /// - Parameter baseline: Where given, pixels that it left out as unusual do not count as shown: clouds that the mask
    ///   missed are among them.
    private func clearest(among days: [Int], window: Window, baseline: HarmonicBaseline?) -> [Int] {
        let shown = days.map { day -> Int in
            guard let baseline, day < baseline.historyDays else { return count(of: observations.clear, day, window) }
            return count(of: baseline.weights, day, window)
        }
        let best = shown.max() ?? 0
        return zip(days, shown).filter { $0.1 * 20 >= best * 19 }.map(\.0)
    }

    /// How many pixels of a window count on a day.
    /// - Parameter weights: Not 0 where a pixel counts: day, pixel.
    private func count(of weights: [UInt8], _ day: Int, _ window: Window) -> Int {
        unsafe weights.withUnsafeBufferPointer { weights in
            window.rows.reduce(0) { sum, row in
                let start = day * stack.pixelCount + row * stack.grid.columns
                var count = 0
                for column in window.columns { count += unsafe weights[start + column] != 0 ? 1 : 0 }
                return sum + count
            }
        }
    }

    /// Red, green and blue as they are, or what comes nearest.
    private var pictureBands: [Int] {
        let wanted: [Band] = [.red, .green, .blue]
        let found = wanted.compactMap { stack.bands.firstIndex(of: $0) }
        return found.count == 3 ? found : [found.first ?? 0, found.first ?? 0, found.first ?? 0]
    }

    /// The darkest and brightest value shown, the same for both pictures so that they can be compared.
    private func stretch(days: [Int], window: Window) -> (low: Float, high: Float) {
        let bands = Set(pictureBands).sorted()
        let sample = unsafe [Float](unsafeUninitializedCapacity: days.count * bands.count * window.pixelCount) {
            sample, count in
            for day in days {
                for band in bands {
                    let plane = stack.range(day: day, band: band).lowerBound
                    for row in window.rows {
                        let start = row * stack.grid.columns
                        for pixel in start + window.columns.lowerBound..<start + window.columns.upperBound {
                            // What does not count is written over by the next.
                            unsafe sample[count] = stack.values[plane + pixel]
                            count += observations.clear[day * stack.pixelCount + pixel] != 0 ? 1 : 0
                        }
                    }
                }
            }
        }
        guard !sample.isEmpty else { return (0, 1) }
        // 2 and 98 percent: the usual stretch of satellite pictures.
        var scratch: [Float] = []
        let (lowest, highest) = (sample.count * 2 / 100, min(sample.count * 98 / 100, sample.count - 1))
        let low = unsafe select(lowest, of: sample, count: sample.count, scratch: &scratch)
        let high = unsafe select(highest, of: sample, count: sample.count, scratch: &scratch)
        return (low, max(high, low + 1e-6))
    }

    private func picture(
        day: Int, window: Window, stretch: (low: Float, high: Float), outline: Geometry
    ) throws -> Evidence.Picture {
        let planes = pictureBands.map { stack.range(day: day, band: $0).lowerBound }
        let rgb = unsafe [UInt8](unsafeUninitializedCapacity: window.pixelCount * planes.count) { rgb, count in
            for (colour, plane) in planes.enumerated() {
                var place = colour
                for row in window.rows {
                    let start = plane + row * stack.grid.columns
                    for pixel in start + window.columns.lowerBound..<start + window.columns.upperBound {
                        let value = stack.values[pixel]
                        let part = (value - stretch.low) / (stretch.high - stretch.low)
                        unsafe rgb[place] = value.isNaN ? 0 : UInt8(min(max(part, 0), 1) * 255)
                        place += planes.count
                    }
                }
            }
            count = window.pixelCount * planes.count
        }
        let grid = stack.grid.grid(of: window)
        func outlines(_ geometry: Geometry) -> [[Evidence.PicturePoint]] {
            geometry.rings.map { ring in
                ring.map { corner in
                    let place = grid.position(of: corner)
                    return Evidence.PicturePoint(column: place.column, row: place.row)
                }
            }
        }
        let shown = sites.filter { $0.envelope?.intersects(grid.envelope) ?? false }
        return Evidence.Picture(
            day: stack.days[day],
            rgb: rgb,
            rows: window.rows.count, columns: window.columns.count, siteOutlines: shown.flatMap(outlines),
            findingOutlines: outlines(outline))
    }
}
