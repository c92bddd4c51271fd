import Disturbance
import Kernels

/// One kernel with what it is given.
struct KernelCase {
    let name: String
    /// Bytes that it must read and write at least, planes counted once.
    let bytesPerPixel: Double
    let planes: Planes
    let run: (any KernelSet.Type) -> Void

    func prepare() { planes.clearOutputs() }
    func digest() -> UInt64 { planes.digest() }

    static func all(on planes: Planes) -> [KernelCase] {
        [
            sums(planes), twoDays(planes), statistics(planes), colour(planes), seasons(planes),
        ].flatMap { $0 }
    }

    private static func sums(_ planes: Planes) -> [KernelCase] {
        let (rows, columns, count) = (planes.rows, planes.columns, planes.count)
        let ones = [Float](repeating: 9, count: count)
        return [
            KernelCase(name: "boxSum", bytesPerPixel: 8, planes: planes) {
                unsafe $0.boxSum(planes.whole, rows: rows, columns: columns, radius: 25, output: &planes.integers)
            },
            KernelCase(name: "boxMeanOfThree", bytesPerPixel: 16, planes: planes) {
                unsafe $0.boxMeanOfThree(
                    planes.values, weight: planes.weight, counts: ones, rows: rows, columns: columns,
                    output: &planes.output)
            },
            KernelCase(name: "productSum", bytesPerPixel: 8, planes: planes) {
                unsafe planes.doubles[0] = $0.productSum(planes.values, planes.weight, count: count)
            },
            KernelCase(name: "sum", bytesPerPixel: 4, planes: planes) {
                unsafe planes.doubles[0] = $0.sum(planes.values, count: count)
            },
            KernelCase(name: "dilate", bytesPerPixel: 2, planes: planes) {
                for index in 0..<count { planes.bytes[index] = planes.clear[index] ^ 1 }
                unsafe $0.dilate(&planes.bytes, rows: rows, columns: columns, radius: 10)
            },
        ]
    }

    private static func twoDays(_ planes: Planes) -> [KernelCase] {
        let (rows, columns, count) = (planes.rows, planes.columns, planes.count)
        let starts = (0..<planes.bands).map { $0 * count }
        let coefficients: [Float] = [0.4, 0.3, 0.2, 0.1, 0.01]
        return [
            KernelCase(name: "combine", bytesPerPixel: 20, planes: planes) {
                unsafe $0.combine(
                    planes.values, planes: starts, coefficients: coefficients, predictors: 4, constant: 0.02,
                    count: count, output: &planes.output)
            },
            KernelCase(name: "leastSquaresResidual", bytesPerPixel: 24, planes: planes) {
                unsafe $0.leastSquaresResidual(
                    planes.values, response: 4 * count, stride: count, coefficients: coefficients, predictors: 4,
                    count: count, output: &planes.output)
            },
            KernelCase(name: "residualAndGradients", bytesPerPixel: 24, planes: planes) { kernels in
                unsafe planes.values.withUnsafeBufferPointer { values in
                    unsafe planes.output.withUnsafeMutableBufferPointer { output in
                        let (start, target) = (values.baseAddress!, output.baseAddress!)
                        unsafe kernels.residualAndGradients(
                            predicted: start, observed: start + count, rows: rows, columns: columns,
                            residual: target, east: target + count, south: target + 2 * count,
                            energy: target + 3 * count)
                    }
                }
            },
            KernelCase(name: "shiftSums", bytesPerPixel: 20, planes: planes) { kernels in
                unsafe planes.values.withUnsafeBufferPointer { values in
                    let start = values.baseAddress!
                    let sums = unsafe kernels.shiftSums(
                        residual: start, east: start + count, south: start + 2 * count, edgeEnergy: start + 3 * count,
                        weight: planes.weight, variance: 0.01, edgeVariance: 0.1, count: count)
                    (planes.doubles[0], planes.doubles[1], planes.doubles[2]) = (sums.0, sums.1, sums.2)
                    (planes.doubles[3], planes.doubles[4]) = (sums.3, sums.4)
                }
            },
            KernelCase(name: "unshift", bytesPerPixel: 16, planes: planes) { kernels in
                unsafe planes.values.withUnsafeBufferPointer { values in
                    let start = values.baseAddress!
                    unsafe kernels.unshift(
                        residual: start, east: start + count, south: start + 2 * count, shiftEast: 0.3,
                        shiftSouth: -0.2, count: count, output: &planes.output)
                }
            },
            KernelCase(name: "standardise", bytesPerPixel: 12, planes: planes) {
                unsafe $0.standardise(
                    &planes.output, edgeEnergy: planes.values, centre: 0.01, sigma: 0.02, edge: 0.3, count: count)
            },
            KernelCase(name: "quantise", bytesPerPixel: 12, planes: planes) {
                unsafe $0.quantise(
                    planes.values, limit: 4, weight: planes.weight, scale: 1024, count: count,
                    output: &planes.integers)
            },
            KernelCase(name: "accumulateSquares", bytesPerPixel: 20, planes: planes) {
                unsafe $0.accumulateSquares(
                    departure: planes.values, local: planes.whole, counts: planes.values, unit: 0.001, weight: 0.5,
                    count: count, sum: &planes.output)
            },
            KernelCase(name: "markNormalisedDifference", bytesPerPixel: 18, planes: planes) { kernels in
                unsafe planes.values.withUnsafeBufferPointer { values in
                    let start = values.baseAddress!
                    let isAny = unsafe kernels.markNormalisedDifference(
                        high: (start, start + count), low: (start + 2 * count, start + 3 * count), above: 0.01,
                        valid: planes.clear, count: count, output: &planes.bytes)
                    planes.integers[0] = isAny ? 1 : 0
                }
            },
            KernelCase(name: "indices", bytesPerPixel: 5, planes: planes) {
                let found = unsafe $0.indices(
                    of: planes.values, awayFrom: 0.135, atLeast: 0.02, count: count, output: &planes.integers)
                for index in found..<count { planes.integers[index] = 0 }
            },
            KernelCase(name: "gather", bytesPerPixel: 9, planes: planes) {
                unsafe $0.gather(planes.values, at: planes.pixels, count: planes.pixels.count, output: &planes.output)
            },
        ]
    }

