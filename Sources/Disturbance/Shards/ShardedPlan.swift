internal import Foundation
internal import Geospatial

/// A scan parted into shards that any machine can do: everything that was decided before a pixel is read, in one file.
///
/// A shard reads its own groups from it, the merge all of them; neither opens the register of sites, the catalogue, or
/// files that it does not compare.
struct ShardedPlan: Sendable {
    private static let format = "sitewarden-plan"
    /// Raised whenever something packed into a plan changes its form or meaning.
    private static let version = 2

    let path: String
    /// SHA-256 of the file: what results of its shards name it by.
    let digest: String
    let head: Head

    /// What stands in the index.
    struct Head: Sendable {
        var configuration: Configuration
        /// Of the program and its libraries.
        var versions: [String: String]
        var period: Period
        /// Of the open findings and the first day watched: what comparing takes from the register.
        var registerDigest: String
        var watchedFrom: Day
        var acquisitions: WatchedGround.Acquisitions
        var losses: [String]
        var remarks: [String]
        /// What the plan was made from, as it was then; pixels are hashed by the shards.
        var documents: [RunManifest.File]
        /// Inputs on other machines.
        var remoteInputs: [String]
        var lattices: [AnalysisLattice]
        var catalogue: Deferred<PlannedCatalogue>
        var sitesWithoutImagery: Deferred<[Site]>
        var shards: [Shard]
    }

    struct Shard: Sendable {
        var groups: Deferred<ShardGroups>
        var groupCount: Int
        var siteCount: Int
        var decodedBytes: Int
        /// Files, by index, that this shard hashes for all: the first that reads them.
        var hashedFiles: [Int]
    }

    /// One group of the plan.
    struct GroupRecord: Sendable {
        /// Position among all groups.
        var number: Int
        var lattice: Int
        var window: Window
        var sites: [Site]
        var imagery: PlannedImagery
        var rectangles: [PlannedGroup.Rectangle]
        var open: [OpenGround]
    }

    /// The groups of a shard; imagery that several of them have in common is packed once.
    struct ShardGroups: Sendable {
        var records: [GroupRecord]
    }

    /// Reads a plan, without its groups.
    /// - Throws: `FileError` where it is missing, damaged, or of another program.
    init(reading path: String) throws {
        let file = try RecordFile(reading: path, format: Self.format, version: Self.version)
        self.path = path
        digest = file.digest
        head = try file.indexValue(Head.self)
        let own = Pipeline.versions
        guard head.versions == own else {
            let (made, used) = (Pipeline.texts(of: head.versions), Pipeline.texts(of: own))
            throw FileError(
                path: path,
                message: "was made by \(made.joined(separator: ", ")), this is \(used.joined(separator: ", ")). "
                    + "Use the same program on every machine, or make the plan again")
        }
    }

    /// Writes a plan in the place of what is there.
    /// - Parameter about: A few words for whoever looks into the file.
    static func write(
        _ plan: ScanPlan, parts: [PlanPartition.Part], watch: Pipeline.Watch, about: String, to path: String,
        head: (_ catalogue: PlannedCatalogue, _ lattices: [AnalysisLattice], _ shards: [Shard]) throws -> Head
    ) throws {
        var lattices: [AnalysisLattice] = []
        var numbers: [AnalysisLattice: Int] = [:]
        for planned in plan.groups where numbers[planned.group.lattice] == nil {
            numbers[planned.group.lattice] = lattices.count
            lattices.append(planned.group.lattice)
        }
        var hashed: Set<String> = []
        let shards = parts.map { part in
            let records = part.groups.map { number in
                let planned = plan.groups[number]
                return GroupRecord(
                    number: number, lattice: numbers[planned.group.lattice]!, window: planned.group.window,
                    sites: planned.group.sites.map(\.site), imagery: planned.imagery,
                    rectangles: planned.rectangles, open: watch.open[number])
            }
            let files = Set(Set(records.map(\.imagery)).flatMap(\.files)).sorted()
            return Shard(
                groups: Deferred(ShardGroups(records: records)), groupCount: records.count,
                siteCount: records.reduce(0) { $0 + $1.sites.count }, decodedBytes: part.decodedBytes,
                hashedFiles: files.filter { hashed.insert(plan.files[$0].path).inserted })
        }
        let head = try head(PlannedCatalogue(of: plan), lattices, shards)
        try FilePublication(of: path).replace { privatePath in
            let writer = try RecordWriter(
                creating: privatePath, format: Self.format, version: Self.version, about: about)
            try writer.finish(index: head)
        }
    }

    // MARK: Groups

    /// The part of the plan that a shard compares.
    struct Part {
        let plan: ScanPlan
        /// Positions of its groups among all.
        let numbers: [Int]
        let watch: Pipeline.Watch
        let catalogue: PlannedCatalogue
    }

    func part(_ shard: Int) throws -> Part {
        let records = try head.shards[shard].groups.value.records
        let catalogue = try head.catalogue.value
        let groups = try placed(records)
        for record in records {
            guard record.imagery.files.allSatisfy(catalogue.files.indices.contains),
                record.imagery.scenes.allSatisfy(catalogue.scenes.indices.contains),
                record.imagery.rectangles.allSatisfy(record.rectangles.indices.contains),
                record.imagery.rectangles.count == record.imagery.files.count,
                zip(record.imagery.files, record.imagery.rectangles).allSatisfy({ file, number in
                    let (header, rectangle) = (catalogue.files[file].header, record.rectangles[number])
                    return header.grid.window.contains(rectangle.window)
                        && rectangle.blocks == header.blocks(covering: rectangle.window)
                })
            else { throw FileError(path: path, message: "speaks of files it does not name. Make the plan again") }
        }
        let planned = zip(records, groups).map { record, group in
            PlannedGroup(group: group, imagery: record.imagery, rectangles: record.rectangles)
        }
        return Part(
            plan: ScanPlan(
                period: head.period, scenes: catalogue.scenes, files: catalogue.files, groups: planned),
            numbers: records.map(\.number),
            watch: Pipeline.Watch(from: head.watchedFrom, open: records.map(\.open)), catalogue: catalogue)
    }

