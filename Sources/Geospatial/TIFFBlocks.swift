internal import CDeflate
internal import CGDAL

/// Reads the commonest blocks of a GeoTIFF past GDAL: DEFLATE with or without the horizontal predictor, whole numbers
/// of 8 or 16 bits, one layer after another.
///
/// GDAL copies such a block three times and undoes the predictor number by number; that takes as long as unpacking it.
/// Where a block lies GDAL tells (its metadata domain "TIFF"); whatever is unusual or fails is left to `GDALReadBlock`,
/// which is also who words the errors.
@safe
final class TIFFBlocks {
    private let file: CheckedFile
    private let dataset: GDALDatasetH
    private let hasPredictor: Bool
    private let decompressor: OpaquePointer

    /// Nil where GDAL has to read the blocks.
    /// - Parameters:
    ///   - dataset: Has to outlive this reader.
    ///   - pieces: What the file held when it was first seen.
    init?(dataset: GDALDatasetH, path: String, pieces: FilePieces?, header: RasterHeader) {
        func structure(_ name: String) -> String? {
            unsafe GDALGetMetadataItem(dataset, name, "IMAGE_STRUCTURE").map { unsafe String(cString: $0) }
        }
        guard let driver = unsafe GDALGetDatasetDriver(dataset),
            unsafe String(cString: GDALGetDescription(driver)) == RasterDriver.geoTIFF.rawValue,
            structure("COMPRESSION") == "DEFLATE", header.bandCount == 1 || structure("INTERLEAVE") == "BAND"
        else { return nil }
        // A sign or fewer bits than the type has are told band by band.
        for band in 1...Int32(header.bandCount) {
            guard let handle = unsafe GDALGetRasterBand(dataset, band),
                unsafe GDALGetRasterDataType(handle) == header.pixelType.gdalType,
                unsafe GDALGetMetadataItem(handle, "NBITS", "IMAGE_STRUCTURE") == nil,
                unsafe GDALGetMetadataItem(handle, "PIXELTYPE", "IMAGE_STRUCTURE") == nil
            else { return nil }
        }
        switch (structure("PREDICTOR") ?? "1", header.pixelType) {
        case ("1", .uint8), ("1", .uint16), ("1", .int16): hasPredictor = false
        case ("2", .uint16), ("2", .int16): hasPredictor = true
        default: return nil
        }
        // Little-endian, as the processor: "II".
        guard 1.littleEndian == 1, let file = CheckedFile(path: path, pieces: pieces),
            let magic = unsafe file.withBytes(0..<4, { unsafe [UInt8]($0) }),
            [[0x49, 0x49, 42, 0], [0x49, 0x49, 43, 0]].contains(magic),
            let decompressor = unsafe libdeflate_alloc_decompressor()
        else { return nil }
        self.file = file
        unsafe self.dataset = unsafe dataset
        unsafe self.decompressor = unsafe decompressor
    }

    deinit { unsafe libdeflate_free_decompressor(decompressor) }

    /// One block, whole as stored, or nil where GDAL has to read it.
    /// - Parameters:
    ///   - band: Counted from 1.
    ///   - count: Numbers in the block; `columns` of them make a row.
    func block<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, band: Int, row: Int, column: Int, count: Int, columns: Int
    ) -> [Value]? {
        guard let handle = unsafe GDALGetRasterBand(dataset, Int32(band)) else { return nil }
        func place(_ name: String) -> Int? {
            unsafe GDALGetMetadataItem(handle, "\(name)_\(column)_\(row)", "TIFF").flatMap {
                unsafe Int(String(cString: $0))
            }
        }
        let byteCount = count * MemoryLayout<Value>.size
        // Nothing worth unpacking is larger packed by more than a few bytes; a hostile length is not read.
        guard let offset = place("BLOCK_OFFSET"), let length = place("BLOCK_SIZE"), offset > 0, length > 0,
            length <= byteCount + byteCount / 8 + 1024, !offset.addingReportingOverflow(length).overflow
        else { return nil }
        var isWhole = false
        let unpacked = unsafe file.withBytes(offset..<offset + length) { stored in
            unsafe [Value](unsafeUninitializedCapacity: count) { buffer, filled in
                // An exact size is asked for: a block that unpacks to less is an error too.
                isWhole =
                    unsafe libdeflate_zlib_decompress(
                        decompressor, stored.baseAddress, length, buffer.baseAddress, byteCount, nil)
                    == LIBDEFLATE_SUCCESS
                filled = isWhole ? count : 0
            }
        }
        guard isWhole, var values = unpacked else { return nil }
        if hasPredictor { undoPredictor(&values, columns: columns) }
        return values
    }
}

/// Turns differences to the left neighbour into numbers, modulo the type's range (TIFF 6.0, section 14).
///
/// Four rows at once: within a row each sum waits for the one before.
func undoPredictor<Value: FixedWidthInteger & BitwiseCopyable>(_ values: inout [Value], columns: Int) {
    guard columns > 0 else { return }
    let rows = values.count / columns
    unsafe values.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        var row = 0
        while row &+ 4 <= rows {
            let a = unsafe start + row &* columns
            let b = unsafe a + columns
            let c = unsafe b + columns
            let d = unsafe c + columns
            var sums: (Value, Value, Value, Value) = (0, 0, 0, 0)
            for column in 0..<columns {
                unsafe sums.0 &+= a[column]
                unsafe a[column] = sums.0
                unsafe sums.1 &+= b[column]
                unsafe b[column] = sums.1
                unsafe sums.2 &+= c[column]
                unsafe c[column] = sums.2
                unsafe sums.3 &+= d[column]
                unsafe d[column] = sums.3
            }
            row &+= 4
        }
        while row < rows {
            var sum: Value = 0
            for index in row &* columns..<(row &+ 1) &* columns {
                unsafe sum &+= start[index]
                unsafe start[index] = sum
            }
            row &+= 1
        }
    }
}
