public import Geospatial

extension CoordinateReferenceSystem: Packable {
    public func pack(into packer: inout Packer) throws { try packer.add(wkt) }
    public init(from unpacker: inout Unpacker) throws { try self.init(try unpacker.next()) }
}

extension GeoTransform: Packable {
    public func pack(into packer: inout Packer) throws {
        for number in [originX, columnStepX, rowStepX, originY, columnStepY, rowStepY] { try packer.add(number) }
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            originX: try unpacker.next(), columnStepX: try unpacker.next(), rowStepX: try unpacker.next(),
            originY: try unpacker.next(), columnStepY: try unpacker.next(), rowStepY: try unpacker.next())
    }
}

extension Grid: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(rows)
        try packer.add(columns)
        try packer.add(transform)
        try packer.add(crs)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            rows: try unpacker.next(), columns: try unpacker.next(), transform: try unpacker.next(),
            crs: try unpacker.next())
    }
}

extension PixelType: Packable {
    private static let order: [PixelType] = [.uint8, .int16, .uint16, .float32]

    public func pack(into packer: inout Packer) { packer.add(byte: UInt8(Self.order.firstIndex(of: self)!)) }

    public init(from unpacker: inout Unpacker) throws {
        let index = Int(try unpacker.nextByte())
        guard Self.order.indices.contains(index) else { throw PackingError() }
        self = Self.order[index]
    }
}

extension Calibration: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(scale)
        try packer.add(offset)
        try packer.add(isReflectance)
        try packer.add(source)
        try packer.add(isAssumed)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            scale: try unpacker.next(), offset: try unpacker.next(), isReflectance: try unpacker.next(),
            source: try unpacker.next(), isAssumed: try unpacker.next())
    }
}

/// Without the grid of the metadata, which counts no more once the file was opened.
extension SceneAsset: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(path)
        try packer.add(href)
        try packer.add(bandNumber)
        try packer.add(calibration)
        try packer.add(nodata)
        try packer.add(gsd)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            path: try unpacker.next(), href: try unpacker.next(), bandNumber: try unpacker.next(),
            calibration: try unpacker.next(), nodata: try unpacker.next(), gsd: try unpacker.next())
    }
}

extension SceneMask.Kind: Packable {}

extension SceneMask: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(kind)
        try packer.add(asset)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(kind: try unpacker.next(), asset: try unpacker.next())
    }
}

/// Without the outline, which only the choice of scenes looks at.
extension Scene: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(id)
        try packer.add(day)
        try packer.add(instant)
        try packer.add(platform)
        try packer.add(constellation)
        try packer.add(tile)
        try packer.add(bands)
        try packer.add(mask)
        try packer.add(cloudCoverPercent)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            id: try unpacker.next(), day: try unpacker.next(), instant: try unpacker.next(),
            platform: try unpacker.next(), constellation: try unpacker.next(), tile: try unpacker.next(),
            bands: try unpacker.next(), mask: try unpacker.next(), cloudCoverPercent: try unpacker.next())
    }
}

extension Site: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(id)
        try packer.add(name)
        try packer.add(significance)
        try packer.add(legalStatus)
        try packer.add(administrativeArea)
        try packer.add(core)
        try packer.add(bufferMetres)
        try packer.add(row)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(
            id: try unpacker.next(), name: try unpacker.next(), significance: try unpacker.next(),
            legalStatus: try unpacker.next(), administrativeArea: try unpacker.next(), core: try unpacker.next(),
            bufferMetres: try unpacker.next(), row: try unpacker.next())
    }
}

extension OpenGround: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(findingID)
        try packer.add(geometry)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(findingID: try unpacker.next(), geometry: try unpacker.next())
    }
}

extension PlannedImagery: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(scenes)
        try packer.add(bands)
        try packer.add(files)
        try packer.add(rectangles)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(
            scenes: try unpacker.next(), bands: try unpacker.next(), files: try unpacker.next(),
            rectangles: try unpacker.next())
    }
}

extension PlannedGroup.Rectangle: Packable {
    func pack(into packer: inout Packer) throws {
        try packer.add(window)
        try packer.add(blocks)
    }

    init(from unpacker: inout Unpacker) throws {
        self.init(window: try unpacker.next(), blocks: try unpacker.next())
    }
}

extension AnalysisLattice: Packable {
    public func pack(into packer: inout Packer) throws {
        try packer.add(crs)
        try packer.add(pixelSizeMetres)
        try packer.add(origin)
    }

    public init(from unpacker: inout Unpacker) throws {
        self.init(crs: try unpacker.next(), pixelSizeMetres: try unpacker.next(), origin: try unpacker.next())
    }
}
