/// Coefficients of a seasonal curve: mean, and cosine and sine of one and of two cycles a year.
let harmonicTerms = 5

extension VectorKernels {
    public static var harmonicTerms: Int { 5 }
}

/// Products of two terms that differ: the lower triangle of the normal equations.
private let termPairs = harmonicTerms * (harmonicTerms + 1) / 2
private let lanes = FloatVector.scalarCount

extension VectorKernels {
    public static func fitHarmonics(
        values: UnsafePointer<Float>, clear: UnsafePointer<UInt8>, design: UnsafePointer<Float>, days: Int,
        bands: Int, pixels: Int, scale: UnsafePointer<Float>,
        exchanges: UnsafePointer<(low: Int32, high: Int32)>, exchangeCount: Int, ridge: Float, trim: Float,
        fits: Int, coefficients: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<UInt8>
    ) {
        // Vectors that one group of pixels needs while it is fitted, and what a tile of groups keeps of each.
        let working = harmonicTerms * harmonicTerms + bands * harmonicTerms + bands + 2 * days
        let kept = days * (bands + 2)
        // 128 KiB of observations stay in the second cache of any machine.
        let groups = max(1, min(8, 4096 / max(kept, 1)))
        unsafe withUnsafeTemporaryAllocation(of: FloatVector.self, capacity: working + (groups + 1) * kept) { vectors in
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: max(days * termPairs, 1)) { products in
                unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: groups * lanes) { list in
                    for day in 0..<days {
                        var place = day * termPairs
                        for i in 0..<harmonicTerms {
                            for j in 0...i {
                                unsafe products[place] =
                                    design[day * harmonicTerms + i] * design[day * harmonicTerms + j]
                                place += 1
                            }
                        }
                    }
                    var fit = unsafe HarmonicFit(
                        bands: bands, days: days, design: design, products: UnsafePointer(products.baseAddress!),
                        scale: scale, exchanges: exchanges, exchangeCount: exchangeCount, ridge: ridge, trim: trim,
                        fits: fits,
                        vectors: vectors.baseAddress!, groups: groups, list: list.baseAddress!)
                    var pixel = 0
                    while pixel < pixels {
                        let count = min(groups &* lanes, pixels &- pixel)
                        unsafe fit.fit(
                            values: values, clear: clear, pixels: pixels, from: pixel, count: count,
                            coefficients: coefficients, weights: weights)
                        pixel &+= count
                    }
                }
            }
        }
    }
}

/// Working space of `fitHarmonics`: fits a tile of pixels in groups of eight.
///
/// Most pixels have no outlier and are done after the first fit. The others of a tile are gathered into new groups, so
/// that the work follows the number of pixels that need it; lanes never mix, so it changes no result.
@safe
private struct HarmonicFit {
    private let bands: Int
    private let days: Int
    private let design: UnsafePointer<Float>
    private let products: UnsafePointer<Float>
    private let scale: UnsafePointer<Float>
    private let exchanges: UnsafePointer<(low: Int32, high: Int32)>
    private let exchangeCount: Int
    private let ridge: Float
    private let trim: Float
    private let fits: Int
    private let gram: UnsafeMutablePointer<FloatVector>
    /// Band, term.
    private let right: UnsafeMutablePointer<FloatVector>
    /// Root mean square departure of each day, and the same sorted.
    private let distance: UnsafeMutablePointer<FloatVector>
    private let sorted: UnsafeMutablePointer<FloatVector>
    /// For each group: values by day and band, 0 where not clear; then clear by day; then weight by day.
    private let tile: UnsafeMutablePointer<FloatVector>
    /// A group of pixels that were gathered.
    private let gathered: UnsafeMutablePointer<FloatVector>
    /// Pixels of the tile that must be fitted again.
    private let list: UnsafeMutablePointer<Int>
    /// The group of the tile whose clear days the factor in `gram` is made of.
    private var factorOf: Int?

