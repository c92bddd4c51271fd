internal import Kernels
internal import Geospatial

/// Compares one acquisition with one before it, each pixel against what the rest of the landscape did.
struct PairDetector {
    let stack: SceneStack
    /// 1 where a pixel is an observation: day, then pixel.
    let clear: [UInt8]
    let settings: DetectionSettings.PairSettings

    private var rows: Int { stack.grid.rows }
    private var columns: Int { stack.grid.columns }
    private var count: Int { stack.pixelCount }
    private var pixelMetres: Double { stack.grid.pixelArea.squareRoot() }
    private var edge: Float { Float(settings.registrationErrorMetres / pixelMetres) }

    /// Departures beyond this many standard deviations weigh no more: one bright roof must not fill its surroundings.
    private static let departureLimit: Float = 4

    /// Score and what the change is made of for one pair of days.
    struct Comparison {
        /// NaN where either day has no observation.
        var score: [Float]
        /// The second day as the first predicts it, and as it was: band, then pixel.
        var predicted: [Float]
        var observed: [Float]
        var prediction: Prediction
    }

    /// How each band of the second day follows from the first.
    struct Prediction {
        /// Indices of the bands of the first day that predict, which are those that count for the score.
        var predictors: [Int]
        /// For each band of the stack one coefficient for each predictor, then the constant.
        var coefficients: [[Double]] = []
        /// Robust standard deviation of what is left, by band.
        var deviations: [Float] = []
    }

    /// Change between two days of the stack, or nil where too little ground is clear on both.
    func compare(before: Int, after: Int) -> Comparison? {
        let valid = bothClear(before, after)
        let seen = PixelStretches(valid)
        // 500 pixels: twenty times the unknowns of the regression, with room for outliers.
        guard seen.count >= 500 else { return nil }
        let first = filled(day: before, seen: seen)
        let second = filled(day: after, seen: seen)
        let water = openWater(first, second, valid: valid)
        let land = zip(valid, water).map { $1 == 0 ? $0 : 0 }

        let used = usedBands
        var sample = LandSample(land: land, first: first, second: second, predictors: used.map(\.band))
        let ground = Surroundings(valid: valid, land: land, rows: rows, columns: columns)
        var departures: [Departure] = []
        var predicted = [Float](repeating: 0, count: first.count)
        var prediction = Prediction(predictors: used.map(\.band))
        var shift = ShiftEstimate()
        for band in stack.bands.indices {
            let regression = sample.regression(of: band)
            prediction.coefficients.append(regression.coefficients)
            prediction.deviations.append(regression.sigma)
            unsafe predicted.withUnsafeMutableBufferPointer { buffer in
                let plane = unsafe buffer.baseAddress! + band * count
                unsafe regression.predict(from: first, bands: used.map(\.band), count: count, output: plane)
                guard used.contains(where: { $0.band == band }) else { return }
                unsafe second.withUnsafeBufferPointer { second in
                    let departure = unsafe Departure(
                        predicted: plane, observed: second.baseAddress! + band * count, sigma: regression.sigma,
                        ground: ground)
                    shift.add(departure, ground: ground, edge: edge)
                    departures.append(departure)
                }
            }
        }
        let moved = shift.solution(limit: settings.maximumShiftPixels)
        var sum = [Float](repeating: 0, count: count)
        let landscape = Landscape(ground, radius: settings.landscapeRadiusPixels, limit: Self.departureLimit)
        for (departure, use) in zip(departures, used) {
            let standardised = departure.standardised(shift: moved, sample: &sample, edge: edge)
            landscape.addSquares(of: standardised, weight: Float(use.weight), to: &sum)
        }
        let weight = Float(used.reduce(0) { $0 + $1.weight })
        var score = rootMean(of: sum, weight: weight, on: land)
        // A 3 x 3 mean, three times at 10 m (close to a Gaussian of 1.4 pixels): single pixels are noise.
        for _ in 0..<max(Int((settings.smoothingMetres / pixelMetres).rounded()), 1) {
            swap(&score, &sum)
            unsafe ground.meanOfThree(sum, output: &score)
        }
        mark(&score, valid: valid, water: water)
        return Comparison(score: score, predicted: predicted, observed: second, prediction: prediction)
    }

