/// The arithmetic of change detection on planes of pixels.
///
/// It is there once for each instruction set, from the same sources, and gives the same bits with all of them. Nothing
/// but pointers and numbers goes in: code that several instruction sets share could be compiled for one that the machine
/// lacks. Pixels of a plane are a multiple of eight where nothing else is said.
public protocol KernelSet: Sendable {
    /// Coefficients of a seasonal curve: mean, and cosine and sine of one and of two cycles a year.
    static var harmonicTerms: Int { get }

    /// 1.4826: one standard deviation of a normal distribution in units of its median absolute deviation.
    static var medianAbsoluteDeviationScale: Float { get }

    // MARK: Sums over windows

    /// Sums of whole numbers over the square window of each pixel, exact.
    /// - Parameters:
    ///   - values: One a pixel, rows first; the sum over a window has to fit the type.
    ///   - radius: The window has 2 x radius + 1 rows and columns, cut at the borders.
    ///   - output: Receives the sums.
    static func boxSum(
        _ values: UnsafePointer<Int32>, rows: Int, columns: Int, radius: Int, output: UnsafeMutablePointer<Int32>
    )

    /// The mean over the counting pixels of the 3 x 3 window around each pixel; 0 where it holds none.
    /// - Parameters:
    ///   - weight: 1 where a pixel counts, 0 elsewhere; values are finite everywhere.
    ///   - counts: Counting pixels of each window, at least 1.
    ///   - output: Receives the means; may not be `values`.
    static func boxMeanOfThree(
        _ values: UnsafePointer<Float>, weight: UnsafePointer<Float>, counts: UnsafePointer<Float>, rows: Int,
        columns: Int, output: UnsafeMutablePointer<Float>
    )

    // MARK: Change of colour

    /// Takes a linear change of colour off a run of pixels of one row, in all bands.
    ///
    /// value(band) -= c0 + sum over the bands of c(other + 1) x unit(other) x predicted(other), where each coefficient of the
    /// band goes linearly from `left` to `right` over the run.
    /// - Parameters:
    ///   - values: Band, pixel; changed in place.
    ///   - predicted: Band, pixel.
    ///   - start: First pixel of the run; there are `count`.
    ///   - left: Coefficients at part 0: for each band a constant, then one for each band.
    ///   - right: Coefficients at part 1.
    ///   - part: Of the first pixel; it grows by `step` a pixel.
    ///   - unit: One for each band.
    static func subtractColourChange(
        values: UnsafeMutablePointer<Float>, predicted: UnsafePointer<Float>, pixels: Int, bands: Int, start: Int,
        count: Int, left: UnsafePointer<Float>, right: UnsafePointer<Float>, part: Float, step: Float,
        unit: UnsafePointer<Float>
    )

    /// The largest and second largest value of each pixel over the days on which it counts.
    /// - Parameters:
    ///   - values: One plane.
    ///   - weights: 1 where the day counts.
    ///   - largest: Updated in place.
    ///   - second: Updated in place.
    static func keepTwoLargest(
        _ values: UnsafePointer<Float>, weights: UnsafePointer<UInt8>, count: Int, largest: UnsafeMutablePointer<Float>,
        second: UnsafeMutablePointer<Float>
    )

    /// Adds up, over a tile's sample, the products that the normal equations of a change of colour are made of.
    /// - Parameters:
    ///   - sample: Columns of numbers, `stride` apart: the spectrum by band, then the departures by band.
    ///   - count: Numbers in each column, a multiple of four; those to spare are 0.
    ///   - products: Receives rows of `2 x bands + 1` numbers, one for the constant and one for each band: the products of
    ///     this with the constant and the bands up to it, 0 for the bands behind it, and those with the departures. That of
    ///     the constant with itself is `observations`.
    static func sumColourProducts(
        sample: UnsafePointer<Float>, stride: Int, count: Int, observations: Int, bands: Int,
        products: UnsafeMutablePointer<Double>
    )

    /// Root mean square over the bands of what a change of colour leaves of a tile's departures, in their usual size.
    /// - Parameters:
    ///   - sample: As in `sumColourProducts`.
    ///   - rate: One over the usual size: band.
    ///   - solution: For each band a constant, then one for each band.
    ///   - distances: Receives one for each observation.
    static func measureColour(
        sample: UnsafePointer<Float>, stride: Int, count: Int, bands: Int, rate: UnsafePointer<Double>,
        solution: UnsafePointer<Double>, distances: UnsafeMutablePointer<Float>
    )

    // MARK: Seasonal curves