    init(
        bands: Int, days: Int, design: UnsafePointer<Float>, products: UnsafePointer<Float>,
        scale: UnsafePointer<Float>, exchanges: UnsafePointer<(low: Int32, high: Int32)>, exchangeCount: Int,
        ridge: Float,
        trim: Float, fits: Int, vectors: UnsafeMutablePointer<FloatVector>, groups: Int,
        list: UnsafeMutablePointer<Int>
    ) {
        self.bands = bands
        self.days = days
        unsafe self.design = design
        unsafe self.products = products
        unsafe self.scale = scale
        unsafe self.exchanges = exchanges
        self.exchangeCount = exchangeCount
        self.ridge = ridge
        self.trim = trim
        self.fits = fits
        unsafe gram = vectors
        unsafe right = gram + harmonicTerms * harmonicTerms
        unsafe distance = right + bands * harmonicTerms
        unsafe sorted = distance + days
        unsafe tile = sorted + days
        unsafe gathered = tile + groups * days * (bands + 2)
        unsafe self.list = list
    }

    private var kept: Int { days &* (bands + 2) }

    @inline(__always)
    mutating func fit(
        values: UnsafePointer<Float>, clear: UnsafePointer<UInt8>, pixels: Int, from first: Int, count: Int,
        coefficients: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<UInt8>
    ) {
        let groups = count / lanes
        unsafe collect(values, clear, pixels: pixels, from: first, groups: groups, weights: weights)
        factorOf = nil
        var waiting = 0
        for group in 0..<groups {
            let own = unsafe tile + group &* kept
            let seen = unsafe own + days &* bands
            if !hasFactor(of: group) {
                unsafe makeFactor(UnsafePointer(seen))
                factorOf = group
            }
            unsafe solve(UnsafePointer(own), weights: nil)
            for row in 0..<bands &* harmonicTerms {
                unsafe right[row].store(coefficients + row &* pixels + first + group &* lanes)
            }
            guard fits > 1 else { continue }
            let changed = unsafe weigh(
                UnsafePointer(own), clear: UnsafePointer(seen), weights: own + days &* (bands + 1))
            for lane in 0..<lanes where changed[lane] != 0 {
                unsafe list[waiting] = group &* lanes + lane
                waiting &+= 1
            }
        }
        for round in 1..<max(fits, 1) where waiting > 0 {
            let listed = waiting
            waiting = 0
            var start = 0
            while start < listed {
                let filled = min(lanes, listed &- start)
                unsafe gather(list + start, count: filled)
                let seen = unsafe gathered + days &* bands
                let weight = unsafe seen + days
                unsafe makeFactor(UnsafePointer(weight))
                unsafe solve(UnsafePointer(gathered), weights: UnsafePointer(weight))
                unsafe scatter(list + start, count: filled, pixels: pixels, from: first, coefficients, weights)
                if round + 1 < fits {
                    let changed = unsafe weigh(
                        UnsafePointer(gathered), clear: UnsafePointer(seen), weights: weight)
                    for lane in 0..<filled where changed[lane] != 0 {
                        let pixel = unsafe list[start + lane]
                        let own = unsafe numbers(of: pixel) + days &* (bands + 1) &* lanes
                        for day in 0..<days { unsafe own[day &* lanes] = weight[day][lane] }
                        unsafe list[waiting] = pixel
                        waiting &+= 1
                    }
                }
                start &+= lanes
            }
        }
    }

    /// Brings a tile together: its planes lie far apart.
    @inline(__always)
    private func collect(
        _ values: UnsafePointer<Float>, _ clear: UnsafePointer<UInt8>, pixels: Int, from first: Int, groups: Int,
        weights: UnsafeMutablePointer<UInt8>
    ) {
        let zero = FloatVector(repeating: 0)
        for day in 0..<days {
            let start = day &* pixels + first
            unsafe (weights + start).update(from: clear + start, count: groups &* lanes)
            for group in 0..<groups {
                let seen = unsafe FloatVector(clear + start + group &* lanes)
                let place = unsafe tile + group &* kept + days &* bands + day
                unsafe place[0] = seen
                unsafe place[days] = seen
            }
            for band in 0..<bands {
                let plane = unsafe values + (day &* bands + band) &* pixels + first
                for group in 0..<groups {
                    let own = unsafe tile + group &* kept
                    let isHidden = unsafe own[days &* bands + day] .== zero
                    // Unclear pixels may hold NaN, which no weight of 0 removes.
                    unsafe own[day &* bands + band] = FloatVector(plane + group &* lanes)
                        .replacing(with: zero, where: isHidden)
                }
            }
        }
    }