    /// The root of each sum over the weight, 0 where there is no land.
    private func rootMean(of sum: [Float], weight: Float, on land: [UInt8]) -> [Float] {
        precondition(sum.count == count && land.count == count)
        let (sums, lands) = (sum.span, land.span)
        // Without bounds to check four pixels are done at a time.
        return unsafe numbers(count) { score in
            for pixel in 0..<count {
                let root = unsafe (sums[unchecked: pixel] / weight).squareRoot()
                unsafe score[pixel] = unsafe lands[unchecked: pixel] != 0 ? root : 0
            }
        }
    }

    /// NaN where either day has no observation, 0 on water.
    private func mark(_ score: inout [Float], valid: [UInt8], water: [UInt8]) {
        precondition(score.count == count && valid.count == count && water.count == count)
        var scores = score.mutableSpan
        let (valids, waters) = (valid.span, water.span)
        for pixel in 0..<count {
            let dry: Float = unsafe waters[unchecked: pixel] != 0 ? 0 : scores[unchecked: pixel]
            unsafe scores[unchecked: pixel] = unsafe valids[unchecked: pixel] == 0 ? .nan : dry
        }
    }

    /// 1 where a pixel is an observation on two days.
    private func bothClear(_ first: Int, _ second: Int) -> [UInt8] {
        var both = Array(clear[second * count..<(second + 1) * count])
        var marks = both.mutableSpan
        let other = clear.span.extracting(first * count..<(first + 1) * count)
        for pixel in other.indices { unsafe marks[unchecked: pixel] &= other[unchecked: pixel] }
        return both
    }

    /// The bands whose departure counts: visible and near infrared, whose pixels are the finest.
    private var usedBands: [(band: Int, weight: Double)] {
        var used: [(band: Int, weight: Double)] = []
        for (index, band) in stack.bands.enumerated() {
            switch band {
            case .blue, .green, .red: used.append((index, 1))
            case .nir: used.append((index, settings.nearInfraredWeight))
            case .nir08 where !stack.bands.contains(.nir): used.append((index, settings.nearInfraredWeight))
            default: break
            }
        }
        return used.isEmpty ? stack.bands.indices.map { ($0, 1) } : used
    }

    /// A day's planes with each band's median in place of what was not observed: band, then pixel.
    /// - Parameter seen: The valid pixels.
    private func filled(day: Int, seen: PixelStretches) -> [Float] {
        let start = stack.range(day: day, band: 0).lowerBound
        var planes = Array(stack.values[start..<start + stack.bands.count * count])
        guard seen.count < count else { return planes }
        var scratch: [Float] = []
        for band in stack.bands.indices {
            unsafe planes.withUnsafeMutableBufferPointer { planes in
                let values = unsafe planes.baseAddress! + band * count
                let observed = unsafe seen.values(of: values)
                let middle = unsafe select(seen.count / 2, of: observed, count: seen.count, scratch: &scratch)
                unsafe seen.fill(values, count: count, with: middle)
            }
        }
        return planes
    }

    /// 1 on open water on both days: its glint and colour change from day to day. Grown by a pixel for the shore.
    private func openWater(_ first: [Float], _ second: [Float], valid: [UInt8]) -> [UInt8] {
        var water = [UInt8](repeating: 0, count: count)
        guard let green = stack.bands.firstIndex(of: .green), let swir = stack.bands.firstIndex(of: .swir16) else {
            return water
        }
        // 0.3: above every wet soil and shadow, below clear and turbid water (MNDWI, Xu 2006).
        let isAny = unsafe first.withUnsafeBufferPointer { first in
            unsafe second.withUnsafeBufferPointer { second in
                let (first, second) = (first.baseAddress!, second.baseAddress!)
                return unsafe kernels.markNormalisedDifference(
                    high: (first + green * count, second + green * count),
                    low: (first + swir * count, second + swir * count), above: 0.3, valid: valid, count: count,
                    output: &water)
            }
        }
        guard isAny else { return water }
        // Opened first: single dark roofs and shadows are no water.
        var land = water.map { 1 - $0 }
        dilate(&land, rows: rows, columns: columns, radius: 1)
        water = land.map { 1 - $0 }
        dilate(&water, rows: rows, columns: columns, radius: 2)
        return water
    }
}

