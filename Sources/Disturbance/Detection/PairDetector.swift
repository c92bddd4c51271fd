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

    /// Score and what the change is made of for one pair of days.
    struct Comparison {
        /// NaN where either day has no observation.
        var score: [Float]
        /// The second day as the first predicts it, and as it was: band, then pixel.
        var predicted: [[Float]]
        var observed: [[Float]]
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
        var valid = [UInt8](repeating: 0, count: count)
        for pixel in 0..<count { valid[pixel] = clear[before * count + pixel] & clear[after * count + pixel] }
        // 500 pixels: twenty times the unknowns of the regression, with room for outliers.
        guard valid.count(where: { $0 != 0 }) >= 500 else { return nil }
        let first = stack.bands.indices.map { filled(day: before, band: $0, valid: valid) }
        let second = stack.bands.indices.map { filled(day: after, band: $0, valid: valid) }
        let water = openWater(first, second, valid: valid)
        var land = valid
        for pixel in 0..<count where water[pixel] != 0 { land[pixel] = 0 }

        let used = usedBands
        let predictors = used.map { first[$0.band] }
        var departures: [Departure] = []
        var predictions: [[Float]] = []
        var prediction = Prediction(predictors: used.map(\.band))
        var shift = ShiftEstimate()
        for band in stack.bands.indices {
            let regression = RobustRegression(predictors: predictors, response: second[band], valid: land)
            let predicted = regression.prediction(from: predictors)
            predictions.append(predicted)
            prediction.coefficients.append(regression.coefficients)
            prediction.deviations.append(regression.sigma)
            guard used.contains(where: { $0.band == band }) else { continue }
            let departure = Departure(
                predicted: predicted, observed: second[band], sigma: regression.sigma, valid: valid, rows: rows,
                columns: columns)
            shift.add(departure, land: land, edge: edge)
            departures.append(departure)
        }
        let moved = shift.solution(limit: settings.maximumShiftPixels)
        var sum = [Float](repeating: 0, count: count)
        for (departure, use) in zip(departures, used) {
            let score = departure.standardised(shift: moved, land: land, edge: edge)
            let clipped = score.map { min(max($0, -4), 4) }
            // What the whole landscape did - haze, dust, the season - is no disturbance of a site.
            let local = boxMean(
                clipped, valid: land, rows: rows, columns: columns, radius: settings.landscapeRadiusPixels)
            var target = sum.mutableSpan
            accumulateSquares(departure: score.span, local: local.span, weight: Float(use.weight), sum: &target)
        }
        let weight = Float(used.reduce(0) { $0 + $1.weight })
        var score = (0..<count).map { land[$0] != 0 ? (sum[$0] / weight).squareRoot() : 0 }
        // A 3 x 3 mean, three times at 10 m (close to a Gaussian of 1.4 pixels): single pixels are noise.
        for _ in 0..<max(Int((settings.smoothingMetres / pixelMetres).rounded()), 1) {
            score = boxMean(score, valid: valid, rows: rows, columns: columns, radius: 1)
        }
        for pixel in 0..<count {
            if valid[pixel] == 0 { score[pixel] = .nan } else if water[pixel] != 0 { score[pixel] = 0 }
        }
        return Comparison(score: score, predicted: predictions, observed: second, prediction: prediction)
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

    /// A plane with the median in place of what was not observed.
    private func filled(day: Int, band: Int, valid: [UInt8]) -> [Float] {
        var plane = Array(stack.values[stack.range(day: day, band: band)])
        var observed = plane.indices.filter { valid[$0] != 0 }.map { plane[$0] }
        let middle = median(&observed) ?? 0
        for pixel in plane.indices where valid[pixel] == 0 { plane[pixel] = middle }
        return plane
    }

    /// 1 on open water on both days: its glint and colour change from day to day. Grown by a pixel for the shore.
    private func openWater(_ first: [[Float]], _ second: [[Float]], valid: [UInt8]) -> [UInt8] {
        var water = [UInt8](repeating: 0, count: count)
        guard let green = stack.bands.firstIndex(of: .green), let swir = stack.bands.firstIndex(of: .swir16) else {
            return water
        }
        func index(_ planes: [[Float]], _ pixel: Int) -> Float {
            (planes[green][pixel] - planes[swir][pixel]) / (planes[green][pixel] + planes[swir][pixel] + 1e-6)
        }
        // 0.3: above every wet soil and shadow, below clear and turbid water (MNDWI, Xu 2006).
        for pixel in 0..<count where valid[pixel] != 0 && min(index(first, pixel), index(second, pixel)) > 0.3 {
            water[pixel] = 1
        }
        // Opened first: single dark roofs and shadows are no water.
        var land = water.map { 1 - $0 }
        dilate(&land, rows: rows, columns: columns, radius: 1)
        water = land.map { 1 - $0 }
        dilate(&water, rows: rows, columns: columns, radius: 2)
        return water
    }
}

/// One band's residual and the gradients that a shift would turn into residual.
private struct Departure {
    let residual: [Float]
    let east: [Float]
    let south: [Float]
    let edgeEnergy: [Float]
    let sigma: Float

