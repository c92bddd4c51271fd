/// What one scene did to the colours of a landscape: a linear function of the baseline's own spectrum that changes
/// slowly from place to place.
///
/// Fitted per tile to the departures from the baseline, pooled with the eight tiles around, drawn towards the fit of
/// the whole region, and interpolated between the tiles' middles.
struct ColourChange {
    let rows: Int
    let columns: Int
    let bands: Int
    /// Spectra are multiplied by this before they enter the equations: band.
    let unit: [Float]

    /// 40 pixels: at 10 m the width over which soil moisture and haze change; a site's disturbance is smaller.
    private static let tilePixels = 40
    /// Observations that the region's fit is worth in each tile.
    private static let regionWeight = 100.0
    /// What the region's slopes are drawn to zero with, observations: a cloudy day must not invent a colour change.
    private static let slopeRidge = 20.0
    /// Departures beyond so many times the usual take no part.
    private static let trim = 2.5

    private var tileRows: Int { max((rows + Self.tilePixels - 1) / Self.tilePixels, 1) }
    private var tileColumns: Int { max((columns + Self.tilePixels - 1) / Self.tilePixels, 1) }
    private var size: Int { bands + 1 }

    /// Sums of the normal equations of one tile or of several.
    private struct Sums {
        var matrix: [Double]
        /// Band, term.
        var right: [Double]

        init(size: Int, bands: Int) {
            matrix = [Double](repeating: 0, count: size * size)
            right = [Double](repeating: 0, count: size * bands)
        }

        mutating func add(_ other: Sums) {
            for index in matrix.indices { matrix[index] += other.matrix[index] }
            for index in right.indices { right[index] += other.right[index] }
        }
    }

    /// The coefficients of each tile, band, term; nil where too little is clear.
    /// - Parameters:
    ///   - departures: Observed minus predicted: band, pixel.
    ///   - predicted: Band, pixel.
    ///   - clear: 1 where a pixel is observed.
    ///   - scale: Usual departure: band.
    func fit(departures: [Float], predicted: [Float], clear: ArraySlice<UInt8>, scale: [Float]) -> [Double]? {
        let pixels = rows * columns
        // Every second row and column, or all of a small region.
        let step = pixels > 50_000 ? 2 : 1
        var sample: [Int] = []
        for row in stride(from: 0, to: rows, by: step) {
            for column in stride(from: 0, to: columns, by: step)
            where clear[clear.startIndex + row * columns + column] != 0 {
                sample.append(row * columns + column)
            }
        }
        // 200: some thirty observations for each unknown.
        guard sample.count >= 200 else { return nil }
        var solution: [Double]?
        var limit = Double.infinity
        var distances = [Float](repeating: 0, count: sample.count)
        for _ in 0..<3 {
            if let solution {
                measure(sample, departures, predicted, scale, solution, &distances)
                var sorted = distances
                limit = Self.trim * Double(max(median(&sorted) ?? 0, 0.3))
            }
            solution = solve(sums(sample, departures, predicted, distances, limit))
        }
        return solution
    }

    private func tile(of pixel: Int) -> Int {
        pixel / columns / Self.tilePixels * tileColumns + pixel % columns / Self.tilePixels
    }

    private func sums(
        _ sample: [Int], _ departures: [Float], _ predicted: [Float], _ distances: [Float], _ limit: Double
    ) -> [Sums] {
        let pixels = rows * columns
        // Spectrum and departures of one pixel beside each other: one product gives matrix and right sides.
        let width = size + bands
        var products = [Double](repeating: 0, count: tileRows * tileColumns * size * width)
        var row = [Double](repeating: 1, count: width)
        for (index, pixel) in sample.enumerated() where Double(distances[index]) <= limit {
            for band in 0..<bands {
                row[band + 1] = Double(predicted[band * pixels + pixel] * unit[band])
                row[size + band] = Double(departures[band * pixels + pixel])
            }
            unsafe products.withUnsafeMutableBufferPointer { buffer in
                unsafe addOuterProduct(
                    row, rows: size, columns: width,
                    to: buffer.baseAddress! + tile(of: pixel) * size * width)
            }
        }
        return (0..<tileRows * tileColumns).map { tile in
            var sums = Sums(size: size, bands: bands)
            for i in 0..<size {
                let start = (tile * size + i) * width
                for j in 0...i { sums.matrix[i * size + j] = products[start + j] }
                for band in 0..<bands { sums.right[band * size + i] = products[start + size + band] }
            }
            return sums
        }
    }

