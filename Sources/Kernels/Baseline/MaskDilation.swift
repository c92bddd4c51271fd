/// Bytes worked on at once.
private typealias Marks = SIMD16<UInt8>

extension VectorKernels {
    public static func dilate(_ mask: UnsafeMutablePointer<UInt8>, rows: Int, columns: Int, radius: Int) {
        unsafe spread(mask, rows: rows, columns: columns, radius: radius)
    }
}

private func spread(_ mask: UnsafeMutablePointer<UInt8>, rows: Int, columns: Int, radius: Int) {
    guard radius > 0, rows > 0, columns > 0, unsafe holdsMark(mask, count: rows * columns) else { return }
    // With a rim as wide as the radius, every window is whole, and those of neighbouring lines do not touch.
    let width = columns + 2 * radius
    let count = width * (rows + 2 * radius)
    unsafe withUnsafeTemporaryAllocation(byteCount: count + Marks.scalarCount, alignment: 16) { buffer in
        let framed = buffer.baseAddress!
        unsafe framed.initializeMemory(as: UInt8.self, repeating: 0, count: count + Marks.scalarCount)
        for row in 0..<rows {
            unsafe (framed + (row + radius) * width + radius).copyMemory(
                from: mask + row * columns, byteCount: columns)
        }
        unsafe gatherAhead(framed, count: count, window: 2 * radius + 1, step: 1)
        unsafe gatherAhead(framed, count: count, window: 2 * radius + 1, step: width)
        for row in 0..<rows {
            unsafe UnsafeMutableRawPointer(mask + row * columns).copyMemory(
                from: framed + row * width, byteCount: columns)
        }
    }
}

private func holdsMark(_ mask: UnsafePointer<UInt8>, count: Int) -> Bool {
    for index in 0..<count where unsafe mask[index] != 0 { return true }
    return false
}

/// Marks each place where one of `window` places, itself and those `step`, 2 x `step`, ... ahead, is marked.
///
/// Windows are doubled until two of them, overlapping, make one of the wanted length.
private func gatherAhead(_ marks: UnsafeMutableRawPointer, count: Int, window: Int, step: Int) {
    func join(_ distance: Int) {
        var place = 0
        // What is read lies ahead of what is written.
        while place + distance < count {
            let here = unsafe marks.loadUnaligned(fromByteOffset: place, as: Marks.self)
            // The bytes behind the last are never marked.
            let left = count - place - distance
            if left >= Marks.scalarCount {
                let there = unsafe marks.loadUnaligned(fromByteOffset: place + distance, as: Marks.self)
                unsafe marks.storeBytes(of: here | there, toByteOffset: place, as: Marks.self)
            } else {
                for offset in place..<place + left {
                    let own = unsafe marks.load(fromByteOffset: offset, as: UInt8.self)
                    let other = unsafe marks.load(fromByteOffset: offset + distance, as: UInt8.self)
                    unsafe marks.storeBytes(of: own | other, toByteOffset: offset, as: UInt8.self)
                }
            }
            place += Marks.scalarCount
        }
    }
    var length = 1
    while length * 2 <= window {
        join(length * step)
        length *= 2
    }
    if window > length { join((window - length) * step) }
}
