/// Marks every pixel within `radius` rows and columns of a marked one.
/// - Parameters:
///   - mask: 0 or 1 a pixel, rows first; changed in place.
///   - radius: Pixels; 0 changes nothing.
func dilate(_ mask: inout [UInt8], rows: Int, columns: Int, radius: Int) {
    guard radius > 0, rows > 0, columns > 0 else { return }
    // A square is dilated along rows, then along columns; each pass remembers how far the last mark lies back.
    func pass(lines: Int, length: Int, lineStep: Int, step: Int) {
        for line in 0..<lines {
            var sinceMark = radius + 1
            let start = line * lineStep
            var marks = [UInt8](repeating: 0, count: length)
            for position in 0..<length {
                sinceMark = mask[start + position * step] != 0 ? 0 : sinceMark + 1
                if sinceMark <= radius { marks[position] = 1 }
            }
            sinceMark = radius + 1
            for position in stride(from: length - 1, through: 0, by: -1) {
                sinceMark = mask[start + position * step] != 0 ? 0 : sinceMark + 1
                if sinceMark <= radius { marks[position] = 1 }
            }
            for position in 0..<length { mask[start + position * step] = marks[position] }
        }
    }
    pass(lines: rows, length: columns, lineStep: columns, step: 1)
    pass(lines: columns, length: rows, lineStep: 1, step: columns)
}