    /// Whether the factor that was made last is that of a group too: most neighbours are clear on the same days.
    @inline(__always)
    private func hasFactor(of group: Int) -> Bool {
        guard let factorOf else { return false }
        let first = unsafe tile + factorOf &* kept + days &* bands
        let second = unsafe tile + group &* kept + days &* bands
        var difference = FloatVector(repeating: 0)
        for day in 0..<days {
            let step = unsafe first[day] - second[day]
            difference += step * step
        }
        return difference.isZero
    }

    /// The factor of the normal equations.
    @inline(__always)
    private func makeFactor(_ weights: UnsafePointer<FloatVector>) {
        for row in 0..<harmonicTerms {
            let line = unsafe gram + row &* harmonicTerms
            let numbers = unsafe products + row &* (row + 1) / 2
            switch row {
            case 0: unsafe Self.add(weights, step: 1, numbers, step: termPairs, days: days, terms: 1, to: line)
            case 1: unsafe Self.add(weights, step: 1, numbers, step: termPairs, days: days, terms: 2, to: line)
            case 2: unsafe Self.add(weights, step: 1, numbers, step: termPairs, days: days, terms: 3, to: line)
            case 3: unsafe Self.add(weights, step: 1, numbers, step: termPairs, days: days, terms: 4, to: line)
            default: unsafe Self.add(weights, step: 1, numbers, step: termPairs, days: days, terms: 5, to: line)
            }
        }
        unsafe gram[0] += FloatVector(repeating: 1e-6)
        for i in 1..<harmonicTerms { unsafe gram[i &* harmonicTerms + i] += FloatVector(repeating: ridge) }
        unsafe factorise(gram, size: harmonicTerms)
    }

    /// Puts the coefficients into `right`.
    /// - Parameters:
    ///   - values: Day, band.
    ///   - weights: Of each day; nil where what does not count is 0 in `values`.
    @inline(__always)
    private func solve(_ values: UnsafePointer<FloatVector>, weights: UnsafePointer<FloatVector>?) {
        for band in 0..<bands {
            let line = unsafe right + band &* harmonicTerms
            unsafe Self.add(
                values + band, step: bands, design, step: harmonicTerms, days: days, terms: 5, weights: weights,
                to: line)
            unsafe substitute(UnsafePointer(gram), line, size: harmonicTerms)
        }
    }

    /// Adds up, over the days, a vector times each of the first `terms` numbers of the day; the other sums are 0.
    @inline(__always)
    private static func add(
        _ vectors: UnsafePointer<FloatVector>, step: Int, _ numbers: UnsafePointer<Float>, step numberStep: Int,
        days: Int, terms: Int, weights: UnsafePointer<FloatVector>? = nil,
        to sums: UnsafeMutablePointer<FloatVector>
    ) {
        var (a, b, c, d, e) = (FloatVector(), FloatVector(), FloatVector(), FloatVector(), FloatVector())
        for day in 0..<days {
            var vector = unsafe vectors[day &* step]
            if let weights = unsafe weights { unsafe vector *= weights[day] }
            let number = unsafe numbers + day &* numberStep
            unsafe a += vector * number[0]
            if terms > 1 { unsafe b += vector * number[1] }
            if terms > 2 { unsafe c += vector * number[2] }
            if terms > 3 { unsafe d += vector * number[3] }
            if terms > 4 { unsafe e += vector * number[4] }
        }
        unsafe sums[0] = a
        unsafe sums[1] = b
        unsafe sums[2] = c
        unsafe sums[3] = d
        unsafe sums[4] = e
    }