    init(predicted: [Float], observed: [Float], sigma: Float, valid: [UInt8], rows: Int, columns: Int) {
        residual = zip(observed, predicted).map { $0 - $1 }
        let first = gradients(predicted, rows: rows, columns: columns)
        let second = gradients(observed, rows: rows, columns: columns)
        east = zip(first.east, second.east).map { ($0 + $1) / 2 }
        south = zip(first.south, second.south).map { ($0 + $1) / 2 }
        var energy = [Float](repeating: 0, count: predicted.count)
        for pixel in energy.indices {
            energy[pixel] = max(
                first.east[pixel] * first.east[pixel] + first.south[pixel] * first.south[pixel],
                second.east[pixel] * second.east[pixel] + second.south[pixel] * second.south[pixel])
        }
        edgeEnergy = boxMean(energy, valid: valid, rows: rows, columns: columns, radius: 1)
        self.sigma = sigma
    }

    /// The departure in standard deviations, with the noise that registration errors make at edges.
    func standardised(shift: (east: Float, south: Float), land: [UInt8], edge: Float) -> [Float] {
        var moved = residual
        var target = moved.mutableSpan
        accumulate(east.span, coefficient: -shift.east, sum: &target)
        accumulate(south.span, coefficient: -shift.south, sum: &target)
        let inside = moved.indices.filter { land[$0] != 0 }.map { moved[$0] }
        let (centre, deviation) = medianAndDeviation(inside) ?? (0, 1)
        var departure = [Float](repeating: 0, count: residual.count)
        var output = departure.mutableSpan
        pairDeparture(
            residual: residual.span, east: east.span, south: south.span, edgeEnergy: edgeEnergy.span,
            shiftEast: shift.east, shiftSouth: shift.south, centre: centre, sigma: max(deviation, 1e-9), edge: edge,
            departure: &output)
        return departure
    }
}

/// One shift for the whole group, by least squares over the gradients (Lucas and Kanade 1981).
private struct ShiftEstimate {
    private var eastEast = 0.0
    private var southSouth = 0.0
    private var eastSouth = 0.0
    private var eastResidual = 0.0
    private var southResidual = 0.0

    mutating func add(_ departure: Departure, land: [UInt8], edge: Float) {
        let variance = departure.sigma * departure.sigma
        let weight = 1 / Double(max(variance, 1e-18))
        for pixel in land.indices where land[pixel] != 0 {
            let residual = departure.residual[pixel]
            // Changed ground says nothing of the shift: beyond three standard deviations it is left out.
            guard residual * residual < 9 * (variance + edge * edge * departure.edgeEnergy[pixel]) else { continue }
            let east = Double(departure.east[pixel])
            let south = Double(departure.south[pixel])
            eastEast += east * east * weight
            southSouth += south * south * weight
            eastSouth += east * south * weight
            eastResidual += east * Double(residual) * weight
            southResidual += south * Double(residual) * weight
        }
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

/// Least squares of one band of the second day on bands of the first, refitted without outliers.
private struct RobustRegression {
    /// One for each predictor, then the constant.
    let coefficients: [Double]
    /// Robust standard deviation of the residual.
    let sigma: Float

    init(predictors: [[Float]], response: [Float], valid: [UInt8]) {
        let size = predictors.count + 1
        let pixels = response.indices.filter { valid[$0] != 0 }
        var inliers = pixels
        var solution = [Double](repeating: 0, count: size)
        var scale: Float = 1
        for _ in 0..<4 {
            var matrix = [Double](repeating: 0, count: size * size)
            var right = [Double](repeating: 0, count: size)
            var row = [Double](repeating: 1, count: size)
            for pixel in inliers {
                for (index, predictor) in predictors.enumerated() { row[index] = Double(predictor[pixel]) }
                let value = Double(response[pixel])
                for i in 0..<size {
                    right[i] += row[i] * value
                    for j in 0...i { matrix[i * size + j] += row[i] * row[j] }
                }
            }
            for i in 0..<size { matrix[i * size + i] += 1e-9 * Double(max(inliers.count, 1)) }
            guard let solved = LinearSystem.solve(matrix, right, size: size) else { break }
            solution = solved
            var residuals = [Float](repeating: 0, count: pixels.count)
            for (index, pixel) in pixels.enumerated() {
                var value = Double(response[pixel]) - solution[size - 1]
                for (band, predictor) in predictors.enumerated() { value -= solution[band] * Double(predictor[pixel]) }
                residuals[index] = Float(value)
            }
            guard let (centre, deviation) = medianAndDeviation(residuals) else { break }
            scale = max(deviation, 1e-9)
            solution[size - 1] += Double(centre)
            // 2.5 standard deviations keep 99 % of unchanged ground.
            inliers = zip(pixels, residuals).filter { abs($0.1 - centre) < 2.5 * scale }.map(\.0)
        }
        coefficients = solution
        sigma = scale
    }

    func prediction(from predictors: [[Float]]) -> [Float] {
        var predicted = [Float](repeating: Float(coefficients[coefficients.count - 1]), count: predictors[0].count)
        var target = predicted.mutableSpan
        for (coefficient, predictor) in zip(coefficients, predictors) {
            accumulate(predictor.span, coefficient: Float(coefficient), sum: &target)
        }
        return predicted
    }
}