/// The pixels of a mask that are not 0, in stretches one after another: clouds and water leave long ones.
private struct PixelStretches {
    private let stretches: [Range<Int>]
    /// Pixels in all of them.
    let count: Int

    init(_ mask: [UInt8]) {
        var stretches: [Range<Int>] = []
        let marks = mask.span
        var (pixel, count) = (0, 0)
        while pixel < marks.count {
            let start = pixel
            while pixel < marks.count, unsafe marks[unchecked: pixel] != 0 { pixel &+= 1 }
            if start < pixel { stretches.append(start..<pixel) }
            count += pixel - start
            while pixel < marks.count, unsafe marks[unchecked: pixel] == 0 { pixel &+= 1 }
        }
        self.stretches = stretches
        self.count = count
    }

    /// Their values in a plane, one after another.
    func values(of plane: UnsafePointer<Float>) -> [Float] {
        unsafe numbers(count) { unsafe gather(plane, into: $0) }
    }

    func gather(_ plane: UnsafePointer<Float>, into values: UnsafeMutablePointer<Float>) {
        var place = 0
        for stretch in stretches {
            unsafe (values + place).update(from: plane + stretch.lowerBound, count: stretch.count)
            place += stretch.count
        }
    }

    /// Puts a value wherever a plane is not in a stretch.
    func fill(_ plane: UnsafeMutablePointer<Float>, count: Int, with value: Float) {
        var end = 0
        for stretch in stretches {
            unsafe (plane + end).update(repeating: value, count: stretch.lowerBound - end)
            end = stretch.upperBound
        }
        unsafe (plane + end).update(repeating: value, count: count - end)
    }
}

/// Numbers all of which `fill` writes.
private func numbers<Number: BitwiseCopyable>(
    _ count: Int, _ fill: (UnsafeMutablePointer<Number>) -> Void
) -> [Number] {
    unsafe [Number](unsafeUninitializedCapacity: count) { buffer, filled in
        if count > 0 { unsafe fill(buffer.baseAddress!) }
        filled = count
    }
}

/// Which pixels count, as factors, and how many do around each.
private struct Surroundings {
    let rows: Int
    let columns: Int
    /// 1 where both days have an observation, 0 elsewhere; the same without water.
    let valid: [Float]
    let land: [Float]
    /// Valid pixels of the 3 x 3 window, at least 1.
    let validOfNine: [Float]

    init(valid: [UInt8], land: [UInt8], rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        self.valid = valid.map { Float($0) }
        self.land = land.map { Float($0) }
        validOfNine = Self.counts(self.valid, rows: rows, columns: columns, radius: 1)
    }

    /// Counting pixels of the window around each pixel, at least 1.
    static func counts(_ weight: [Float], rows: Int, columns: Int, radius: Int) -> [Float] {
        let weight = weight.map { Int32($0) }
        let sums = unsafe numbers(weight.count) {
            unsafe kernels.boxSum(weight, rows: rows, columns: columns, radius: radius, output: $0)
        }
        return sums.map { Float(max($0, 1)) }
    }

    /// The mean over the valid pixels of the 3 x 3 window.
    func meanOfThree(_ values: [Float], output: UnsafeMutablePointer<Float>) {
        unsafe kernels.boxMeanOfThree(
            values, weight: valid, counts: validOfNine, rows: rows, columns: columns, output: output)
    }
}

/// What the whole landscape did - haze, dust, the season - which is no disturbance of a site.
private struct Landscape {
    let ground: Surroundings
    let radius: Int
    let limit: Float
    /// Whole numbers a standard deviation: as many as the sum over a window has room for.
    private let scale: Float
    private let counts: [Float]

    init(_ ground: Surroundings, radius: Int, limit: Float) {
        self.ground = ground
        self.radius = radius
        self.limit = limit
        counts = Surroundings.counts(ground.land, rows: ground.rows, columns: ground.columns, radius: radius)
        let side = Double(2 * radius + 1)
        let room = min(Double(Int32.max) / (side * side), 0x1p21) / Double(limit)
        scale = Float(sign: .plus, exponent: Int(room.exponent), significand: 1)
    }

