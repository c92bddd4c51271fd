/// The outlines of connected patches of pixels, along pixel edges.
///
/// Runs of equal label in each row are joined into patches; the border of each patch is then walked along from corner to
/// corner, with the patch to the right. The work is one look at every label, and more only where there are patches.
///
/// The rings are those of `GDALPolygonize` (GDAL 3.6), in its order, with its first corners and directions, so that
/// either gives the same bytes. A ring begins at its topmost corner, of these at the leftmost. Where a patch touches
/// itself at a corner, the walk turns to the left there: holes that meet at a corner stay two, and an outline that meets
/// itself passes the corner twice.
struct PatchOutlines {
    /// A corner of pixels: (0, 0) is the upper left of the first pixel.
    struct Corner: Hashable {
        var row: Int32
        var column: Int32
    }

    struct Patch {
        let label: Int32
        /// Closed: the last corner is the first.
        let rings: [[Corner]]
    }

    /// In GDAL's order: see `PixelRuns`.
    let patches: [Patch]

    /// - Parameter labels: One a pixel, rows first; 0 belongs to no patch.
    init(labels: [Int32], rows: Int, columns: Int, connectivity: Connectivity) {
        precondition(labels.count == rows * columns)
        let runs = PixelRuns(labels: labels, rows: rows, columns: columns, connectivity: connectivity)
        let plane = PatchPlane()
        patches = runs.patches.map { patch in
            Patch(label: patch.first!.label, rings: plane.rings(of: patch))
        }
    }
}

/// Pixels of one label beside one another in a row.
private struct PixelRun {
    let label: Int32
    let row: Int32
    let first: Int32
    /// One past the last.
    let end: Int32
}

/// The runs of a raster, grouped by patch.
///
/// A run has the number of the one above that touches its first pixel, or else a new one, and gives it to all others that
/// touch it from above.
private struct PixelRuns {
    /// Patch after patch by number, those first that end in earlier rows, in steps of eight: GDAL hands on what is
    /// complete that often.
    private let runs: [PixelRun]
    /// Where each patch ends among the runs.
    private let ends: [Int]

    /// - Returns: After how many eights of rows GDAL hands on a patch that ends in a row.
    private static func step(ofRow row: Int32, of rows: Int) -> Int {
        let step = (Int(row) + 3) / 8
        return 8 * step + 7 > rows ? .max : step
    }

    init(labels: [Int32], rows: Int, columns: Int, connectivity: Connectivity) {
        var runs: [PixelRun] = []
        var parent: [Int32] = []
        let reach: Int32 = connectivity == .eight ? 1 : 0
        // Runs of the row above.
        var above = 0..<0
        for row in 0..<rows {
            let start = runs.count
            unsafe labels.withUnsafeBufferPointer { labels in
                unsafe Self.appendRuns(
                    of: UnsafeBufferPointer(rebasing: labels[row * columns..<(row + 1) * columns]), row: row, to: &runs)
            }
            var other = above.lowerBound
            for run in start..<runs.count {
                parent.append(Int32(run))
                while other < above.upperBound, runs[other].end + reach <= runs[run].first { other += 1 }
                var next = other
                while next < above.upperBound, runs[next].first < runs[run].end + reach {
                    if runs[next].label == runs[run].label {
                        let (known, own) = (Self.root(of: next, in: &parent), Self.root(of: run, in: &parent))
                        let touchesFirst = runs[next].first <= runs[run].first + reach
                        if own == run, touchesFirst { parent[own] = Int32(known) } else { parent[known] = Int32(own) }
                    }
                    next += 1
                }
            }
            above = start..<runs.count
        }
        // Runs sorted by patch: how many each has, where each begins, and then one after another.
        let roots = runs.indices.map { Int32(Self.root(of: $0, in: &parent)) }
        var counts = [Int32](repeating: 0, count: runs.count)
        var lastRows = counts
        for (run, root) in zip(runs, roots) {
            counts[Int(root)] += 1
            lastRows[Int(root)] = run.row
        }
        let order = counts.indices.filter { counts[$0] > 0 }.map {
            (step: Self.step(ofRow: lastRows[$0], of: rows), root: $0)
        }
        .sorted { $0 < $1 }
        var next = counts
        var ends: [Int] = []
        var end = 0
        for (_, root) in order {
            next[root] = Int32(end)
            end += Int(counts[root])
            ends.append(end)
        }
        self.ends = ends
        // Of no room at all Swift would write the count into the empty array that all threads share.
        guard !runs.isEmpty else {
            self.runs = []
            return
        }
        self.runs = unsafe [PixelRun](unsafeUninitializedCapacity: runs.count) { sorted, count in
            for (run, root) in zip(runs, roots) {
                unsafe sorted.initializeElement(at: Int(next[Int(root)]), to: run)
                next[Int(root)] += 1
            }
            count = runs.count
        }
    }

    /// The runs of each patch in order, rows first.
    var patches: [ArraySlice<PixelRun>] {
        zip([0] + ends, ends).map { runs[$0..<$1] }
    }

    private static func root(of run: Int, in parent: inout [Int32]) -> Int {
        var run = run
        while Int(parent[run]) != run {
            parent[run] = parent[Int(parent[run])]
            run = Int(parent[run])
        }
        return run
    }

