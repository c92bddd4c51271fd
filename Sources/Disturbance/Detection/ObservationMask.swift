internal import Geospatial

/// Which pixels of a stack are observations.
struct ObservationMask {
    /// 1 for an observation: day, then pixel.
    let clear: [UInt8]
    let pixelCount: Int

    /// Cloud and shadow are grown by `dilationMetres`, because their rims are missed; nodata, snow and water are not.
    init(_ stack: SceneStack, dilationMetres: Double) {
        pixelCount = stack.pixelCount
        let pixelMetres = stack.grid.pixelArea.squareRoot()
        let radius = Int((dilationMetres / pixelMetres).rounded())
        var clear = [UInt8](repeating: 0, count: stack.conditions.count)
        var hidden = [UInt8](repeating: 0, count: pixelCount)
        for day in stack.days.indices {
            let start = day * pixelCount
            for pixel in 0..<pixelCount {
                let condition = stack.conditions[start + pixel]
                hidden[pixel] =
                    condition == PixelCondition.cloud.rawValue || condition == PixelCondition.shadow.rawValue ? 1 : 0
            }
            dilate(&hidden, rows: stack.grid.rows, columns: stack.grid.columns, radius: radius)
            for pixel in 0..<pixelCount {
                let isClear = stack.conditions[start + pixel] == PixelCondition.clear.rawValue
                clear[start + pixel] = isClear && hidden[pixel] == 0 ? 1 : 0
            }
        }
        self.clear = clear
    }

    private init(clear: [UInt8], pixelCount: Int) {
        self.clear = clear
        self.pixelCount = pixelCount
    }

    /// The mask with that of later days.
    func followed(by later: ObservationMask) -> ObservationMask {
        ObservationMask(clear: clear + later.clear, pixelCount: pixelCount)
    }

    /// Part of the pixels that were observed on a day.
    func share(of pixels: [Int], day: Int) -> Double {
        guard !pixels.isEmpty else { return 0 }
        let start = day * pixelCount
        return Double(pixels.count { clear[start + $0] != 0 }) / Double(pixels.count)
    }

    /// Part of the whole window that was observed on a day.
    func share(day: Int) -> Double {
        let start = day * pixelCount
        return Double(clear[start..<start + pixelCount].count { $0 != 0 }) / Double(max(pixelCount, 1))
    }

    /// How often the median pixel of a set was observed in the first `days` days.
    func medianCount(of pixels: [Int], days: Int) -> Int {
        var counts = [Float](repeating: 0, count: pixels.count)
        for day in 0..<days {
            let start = day * pixelCount
            for (index, pixel) in pixels.enumerated() { counts[index] += Float(clear[start + pixel]) }
        }
        return Int(median(&counts) ?? 0)
    }
}
