import Glibc
import Testing

@testable import Disturbance

@Suite struct FileDigestTests {
    // FIPS 180-2, appendix B.1.
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func knownTextHasItsKnownDigest() throws {
        let folder = try TemporaryFolder()
        try folder.put("abc", at: "a.txt")
        #expect(FileDigest(of: Array("abc".utf8)) == FileDigest(sha256: abc, bytes: 3))
        #expect(try FileDigest(ofFileAt: "\(folder.path)/a.txt") == FileDigest(sha256: abc, bytes: 3))
    }

    @Test func longFilesAreReadToTheirEnd() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<(2 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try WholeFile.write(bytes, to: "\(folder.path)/long")
        #expect(try FileDigest(ofFileAt: "\(folder.path)/long") == FileDigest(of: bytes))
        #expect(try WholeFile.read("\(folder.path)/long") == bytes)
    }

    @Test func aMissingFileIsNamed() {
        #expect(
            throws: FileError(path: "/no/such/file", action: "cannot be read", code: ENOENT, isInput: true)
        ) { try FileDigest(ofFileAt: "/no/such/file") }
    }

    @Test func nothingIsWrittenOver() throws {
        let folder = try TemporaryFolder()
        try folder.put("old", at: "a.txt")
        #expect(throws: FileError.self) { try WholeFile.write("new", to: "\(folder.path)/a.txt") }
        #expect(try folder.text("a.txt") == "old")
    }

    @Test func aFullDiskIsNamedWithItsMend() {
        #expect(
            FileError(path: "/out/a.tif", action: "cannot be written", code: ENOSPC).description
                == "/out/a.tif: cannot be written: the disk is full. Free space, or choose another output folder")
    }
}
