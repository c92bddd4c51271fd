internal import Crypto
internal import Geospatial

/// The SHA-256 of values given one after another; the same values give the same hash on every machine.
///
/// How values are taken in is part of the register's format: change it only with `RegisterTables.formatVersion`.
struct ContentHash {
    private var hash = SHA256()
    /// Taken in, not hashed yet: a run has many values of a few bytes.
    private var pending: [UInt8] = []

    private static let pendingBytes = 1 << 16

    mutating func add(_ text: String) {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        pending += "\(text.utf8.count):".utf8
        pending += text.utf8
        if pending.count >= Self.pendingBytes { flush() }
    }

    private mutating func flush() {
        hash.update(data: pending)
        pending.removeAll(keepingCapacity: true)
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
        for corner in ring {
            for number in [corner.x, corner.y] {
                for shift in stride(from: UInt64(0), to: 64, by: 8) {
                    pending.append(UInt8(truncatingIfNeeded: number.bitPattern >> shift))
                }
            }
        }
        if pending.count >= Self.pendingBytes { flush() }
    }

    /// 64 lower-case hexadecimal digits.
    var hexadecimal: String {
        var whole = self
        whole.flush()
        return Hexadecimal.text(whole.hash.finalize())
    }
}