    /// All sites in their groups, as the results of all shards are joined with; they are read a shard at a time.
    func ground() throws -> WatchedGround {
        var places: [(number: Int, place: WatchedGround.Place)] = []
        for shard in head.shards {
            for record in try shard.groups.value.records {
                guard head.lattices.indices.contains(record.lattice) else { throw strayLattice }
                places.append((record.number, .init(lattice: head.lattices[record.lattice], window: record.window)))
            }
        }
        places.sort { $0.number < $1.number }
        let parts = head.shards.map { shard in
            WatchedGround.Part { wanted in
                try placed(
                    try shard.groups.value.records.compactMap { record in
                        var record = record
                        record.sites = try record.sites.filter(wanted)
                        return record.sites.isEmpty ? nil : record
                    })
            }
        }
        return WatchedGround(
            period: head.period, places: places.map(\.place), parts: parts,
            placedSiteCount: head.shards.reduce(0) { $0 + $1.siteCount },
            sitesWithoutImagery: try head.sitesWithoutImagery.value, acquisitions: head.acquisitions,
            remoteInputs: head.remoteInputs, losses: head.losses, remarks: head.remarks)
    }

    private var strayLattice: FileError {
        FileError(path: path, message: "speaks of a lattice it does not name. Make the plan again")
    }

    /// The groups with their sites in the plane of their lattice.
    private func placed(_ records: [GroupRecord]) throws -> [SiteGroup] {
        let byLattice = Dictionary(grouping: records.indices) { records[$0].lattice }
        var groups = [SiteGroup?](repeating: nil, count: records.count)
        for (number, members) in byLattice {
            guard head.lattices.indices.contains(number) else { throw strayLattice }
            let lattice = head.lattices[number]
            let transformation = try CoordinateTransformation(from: .wgs84, to: lattice.crs)
            for index in members {
                let sites = try records[index].sites.map {
                    try PlacedSite(
                        $0, on: lattice, ringMetres: head.configuration.windows.ringMetres,
                        fromWGS84: transformation)
                }
                groups[index] = SiteGroup(lattice: lattice, sites: sites, window: records[index].window)
            }
        }
        return groups.compactMap(\.self)
    }
}

extension ShardedPlan.ShardGroups: Packable {
    func pack(into packer: inout Packer) throws {
        var numbers: [PlannedImagery: Int] = [:]
        var imagery: [PlannedImagery] = []
        for record in records where numbers[record.imagery] == nil {
            numbers[record.imagery] = imagery.count
            imagery.append(record.imagery)
        }
        try packer.add(imagery)
        try packer.add(records.count)
        for record in records {
            try packer.add(record.number)
            try packer.add(record.lattice)
            try packer.add(record.window)
            try packer.add(record.sites)
            try packer.add(numbers[record.imagery]!)
            try packer.add(record.rectangles)
            try packer.add(record.open)
        }
    }

    init(from unpacker: inout Unpacker) throws {
        let imagery: [PlannedImagery] = try unpacker.next()
        func nextImagery() throws -> PlannedImagery {
            let number: Int = try unpacker.next()
            guard imagery.indices.contains(number) else { throw PackingError() }
            return imagery[number]
        }
        records = try (0..<unpacker.nextCount()).map { _ in
            ShardedPlan.GroupRecord(
                number: try unpacker.next(), lattice: try unpacker.next(), window: try unpacker.next(),
                sites: try unpacker.next(), imagery: try nextImagery(), rectangles: try unpacker.next(),
                open: try unpacker.next())
        }
    }
}

extension ShardedPlan.Shard: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(groups)
        try packer.add(groupCount)
        try packer.add(siteCount)
        try packer.add(decodedBytes)
        try packer.add(hashedFiles)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(
            groups: try unpacker.next(), groupCount: try unpacker.next(), siteCount: try unpacker.next(),
            decodedBytes: try unpacker.next(), hashedFiles: try unpacker.next())
    }
}

extension ShardedPlan.Head: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(try StableJSON.text(configuration))
        try packer.add(versions)
        try packer.add(period)
        try packer.add(registerDigest)
        try packer.add(watchedFrom)
        try packer.add(try StableJSON.text(acquisitions))
        try packer.add(losses)
        try packer.add(remarks)
        try packer.add(try StableJSON.text(documents))
        try packer.add(remoteInputs)
        try packer.add(lattices)
        try packer.add(catalogue)
        try packer.add(sitesWithoutImagery)
        try packer.add(shards)
    }

    init(from unpacker: inout Unpacker) throws {
        func decoded<Value: Decodable>(_ unpacker: inout Unpacker) throws -> Value {
            try JSONDecoder().decode(Value.self, from: Data((try unpacker.next() as String).utf8))
        }
        self.init(
            configuration: try decoded(&unpacker), versions: try unpacker.next(), period: try unpacker.next(),
            registerDigest: try unpacker.next(), watchedFrom: try unpacker.next(),
            acquisitions: try decoded(&unpacker), losses: try unpacker.next(), remarks: try unpacker.next(),
            documents: try decoded(&unpacker), remoteInputs: try unpacker.next(), lattices: try unpacker.next(),
            catalogue: try unpacker.next(),
            sitesWithoutImagery: try unpacker.next(), shards: try unpacker.next())
    }
}
