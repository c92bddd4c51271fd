internal import Crypto
internal import Foundation

/// The SHA-256 of values given one after another; the same values give the same hash on every machine.
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

    /// Every digit counts: the shortest text that reads back as the same number.
    mutating func add(_ number: Double) { add(number.description) }
    mutating func add(_ number: Int) { add(String(number)) }

    /// 64 lower-case hexadecimal digits.
    var hexadecimal: String {
        hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
