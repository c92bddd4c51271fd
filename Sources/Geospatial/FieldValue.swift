/// The value of one field of a feature.
public enum FieldValue: Sendable, Hashable {
    /// Known to be nothing; a field that is not given at all is missing from `Feature.fields`.
    case null
    case integer(Int64)
    case real(Double)
    /// Text; dates and times as ISO 8601, lists and anything else as OGR prints them.
    case text(String)
    case binary([UInt8])

    /// The text, or a number written as text; nil for null and binary.
    public var text: String? {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .real(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : "\(number)"
        case .null, .binary: nil
        }
    }

    /// The number, or the number a text spells; nil for anything else.
    public var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        case .text(let text): Double(text)
        case .null, .binary: nil
        }
    }

    /// The whole number, also where it is kept as text or as a real without a fraction; nil for anything else.
    public var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .real(let number): Int64(exactly: number)
        case .text(let text): Int64(text)
        case .null, .binary: nil
        }
    }
}

extension FieldValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .real(value) }
}