    /// Weights each day by how far it departs from the curves in `right`.
    /// - Parameter weights: Those of the curves; receives the new ones.
    /// - Returns: Other than 0 in the lanes whose weights changed.
    @inline(__always)
    private func weigh(
        _ values: UnsafePointer<FloatVector>, clear: UnsafePointer<FloatVector>,
        weights: UnsafeMutablePointer<FloatVector>
    ) -> FloatVector {
        let zero = FloatVector(repeating: 0)
        let never = FloatVector(repeating: .infinity)
        var seen = zero
        for band in 0..<bands {
            let curve = unsafe right + band &* harmonicTerms
            let (a, b, c, d, e) = unsafe (curve[0], curve[1], curve[2], curve[3], curve[4])
            let unit = unsafe FloatVector(repeating: scale[band])
            for day in 0..<days {
                let number = unsafe design + day &* harmonicTerms
                var residual = unsafe values[day &* bands + band]
                unsafe residual -= a * number[0]
                unsafe residual -= b * number[1]
                unsafe residual -= c * number[2]
                unsafe residual -= d * number[3]
                unsafe residual -= e * number[4]
                residual /= unit
                if band == 0 {
                    unsafe distance[day] = residual * residual
                } else {
                    unsafe distance[day] += residual * residual
                }
            }
        }
        for day in 0..<days {
            let own = unsafe (distance[day] / Float(bands)).squareRoots
            unsafe distance[day] = own
            unsafe sorted[day] = own.replacing(with: never, where: clear[day] .== zero)
            unsafe seen += clear[day]
        }
        for index in 0..<exchangeCount {
            let exchange = unsafe exchanges[index]
            let low = unsafe sorted[Int(exchange.low)]
            let high = unsafe sorted[Int(exchange.high)]
            let isOrdered = low .< high
            unsafe sorted[Int(exchange.low)] = high.replacing(with: low, where: isOrdered)
            unsafe sorted[Int(exchange.high)] = low.replacing(with: high, where: isOrdered)
        }
        var limit = FloatVector(repeating: 0)
        if days > 0 {
            for lane in 0..<lanes {
                let middle = unsafe sorted[min(Int(seen[lane]) / 2, days &- 1)][lane]
                limit[lane] = trim * max(middle, 0.5)
            }
        }
        var changed = zero
        for day in 0..<days {
            let isNear = unsafe distance[day] .<= limit
            let weight = unsafe zero.replacing(with: clear[day], where: isNear)
            let step = unsafe weight - weights[day]
            changed += step * step
            unsafe weights[day] = weight
        }
        return changed
    }

    /// The first of a pixel's numbers in the tile; the next is `lanes` further on.
    @inline(__always)
    private func numbers(of pixel: Int) -> UnsafeMutablePointer<Float> {
        unsafe UnsafeMutableRawPointer(tile + pixel / lanes &* kept).assumingMemoryBound(to: Float.self)
            + pixel % lanes
    }

    /// Makes a group of some pixels of the tile; lanes to spare repeat the last.
    @inline(__always)
    private func gather(_ list: UnsafePointer<Int>, count: Int) {
        for lane in 0..<lanes {
            let own = unsafe UnsafePointer(numbers(of: list[min(lane, count &- 1)]))
            let target = unsafe UnsafeMutableRawPointer(gathered).assumingMemoryBound(to: Float.self) + lane
            for index in 0..<kept { unsafe target[index &* lanes] = own[index &* lanes] }
        }
    }

    /// Gives the curves of a gathered group, and the weights they were fitted with, to its pixels.
    @inline(__always)
    private func scatter(
        _ list: UnsafePointer<Int>, count: Int, pixels: Int, from first: Int,
        _ coefficients: UnsafeMutablePointer<Float>, _ weights: UnsafeMutablePointer<UInt8>
    ) {
        for lane in 0..<count {
            let pixel = unsafe first + list[lane]
            for row in 0..<bands &* harmonicTerms {
                unsafe coefficients[row &* pixels + pixel] = right[row][lane]
            }
            let weight = unsafe gathered + days &* (bands + 1)
            for day in 0..<days { unsafe weights[day &* pixels + pixel] = UInt8(weight[day][lane]) }
        }
    }
}