    private static func statistics(_ planes: Planes) -> [KernelCase] {
        let count = planes.count
        var scratch = [Float](repeating: 0, count: count)
        return [
            KernelCase(name: "select", bytesPerPixel: 4, planes: planes) {
                for index in 0..<count { scratch[index] = planes.values[index] }
                unsafe planes.output[0] = $0.select(count / 3, in: &scratch, count: count)
            },
            KernelCase(name: "select with scratch", bytesPerPixel: 4, planes: planes) {
                unsafe planes.output[0] = $0.select(count / 3, of: planes.values, count: count, scratch: &scratch)
            },
            KernelCase(name: "medianAndDeviation", bytesPerPixel: 8, planes: planes) {
                let found = unsafe $0.medianAndDeviation(planes.values, count: count, scratch: &scratch)
                (planes.output[0], planes.output[1]) = (found.median, found.deviation)
            },
        ]
    }

    private static func colour(_ planes: Planes) -> [KernelCase] {
        let (count, bands) = (planes.count, planes.bands)
        let unit = [Float](repeating: 4, count: bands)
        let rate = [Double](repeating: 50, count: bands)
        let left = (0..<bands * (bands + 1)).map { Float($0) * 0.001 }
        let solution = left.map { Double($0) }
        return [
            KernelCase(name: "subtractColourChange", bytesPerPixel: 48, planes: planes) {
                unsafe $0.subtractColourChange(
                    values: &planes.output, predicted: planes.values, pixels: count, bands: bands, start: 0,
                    count: count, left: left, right: left.map { $0 + 0.001 }, part: 0.2, step: 1e-6, unit: unit)
            },
            KernelCase(name: "keepTwoLargest", bytesPerPixel: 21, planes: planes) {
                unsafe $0.keepTwoLargest(
                    planes.values, weights: planes.clear, count: count, largest: &planes.output,
                    second: &planes.second)
            },
            KernelCase(name: "sumColourProducts", bytesPerPixel: 32, planes: planes) {
                unsafe $0.sumColourProducts(
                    sample: planes.values, stride: count, count: count, observations: count, bands: bands,
                    products: &planes.doubles)
            },
            KernelCase(name: "measureColour", bytesPerPixel: 36, planes: planes) {
                unsafe $0.measureColour(
                    sample: planes.values, stride: count, count: count, bands: bands, rate: rate, solution: solution,
                    distances: &planes.output)
            },
        ]
    }

    private static func seasons(_ planes: Planes) -> [KernelCase] {
        let (count, bands, days) = (planes.count, planes.bands, planes.days)
        let terms = InstructionSet.baseline.kernels.harmonicTerms
        var design: [Float] = []
        for day in 0..<days {
            for term in 0..<terms { design.append(term == 0 ? 1 : Float((day * 7 + term * 3) % 11) / 11) }
        }
        let network = SortingNetwork(count: days)
        let scale = [Float](repeating: 0.01, count: bands)
        let prior = (0..<bands * bands).map { $0 % (bands + 1) == 0 ? Float(1e-4) : 0 }
        var coefficients = [Float](repeating: 0, count: bands * terms * count)
        var weights = planes.clear
        let factor = (0..<bands * bands * count).map { Float($0 / count % (bands + 1) == 0 ? 50 : 3) }
        let freedom = [Float](repeating: 17, count: count)
        let observation = Double(days * (4 * bands + 1))
        return [
            KernelCase(name: "fitHarmonics", bytesPerPixel: observation + 80, planes: planes) {
                unsafe $0.fitHarmonics(
                    values: planes.values, clear: planes.clear, design: design, days: days, bands: bands,
                    pixels: count, scale: scale, exchanges: network.exchanges,
                    exchangeCount: network.exchanges.count, ridge: 0.3, trim: 2.5, fits: 3,
                    coefficients: &coefficients, weights: &weights)
                for index in coefficients.indices { planes.output[index] = coefficients[index] }
                for index in weights.indices { planes.bytes[index] = weights[index] }
            },
            KernelCase(name: "predictHarmonics", bytesPerPixel: 24, planes: planes) {
                unsafe $0.predictHarmonics(
                    coefficients: coefficients, design: design, band: 1, pixels: count, output: &planes.output)
            },
            KernelCase(name: "factoriseResiduals", bytesPerPixel: observation + 148, planes: planes) {
                unsafe $0.factoriseResiduals(
                    values: planes.values, weights: weights, coefficients: coefficients, design: design, days: days,
                    bands: bands, pixels: count, prior: prior, kappa: 8, factor: &planes.output,
                    freedom: &planes.second)
            },
            KernelCase(name: "hotellingAnomaly", bytesPerPixel: 16 + 40 + 24, planes: planes) {
                unsafe $0.hotellingAnomaly(
                    residuals: planes.values, factor: factor, freedom: freedom, bands: bands, pixels: count,
                    whitened: &planes.output, anomaly: &planes.second)
            },
        ]
    }
}
