import Foundation
import Testing

@testable import Disturbance

struct WholeFileTests {
    private struct Failure: Error {}

    /// Pieces of many sizes, among them some that are longer than what is gathered before it is written.
    @Test(arguments: [0, 1, 3, 1000]) func piecesMakeTheSameFileAsTheWhole(count: Int) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: count)
        let pieces = (0..<count).map { index in
            String(
                repeating: "ä\(index);", count: index % 100 == 1 ? 400_000 : Int.random(in: 0..<50, using: &generator))
        }
        let whole = pieces.joined()
        try WholeFile.write(whole, to: folder.path + "/whole")
        try WholeFile.write(to: folder.path + "/pieces") { put in
            for piece in pieces { try put(piece) }
        }
        #expect(try WholeFile.read(folder.path + "/pieces") == Array(whole.utf8))
        #expect(
            try FileDigest(ofFileAt: folder.path + "/pieces") == FileDigest(ofFileAt: folder.path + "/whole"))
    }

    @Test func nothingIsWrittenOverAndFailuresAreTold() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/text"
        try WholeFile.write("first", to: path)
        #expect(throws: FileError.self) { try WholeFile.write(to: path) { try $0("second") } }
        #expect(try WholeFile.read(path) == Array("first".utf8))
        #expect(throws: Failure.self) {
            try WholeFile.write(to: folder.path + "/other") { put in
                try put("begun")
                throw Failure()
            }
        }
    }
}
