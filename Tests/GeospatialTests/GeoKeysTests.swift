import Foundation
import Testing

@testable import Geospatial

/// Reference systems remembered by the keys of a GeoTIFF against those that GDAL makes of each file.
struct GeoKeysTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sitewarden-keys-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A file of 4 x 6 pixels in a reference system, with creation options of the driver.
    private func file(_ reference: String, _ options: [String] = [], place: [String] = []) throws -> String {
        let path = folder.appending(path: UUID().uuidString + ".tif").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["gdal_create", "-q", "-ot", "UInt16", "-outsize", "6", "4", "-bands", "1"]
            + (reference.isEmpty ? [] : ["-a_srs", reference])
            + (place.isEmpty ? ["-a_ullr", "500000", "5000040", "500060", "5000000"] : place)
            + options.flatMap { ["-co", $0] } + [path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return path
    }

    private func keys(_ path: String) throws -> GeoKeys? {
        GeoKeys(in: try #require(CheckedFile(path: path, pieces: nil)))
    }

    private static let references = [
        "EPSG:32634", "EPSG:32648", "EPSG:4326", "EPSG:3035", "EPSG:2180", "EPSG:4979",
        "+proj=laea +lat_0=40 +lon_0=70 +datum=WGS84 +units=m",
        "+proj=tmerc +lon_0=21 +x_0=500000 +ellps=bessel +units=m",
        "EPSG:32634+5773",
    ]

    @Test func filesWithTheSameKeysAreInTheSystemThatGDALReads() throws {
        for reference in Self.references {
            let wanted = try CoordinateReferenceSystem(reference)
            for options in [[], ["BIGTIFF=YES"], ["ENDIANNESS=BIG"], ["COMPRESS=DEFLATE", "TILED=YES"]] {
                // The second time the answer is the one remembered.
                for _ in 0..<2 {
                    let read = try RasterFile(path: try file(reference, options)).header.grid.crs
                    #expect(read.isSame(as: wanted), "\(reference) \(options)")
                }
            }
            let first = try #require(try keys(try file(reference)))
            #expect(try keys(try file(reference, ["BIGTIFF=YES"])) == first)
            #expect(first.reference?.isSame(as: wanted) == true)
        }
        let all = try Self.references.map { try keys(try file($0)) }
        #expect(Set(all).count == Self.references.count)
    }

    @Test func whatIsUnusualIsLeftToGDAL() throws {
        #expect(try keys(try file("EPSG:32634", ["ENDIANNESS=BIG"])) == nil)
        // No place inside, or no reference system: another file may hold it.
        #expect(try keys(try file("EPSG:32634", place: ["-a_nodata", "0"])) == nil)
        #expect(try keys(try file("")) == nil)
        let text = folder.appending(path: "text.tif").path()
        try "no raster".write(toFile: text, atomically: true, encoding: .utf8)
        #expect(try keys(text) == nil)
    }

    @Test func everyTruncationAndEveryChangedByteOfTheHeadIsReadOrRefused() throws {
        for options in [[], ["BIGTIFF=YES"]] {
            let path = try file("EPSG:32634", options)
            let whole = try Data(contentsOf: URL(filePath: path))
            let first = try #require(try keys(path))
            let changed = folder.appending(path: "changed.tif")
            for count in 0..<whole.count {
                try whole.prefix(count).write(to: changed)
                if let found = try keys(changed.path()) { #expect(found == first) }
            }
            var refused = 0
            for place in whole.indices {
                for value: UInt8 in [0, 0x7F, 0xFF] where whole[place] != value {
                    var bytes = whole
                    bytes[place] = value
                    try bytes.write(to: changed)
                    if try keys(changed.path()) == nil { refused += 1 }
                }
            }
            #expect(refused > 50)
        }
    }

    /// Each file may have changed since it was first seen: its head is compared like everything else.
    @Test func keysOfAChangedFileAreNotUsed() throws {
        let path = try file("EPSG:32634")
        var gathering = FilePieces.Gathering()
        var bytes = try Data(contentsOf: URL(filePath: path))
        gathering.add([UInt8](bytes))
        let pieces = gathering.pieces(ofFileAt: path)
        #expect(GeoKeys(in: try #require(CheckedFile(path: path, pieces: pieces))) != nil)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(filePath: path))
        #expect(GeoKeys(in: try #require(CheckedFile(path: path, pieces: pieces))) == nil)
        #expect(pieces.hasChanged)
    }
}
