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
        pending += String(text.utf8.count).utf8
        pending.append(UInt8(ascii: ":"))
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
    mutating func add(_ number: Double) { add(RegisterTables.keptText(number)) }
    mutating func add(_ number: Int) { add(String(number)) }

    /// A ring to the last bit, which every table keeps.
    mutating func add(_ ring: [Coordinate]) {
        add(ring.count)
        for corner in ring {
            add(bitsOf: corner.x)
            add(bitsOf: corner.y)
        }
        if pending.count >= Self.pendingBytes { flush() }
    }

    private mutating func add(bitsOf number: Double) {
        unsafe withUnsafeBytes(of: number.bitPattern.littleEndian) { unsafe pending.append(contentsOf: $0) }
    }

    /// 64 lower-case hexadecimal digits.
    var hexadecimal: String {
        var whole = self
        whole.flush()
        return Hexadecimal.text(whole.hash.finalize())
    }
}