    private func solve(_ tiles: [Sums]) -> [Double] {
        let size = size
        var region = Sums(size: size, bands: bands)
        tiles.forEach { region.add($0) }
        var ridged = region.matrix
        for i in 0..<size { ridged[i * size + i] += i == 0 ? 1 : Self.slopeRidge }
        var whole = [Double](repeating: 0, count: bands * size)
        for band in 0..<bands {
            let right = Array(region.right[band * size..<(band + 1) * size])
            if let solved = LinearSystem.solve(ridged, right, size: size) {
                whole.replaceSubrange(band * size..<(band + 1) * size, with: solved)
            }
        }
        let weight = Self.regionWeight / max(region.matrix[0], 1)
        var prior = region.matrix.map { $0 * weight }
        for i in 0..<size {
            prior[i * size + i] += 1
            for j in i + 1..<max(size, i + 1) { prior[i * size + j] = prior[j * size + i] }
        }
        var solution: [Double] = []
        for tileRow in 0..<tileRows {
            for tileColumn in 0..<tileColumns {
                var pooled = Sums(size: size, bands: bands)
                for row in max(tileRow - 1, 0)...min(tileRow + 1, tileRows - 1) {
                    for column in max(tileColumn - 1, 0)...min(tileColumn + 1, tileColumns - 1) {
                        pooled.add(tiles[row * tileColumns + column])
                    }
                }
                let matrix = zip(pooled.matrix, prior).map { $0 + $1 }
                for band in 0..<bands {
                    let fallback = Array(whole[band * size..<(band + 1) * size])
                    var right = Array(pooled.right[band * size..<(band + 1) * size])
                    for i in 0..<size { for j in 0..<size { right[i] += prior[i * size + j] * fallback[j] } }
                    solution += LinearSystem.solve(matrix, right, size: size) ?? fallback
                }
            }
        }
        return solution
    }

    /// Root mean square over the bands of what each sampled pixel's tile leaves, in `scale`.
    private func measure(
        _ sample: [Int], _ departures: [Float], _ predicted: [Float], _ scale: [Float], _ solution: [Double],
        _ distances: inout [Float]
    ) {
        let pixels = rows * columns
        for (index, pixel) in sample.enumerated() {
            let start = tile(of: pixel) * bands * size
            var sum = 0.0
            for band in 0..<bands {
                var rest = Double(departures[band * pixels + pixel]) - solution[start + band * size]
                for other in 0..<bands {
                    rest -=
                        solution[start + band * size + other + 1]
                        * Double(predicted[other * pixels + pixel] * unit[other])
                }
                rest /= Double(scale[band])
                sum += rest * rest
            }
            distances[index] = Float((sum / Double(bands)).squareRoot())
        }
    }

    /// Takes the change off one day's planes.
    /// - Parameters:
    ///   - solution: From `fit`.
    ///   - values: The stack; the day's planes begin at `start`, band after band.
    func remove(_ solution: [Double], predicted: [Float], from values: inout [Float], start: Int) {
        let pixels = rows * columns
        let tile = Self.tilePixels
        let size = size
        func middle(_ index: Int) -> Double { (Double(index) + 0.5) * Double(tile) }
        for band in 0..<bands {
            func coefficients(_ tileRow: Int, _ tileColumn: Int) -> ArraySlice<Double> {
                let first = ((tileRow * tileColumns + tileColumn) * bands + band) * size
                return solution[first..<first + size]
            }
            for row in 0..<rows {
                let place = (Double(row) + 0.5) / Double(tile) - 0.5
                let above = min(max(Int(place.rounded(.down)), 0), tileRows - 1)
                let below = min(max(Int(place.rounded(.down)) + 1, 0), tileRows - 1)
                let part = place - place.rounded(.down)
                // This row's coefficients at the middle of each column of tiles.
                let nodes = (0..<tileColumns).map { column in
                    zip(coefficients(above, column), coefficients(below, column)).map {
                        Float($0 + ($1 - $0) * part)
                    }
                }
                var column = 0
                while column < columns {
                    // Runs end halfway through each tile, where the next pair of nodes takes over.
                    let position = (Double(column) + 0.5) / Double(tile) - 0.5
                    let node = Int(position.rounded(.down))
                    let end = min(Int(middle(node + 1)), columns)
                    let left = nodes[min(max(node, 0), tileColumns - 1)]
                    let right = nodes[min(max(node + 1, 0), tileColumns - 1)]
                    unsafe values.withUnsafeMutableBufferPointer { buffer in
                        unsafe subtractColourChange(
                            values: buffer.baseAddress! + start + band * pixels, predicted: predicted, pixels: pixels,
                            bands: bands, start: row * columns + column, count: end - column, left: left, right: right,
                            part: Float(position - position.rounded(.down)), step: 1 / Float(tile), unit: unit)
                    }
                    column = end
                }
            }
        }
    }
}