    private static func appendRuns(of labels: UnsafeBufferPointer<Int32>, row: Int, to runs: inout [PixelRun]) {
        let count = labels.count
        var column = 0
        while column < count {
            // Most pixels belong to no patch.
            while column &+ 16 <= count {
                var any: Int32 = 0
                for step in 0..<16 { any |= unsafe labels[column &+ step] }
                guard any == 0 else { break }
                column &+= 16
            }
            while column < count, unsafe labels[column] == 0 { column &+= 1 }
            guard column < count else { return }
            let (label, first) = unsafe (labels[column], column)
            repeat { column &+= 1 } while unsafe column < count && labels[column] == label
            runs.append(PixelRun(label: label, row: Int32(row), first: Int32(first), end: Int32(column)))
        }
    }
}

/// A plane that holds one patch at a time, to walk around it.
private final class PatchPlane {
    /// What is known of a pixel of the patch.
    private enum Mark {
        static let inside: UInt8 = 1
        static let leftEdgeSeen: UInt8 = 2
        static let rightEdgeSeen: UInt8 = 4
    }

    private enum Direction { case down, up, left, right }

    /// The pixels around a patch, with one of nothing on each side.
    private var marks: [UInt8] = []
    private var stride = 0

    func rings(of patch: ArraySlice<PixelRun>) -> [[PatchOutlines.Corner]] {
        let top = Int(patch.first!.row)
        let left = Int(patch.reduce(Int32.max) { min($0, $1.first) })
        stride = Int(patch.reduce(0) { max($0, $1.end) }) - left + 2
        let size = (Int(patch.last!.row) - top + 3) * stride
        if marks.count < size { marks = [UInt8](repeating: 0, count: size) }
        return unsafe marks.withUnsafeMutableBufferPointer { buffer in
            let marks = buffer.baseAddress!
            func fill(with mark: UInt8) {
                for run in patch {
                    let place = (Int(run.row) - top + 1) * stride + 1 - left
                    for column in Int(run.first)..<Int(run.end) { unsafe marks[place + column] = mark }
                }
            }
            fill(with: Mark.inside)
            // The plane is as it was for the next.
            defer { fill(with: 0) }
            var rings: [[PatchOutlines.Corner]] = []
            func add(_ ring: [PatchOutlines.Corner]) {
                rings.append(
                    ring.map { PatchOutlines.Corner(row: $0.row + Int32(top), column: $0.column + Int32(left)) })
            }
            for run in patch {
                let (row, first, end) = (Int(run.row) - top, Int(run.first) - left, Int(run.end) - left)
                let place = (row + 1) * stride + 1
                // Of an outline this is the upper left corner, of a hole too.
                if unsafe marks[place + first] & Mark.leftEdgeSeen == 0 {
                    add(Self.directed(unsafe ring(from: row, first, .right, marks)))
                }
                if unsafe marks[place + end - 1] & Mark.rightEdgeSeen == 0 {
                    add(unsafe ring(from: row, end, .down, marks))
                }
            }
            return rings
        }
    }

    /// Walks along the border, the patch to the right, until it would go on as it began.
    private func ring(
        from startRow: Int, _ startColumn: Int, _ start: Direction, _ marks: UnsafeMutablePointer<UInt8>
    ) -> [PatchOutlines.Corner] {
        var (row, column, direction) = (startRow, startColumn, start)
        var corners = [PatchOutlines.Corner(row: Int32(row), column: Int32(column))]
        repeat {
            switch direction {
            case .down:
                unsafe marks[(row &+ 1) &* stride &+ column] |= Mark.rightEdgeSeen
                row &+= 1
            case .up:
                unsafe marks[row &* stride &+ column &+ 1] |= Mark.leftEdgeSeen
                row &-= 1
            case .left: column &-= 1
            case .right: column &+= 1
            }
            let next = unsafe self.direction(after: direction, row, column, marks)
            if next != direction {
                corners.append(PatchOutlines.Corner(row: Int32(row), column: Int32(column)))
                direction = next
            }
        } while row != startRow || column != startColumn || direction != start
        return corners
    }

    /// An outline in GDAL's direction: against the clock where the way down and to the right from its first corner ends
    /// at a corner where it would go up, and with the clock where it would go to the left.
    private static func directed(_ outline: [PatchOutlines.Corner]) -> [PatchOutlines.Corner] {
        let reversed = outline.reversed()
        for (corner, next) in zip(reversed, reversed.dropFirst()) {
            if next.column < corner.column { return outline }
            if next.row < corner.row { return Array(reversed) }
        }
        return outline
    }

    /// Where the border goes on from a corner: to the left where a pixel of the patch lies ahead on the left, to the
    /// right where none lies ahead.
    @inline(__always)
    private func direction(
        after direction: Direction, _ row: Int, _ column: Int, _ marks: UnsafeMutablePointer<UInt8>
    ) -> Direction {
        let place = row &* stride &+ column
        let (upperLeft, upperRight) = unsafe (marks[place] != 0, marks[place &+ 1] != 0)
        let (lowerLeft, lowerRight) = unsafe (marks[place &+ stride] != 0, marks[place &+ stride &+ 1] != 0)
        switch direction {
        case .down: return lowerRight ? .right : lowerLeft ? .down : .left
        case .up: return upperLeft ? .left : upperRight ? .up : .right
        case .left: return lowerLeft ? .down : upperLeft ? .left : .up
        case .right: return upperRight ? .up : lowerRight ? .right : .down
        }
    }
}
