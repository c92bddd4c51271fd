internal import Kernels

/// Sums of products of planes over their pixels, as normal equations of least squares need them.
///
/// Products are rounded to Float, 32 of them are added as Float, and these sums as Double: relative errors of some
/// 1e-7 that average out over the pixels.
struct NormalEquations {
    let predictors: Int
    let responses: Int
    /// Predictors and the constant.
    var size: Int { predictors + 1 }
    /// size x size, rows first; the lower triangle is filled, the constant last.
    private(set) var matrix: [Double]
    /// For each response `size` numbers.
    private(set) var right: [Double]

    init(predictors: Int, responses: Int) {
        self.predictors = predictors
        self.responses = responses
        matrix = [Double](repeating: 0, count: (predictors + 1) * (predictors + 1))
        right = [Double](repeating: 0, count: (predictors + 1) * responses)
    }

    /// Adds pixels.
    /// - Parameters:
    ///   - planes: Predictors, then responses, `stride` numbers apart.
    ///   - sign: -1 takes pixels off again.
    mutating func add(_ planes: UnsafePointer<Float>, stride: Int, count: Int, sign: Double = 1) {
        let size = size
        // A block of each plane stays in the first cache.
        let block = 512
        var start = 0
        while start < count {
            let length = min(block, count - start)
            for i in 0..<predictors {
                let plane = unsafe planes + i * stride + start
                for j in 0...i {
                    unsafe matrix[i * size + j] +=
                        sign * kernels.productSum(plane, planes + j * stride + start, count: length)
                }
                unsafe matrix[predictors * size + i] += sign * kernels.sum(plane, count: length)
            }
            for response in 0..<responses {
                let plane = unsafe planes + (predictors + response) * stride + start
                for i in 0..<predictors {
                    unsafe right[response * size + i] +=
                        sign * kernels.productSum(plane, planes + i * stride + start, count: length)
                }
                unsafe right[response * size + predictors] += sign * kernels.sum(plane, count: length)
            }
            start += length
        }
        matrix[size * size - 1] += sign * Double(count)
    }

    /// Least squares of one response, drawn to zero by `ridge` a pixel; nil where the planes do not determine it.
    func solution(response: Int, ridge: Double) -> [Double]? {
        var matrix = matrix
        let pixels = max(matrix[size * size - 1], 1)
        for i in 0..<size { matrix[i * size + i] += ridge * pixels }
        return LinearSystem.solve(matrix, Array(right[response * size..<(response + 1) * size]), size: size)
    }

    /// These sums for one response without some pixels.
    /// - Parameters:
    ///   - planes: The pixels' predictors, then their response, `stride` numbers apart.
    func without(_ planes: UnsafePointer<Float>, stride: Int, count: Int, response: Int) -> NormalEquations {
        var rest = NormalEquations(predictors: predictors, responses: 1)
        rest.matrix = matrix
        rest.right = Array(right[response * size..<(response + 1) * size])
        unsafe rest.add(planes, stride: stride, count: count, sign: -1)
        return rest
    }
}
