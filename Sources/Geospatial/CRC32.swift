internal import CDeflate

/// The checksum of ISO/IEC 3309: another one for certain after a single flipped bit, or several within 32 bits.
public enum CRC32 {
    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe libdeflate_crc32(0, $0.baseAddress, $0.count) }
    }
}
