/// A value that is in memory, or in a file of results until somebody asks for it.
///
/// Pictures, curves, scores and explanations are most of what a run finds out, and few of them are shown: those of a
/// country would not fit into memory.
public struct Deferred<Value: Packable & Sendable>: Sendable {
    private enum Place: Sendable {
        /// Apart, so that what lies in a file takes no room for a value here.
        indirect case memory(Value)
        case file(RecordFile, PartPlace)
    }

    private let place: Place

    public init(_ value: Value) { place = .memory(value) }

    private init(in file: RecordFile, at part: PartPlace) { place = .file(file, part) }

    /// The value, read anew each time where it lies in a file.
    /// - Throws: `FileError` where the file is gone, or no longer what it was.
    public var value: Value {
        get throws {
            switch place {
            case .memory(let value): value
            case .file(let file, let part): try file.value(Value.self, at: part)
            }
        }
    }
}

extension Deferred: Packable {
    public func pack(into packer: inout Packer) throws {
        guard let setAside = packer.setAside else { return try packer.add(value) }
        try packer.add(try setAside(try Packer.bytes(of: value)))
    }

    public init(from unpacker: inout Unpacker) throws {
        guard let file = unpacker.file else {
            self.init(try unpacker.next())
            return
        }
        self.init(in: file, at: try unpacker.next())
    }
}
