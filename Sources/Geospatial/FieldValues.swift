/// The values of a feature by the name of their field, in the order they were given in.
///
/// All rows of a layer share one list of names. Looking along a few names takes less time than hashing each of them for
/// every row.
public struct FieldValues: Sendable {
    public private(set) var names: [String]
    /// One for each of `names`.
    public private(set) var values: [FieldValue]

    /// - Precondition: There are as many values as names.
    public init(names: [String], values: [FieldValue]) {
        precondition(names.count == values.count)
        self.names = names
        self.values = values
    }

    public var count: Int { names.count }

    /// The value of a field; null where it is not given.
    public subscript(_ name: String) -> FieldValue {
        get { value(of: name, near: names.count) ?? .null }
        set {
            if let position = names.lastIndex(of: name) {
                values[position] = newValue
            } else {
                names.append(name)
                values.append(newValue)
            }
        }
    }

    /// The value of a field, looked for first at a position that it may well have; nil where it is not given.
    func value(of name: String, near position: Int) -> FieldValue? {
        if position < names.count, names[position] == name { return values[position] }
        // Of two fields with the same name the last holds.
        return names.lastIndex(of: name).map { values[$0] }
    }

    /// These and others, which hold where both have a field.
    public mutating func merge(_ others: FieldValues) {
        for (name, value) in zip(others.names, others.values) { self[name] = value }
    }
}

extension FieldValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        self.init(names: elements.map(\.0), values: elements.map(\.1))
    }
}

/// The same values of the same fields, in whatever order.
extension FieldValues: Equatable {
    public static func == (first: FieldValues, second: FieldValues) -> Bool {
        first.count == second.count
            && first.names.indices.allSatisfy {
                second.value(of: first.names[$0], near: $0) == first.values[$0]
            }
    }
}
