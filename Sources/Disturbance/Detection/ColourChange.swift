internal import Kernels

/// What one scene did to the colours of a landscape: a linear function of the baseline's own spectrum that changes
/// slowly from place to place.
///
/// Fitted per tile to the departures from the baseline, pooled with the eight tiles around, drawn towards the fit of
/// the whole region, and interpolated between the tiles' middles. One of these serves all scenes of a stack.
@safe
struct ColourChange: ~Copyable {
    private let rows: Int
    private let columns: Int
    private let bands: Int
    /// Spectra are multiplied by this before they enter the equations: band.
    private let unit: [Float]
    /// One over the usual departure: band.
    private let rate: [Double]
    private let tileRows: Int
    private let tileColumns: Int
    /// Every so many rows and columns enter the equations.
    private let step: Int
    /// Numbers of the sampled pixels, tile after tile: the spectrum by band, then the departures by band.
    private let sample: UnsafeMutablePointer<Float>
    /// Room for each of them.
    private let capacity: Int
    /// What the fit so far leaves: one for each sampled pixel.
    private let distances: UnsafeMutablePointer<Float>
    /// Where each tile's pixels begin in `sample`, and how many there are.
    private var starts: [Int]
    private var counts: [Int]
    /// Products of all pixels, and of those that the fit keeps: tile, then as `sumColourProducts` says.
    private var allProducts: [Double]
    private var products: [Double]

    /// 40 pixels: at 10 m the width over which soil moisture and haze change; a site's disturbance is smaller.
    private static let tilePixels = 40
    /// Observations that the region's fit is worth in each tile.
    private static let regionWeight = 100.0
    /// What the region's slopes are drawn to zero with, observations: a cloudy day must not invent a colour change.
    private static let slopeRidge = 20.0
    /// Departures beyond so many times the usual take no part.
    private static let trim = 2.5
    /// Some thirty observations for each unknown.
    private static let leastObservations = 200
    /// Samples are padded to the width of the kernels' vectors.
    private static let padding = 4

    private var tiles: Int { tileRows * tileColumns }
    private var size: Int { bands + 1 }
    private var width: Int { 2 * bands + 1 }

    init(rows: Int, columns: Int, unit: [Float], scale: [Float]) {
        self.rows = rows
        self.columns = columns
        self.unit = unit
        rate = scale.map { 1 / Double($0) }
        bands = unit.count
        tileRows = max((rows + Self.tilePixels - 1) / Self.tilePixels, 1)
        tileColumns = max((columns + Self.tilePixels - 1) / Self.tilePixels, 1)
        // Every second row and column, or all of a small region.
        step = rows * columns > 50_000 ? 2 : 1
        capacity = (rows / step + 1) * (columns / step + 1) + tileRows * tileColumns * Self.padding
        unsafe sample = .allocate(capacity: 2 * unit.count * capacity)
        unsafe distances = .allocate(capacity: capacity)
        starts = Array(repeating: 0, count: tileRows * tileColumns)
        counts = starts
        allProducts = Array(repeating: 0, count: tileRows * tileColumns * (unit.count + 1) * (2 * unit.count + 1))
        products = allProducts
    }

    deinit {
        unsafe sample.deallocate()
        unsafe distances.deallocate()
    }

    /// Fits the change to one day.
    /// - Parameters:
    ///   - values: The day's planes: band, pixel.
    ///   - predicted: Band, pixel.
    ///   - clear: 1 where a pixel is observed.
    /// - Returns: Coefficients: tile, band, term. Empty where too little is clear.
    mutating func solution(
        values: UnsafePointer<Float>, predicted: UnsafePointer<Float>, clear: UnsafePointer<UInt8>
    ) -> [Double] {
        unsafe collect(values, predicted, clear)
        guard counts.reduce(0, +) >= Self.leastObservations else { return [] }
        for tile in 0..<tiles {
            unsafe kernels.sumColourProducts(
                sample: sample + starts[tile], stride: capacity, count: padded(counts[tile]),
                observations: counts[tile], bands: bands, products: &allProducts[tile * size * width])
        }
        products = allProducts
        var solution = solved()
        for _ in 0..<2 {
            leaveOut(beyond: Self.trim * Double(max(medianDistance(from: solution), 0.3)))
            solution = solved()
        }
        return solution
    }

    private func padded(_ count: Int) -> Int { (count + Self.padding - 1) / Self.padding * Self.padding }

    // MARK: Sample