    /// Fits a seasonal curve to each pixel and band by ridge least squares, leaving out observations far from it.
    ///
    /// Outliers are told by the root mean square over the bands of residual / `scale`: an observation takes part in the
    /// last fit where this is at most `trim` times the pixel's median (at least half a scale, so that a quiet pixel keeps
    /// its observations).
    /// - Parameters:
    ///   - values: Reflectance; day, band, pixel. Anything where `clear` is 0.
    ///   - clear: 1 for an observation; day, pixel.
    ///   - design: `harmonicTerms` numbers for each day.
    ///   - days: How many days are history.
    ///   - scale: One for each band, reflectance.
    ///   - exchanges: Of a sorting network for `days` values.
    ///   - ridge: Added to the squares of the seasonal terms, observations.
    ///   - coefficients: Receives band, term, pixel.
    ///   - weights: Receives 1 for the observations of the last fit; day, pixel.
    static func fitHarmonics(
        values: UnsafePointer<Float>, clear: UnsafePointer<UInt8>, design: UnsafePointer<Float>, days: Int,
        bands: Int, pixels: Int, scale: UnsafePointer<Float>,
        exchanges: UnsafePointer<(low: Int32, high: Int32)>, exchangeCount: Int, ridge: Float, trim: Float,
        fits: Int, coefficients: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<UInt8>
    )

    /// The seasonal curve of one band on one day.
    /// - Parameters:
    ///   - coefficients: Band, term, pixel.
    ///   - design: `harmonicTerms` numbers of the day.
    ///   - output: Receives one value a pixel.
    static func predictHarmonics(
        coefficients: UnsafePointer<Float>, design: UnsafePointer<Float>, band: Int, pixels: Int,
        output: UnsafeMutablePointer<Float>
    )

    /// Cholesky's factor of the covariance of each pixel's residuals, drawn towards the covariance of all pixels.
    ///
    /// S = (sum of r r' + kappa x prior) / (n - terms + kappa): with few observations the prior rules.
    /// - Parameters:
    ///   - weights: 1 for the observations of the last fit; day, pixel.
    ///   - prior: bands x bands, reflectance squared.
    ///   - kappa: Observations the prior is worth.
    ///   - factor: Receives the lower triangle: row x bands + column, then pixel; the diagonal as its inverse.
    ///   - freedom: Receives the degrees of freedom, kappa included, one a pixel.
    static func factoriseResiduals(
        values: UnsafePointer<Float>, weights: UnsafePointer<UInt8>, coefficients: UnsafePointer<Float>,
        design: UnsafePointer<Float>, days: Int, bands: Int, pixels: Int, prior: UnsafePointer<Float>,
        kappa: Float,
        factor: UnsafeMutablePointer<Float>, freedom: UnsafeMutablePointer<Float>
    )

    /// How unusual a day is for each pixel, in standard deviations.
    ///
    /// Hotelling's T squared of the residuals, over its degrees of freedom: sqrt(T2 x (v - p + 1) / (v x p)) with p bands;
    /// its square follows F(p, v - p + 1) where nothing changed, so the measure knows how long the history is.
    /// - Parameters:
    ///   - residuals: Band, pixel.
    ///   - factor: From `factoriseResiduals`.
    ///   - whitened: Receives the residuals in standard deviations, uncorrelated: band, pixel.
    ///   - anomaly: Receives one value a pixel.
    static func hotellingAnomaly(
        residuals: UnsafePointer<Float>, factor: UnsafePointer<Float>, freedom: UnsafePointer<Float>, bands: Int,
        pixels: Int, whitened: UnsafeMutablePointer<Float>, anomaly: UnsafeMutablePointer<Float>
    )

    // MARK: Order statistics

    /// The value at position `k` of the sorted values; reorders them.
    /// - Precondition: `0 <= k < count`, no NaN.
    static func select(_ k: Int, in values: UnsafeMutablePointer<Float>, count: Int) -> Float

    /// The same of values that are only read.
    /// - Parameter scratch: Room for `count` values.
    static func select(
        _ k: Int, of values: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
    ) -> Float

    /// Median and scaled median absolute deviation of at least one value, which are only read.
    /// - Parameter scratch: Room for `count` values.
    static func medianAndDeviation(
        _ values: UnsafePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
    ) -> (median: Float, deviation: Float)

    // MARK: Masks

    /// Marks every pixel within `radius` rows and columns of a marked one.
    /// - Parameters:
    ///   - mask: 0 or 1 a pixel, rows first; changed in place.
    ///   - radius: Pixels; 0 changes nothing.
    static func dilate(_ mask: UnsafeMutablePointer<UInt8>, rows: Int, columns: Int, radius: Int)

    // MARK: Sums of products

