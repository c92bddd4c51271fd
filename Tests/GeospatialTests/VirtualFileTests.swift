import Foundation
import Testing

@testable import Geospatial

struct VirtualFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "virtual-file-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func aFileIsReadWhole() throws {
        try withFolder { folder in
            // More than one chunk, and not a multiple of it.
            let bytes = (0..<200_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(bytes).write(to: URL(filePath: folder + "/a.bin"))
            try Data().write(to: URL(filePath: folder + "/empty"))
            #expect(try VirtualFile.read(folder + "/a.bin", maximumByteCount: 200_001) == bytes)
            #expect(try VirtualFile.read(folder + "/empty", maximumByteCount: 0) == [])
            #expect(VirtualFile.kind(of: folder + "/a.bin") == .file(byteCount: 200_001))
        }
    }

    @Test func aLongerFileIsRefused() throws {
        try withFolder { folder in
            try Data(count: 11).write(to: URL(filePath: folder + "/a"))
            let error = try #require(throws: GeospatialError.self) {
                try VirtualFile.read(folder + "/a", maximumByteCount: 10)
            }
            #expect(error.message.contains("larger than the 10 bytes"))
        }
    }

    @Test func missingFilesAndFoldersAreNamed() throws {
        try withFolder { folder in
            let error = try #require(throws: GeospatialError.self) {
                try VirtualFile.read(folder + "/missing.json", maximumByteCount: 10)
            }
            #expect(error.subject.hasSuffix("missing.json"))
            #expect(throws: GeospatialError.self) { try VirtualFile.read(folder, maximumByteCount: 10) }
            #expect(throws: GeospatialError.self) { try VirtualFile.names(in: folder + "/missing") }
            #expect(!VirtualFile.exists(folder + "/missing.json"))
            #expect(VirtualFile.kind(of: folder) == .folder)
        }
    }

    @Test func devicesAreNotFiles() {
        #expect(VirtualFile.kind(of: "/dev/zero") == nil)
        #expect(throws: GeospatialError.self) { try VirtualFile.read("/dev/zero", maximumByteCount: 10) }
    }

    @Test func namesAreSortedAndCounted() throws {
        try withFolder { folder in
            #expect(try VirtualFile.names(in: folder) == [])
            for name in ["b", "a", "c"] { try Data().write(to: URL(filePath: folder + "/" + name)) }
            #expect(try VirtualFile.names(in: folder) == ["a", "b", "c"])
            #expect(try VirtualFile.names(in: folder, maximumCount: 3).count == 3)
            #expect(throws: GeospatialError.self) { try VirtualFile.names(in: folder, maximumCount: 2) }
        }
    }

    @Test func urlsGoThroughCurl() {
        #expect(VirtualFile.gdalPath("https://example.org/a.tif?b=c") == "/vsicurl/https://example.org/a.tif?b=c")
        #expect(VirtualFile.gdalPath("HTTP://example.org/a.tif") == "/vsicurl/HTTP://example.org/a.tif")
        #expect(VirtualFile.gdalPath("/data/http/a.tif") == "/data/http/a.tif")
    }
}
