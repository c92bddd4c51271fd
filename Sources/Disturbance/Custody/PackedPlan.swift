internal import Geospatial

extension ReplayRecord {
    /// The plan that reads the windows of a pack.
    /// - Throws: `FileError` or `GeospatialError` where the pixels are not those the record speaks of.
    func plan(in pack: String, configuration: Configuration) throws -> ScanPlan {
        func path(_ file: PackedFile) -> String { "\(pack)/\(file.path)" }
        let planned = try files.map { file in
            let header = try RasterFile(path: path(file), drivers: [.geoTIFF]).header
            guard header.grid.rows == file.source.rows.count, header.grid.columns == file.source.columns.count else {
                throw FileError(
                    path: path(file), message: "has another size than the pack's record says. Take a pack that is whole"
                )
            }
            return PlannedFile(path: path(file), header: header, layer: 0, scene: file.scene, band: file.band)
        }
        let scenes = scenes.enumerated().map { index, scene in
            let assets = scene.bands.map { band in
                (
                    band.band,
                    SceneAsset(
                        path: "", href: "",
                        calibration: Calibration(
                            scale: band.scale, offset: band.offset, isReflectance: band.isReflectance,
                            source: band.source, isAssumed: band.isAssumed), nodata: band.nodata)
                )
            }
            return Scene(
                id: scene.id, day: scene.day, instant: scene.instant, platform: scene.platform,
                constellation: scene.constellation, tile: scene.tile,
                bands: Dictionary(assets) { first, _ in first },
                mask: scene.mask.map {
                    SceneMask(
                        kind: $0, asset: SceneAsset(path: "", href: "", calibration: .asStored("mask: stored values")))
                })
        }
        return ScanPlan(
            period: period, scenes: scenes, files: planned,
            groups: try groups.map { try $0.planned(files: planned, ringMetres: configuration.windows.ringMetres) })
    }
}

extension ReplayRecord.PackedGroup {
    init(_ planned: PlannedGroup, scenes: [Int], files: [Int]) {
        let group = planned.group
        crs = group.lattice.crs.wkt
        pixelSizeMetres = group.lattice.pixelSizeMetres
        originX = group.lattice.origin.x
        originY = group.lattice.origin.y
        rows = group.window.rows
        columns = group.window.columns
        sites = group.sites.map {
            ReplayRecord.PackedSite(
                id: $0.site.id, name: $0.site.name, bufferMetres: $0.site.bufferMetres,
                boundary: Hexadecimal.text($0.site.core.wkb))
        }
        self.scenes = scenes
        bands = planned.bands
        self.files = files
    }

    fileprivate func planned(files planned: [PlannedFile], ringMetres: Double) throws -> PlannedGroup {
        let lattice = AnalysisLattice(
            crs: try CoordinateReferenceSystem(crs), pixelSizeMetres: pixelSizeMetres,
            origin: Coordinate(x: originX, y: originY))
        let fromWGS84 = try CoordinateTransformation(from: .wgs84, to: lattice.crs)
        let placed = try sites.map { site in
            try PlacedSite(
                Site(
                    id: site.id, name: site.name, core: try Geometry(wkb: try Hexadecimal.bytes(site.boundary)),
                    bufferMetres: site.bufferMetres), on: lattice, ringMetres: ringMetres, fromWGS84: fromWGS84)
        }
        return PlannedGroup(
            group: SiteGroup(lattice: lattice, sites: placed, window: Window(rows: rows, columns: columns)),
            // A file of a pack is the window of one group.
            imagery: PlannedImagery(
                scenes: scenes, bands: bands, files: files, rectangles: Array(files.indices)),
            rectangles: files.map { index in
                let header = planned[index].header
                let window = header.grid.window
                return PlannedGroup.Rectangle(window: window, blocks: header.blocks(covering: window))
            })
    }
}

extension ReplayRecord.PackedScene {
    init(_ scene: Scene, bands wanted: Set<Band>) {
        id = scene.id
        day = scene.day
        instant = scene.instant
        platform = scene.platform
        constellation = scene.constellation
        tile = scene.tile
        bands = scene.sortedBands.filter { wanted.contains($0.band) }.map { band, asset in
            ReplayRecord.PackedBand(
                band: band, scale: asset.calibration.scale, offset: asset.calibration.offset,
                isReflectance: asset.calibration.isReflectance, source: asset.calibration.source,
                isAssumed: asset.calibration.isAssumed, nodata: asset.nodata)
        }
        mask = scene.mask?.kind
    }
}