    /// The sum of the products of two planes: rounded to Float, 32 of them added as Float, these sums as Double.
    static func productSum(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Double

    /// The sum of a plane, added as by `productSum`.
    static func sum(_ values: UnsafePointer<Float>, count: Int) -> Double

    // MARK: Two days

    /// Adds planes times coefficients to a constant, for each pixel.
    /// - Parameters:
    ///   - planes: Where each of `predictors` planes starts in `values`.
    ///   - coefficients: One for each plane.
    static func combine(
        _ values: UnsafePointer<Float>, planes: UnsafePointer<Int>, coefficients: UnsafePointer<Float>, predictors: Int,
        constant: Float, count: Int,
        output: UnsafeMutablePointer<Float>
    )

    /// Marks the pixels whose normalised difference of two bands is above a limit on both days.
    /// - Parameters:
    ///   - high: The band that water reflects more, on both days.
    ///   - low: The band that it reflects less.
    ///   - valid: 1 where a pixel counts.
    ///   - output: Receives 1 for a marked pixel, 0 elsewhere.
    /// - Returns: Whether any is marked.
    static func markNormalisedDifference(
        high: (UnsafePointer<Float>, UnsafePointer<Float>), low: (UnsafePointer<Float>, UnsafePointer<Float>),
        above limit: Float, valid: UnsafePointer<UInt8>, count: Int, output: UnsafeMutablePointer<UInt8>
    ) -> Bool

    /// One band's residual and the gradients that a shift would turn into residual.
    ///
    /// Gradients by Sobel's operator, borders repeated, as `gradients`.
    /// - Parameters:
    ///   - residual: Receives observed minus predicted.
    ///   - east: Receives the mean of both gradients eastwards, a pixel.
    ///   - south: Receives the same southwards.
    ///   - energy: Receives the greater of both squared gradients.
    static func residualAndGradients(
        predicted: UnsafePointer<Float>, observed: UnsafePointer<Float>, rows: Int, columns: Int,
        residual: UnsafeMutablePointer<Float>, east: UnsafeMutablePointer<Float>, south: UnsafeMutablePointer<Float>,
        energy: UnsafeMutablePointer<Float>
    )

    /// Sums for a shift by least squares: east x east, south x south, east x south, east x residual, south x residual.
    ///
    /// Pixels whose residual is beyond three standard deviations of noise and registration are left out: changed ground
    /// says nothing of the shift.
    /// - Parameters:
    ///   - weight: 1 where a pixel counts, 0 elsewhere.
    ///   - variance: Of the residual.
    ///   - edgeVariance: Noise for each unit of `edgeEnergy`.
    static func shiftSums(
        residual: UnsafePointer<Float>, east: UnsafePointer<Float>, south: UnsafePointer<Float>,
        edgeEnergy: UnsafePointer<Float>, weight: UnsafePointer<Float>, variance: Float, edgeVariance: Float, count: Int
    ) -> (Double, Double, Double, Double, Double)

    /// Takes a shift of the ground off the residual: residual - shiftEast x east - shiftSouth x south.
    static func unshift(
        residual: UnsafePointer<Float>, east: UnsafePointer<Float>, south: UnsafePointer<Float>, shiftEast: Float,
        shiftSouth: Float, count: Int, output: UnsafeMutablePointer<Float>
    )

    /// The departure of a band in standard deviations, with the noise that registration errors make at edges.
    ///
    /// departure = (moved - centre) / sqrt(sigma^2 + edge^2 x edgeEnergy)
    /// - Parameters:
    ///   - moved: Second date minus its prediction from the first, without the shift, reflectance; receives the departure.
    ///   - edgeEnergy: Mean squared gradient around the pixel.
    ///   - sigma: Robust standard deviation of unchanged ground, reflectance.
    ///   - edge: Registration error that remains, pixels.
    static func standardise(
        _ moved: UnsafeMutablePointer<Float>, edgeEnergy: UnsafePointer<Float>, centre: Float, sigma: Float,
        edge: Float,
        count: Int
    )

    /// Adds `weight` x (departure - local mean)^2 to each pixel's sum.
    /// - Parameters:
    ///   - local: Sums over the pixels around, of which there are `counts`, in units of `unit`.
    static func accumulateSquares(
        departure: UnsafePointer<Float>, local: UnsafePointer<Int32>, counts: UnsafePointer<Float>, unit: Float,
        weight: Float, count: Int, sum: UnsafeMutablePointer<Float>
    )

    /// Whole numbers in place of values, 0 where a pixel does not count: sums of them are exact in any order.
    /// - Parameters:
    ///   - limit: Values are clipped to it either way.
    ///   - weight: 1 where a pixel counts, 0 elsewhere.
    ///   - scale: Whole numbers a unit; `limit` x `scale` is below 2^22.
    static func quantise(
        _ values: UnsafePointer<Float>, limit: Float, weight: UnsafePointer<Float>, scale: Float, count: Int,
        output: UnsafeMutablePointer<Int32>
    )

    /// What a response is off the combination of its predictors.
    /// - Parameters:
    ///   - planes: Predictors first, `stride` numbers apart.
    ///   - response: Where the response starts in `planes`.
    ///   - coefficients: One for each predictor, then the constant.
    static func leastSquaresResidual(
        _ planes: UnsafePointer<Float>, response: Int, stride: Int, coefficients: UnsafePointer<Float>,
        predictors: Int, count: Int,
        output: UnsafeMutablePointer<Float>
    )

    /// The indices of values at least `distance` from `centre`.
    /// - Returns: How many there are.
    static func indices(
        of values: UnsafePointer<Float>, awayFrom centre: Float, atLeast distance: Float, count: Int,
        output: UnsafeMutablePointer<Int32>
    ) -> Int

    /// Values at given pixels, one after another.
    static func gather(
        _ values: UnsafePointer<Float>, at pixels: UnsafePointer<Int32>, count: Int, output: UnsafeMutablePointer<Float>
    )
}