    /// Adds a band's squared departure from its surroundings.
    func addSquares(of departure: [Float], weight: Float, to sum: inout [Float]) {
        let count = departure.count
        let whole = unsafe numbers(count) {
            unsafe kernels.quantise(
                departure, limit: limit, weight: ground.land, scale: scale, count: count, output: $0)
        }
        let around = unsafe numbers(count) {
            unsafe kernels.boxSum(whole, rows: ground.rows, columns: ground.columns, radius: radius, output: $0)
        }
        unsafe kernels.accumulateSquares(
            departure: departure, local: around, counts: counts, unit: 1 / scale, weight: weight,
            count: count, sum: &sum)
    }
}

/// One band's residual and the gradients that a shift would turn into residual.
private struct Departure {
    let residual: [Float]
    let east: [Float]
    let south: [Float]
    let edgeEnergy: [Float]
    let sigma: Float

    init(predicted: UnsafePointer<Float>, observed: UnsafePointer<Float>, sigma: Float, ground: Surroundings) {
        let count = ground.rows * ground.columns
        var (east, south, energy): ([Float], [Float], [Float]) = ([], [], [])
        residual = unsafe numbers(count) { residual in
            east = unsafe numbers(count) { east in
                south = unsafe numbers(count) { south in
                    energy = unsafe numbers(count) { energy in
                        unsafe kernels.residualAndGradients(
                            predicted: predicted, observed: observed, rows: ground.rows, columns: ground.columns,
                            residual: residual, east: east, south: south, energy: energy)
                    }
                }
            }
        }
        (self.east, self.south) = (east, south)
        edgeEnergy = unsafe numbers(count) { unsafe ground.meanOfThree(energy, output: $0) }
        self.sigma = sigma
    }

    /// The departure in standard deviations, with the noise that registration errors make at edges.
    func standardised(shift: (east: Float, south: Float), sample: inout LandSample, edge: Float) -> [Float] {
        var moved = unsafe numbers(residual.count) {
            unsafe kernels.unshift(
                residual: residual, east: east, south: south, shiftEast: shift.east, shiftSouth: shift.south,
                count: residual.count, output: $0)
        }
        let (centre, deviation) = sample.medianAndDeviation(of: moved)
        unsafe kernels.standardise(
            &moved, edgeEnergy: edgeEnergy, centre: centre, sigma: max(deviation, 1e-9), edge: edge,
            count: residual.count)
        return moved
    }
}

/// One shift for the whole group, by least squares over the gradients (Lucas and Kanade 1981).
private struct ShiftEstimate {
    private var eastEast = 0.0
    private var southSouth = 0.0
    private var eastSouth = 0.0
    private var eastResidual = 0.0
    private var southResidual = 0.0

    mutating func add(_ departure: Departure, ground: Surroundings, edge: Float) {
        let variance = departure.sigma * departure.sigma
        let sums = unsafe kernels.shiftSums(
            residual: departure.residual, east: departure.east, south: departure.south,
            edgeEnergy: departure.edgeEnergy, weight: ground.land, variance: variance, edgeVariance: edge * edge,
            count: departure.residual.count)
        let weight = 1 / Double(max(variance, 1e-18))
        eastEast += sums.0 * weight
        southSouth += sums.1 * weight
        eastSouth += sums.2 * weight
        eastResidual += sums.3 * weight
        southResidual += sums.4 * weight
    }

    func solution(limit: Double) -> (east: Float, south: Float) {
        // 0.02: enough to keep the solution small where there is hardly any texture.
        let damping = 0.02 * (eastEast + southSouth)
        let xx = eastEast + damping
        let yy = southSouth + damping
        let determinant = max(xx * yy - eastSouth * eastSouth, 1e-12)
        let east = (yy * eastResidual - eastSouth * southResidual) / determinant
        let south = (xx * southResidual - eastSouth * eastResidual) / determinant
        return (Float(min(max(east, -limit), limit)), Float(min(max(south, -limit), limit)))
    }
}

/// The pixels of the land one after another, for least squares.
private struct LandSample {
    private let pixels: PixelStretches
    private let pixelCount: Int
    private let predictors: Int
    /// Predicting bands of the first day, then all bands of the second; `pixels.count` numbers each.
    private let planes: [Float]
    private let sums: NormalEquations
    private var residuals: [Float]
    /// Places among the pixels.
    private var outliers: [Int32]
    private var scratch: [Float] = []

