public import Geospatial

/// The scenes and files of a plan as its file keeps them; files of one grid share its description.
struct PlannedCatalogue: Sendable {
    let scenes: [Scene]
    let files: [PlannedFile]
    /// Of each file when the plan was made; nil where it is not local.
    let stamps: [FileStamp?]

    /// Looks at each file once.
    init(of plan: ScanPlan) {
        scenes = plan.scenes
        files = plan.files
        var known: [String: FileStamp?] = [:]
        stamps = plan.files.map { file in
            if let stamp = known[file.path] { return stamp }
            let stamp = FileStamp(ofFileAt: file.path)
            known[file.path] = .some(stamp)
            return stamp
        }
    }

    /// - Throws: `FileError` naming the first of some files that is not as it was.
    func requireUnchanged(_ indices: some Sequence<Int>) throws {
        for index in indices where stamps[index] != nil && FileStamp(ofFileAt: files[index].path) != stamps[index] {
            throw FileError(
                path: files[index].path,
                message: "was changed or removed since the plan was made. Make the plan again, and scan its shards")
        }
    }
}

extension PlannedCatalogue: Packable {
    /// Two wordings of one reference system are equal, and yet each file keeps its own.
    private struct Wording: Hashable {
        let header: RasterHeader
        let wkt: String

        init(_ header: RasterHeader) {
            self.header = header
            wkt = header.grid.crs.wkt
        }
    }

    func pack(into packer: inout Packer) throws {
        try packer.add(scenes)
        var numbers: [Wording: Int] = [:]
        var headers: [RasterHeader] = []
        for file in files where numbers[Wording(file.header)] == nil {
            numbers[Wording(file.header)] = headers.count
            headers.append(file.header)
        }
        try packer.add(headers)
        try packer.add(files.count)
        for (file, stamp) in zip(files, stamps) {
            try packer.add(file.path)
            try packer.add(numbers[Wording(file.header)]!)
            try packer.add(file.layer)
            try packer.add(file.scene)
            try packer.add(file.band)
            try packer.add(stamp)
        }
    }

    init(from unpacker: inout Unpacker) throws {
        let scenes: [Scene] = try unpacker.next()
        let headers: [RasterHeader] = try unpacker.next()
        let count = try unpacker.nextCount()
        var files: [PlannedFile] = []
        var stamps: [FileStamp?] = []
        for _ in 0..<count {
            let path: String = try unpacker.next()
            let header: Int = try unpacker.next()
            guard headers.indices.contains(header) else { throw PackingError() }
            files.append(
                PlannedFile(
                    path: path, header: headers[header], layer: try unpacker.next(), scene: try unpacker.next(),
                    band: try unpacker.next()))
            stamps.append(try unpacker.next())
        }
        guard files.allSatisfy({ scenes.indices.contains($0.scene) }) else { throw PackingError() }
        self.scenes = scenes
        self.files = files
        self.stamps = stamps
    }
}

extension RasterHeader: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(grid)
        try packer.add(bandCount)
        try packer.add(pixelType)
        try packer.add(nodata)
        try packer.add(blockRows)
        try packer.add(blockColumns)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            grid: try unpacker.next(), bandCount: try unpacker.next(), pixelType: try unpacker.next(),
            nodata: try unpacker.next(), blockRows: try unpacker.next(), blockColumns: try unpacker.next())
    }
}
