internal import Foundation
internal import Geospatial

/// Everything beside the pixels that a finding was made from, and the finding: `data/replay.json` of an evidence pack.
///
/// Numbers stand with all their digits, geometries as well-known binary: what is made again is compared bit for bit.
struct ReplayRecord: Codable {
    /// Within the pack.
    static let fileName = "data/replay.json"
    static let formatName = "sitewarden-replay"
    /// Raised whenever a member changes its name or meaning.
    static let currentVersion = 1

    var format = formatName
    var version = currentVersion
    /// Of Sitewarden and its libraries when the pack was made.
    var versions: [String: String]
    var period: Period
    /// The first day whose observations were compared with the baseline.
    var watchedFrom: Day
    /// Every setting.
    var configuration: JSONValue
    /// Whose task it is.
    var siteID: String
    var scenes: [PackedScene]
    var files: [PackedFile]
    var groups: [PackedGroup]
    /// Findings of earlier runs on this ground.
    var known: [PackedFinding]
    /// What has to come out.
    var finding: PackedFinding
    /// What the run saw of it, places in other sites left out.
    var explained: ExplainedFinding

    /// A scene as far as its pixels need it; see `Scene`.
    struct PackedScene: Codable {
        var id: String
        var day: Day
        var instant: String
        var platform: String
        var constellation: String
        var tile: String
        var bands: [PackedBand]
        var mask: SceneMask.Kind?
    }

    /// How stored values of a band become reflectance; see `Calibration`.
    struct PackedBand: Codable {
        var band: Band
        var scale: Double
        var offset: Double
        var isReflectance: Bool
        var source: String
        var isAssumed: Bool
        var nodata: Double?
    }

    /// One window of one layer of a scene's file, stored values and grid as they are there.
    struct PackedFile: Codable {
        /// Within the pack.
        var path: String
        /// Its place in `scenes`.
        var scene: Int
        /// Nil for a mask.
        var band: Band?
        var source: Source

        struct Source: Codable {
            var path: String
            /// Of the whole file; nil for one on another machine.
            var sha256: String?
            /// From 1.
            var layer: Int
            /// The window, in the file's rows and columns, from 0, the upper end not included.
            var rows: Range<Int>
            var columns: Range<Int>
        }
    }

    /// Sites that were analysed together; see `SiteGroup`.
    struct PackedGroup: Codable {
        var crs: String
        var pixelSizeMetres: Double
        var originX: Double
        var originY: Double
        var rows: Range<Int>
        var columns: Range<Int>
        var sites: [PackedSite]
        /// Places in `scenes`.
        var scenes: [Int]
        var bands: [Band]
        /// Places in `files`.
        var files: [Int]
    }

    struct PackedSite: Codable {
        var id: String
        var name: String
        var bufferMetres: Double
        /// Well-known binary, hexadecimal.
        var boundary: String
    }

    // MARK: Writing and reading

    func bytes() throws -> [UInt8] { try StableJSON.bytes(self, isPretty: true) }

    /// Reads the record of a pack.
    /// - Throws: `FileError` where it is missing, damaged or of a later version.
    static func read(from pack: String) throws -> ReplayRecord {
        let path = "\(pack)/\(fileName)"
        let data = Data(try WholeFile.read(path))
        struct Head: Decodable {
            var format: String
            var version: Int
        }
        guard let head = try? JSONDecoder().decode(Head.self, from: data), head.format == formatName else {
            throw FileError(path: path, message: "is no record of a finding. Take a pack that is whole")
        }
        guard head.version == currentVersion else {
            throw FileError(
                path: path,
                message: "is of version \(head.version); this version reads \(currentVersion). Update Sitewarden")
        }
        do {
            let record = try JSONDecoder().decode(ReplayRecord.self, from: data)
            try record.requireSense(path)
            return record
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(path: path, message: "cannot be understood. Take a pack that is whole")
        }
    }

    /// Most numbers of a group's pixels: days times bands times pixels.
    private static let maximumValues = 1 << 31

    /// A pack may be anybody's: nothing in it may lead out of it or past the end of a list.
    private func requireSense(_ path: String) throws {
        func require(_ condition: Bool, _ message: String) throws {
            guard condition else { throw FileError(path: path, message: "\(message). Take a pack that is whole") }
        }
        for file in files {
            try require(scenes.indices.contains(file.scene), "names a scene it does not hold")
            try require(
                file.path.wholeMatch(of: /data\/pixels(\/[a-z0-9-]+)+\.tif/) != nil, "names a file outside the pack")
        }
        for group in groups {
            try require(
                group.scenes.allSatisfy(scenes.indices.contains) && group.files.allSatisfy(files.indices.contains),
                "names a scene or file it does not hold")
            try require(
                group.pixelSizeMetres.isFinite && group.pixelSizeMetres > 0 && !group.rows.isEmpty
                    && !group.columns.isEmpty && !group.sites.isEmpty && !group.bands.isEmpty,
                "holds a group without sites, bands or pixels")
            // One by one: the product of hostile numbers may leave the range.
            var values = 1
            for count in [group.rows.count, group.columns.count, group.bands.count, max(group.scenes.count, 1)] {
                let (product, overflow) = values.multipliedReportingOverflow(by: count)
                try require(!overflow && product <= Self.maximumValues, "holds more pixels than can be compared")
                values = product
            }
        }
    }
}

/// A finding with all its digits; see `Finding`.
struct PackedFinding: Codable, Hashable {
    var id: String
    /// Well-known binary, hexadecimal; longitude and latitude on WGS 84.
    var geometry: String
    var squareMetres: Double
    var firstSquareMetres: Double
    var kind: DisturbanceKind
    var kindCertainty: Double
    var method: ChangeMethod
    var observations: String
    var status: FindingStatus
    var magnitude: Double
    var probability: Double
    var mergedInto: String?
    var splitFrom: String?

    init(_ record: RegisteredFinding) {
        let finding = record.finding
        id = finding.id
        geometry = Hexadecimal.text(finding.geometry.wkb)
        squareMetres = finding.areaSquareMetres
        firstSquareMetres = finding.firstAreaSquareMetres
        kind = finding.kind
        kindCertainty = finding.kindCertainty
        method = finding.method
        observations = finding.log.text
        status = finding.status
        magnitude = finding.magnitude
        probability = finding.probability
        mergedInto = record.mergedInto
        splitFrom = record.splitFrom
    }

    /// - Throws: `GeospatialError` where its geometry is none.
    func registered() throws -> RegisteredFinding {
        guard let log = ObservationLog(text: observations) else {
            throw GeospatialError(subject: "Finding \(id)", message: "holds observations that cannot be read")
        }
        return RegisteredFinding(
            finding: Finding(
                id: id, geometry: try Geometry(wkb: try Hexadecimal.bytes(geometry)), areaSquareMetres: squareMetres,
                kind: kind, kindCertainty: kindCertainty, method: method, log: log, status: status,
                magnitude: magnitude, probability: probability, firstAreaSquareMetres: firstSquareMetres, zones: []),
            mergedInto: mergedInto, splitFrom: splitFrom)
    }
}
