/// Solves small symmetric positive definite systems, in Double.
enum LinearSystem {
    /// The solution of `matrix` x = `right` by Cholesky's factorisation, or nil where the matrix is not positive
    /// definite.
    /// - Parameters:
    ///   - matrix: size x size, rows first; only the lower triangle is read.
    ///   - right: `size` numbers.
    static func solve(_ matrix: [Double], _ right: [Double], size: Int) -> [Double]? {
        var factor = matrix
        for row in 0..<size {
            for column in 0...row {
                var sum = factor[row * size + column]
                for k in 0..<column { sum -= factor[row * size + k] * factor[column * size + k] }
                if row == column {
                    guard sum > 0, sum.isFinite else { return nil }
                    factor[row * size + row] = sum.squareRoot()
                } else {
                    factor[row * size + column] = sum / factor[column * size + column]
                }
            }
        }
        var solution = right
        for row in 0..<size {
            for k in 0..<row { solution[row] -= factor[row * size + k] * solution[k] }
            solution[row] /= factor[row * size + row]
        }
        for row in (0..<size).reversed() {
            for k in row + 1..<max(size, row + 1) { solution[row] -= factor[k * size + row] * solution[k] }
            solution[row] /= factor[row * size + row]
        }
        return solution
    }
}
