import Foundation
import Testing

@testable import Disturbance

/// Files of records: what was written comes back, and nothing else is taken for it.
struct RecordFileTests {
    private static let format = "sitewarden-test"

    private func write(_ texts: [String], in folder: TemporaryFolder, version: Int = 3) throws -> String {
        let path = "\(folder.path)/records"
        try? FileManager.default.removeItem(atPath: path)
        let writer = try RecordWriter(creating: path, format: Self.format, version: version, about: "a\ntest")
        let places = try texts.map { try writer.add($0) }
        try writer.finish(index: places)
        return path
    }

    private func open(_ path: String) throws -> RecordFile {
        try RecordFile(reading: path, format: Self.format, version: 3)
    }

    @Test func partsComeBackInAnyOrder() throws {
        let folder = try TemporaryFolder()
        let texts = ["", "one", String(repeating: "long ", count: 40_000), "\u{202E}ü\n\0"]
        let path = try write(texts, in: folder)
        let file = try open(path)
        let places = try file.indexValue([PartPlace].self)
        for (text, place) in zip(texts, places).reversed() {
            #expect(try file.value(String.self, at: place) == text)
        }
        // The same content gives the same bytes and so the same digest.
        let other = try TemporaryFolder()
        let again = try open(try write(texts, in: other))
        #expect(again.digest == file.digest)
        let first = try String(contentsOfFile: path, encoding: .isoLatin1).split(separator: "\n")[0]
        #expect(first.contains(#""format":"sitewarden-test","version":3"#))
    }

    @Test func nothingIsWrittenOver() throws {
        let folder = try TemporaryFolder()
        let path = try write(["one"], in: folder)
        #expect(throws: FileError.self) {
            try RecordWriter(creating: path, format: Self.format, version: 3, about: "")
        }
    }

    @Test func everyTruncationIsNoticed() throws {
        let folder = try TemporaryFolder()
        let bytes = try WholeFile.read(try write(["one", "two", "three"], in: folder))
        for count in 0..<bytes.count {
            let path = "\(folder.path)/cut"
            try Data(bytes[..<count]).write(to: URL(filePath: path))
            #expect(throws: FileError.self, "\(count) of \(bytes.count)") { try open(path) }
        }
        try Data(bytes + [0]).write(to: URL(filePath: "\(folder.path)/longer"))
        #expect(throws: FileError.self) { try open("\(folder.path)/longer") }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let folder = try TemporaryFolder()
        let bytes = try WholeFile.read(try write(["one", "two", "three"], in: folder))
        var random = SeededGenerator(seed: 1)
        for _ in 0..<400 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let path = "\(folder.path)/flipped"
            try Data(changed).write(to: URL(filePath: path))
            #expect(throws: FileError.self) { try open(path) }
        }
    }

    @Test func otherKindsAndVersionsAreRefusedInWords() throws {
        let folder = try TemporaryFolder()
        let path = try write(["one"], in: folder, version: 4)
        func message(_ body: () throws -> RecordFile) -> String {
            do {
                _ = try body()
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { try open(path) }.contains("is of version 4; this Sitewarden reads 3"))
        #expect(
            message { try RecordFile(reading: path, format: "other", version: 4) }.contains("no file of the kind other")
        )
        #expect(message { try open("\(folder.path)/none") }.contains("none"))
    }

    @Test func aFileThatIsExchangedWhileInUseIsNoticed() throws {
        let folder = try TemporaryFolder()
        let path = try write([String(repeating: "a", count: 3000)], in: folder)
        let file = try open(path)
        let place = try file.indexValue([PartPlace].self)[0]
        try Data(repeating: 7, count: 5000).write(to: URL(filePath: path))
        #expect(throws: FileError.self) { try file.value(String.self, at: place) }
    }

    /// Numbers that a damaged file may hold neither trap nor ask for all memory.
    @Test func anyBytesAreUnpackedOrRefused() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            _ = try? Unpacker.value(GroupResult.self, of: bytes)
            _ = try? Unpacker.value([String: [Double?]].self, of: bytes)
            _ = try? Unpacker.value([PartPlace].self, of: bytes)
        }
    }
}
