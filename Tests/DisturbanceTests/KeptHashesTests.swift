import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Scenes that nobody has written to are not hashed again, and nothing that was written to is taken for what it was.
struct KeptHashesTests {
    private let folder: TemporaryFolder
    private var cache: String { folder.path + "/cache" }
    private var file: String { cache + "/scenes.hashes" }

    init() throws { folder = try TemporaryFolder() }

    private func kept(settledSeconds: Int = 0) -> KeptHashes { KeptHashes(in: cache, settledSeconds: settledSeconds) }

    /// Files of several pieces and of none.
    private func scenes(_ count: Int = 3) throws -> [String] {
        try (0..<count).map { number in
            try folder.put(String(repeating: "scene \(number) ", count: number * 5000), at: "scenes/\(number).tif")
            return "\(folder.path)/scenes/\(number).tif"
        }
    }

    /// - Returns: What is known of the files, and how many bytes were hashed for it.
    private func hashed(_ paths: [String], _ kept: KeptHashes?) throws -> (files: InputFiles, bytes: Int) {
        let profile = RunProfile(threadClock: { 0 }, processClock: { 0 })
        let files = try InputFiles.rasters(paths, threads: 2, kept: kept, profile: profile)
        return (files, profile.summary.hashedBytes)
    }

    private func size(_ paths: [String]) throws -> Int {
        try paths.reduce(0) { $0 + (try FileState(ofFileAt: $1)).byteCount }
    }

    @Test func whatNobodyHasWrittenToIsHashedOnce() throws {
        let paths = try scenes()
        let wanted = try hashed(paths, nil)
        let first = try hashed(paths, kept())
        #expect(first.bytes == (try size(paths)))
        let again = kept()
        let second = try hashed(paths, again)
        #expect(second.bytes == 0)
        for found in [first, second] {
            #expect(found.files.files == wanted.files.files)
            #expect(found.files.pieces.mapValues(\.checksums) == wanted.files.pieces.mapValues(\.checksums))
        }
        #expect(again.remarks == [])
        try second.files.requireUnchanged(isThorough: true)
    }

    @Test func whatWasWrittenToIsHashedAgainAlsoWhereItsSizeAndTimeAreAsBefore() throws {
        let paths = try scenes()
        let before = try hashed(paths, kept()).files
        let time = try FileManager.default.attributesOfItem(atPath: paths[2])[.modificationDate]
        var bytes = try Data(contentsOf: URL(filePath: paths[2]))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: paths[2]))
        try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: paths[2])
        let after = try hashed(paths, kept())
        #expect(after.bytes == bytes.count)
        #expect(after.files.files[2].sha256 != before.files[2].sha256)
        #expect(try hashed(paths, kept()).bytes == 0)
    }

    @Test func whatWasWrittenToWithinATickOfTheClockIsNotTrusted() throws {
        let paths = try scenes()
        _ = try hashed(paths, kept())
        #expect(try hashed(paths, KeptHashes(in: cache)).bytes == (try size(paths)))
    }

    @Test func hashesOfOtherWatchesStayAndThoseOfFilesThatAreGoneDoNot() throws {
        let paths = try scenes(4)
        let one = kept()
        let other = kept()
        _ = try hashed([paths[1], paths[3]], one)
        _ = try hashed([paths[2]], other)
        #expect(try hashed(paths, kept()).bytes == (try size([paths[0]])))
        try FileManager.default.removeItem(atPath: paths[3])
        try folder.put("another", at: "scenes/0.tif")
        let count = try FileState(ofFileAt: file).byteCount
        #expect(try hashed([paths[0]], kept()).bytes == 7)
        #expect(try FileState(ofFileAt: file).byteCount < count)
        #expect(try hashed([paths[0], paths[1], paths[2]], kept()).bytes == 0)
    }

    @Test func aDamagedFileOfHashesIsToldAndMadeAgain() throws {
        let paths = try scenes()
        _ = try hashed(paths, kept())
        let whole = try folder.bytes("cache/scenes.hashes")
        for damaged in [[], Array(whole.dropLast(9)), whole.dropLast() + [whole.last! ^ 1]] {
            try Data(damaged).write(to: URL(filePath: file))
            let kept = kept()
            #expect(try hashed(paths, kept).bytes == (try size(paths)))
            #expect(kept.remarks.count == 1 && kept.remarks[0].contains("hashed again"))
            #expect(try hashed(paths, self.kept()).bytes == 0)
        }
    }

    @Test func whereNothingCanBeKeptTheRunGoesOn() throws {
        let paths = try scenes()
        try folder.put("in the way", at: "cache")
        let kept = kept()
        #expect(try hashed(paths, kept).files.files == (try hashed(paths, nil).files.files))
        #expect(!kept.remarks.isEmpty)
    }

    /// A disk that changes bytes by itself tells no file system.
    @Test func bytesThatChangedSilentlyAreNoticedWhereTheyAreUsed() throws {
        let grid = Grid(
            rows: 64, columns: 64, transform: GeoTransform(originX: 500_000, originY: 5_000_000, pixelSize: 10),
            crs: try CoordinateReferenceSystem(epsg: 32634))
        func write(_ value: UInt16) throws -> InputFiles {
            try RasterWriter.writeGeoTIFF(
                [("B", .uint16([UInt16](repeating: value, count: grid.pixelCount)))], grid: grid, nodata: nil,
                to: folder.path + "/scene.tif")
            return try hashed([folder.path + "/scene.tif"], nil).files
        }
        let path = folder.path + "/scene.tif"
        let seen = try write(1)
        _ = try write(2)
        // The state is that of now, the hash that of before.
        kept().keep([(try FileState(ofFileAt: path), seen.files[0].sha256, try #require(seen.pieces[path]))])
        let files = try hashed([path], kept())
        #expect(files.bytes == 0)
        #expect(throws: GeospatialError.self) {
            _ = try RasterFile(path: path, pieces: files.files.pieces[path]).block(band: 0, row: 0, column: 0)
        }
    }

    @Test func outputsDoNotDependOnIt() throws {
        let period = try Period("2017-07")
        var outputs: [[String: FileDigest]] = []
        let sites = try SmallWatch.sites(1, in: folder)
        for (name, hashes) in [("plain", nil), ("first", kept()), ("second", kept())] as [(String, KeptHashes?)] {
            let configuration = SmallWatch.configuration(output: folder.path + "/output", sites: sites)
            let outcome = try Pipeline(configuration: configuration, threads: 1).scan(
                period: period, holder: SmallWatch.holder,
                cache: hashes.map { ScanCache(in: cache, hashes: $0) })
            #expect(!outcome.remarks.contains { $0.contains("hash") }, "\(name)")
            outputs.append(try SmallWatch.files(in: configuration.output.folder))
            try FileManager.default.removeItem(atPath: configuration.output.folder)
        }
        #expect(outputs[1] == outputs[0] && outputs[2] == outputs[0])
    }
}