    private var count: Int { pixels.count }

    init(land: [UInt8], first: [Float], second: [Float], predictors: [Int]) {
        let bands = first.count / max(land.count, 1)
        let pixels = PixelStretches(land)
        let sources = predictors.map { (first, $0) } + (0..<bands).map { (second, $0) }
        let planes = unsafe numbers(sources.count * pixels.count) { planes in
            for (index, (values, band)) in sources.enumerated() {
                unsafe values.withUnsafeBufferPointer { values in
                    unsafe pixels.gather(
                        values.baseAddress! + band * land.count, into: planes + index * pixels.count)
                }
            }
        }
        self.pixels = pixels
        pixelCount = land.count
        self.predictors = predictors.count
        self.planes = planes
        var sums = NormalEquations(predictors: predictors.count, responses: bands)
        unsafe sums.add(planes, stride: pixels.count, count: pixels.count)
        self.sums = sums
        residuals = [Float](repeating: 0, count: pixels.count)
        outliers = [Int32](repeating: 0, count: pixels.count)
    }

    /// Median and scaled median absolute deviation over the land; 0 and 1 where there is none.
    mutating func medianAndDeviation(of values: [Float]) -> (median: Float, deviation: Float) {
        guard count > 0 else { return (0, 1) }
        if count == pixelCount {
            return unsafe Disturbance.medianAndDeviation(values, count: count, scratch: &scratch)
        }
        unsafe pixels.gather(values, into: &residuals)
        return unsafe Disturbance.medianAndDeviation(residuals, count: count, scratch: &scratch)
    }

    /// Least squares of one band of the second day on bands of the first, refitted without outliers.
    mutating func regression(of band: Int) -> Regression {
        var coefficients = [Double](repeating: 0, count: predictors + 1)
        var sigma: Float = 1
        guard count > 0 else { return Regression(coefficients: coefficients, sigma: sigma) }
        var equations = sums
        var response = band
        let fits = 4
        for fit in 0..<fits {
            // 1e-9: enough for bands that are alike.
            guard let solution = equations.solution(response: response, ridge: 1e-9) else { break }
            coefficients = solution
            unsafe kernels.leastSquaresResidual(
                planes, response: (predictors + band) * count, stride: count,
                coefficients: coefficients.map { Float($0) }, predictors: predictors, count: count,
                output: &residuals)
            let (centre, deviation) = unsafe Disturbance.medianAndDeviation(residuals, count: count, scratch: &scratch)
            sigma = max(deviation, 1e-9)
            coefficients[predictors] += Double(centre)
            guard fit < fits - 1 else { break }
            // 2.5 standard deviations keep 99 % of unchanged ground.
            let left = unsafe kernels.indices(
                of: residuals, awayFrom: centre, atLeast: 2.5 * sigma, count: count, output: &outliers)
            equations = withoutOutliers(count: left, band: band)
            response = 0
        }
        return Regression(coefficients: coefficients, sigma: sigma)
    }

    private func withoutOutliers(count left: Int, band: Int) -> NormalEquations {
        let gathered = unsafe numbers((predictors + 1) * left) { gathered in
            unsafe planes.withUnsafeBufferPointer { planes in
                for plane in 0...predictors {
                    let source = (plane < predictors ? plane : predictors + band) * count
                    unsafe kernels.gather(
                        planes.baseAddress! + source, at: outliers, count: left, output: gathered + plane * left)
                }
            }
        }
        return unsafe sums.without(gathered, stride: left, count: left, response: band)
    }
}

/// How a band of the second day follows from bands of the first.
private struct Regression {
    /// One for each predictor, then the constant.
    let coefficients: [Double]
    /// Robust standard deviation of the residual.
    let sigma: Float

    /// - Parameters:
    ///   - first: Planes of the first day: band, then pixel.
    ///   - bands: The predicting bands.
    func predict(from first: [Float], bands: [Int], count: Int, output: UnsafeMutablePointer<Float>) {
        unsafe kernels.combine(
            first, planes: bands.map { $0 * count }, coefficients: coefficients.map { Float($0) },
            predictors: bands.count, constant: Float(coefficients[coefficients.count - 1]), count: count, output: output
        )
    }
}
