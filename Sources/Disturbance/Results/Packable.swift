internal import Foundation
public import Geospatial

/// A value with one form in bytes: what is unpacked is bit for bit what was packed, NaN and -0 too.
///
/// Numbers are little-endian, whole ones as short as they are (LEB128, zigzag), counts go before what they count,
/// members of dictionaries are in order of their packed keys. Names are not kept: what is packed changes only together
/// with the version of the file it lies in.
public protocol Packable {
    func pack(into packer: inout Packer) throws
    init(from unpacker: inout Unpacker) throws
}

/// Bytes that cannot be unpacked: they end too early, or stand for nothing.
struct PackingError: Error {}

/// Gathers the bytes of values, one after another.
public struct Packer {
    public private(set) var bytes: [UInt8] = []
    /// Takes what need not be read with the rest, and tells where it put it; nil where everything is in one piece.
    let setAside: (([UInt8]) throws -> PartPlace)?

    init(setAside: (([UInt8]) throws -> PartPlace)? = nil) { self.setAside = setAside }

    /// The bytes of one value.
    static func bytes(of value: some Packable) throws -> [UInt8] {
        var packer = Packer()
        try packer.add(value)
        return packer.bytes
    }

    mutating func add(_ value: some Packable) throws { try value.pack(into: &self) }

    mutating func add(raw: [UInt8]) throws {
        try add(raw.count)
        bytes += raw
    }

    mutating func add(byte: UInt8) { bytes.append(byte) }

    mutating func add(variable number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func add<Number: FixedWidthInteger>(fixed number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }
}

/// Takes values from bytes in the order in which they were packed.
public struct Unpacker {
    private let bytes: [UInt8]
    private var position = 0
    /// Where parts lie that were set aside.
    let file: RecordFile?

    init(_ bytes: [UInt8], file: RecordFile? = nil) {
        self.bytes = bytes
        self.file = file
    }

    /// The one value that all of the bytes stand for.
    static func value<Value: Packable>(_ type: Value.Type, of bytes: [UInt8], file: RecordFile? = nil) throws -> Value {
        var unpacker = Unpacker(bytes, file: file)
        let value: Value = try unpacker.next()
        guard unpacker.position == bytes.count else { throw PackingError() }
        return value
    }

    mutating func next<Value: Packable>() throws -> Value { try Value(from: &self) }

    mutating func nextByte() throws -> UInt8 {
        guard position < bytes.count else { throw PackingError() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func nextRaw() throws -> [UInt8] {
        let count = try nextCount()
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// How many there are of something that takes at least a byte each.
    mutating func nextCount() throws -> Int {
        let count: Int = try next()
        guard count >= 0, count <= bytes.count - position else { throw PackingError() }
        return count
    }

    mutating func nextVariable() throws -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try nextByte()
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw PackingError()
    }

    mutating func nextFixed<Number: FixedWidthInteger>() throws -> Number {
        let count = Number.bitWidth / 8
        guard count <= bytes.count - position else { throw PackingError() }
        var number = Number.zero
        for index in 0..<count { number |= Number(truncatingIfNeeded: bytes[position + index]) << Number(index * 8) }
        position += count
        return number
    }
}

// MARK: Values of the language

extension Int: Packable {
    public func pack(into packer: inout Packer) {
        packer.add(variable: UInt64(bitPattern: Int64((self << 1) ^ (self >> 63))))
    }

    public init(from unpacker: inout Unpacker) throws {
        let number = try unpacker.nextVariable()
        self = Int(Int64(bitPattern: number >> 1) ^ -Int64(number & 1))
    }
}

extension Bool: Packable {
    public func pack(into packer: inout Packer) { packer.add(byte: self ? 1 : 0) }

    public init(from unpacker: inout Unpacker) throws {
        let byte = try unpacker.nextByte()
        guard byte <= 1 else { throw PackingError() }
        self = byte == 1
    }
}

extension Double: Packable {
    public func pack(into packer: inout Packer) { packer.add(fixed: bitPattern) }
    public init(from unpacker: inout Unpacker) throws { self.init(bitPattern: try unpacker.nextFixed()) }
}

extension Float: Packable {
    public func pack(into packer: inout Packer) { packer.add(fixed: bitPattern) }
    public init(from unpacker: inout Unpacker) throws { self.init(bitPattern: try unpacker.nextFixed()) }
}

extension String: Packable {
    public func pack(into packer: inout Packer) throws { try packer.add(raw: Array(utf8)) }

    public init(from unpacker: inout Unpacker) throws {
        guard let text = String(validating: try unpacker.nextRaw(), as: UTF8.self) else { throw PackingError() }
        self = text
    }
}

extension Optional: Packable where Wrapped: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(self != nil)
        if let self { try packer.add(self) }
    }

    public init(from unpacker: inout Unpacker) throws {
        self = try Bool(from: &unpacker) ? try Wrapped(from: &unpacker) : nil
    }
}

extension Array: Packable where Element: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(count)
        for element in self { try packer.add(element) }
    }

    public init(from unpacker: inout Unpacker) throws {
        let count = try unpacker.nextCount()
        self.init()
        reserveCapacity(count)
        for _ in 0..<count { append(try unpacker.next()) }
    }
}

extension Dictionary: Packable where Key: Packable, Value: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(count)
        // The order of a dictionary changes from run to run.
        let members = try map { (key: try Packer.bytes(of: $0.key), value: $0.value) }
        for (key, value) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try packer.add(raw: key)
            try packer.add(value)
        }
    }

    public init(from unpacker: inout Unpacker) throws {
        let count = try unpacker.nextCount()
        self.init(minimumCapacity: count)
        for _ in 0..<count {
            let key = try Unpacker.value(Key.self, of: try unpacker.nextRaw())
            guard updateValue(try unpacker.next(), forKey: key) == nil else { throw PackingError() }
        }
    }
}

/// Choices are packed by their name.
extension Packable where Self: RawRepresentable, RawValue == String {
    public func pack(into packer: inout Packer) throws { try packer.add(rawValue) }

    public init(from unpacker: inout Unpacker) throws {
        guard let value = Self(rawValue: try unpacker.next()) else { throw PackingError() }
        self = value
    }
}

// MARK: Values of the layer below

/// As well-known binary, which keeps every bit of every coordinate.
extension Geometry: Packable {
    public func pack(into packer: inout Packer) throws { try packer.add(raw: wkb) }
    public convenience init(from unpacker: inout Unpacker) throws { try self.init(wkb: try unpacker.nextRaw()) }
}

extension Coordinate: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(x)
        try packer.add(y)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(x: try unpacker.next(), y: try unpacker.next())
    }
}

extension Window: Packable {
    public func pack(into packer: inout Packer) throws {
        for bound in [rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound] {
            try packer.add(bound)
        }
    }

    public init(from unpacker: inout Unpacker) throws {
        func range() throws -> Range<Int> {
            let (start, end): (Int, Int) = (try unpacker.next(), try unpacker.next())
            guard start <= end else { throw PackingError() }
            return start..<end
        }
        self.init(rows: try range(), columns: try range())
    }
}
