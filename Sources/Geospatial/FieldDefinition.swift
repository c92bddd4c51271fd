internal import CGDAL

/// What a field holds.
public enum FieldType: String, Sendable, Hashable {
    /// Whole numbers of 32 bits.
    case integer
    /// Whole numbers of 64 bits.
    case integer64
    case real
    case text
    /// A day, exchanged as the text `2019-09-30`.
    case date
    /// A day and time, exchanged as the text `2019-09-30T10:20:30Z`.
    case dateTime
    case binary
    /// Times and lists: read as text, never created.
    case other

    init(_ type: OGRFieldType) {
        self =
            switch type {
            case OFTInteger: .integer
            case OFTInteger64: .integer64
            case OFTReal: .real
            case OFTString: .text
            case OFTDate: .date
            case OFTDateTime: .dateTime
            case OFTBinary: .binary
            default: .other
            }
    }

    var ogrType: OGRFieldType? {
        switch self {
        case .integer: OFTInteger
        case .integer64: OFTInteger64
        case .real: OFTReal
        case .text: OFTString
        case .date: OFTDate
        case .dateTime: OFTDateTime
        case .binary: OFTBinary
        case .other: nil
        }
    }
}

/// Name and type of a field of a layer; no width: text is as long as it is.
public struct FieldDefinition: Sendable, Hashable {
    public var name: String
    public var type: FieldType

    public init(_ name: String, _ type: FieldType) {
        self.name = name
        self.type = type
    }
}
