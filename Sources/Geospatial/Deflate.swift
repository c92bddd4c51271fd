internal import CDeflate

/// Packs bytes with DEFLATE in the zlib format (RFC 1950), whose Adler-32 tells a damaged part from a whole one.
public enum Deflate {
    /// Fast rather than small: records are read once or never.
    private static let level: Int32 = 1

    /// The same bytes give the same packed bytes with the same version of the library.
    public static func packed(_ bytes: [UInt8]) -> [UInt8] {
        guard let compressor = unsafe libdeflate_alloc_compressor(level) else {
            preconditionFailure("out of memory")
        }
        defer { unsafe libdeflate_free_compressor(compressor) }
        let bound = unsafe libdeflate_zlib_compress_bound(compressor, bytes.count)
        return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
            filled = unsafe bytes.withUnsafeBytes {
                unsafe libdeflate_zlib_compress(compressor, $0.baseAddress, $0.count, buffer.baseAddress, bound)
            }
        }
    }

    /// - Parameter count: Bytes before they were packed.
    /// - Returns: Nil where the packed bytes are damaged or hold another number of bytes.
    public static func unpacked(_ packed: [UInt8], count: Int) -> [UInt8]? {
        // A byte of DEFLATE stands for at most 1032: a damaged count is no reason to ask for all memory.
        guard count >= 0, count / 1032 <= packed.count,
            let decompressor = unsafe libdeflate_alloc_decompressor()
        else { return nil }
        defer { unsafe libdeflate_free_decompressor(decompressor) }
        var isWhole = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, filled in
            isWhole = unsafe packed.withUnsafeBytes {
                // An exact size is asked for: bytes that unpack to fewer are an error too.
                unsafe libdeflate_zlib_decompress(
                    decompressor, $0.baseAddress, $0.count, buffer.baseAddress, count, nil) == LIBDEFLATE_SUCCESS
            }
            filled = isWhole ? count : 0
        }
        return isWhole ? bytes : nil
    }
}
