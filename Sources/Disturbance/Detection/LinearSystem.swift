/// Solves small symmetric positive definite systems, in Double.
enum LinearSystem {
    /// The solution of `matrix` x = `right` by Cholesky's factorisation, or nil where the matrix is not positive
    /// definite.
    /// - Parameters:
    ///   - matrix: size x size, rows first; only the lower triangle is read.
    ///   - right: `size` numbers.
    static func solve(_ matrix: [Double], _ right: [Double], size: Int) -> [Double]? {
        var factor = matrix
        guard factorise(&factor, size: size) else { return nil }
        var solution = right
        substitute(factor, &solution, size: size)
        return solution
    }

    /// Cholesky's factor in place, or false where the matrix is not positive definite.
    /// - Parameter matrix: size x size, rows first; only the lower triangle is read and changed.
    static func factorise(_ matrix: inout [Double], size: Int) -> Bool {
        for row in 0..<size {
            for column in 0...row {
                var sum = matrix[row * size + column]
                for k in 0..<column { sum -= matrix[row * size + k] * matrix[column * size + k] }
                if row == column {
                    guard sum > 0, sum.isFinite else { return false }
                    matrix[row * size + row] = sum.squareRoot()
                } else {
                    matrix[row * size + column] = sum / matrix[column * size + column]
                }
            }
        }
        return true
    }

    /// Solves in place with a factor from `factorise`.
    static func substitute(_ factor: [Double], _ right: inout [Double], size: Int) {
        for row in 0..<size {
            for k in 0..<row { right[row] -= factor[row * size + k] * right[k] }
            right[row] /= factor[row * size + row]
        }
        for row in (0..<size).reversed() {
            for k in row + 1..<max(size, row + 1) { right[row] -= factor[k * size + row] * right[k] }
            right[row] /= factor[row * size + row]
        }
    }
}
