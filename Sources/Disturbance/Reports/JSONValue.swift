internal import Foundation

/// A JSON document whose shape is known to whoever made it, such as the resolved configuration of a run.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// What `value` encodes to.
    /// - Throws: `EncodingError`, for instance where it holds a number that is not finite.
    public init(encoding value: some Encodable) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    }

    /// Every text in it changed by `change`; the names of members stay.
    func mapTexts(_ change: (String) -> String) -> JSONValue {
        switch self {
        case .null, .bool, .integer, .number: self
        case .text(let text): .text(change(text))
        case .array(let values): .array(values.map { $0.mapTexts(change) })
        case .object(let members): .object(members.mapValues { $0.mapTexts(change) })
        }
    }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }
}

/// JSON text that is the same for the same value: members sorted by name.
enum StableJSON {
    static func bytes(_ value: some Encodable, isPretty: Bool) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        let bytes = Array(try encoder.encode(value)) + (isPretty ? [UInt8(ascii: "\n")] : [])
        return harmless(bytes)
    }

    /// The same document, with `VisibleText.escaped`.
    static func harmless(_ bytes: [UInt8]) -> [UInt8] {
        // Most hold nothing that could need it.
        guard bytes.contains(where: { $0 >= 0x7F }) else { return bytes }
        return Array(VisibleText.escaped(json: String(decoding: bytes, as: UTF8.self)).utf8)
    }

    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try bytes(value, isPretty: false), as: UTF8.self)
    }
}
