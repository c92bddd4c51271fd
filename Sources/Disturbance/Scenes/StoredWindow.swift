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
        guard let bytes = Deflate.unpacked(packed, count: window.pixelCount * type.byteCount) else { return nil }
        self.window = window
        self.type = type
        self.bytes = bytes
        guard type.is16BitInteger else { return }
        unsafe changeRows { row in
            var value: UInt16 = 0
            for column in row.indices {
                unsafe value &+= row[column]
                unsafe row[column] = value
            }
        }
    }

    /// DEFLATE of the pixels, or of their differences along the rows where they have 16 bits: about three fifths of the
    /// size of a Sentinel-2 scene's.
    var packed: [UInt8] {
        guard type.is16BitInteger else { return Deflate.packed(bytes) }
        var differences = self
        unsafe differences.changeRows { row in
            for column in row.indices.dropFirst().reversed() { unsafe row[column] &-= row[column - 1] }
        }
        return Deflate.packed(differences.bytes)
    }

    private mutating func changeRows(_ change: (UnsafeMutableBufferPointer<UInt16>) -> Void) {
        let columns = window.columns.count
        unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe bytes.withMemoryRebound(to: UInt16.self) { numbers in
                for row in 0..<window.rows.count {
                    unsafe change(UnsafeMutableBufferPointer(rebasing: numbers[row * columns..<(row + 1) * columns]))
                }
            }
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