    /// Brings the sampled pixels together, tile after tile.
    private mutating func collect(
        _ values: UnsafePointer<Float>, _ predicted: UnsafePointer<Float>, _ clear: UnsafePointer<UInt8>
    ) {
        let pixels = rows * columns
        var next = 0
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.tilePixels) { list in
            for tile in 0..<tiles {
                let tileRow = tile / tileColumns * Self.tilePixels
                let tileColumn = tile % tileColumns * Self.tilePixels
                starts[tile] = next
                for row in stride(from: tileRow, to: min(tileRow + Self.tilePixels, rows), by: step) {
                    let end = min(tileColumn + Self.tilePixels, columns)
                    // Written always and kept where it is clear: no branch to guess.
                    var found = 0
                    for column in stride(from: tileColumn, to: end, by: step) {
                        let pixel = row &* columns &+ column
                        unsafe list[found] = pixel
                        unsafe found &+= Int(clear[pixel])
                    }
                    let isWhole = found == end - tileColumn
                    for band in 0..<bands {
                        let spectrum = unsafe sample + band * capacity + next
                        let departure = unsafe spectrum + bands * capacity
                        let expected = unsafe predicted + band * pixels
                        let observed = unsafe values + band * pixels
                        let factor = unit[band]
                        if isWhole {
                            let first = row * columns + tileColumn
                            for index in 0..<found {
                                unsafe spectrum[index] = expected[first &+ index] * factor
                                unsafe departure[index] = observed[first &+ index] - expected[first &+ index]
                            }
                        } else {
                            for index in 0..<found {
                                let pixel = unsafe list[index]
                                unsafe spectrum[index] = expected[pixel] * factor
                                unsafe departure[index] = observed[pixel] - expected[pixel]
                            }
                        }
                    }
                    next += found
                }
                counts[tile] = next - starts[tile]
                let end = starts[tile] + padded(counts[tile])
                for column in 0..<2 * bands {
                    for index in next..<max(end, next) { unsafe sample[column * capacity + index] = 0 }
                }
                next = end
            }
        }
    }

    /// The upper median of what a solution leaves.
    private func medianDistance(from solution: [Double]) -> Float {
        var count = 0
        for tile in 0..<tiles {
            // Tile after tile: what one writes beyond its last pixel, the next overwrites.
            unsafe solution.withUnsafeBufferPointer { solution in
                unsafe kernels.measureColour(
                    sample: sample + starts[tile], stride: capacity, count: padded(counts[tile]), bands: bands,
                    rate: rate, solution: solution.baseAddress! + tile * bands * size,
                    distances: distances + count)
            }
            count += counts[tile]
        }
        return unsafe selectMagnitude(count / 2, of: UnsafePointer(distances), count: count, stride: 1)
    }

    /// Puts the products of the pixels within a distance into `products`.
    private mutating func leaveOut(beyond limit: Double) {
        products = allProducts
        let most = padded(counts.max() ?? 0)
        let length = size * width
        unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: max(2 * bands * most, 1)) { outliers in
            unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: length) { lost in
                var place = 0
                for tile in 0..<tiles {
                    var found = 0
                    for index in 0..<counts[tile] where unsafe Double(distances[place + index]) > limit {
                        for column in 0..<2 * bands {
                            unsafe outliers[column * most + found] = sample[column * capacity + starts[tile] + index]
                        }
                        found += 1
                    }
                    place += counts[tile]
                    guard found > 0 else { continue }
                    for column in 0..<2 * bands {
                        for index in found..<padded(found) { unsafe outliers[column * most + index] = 0 }
                    }
                    unsafe kernels.sumColourProducts(
                        sample: UnsafePointer(outliers.baseAddress!), stride: most, count: padded(found),
                        observations: found, bands: bands, products: lost.baseAddress!)
                    for index in 0..<length { unsafe products[tile * length + index] -= lost[index] }
                }
            }
        }
    }

    // MARK: Equations

    /// The coefficients of each tile, band, term.
    private func solved() -> [Double] {
        let length = size * width
        var region = [Double](repeating: 0, count: length)
        for tile in 0..<tiles { for index in 0..<length { region[index] += products[tile * length + index] } }
        let weight = Self.regionWeight / max(region[0], 1)
        var matrix = [Double](repeating: 0, count: size * size)
        var right = [Double](repeating: 0, count: size)
        // What draws a tile's fit towards the region's.
        var prior = matrix
        for i in 0..<size {
            for j in 0...i {
                matrix[i * size + j] = region[i * width + j]
                prior[i * size + j] = region[i * width + j] * weight
            }
            matrix[i * size + i] += i == 0 ? 1 : Self.slopeRidge
            prior[i * size + i] += 1
            for j in 0..<i { prior[j * size + i] = prior[i * size + j] }
        }
        var whole = [Double](repeating: 0, count: bands * size)
        if LinearSystem.factorise(&matrix, size: size) {
            for band in 0..<bands {
                for i in 0..<size { right[i] = region[i * width + size + band] }
                LinearSystem.substitute(matrix, &right, size: size)
                for i in 0..<size { whole[band * size + i] = right[i] }
            }
        }
        var solution = [Double](repeating: 0, count: tiles * bands * size)
        var pooled = region
        for tile in 0..<tiles {
            pool(around: tile, &pooled)
            for i in 0..<size {
                for j in 0...i { matrix[i * size + j] = pooled[i * width + j] + prior[i * size + j] }
            }
            let isSolvable = LinearSystem.factorise(&matrix, size: size)
            for band in 0..<bands {
                let start = (tile * bands + band) * size
                if isSolvable {
                    for i in 0..<size {
                        right[i] = pooled[i * width + size + band]
                        for j in 0..<size { right[i] += prior[i * size + j] * whole[band * size + j] }
                    }
                    LinearSystem.substitute(matrix, &right, size: size)
                } else {
                    for i in 0..<size { right[i] = whole[band * size + i] }
                }
                for i in 0..<size { solution[start + i] = right[i] }
            }
        }
        return solution
    }

    /// Sums of the products of a tile and the eight around it.
    private func pool(around tile: Int, _ pooled: inout [Double]) {
        let length = size * width
        let (tileRow, tileColumn) = (tile / tileColumns, tile % tileColumns)
        for index in 0..<length { pooled[index] = 0 }
        for row in max(tileRow - 1, 0)...min(tileRow + 1, tileRows - 1) {
            for column in max(tileColumn - 1, 0)...min(tileColumn + 1, tileColumns - 1) {
                let start = (row * tileColumns + column) * length
                for index in 0..<length { pooled[index] += products[start + index] }
            }
        }
    }

    // MARK: Removal

    /// Takes the change off the day it was fitted to.
    /// - Parameters:
    ///   - solution: As `solution` gives it; where it is empty, or of other tiles, the day is left alone.
    ///   - predicted: Band, pixel.
    ///   - values: The day's planes: band, pixel; changed in place.
    ///   - wanted: Rows from which it is taken off; nil for all.
    func remove(
        _ solution: [Double], predicted: UnsafePointer<Float>, from values: UnsafeMutablePointer<Float>,
        rows wanted: [Int]? = nil
    ) {
        guard solution.count == tiles * bands * size else { return }
        let tile = Self.tilePixels
        let length = bands * size
        func node(_ index: Int, of count: Int) -> Int { min(max(index, 0), count - 1) }
        // The coefficients of one row at the middle of each column of tiles.
        var nodes = [Float](repeating: 0, count: tileColumns * length)
        for row in wanted ?? Array(0..<rows) {
            let place = (Double(row) + 0.5) / Double(tile) - 0.5
            let above = node(Int(place.rounded(.down)), of: tileRows) * tileColumns * length
            let below = node(Int(place.rounded(.down)) + 1, of: tileRows) * tileColumns * length
            let part = place - place.rounded(.down)
            for index in 0..<tileColumns * length {
                nodes[index] = Float(
                    solution[above + index] + (solution[below + index] - solution[above + index]) * part)
            }
            var column = 0
            while column < columns {
                // Runs end halfway through each tile, where the next pair of nodes takes over.
                let position = (Double(column) + 0.5) / Double(tile) - 0.5
                let left = Int(position.rounded(.down))
                let end = min(Int((Double(left + 1) + 0.5) * Double(tile)), columns)
                unsafe nodes.withUnsafeBufferPointer { nodes in
                    unsafe kernels.subtractColourChange(
                        values: values, predicted: predicted, pixels: rows * columns, bands: bands,
                        start: row * columns + column, count: end - column,
                        left: nodes.baseAddress! + node(left, of: tileColumns) * length,
                        right: nodes.baseAddress! + node(left + 1, of: tileColumns) * length,
                        part: Float(position - position.rounded(.down)), step: 1 / Float(tile), unit: unit)
                }
                column = end
            }
        }
    }
}
