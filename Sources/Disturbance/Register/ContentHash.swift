internal import Crypto
internal import Foundation
internal import Geospatial

/// The SHA-256 of values given one after another; the same values give the same hash on every machine.
///
/// How values are taken in is part of the register's format: change it only with `RegisterTables.formatVersion`.
struct ContentHash {
    private var hash = SHA256()

    mutating func add(_ text: String) {
        let bytes = Array(text.utf8)
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hash.update(data: Data("\(bytes.count):".utf8))
        hash.update(data: Data(bytes))
    }

    /// A missing value differs from an empty text.
    mutating func add(_ text: String?) {
        add(text == nil ? "-" : "+")
        if let text { add(text) }
    }

    /// The 15 significant digits that a table keeps count.
    mutating func add(_ number: Double) { add(RegisterTables.kept(number).description) }
    mutating func add(_ number: Int) { add(String(number)) }

    /// A ring to the last bit, which every table keeps.
    mutating func add(_ ring: [Coordinate]) {
        add(ring.count)
        var bytes = Data(capacity: ring.count * 16)
        for number in ring.flatMap({ [$0.x, $0.y] }) {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
            }
        }
        hash.update(data: bytes)
    }

    /// 64 lower-case hexadecimal digits.
    var hexadecimal: String {
        hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
