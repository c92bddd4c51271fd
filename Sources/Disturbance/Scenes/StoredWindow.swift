internal import Geospatial

/// The pixels of a window as a file stores them, rows first; little-endian, as all machines are that this runs on.
struct StoredWindow: Sendable {
    let window: Window
    let type: PixelType
    private(set) var bytes: [UInt8]

    /// All pixels 0.
    init(_ window: Window, type: PixelType) {
        self.window = window
        self.type = type
        bytes = [UInt8](repeating: 0, count: window.pixelCount * type.byteCount)
    }

    /// - Parameter packed: As `packed` gives it.
    /// - Returns: Nil where that is damaged or of another window.
    init?(_ window: Window, type: PixelType, packed: [UInt8]) {
        self.window = window
        self.type = type
        let count = window.pixelCount
        guard type.is16BitInteger else {
            guard let bytes = Deflate.unpacked(packed, count: count * type.byteCount) else { return nil }
            self.bytes = bytes
            return
        }
        var unpacker = Unpacker(packed)
        guard let number = try? unpacker.nextFixed() as UInt32, case let highCount = Int(number),
            packed.count >= Self.headCount + highCount,
            let high = Deflate.unpacked(Array(packed[Self.headCount..<Self.headCount + highCount]), count: count)
        else { return nil }
        let rest = packed[(Self.headCount + highCount)...]
        // Of as many bytes as there are pixels nothing was packed.
        guard let low = rest.count == count ? Array(rest) : Deflate.unpacked(Array(rest), count: count) else {
            return nil
        }
        bytes = Self.numbers(low: low, high: high, columns: window.columns.count)
    }

    /// Bytes before the packed high halves: how many these are.
    private static let headCount = 4

    /// DEFLATE of the pixels; of 16 bits the differences along the rows, both signs folded into small numbers, with their
    /// high halves and low halves apart.
    ///
    /// The high halves of the differences of a scene are nearly all alike, the low ones as good as random: those are not
    /// packed, unless most of them are the same, as outside of a swath. That takes half the size of the pixels and a
    /// tenth of the time of packing all.
    var packed: [UInt8] {
        guard type.is16BitInteger else { return Deflate.packed(bytes) }
        let (low, high) = halves
        let packedHigh = Deflate.packed(high)
        var counts = [Int](repeating: 0, count: 256)
        for byte in low { counts[Int(byte)] += 1 }
        let isUniform = counts.contains { $0 * 2 > low.count }
        let packedLow = isUniform ? Deflate.packed(low) : low
        var head = Packer()
        head.add(fixed: UInt32(packedHigh.count))
        return head.bytes + packedHigh + (packedLow.count < low.count ? packedLow : low)
    }

    private var halves: (low: [UInt8], high: [UInt8]) {
        let count = window.pixelCount
        let columns = window.columns.count
        var low = [UInt8](repeating: 0, count: count)
        var high = low
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe bytes.withMemoryRebound(to: UInt16.self) { numbers in
                var lowBytes = low.mutableSpan
                var highBytes = high.mutableSpan
                for start in stride(from: 0, to: count, by: max(columns, 1)) {
                    var before: UInt16 = 0
                    for pixel in start..<start + columns {
                        let number = unsafe numbers[pixel]
                        let difference = number &- before
                        // The sign goes into the lowest bit.
                        let folded = difference << 1 ^ (difference >> 15 == 0 ? 0 : .max)
                        unsafe lowBytes[unchecked: pixel] = UInt8(truncatingIfNeeded: folded)
                        unsafe highBytes[unchecked: pixel] = UInt8(truncatingIfNeeded: folded >> 8)
                        before = number
                    }
                }
            }
        }
        return (low, high)
    }

    private static func numbers(low: [UInt8], high: [UInt8], columns: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: max(2 * low.count, 1)) { buffer, filled in
            let (lowBytes, highBytes) = (low.span, high.span)
            precondition(lowBytes.count == highBytes.count)
            unsafe UnsafeMutableRawBufferPointer(buffer).withMemoryRebound(to: UInt16.self) { numbers in
                for start in stride(from: 0, to: low.count, by: max(columns, 1)) {
                    var number: UInt16 = 0
                    for pixel in start..<start + columns {
                        let folded =
                            unsafe UInt16(lowBytes[unchecked: pixel]) | UInt16(highBytes[unchecked: pixel]) << 8
                        number &+= folded >> 1 ^ (0 &- (folded & 1))
                        unsafe numbers[pixel] = number
                    }
                }
            }
            filled = 2 * low.count
        }
    }

    /// Takes over what a block holds of the window.
    /// - Parameters:
    ///   - held: Of `type`.
    ///   - place: The pixels of the whole block, in the file's grid.
    mutating func copy(_ held: BlockRows, at place: Window) {
        switch held.block.values {
        case .uint8(let values): copy(values, of: held, at: place)
        case .int16(let values): copy(values, of: held, at: place)
        case .uint16(let values): copy(values, of: held, at: place)
        case .float32(let values): copy(values, of: held, at: place)
        }
    }

    private mutating func copy<Stored: BitwiseCopyable>(_ values: [Stored], of held: BlockRows, at place: Window) {
        precondition(MemoryLayout<Stored>.size == type.byteCount)
        let common = place.intersection(window)
        let width = common.columns.count * type.byteCount
        guard width > 0 else { return }
        unsafe values.withUnsafeBytes { source in
            unsafe bytes.withUnsafeMutableBytes { target in
                for row in common.rows {
                    let from =
                        (row - place.rows.lowerBound - held.firstRow) * held.block.columns + common.columns.lowerBound
                        - place.columns.lowerBound
                    let to =
                        (row - window.rows.lowerBound) * window.columns.count + common.columns.lowerBound
                        - window.columns.lowerBound
                    unsafe UnsafeMutableRawBufferPointer(
                        rebasing: target[to * type.byteCount..<to * type.byteCount + width]
                    ).copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: source[from * type.byteCount..<from * type.byteCount + width]))
                }
            }
        }
    }

    /// The window as one block.
    var block: RasterBlock {
        let values: RasterBlock.Values =
            switch type {
            case .uint8: .uint8(bytes)
            case .int16: .int16(numbers())
            case .uint16: .uint16(numbers())
            case .float32: .float32(numbers())
            }
        return RasterBlock(values: values, rows: window.rows.count, columns: window.columns.count)
    }

    private func numbers<Stored: BitwiseCopyable>() -> [Stored] {
        unsafe [Stored](unsafeUninitializedCapacity: window.pixelCount) { buffer, count in
            unsafe bytes.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = window.pixelCount
        }
    }
}
