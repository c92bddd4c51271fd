internal import CDeflate

/// The checksum of ISO/IEC 3309: another one for certain after a single flipped bit, or several within 32 bits.
public enum CRC32 {
    /// Of numbers as they lie in memory.
    public static func checksum<Number: BitwiseCopyable>(_ numbers: [Number]) -> UInt32 {
        unsafe numbers.withUnsafeBytes { unsafe libdeflate_crc32(0, $0.baseAddress, $0.count) }
    }
}
