internal import Geospatial

/// A STAC Item and what is read out of it to make a scene.
struct StacItem {
    let object: StacObject
    /// The document it stands in, which relative locations start from.
    let base: SceneLocation
    let settings: SceneSettings

    private var properties: StacObject { object.object("properties") }

    var id: String { object.text("id") ?? base.name }

    /// A scene with what is needed to compare it with others, and what was found on the way.
    struct Reading {
        var scene: Scene?
        var processingBaseline: Double?
        /// Second of the day, nil where unknown.
        var second: Int?
        var problems: [SceneProblem] = []
    }

    func read() -> Reading {
        var reading = Reading()
        let properties = properties
        guard let instant = properties.text("datetime") ?? properties.text("start_datetime"),
            let time = AcquisitionTime(instant)
        else {
            reading.problems.append(problem(.noDate, "has no datetime that can be read. Add it to its properties"))
            return reading
        }
        reading.processingBaseline = processingBaseline
        reading.second = time.second
        var isContradictory = false
        let candidates = candidates()
        let product = sensor == .sentinel2 || satellitesUnknown ? productMetadata : nil
        let wanted = Set(settings.bands.compactMap { Band(commonName: $0) })
        var bands: [Band: SceneAsset] = [:]
        for band in Band.allCases where wanted.contains(band) {
            let found = select(candidates.filter { $0.band == band }, label: "band \(band.rawValue)")
            reading.problems += found.problems
            guard let (candidate, location) = found.chosen else { continue }
            let evidence = evidence(of: candidate, product: product)
            isContradictory = isContradictory || evidence.isContradictory
            bands[band] = asset(candidate, location: location, calibration: evidence.calibration())
        }
        let masks = candidates.filter { $0.maskKind != nil }
        let mask = select(masks, label: "cloud mask")
        // A scene whose mask cannot be read would show its clouds as change.
        if mask.chosen == nil, !masks.isEmpty {
            reading.problems += mask.problems
            reading.problems.append(
                problem(.missingFile, "its cloud mask cannot be used, so it is left out. Mend that file or the item"))
            return reading
        }
        guard !bands.isEmpty else {
            let names = settings.bands.joined(separator: ", ")
            reading.problems.append(
                problem(.noBand, "no asset is one of \(names) that can be read. Mend the assets, or exclude the scene"))
            return reading
        }
        if isContradictory {
            reading.problems.append(
                problem(
                    .contradiction,
                    "its metadata contradict each other about the offset of reflectance. Look at its values"))
        }
        reading.scene = Scene(
            id: id, day: time.day, instant: instant, platform: properties.text("platform") ?? "",
            constellation: properties.text("constellation") ?? "", tile: tile, bands: bands,
            mask: mask.chosen.flatMap { chosen in
                chosen.candidate.maskKind.map { kind in
                    SceneMask(
                        kind: kind,
                        asset: asset(
                            chosen.candidate, location: chosen.location, calibration: .asStored("mask: stored values")))
                }
            },
            cloudCoverPercent: properties.number("eo:cloud_cover"), footprint: footprint)
        return reading
    }

    private func problem(_ kind: SceneProblem.Kind, _ message: String) -> SceneProblem {
        SceneProblem(kind: kind, subject: "Scene \(id)", message: message)
    }

    // MARK: Assets

    /// An asset, or one layer of it, that may serve as a band or as the mask.
    private struct Candidate {
        let key: String
        let asset: StacObject
        let href: String
        let bandNumber: Int
        /// The layer's own metadata: of STAC 1.1 `bands`, of `eo:bands`, of `raster:bands`.
        let layer: StacObject
        let optical: StacObject
        let raster: StacObject
        var band: Band?
        var maskKind: SceneMask.Kind?
        var isJPEG2000 = false
        var pixelSize: Double?

        /// A member of the layer, or of the asset itself where that is a raster of one layer (STAC 1.1).
        func number(_ key: String, old: String) -> Double? {
            raster.number(old) ?? layer.number(key) ?? asset.number(key)
        }
    }

    private static let ignoredRoles: Set<String> = ["thumbnail", "overview", "metadata", "visual", "tilejson"]
    private static let ignoredKeys: Set<String> = [
        "visual", "tci", "preview", "thumbnail", "rendered", "tilejson", "aot", "wvp",
    ]

    /// Whether a key names a picture or an atmospheric layer: `visual`, `TCI_10m`, `rendered_preview`.
    private static func isIgnored(_ key: String) -> Bool {
        key.lowercased().split(whereSeparator: { "-_.".contains($0) }).first.map { ignoredKeys.contains(String($0)) }
            ?? true
    }

    private func candidates() -> [Candidate] {
        let assets = object.object("assets")
        var candidates: [Candidate] = []
        for key in assets.keys where !Self.isIgnored(key) {
            let asset = assets.object(key)
            guard let href = href(of: asset), Self.ignoredRoles.isDisjoint(with: asset.texts("roles")) else { continue }
            guard let format = Self.format(asset: asset, href: href) else { continue }
            let layers = asset.objects("bands")
            let optical = asset.objects("eo:bands")
            let raster = asset.objects("raster:bands")
            let count = max(1, layers.count, optical.count)
            // A key of one colour, a file of several: the key names the file, not its first layer.
            for index in 0..<min(count, 64) {
                var candidate = Candidate(
                    key: key, asset: asset, href: href, bandNumber: index + 1,
                    layer: index < layers.count ? layers[index] : StacObject(),
                    optical: index < optical.count ? optical[index] : StacObject(),
                    raster: index < raster.count ? raster[index] : StacObject())
                candidate.isJPEG2000 = format == .jpeg2000
                let name = Self.fileStem(href)
                if count == 1 { candidate.maskKind = BandNames.maskKind(named: key) ?? BandNames.maskKind(named: name) }
                candidate.band =
                    candidate.maskKind == nil ? band(of: candidate, name: count == 1 ? name : nil) : nil
                guard candidate.band != nil || candidate.maskKind != nil else { continue }
                candidate.pixelSize = pixelSize(of: candidate, name: name)
                candidates.append(candidate)
            }
        }
        return candidates
    }

    /// The asset's location, or an alternate one over HTTP where the first is of an archive's own protocol.
    private func href(of asset: StacObject) -> String? {
        let href = asset.text("href")
        if let href, href.prefixMatch(of: /(?i)(s3|gs|az|abfs):/) != nil {
            let alternates = asset.object("alternate")
            for key in alternates.keys {
                if let other = alternates.object(key).text("href"), VirtualFile.isRemote(other) { return other }
            }
        }
        return href
    }

    private enum Format { case tiff, jpeg2000 }

    /// The format, or nil where the asset is no raster that is read.
    private static func format(asset: StacObject, href: String) -> Format? {
        let type = asset.text("type")?.lowercased() ?? ""
        if type.hasPrefix("image/jp2") { return .jpeg2000 }
        if type.hasPrefix("image/tiff") || type.hasPrefix("image/vnd.stac.geotiff") { return .tiff }
        guard type.isEmpty || type.hasPrefix("application/octet-stream") else { return nil }
        let path = href.prefix { $0 != "?" && $0 != "#" }.lowercased()
        if path.hasSuffix(".jp2") { return .jpeg2000 }
        return path.hasSuffix(".tif") || path.hasSuffix(".tiff") ? .tiff : nil
    }

    private static func fileStem(_ href: String) -> String {
        let path = href.prefix { $0 != "?" && $0 != "#" }
        let name = path.split(separator: "/").last ?? ""
        return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
    }

    private func band(of candidate: Candidate, name: String?) -> Band? {
        let given = candidate.layer.text("name") ?? candidate.optical.text("name")
        let isOnlyLayer = name != nil
        let named = ([given] + (isOnlyLayer ? [candidate.key, name] : [])).lazy.compactMap { $0 }
            .compactMap { BandNames.band(named: $0, sensor: sensor) }.first
        let common =
            candidate.layer.text("eo:common_name") ?? candidate.optical.text("common_name")
            ?? (isOnlyLayer ? candidate.asset.text("eo:common_name") : nil)
        guard let common else { return named }
        guard let band = Band(commonName: common) else { return nil }
        // Common names were coarser once: B05 to B8A were all `rededge`, and B8A was also `nir`.
        let coarse: Set<Band> = [.rededge, .nir]
        let fine: Set<Band> = [.rededge071, .rededge075, .rededge078, .nir, .nir08, .nir09]
        if sensor == .sentinel2, coarse.contains(band), let named, fine.contains(named) { return named }
        return band
    }

    /// Pixel size in metres, where something tells it.
    private func pixelSize(of candidate: Candidate, name: String) -> Double? {
        let transform = candidate.asset.numbers("proj:transform")
        // Below 0.05 the unit can only be degrees.
        if let width = transform.first.map({ abs($0) }), width >= 0.05 { return width }
        if let metres = BandNames.resolutionMetres(in: candidate.key) ?? BandNames.resolutionMetres(in: name) {
            return metres
        }
        let stated =
            candidate.number("raster:spatial_resolution", old: "spatial_resolution") ?? candidate.layer.number("gsd")
            ?? candidate.asset.number("gsd")
        if let stated, stated > 0 { return stated }
        if sensor == .sentinel2, let band = candidate.band { return BandNames.sentinel2PixelMetres(band) }
        return properties.number("gsd")
    }

    private func select(
        _ candidates: [Candidate], label: String
    ) -> (chosen: (candidate: Candidate, location: SceneLocation)?, problems: [SceneProblem]) {
        // The finest first; of equals GeoTIFF, which is read by blocks; then by key, for a stable choice.
        let ranked = candidates.sorted {
            let sizes = ($0.pixelSize ?? .infinity, $1.pixelSize ?? .infinity)
            if sizes.0 != sizes.1 { return sizes.0 < sizes.1 }
            if $0.isJPEG2000 != $1.isJPEG2000 { return $1.isJPEG2000 }
            return ($0.key, $0.bandNumber) < ($1.key, $1.bandNumber)
        }
        var problems: [SceneProblem] = []
        for candidate in ranked {
            let subject = "asset \(candidate.key) (\(label))"
            do throws(SceneLocation.Refusal) {
                let location = try base.resolve(candidate.href, allowedHosts: settings.allowedHosts)
                guard ["tif", "tiff", "jp2", ""].contains(location.fileExtension) else {
                    problems.append(
                        problem(
                            .unknownFormat,
                            "\(subject): .\(location.fileExtension) is not read. Give a GeoTIFF or JPEG 2000 file"))
                    continue
                }
                if !location.isRemote, !VirtualFile.exists(location.text) {
                    problems.append(
                        problem(
                            .missingFile,
                            "\(subject): \(location.text) missing. "
                                + "Add it, or exclude the scene under scenes.exclude"))
                    continue
                }
                return ((candidate, location), [])
            } catch {
                problems.append(problem(.refused, "\(subject): \(error.message)"))
            }
        }
        return (nil, problems)
    }

    private func asset(_ candidate: Candidate, location: SceneLocation, calibration: Calibration) -> SceneAsset {
        var nodata = candidate.number("nodata", old: "nodata")
        let statesNodata =
            candidate.raster.has("nodata") || candidate.layer.has("nodata") || candidate.asset.has("nodata")
        // Zero is nodata by the definition of these products; a mask's own rule knows its nodata.
        if !statesNodata, family != .other, candidate.maskKind == nil { nodata = family == .hls ? -9999 : 0 }
        return SceneAsset(
            path: location.gdalPath, href: candidate.href, bandNumber: candidate.bandNumber,
            calibration: calibration, nodata: nodata, grid: grid(of: candidate), gsd: candidate.pixelSize)
    }

    private func grid(of candidate: Candidate) -> SceneGrid {
        let asset = candidate.asset
        let properties = properties
        func epsg(_ object: StacObject) -> Int? {
            if let code = object.integer("proj:epsg"), code > 0 { return code }
            guard let match = object.text("proj:code")?.wholeMatch(of: /(?i)EPSG:(\d{1,7})/) else { return nil }
            return Int(match.output.1)
        }
        var grid = SceneGrid(epsg: epsg(asset) ?? epsg(properties))
        // The item's own shape and transform are those of its finest assets: they hold for others only if these say
        // nothing about their size.
        let isOwn = asset.has("proj:transform") || asset.has("proj:shape")
        if !isOwn, candidate.pixelSize != properties.number("gsd"), candidate.asset.has("gsd") { return grid }
        let source = isOwn ? asset : properties
        let shape = source.numbers("proj:shape").compactMap { Int(exactly: $0) }
        // No product in use has a side of a million pixels.
        if shape.count == 2, shape.allSatisfy({ (1...1_000_000).contains($0) }) {
            grid.rows = shape[0]
            grid.columns = shape[1]
        }
        let t = source.numbers("proj:transform")
        if t.count == 6 || t.count == 9, t[0] * t[4] - t[1] * t[3] != 0 {
            grid.transform = GeoTransform(
                originX: t[2], columnStepX: t[0], rowStepX: t[1], originY: t[5], columnStepY: t[3], rowStepY: t[4])
        }
        return grid
    }

    // MARK: Product

    private var isHLS: Bool { id.uppercased().hasPrefix("HLS") }

    private var family: CalibrationEvidence.Family {
        if isHLS { return .hls }
        if sensor == .sentinel2 { return .sentinel2 }
        return .other
    }

    private var sensor: BandNames.Sensor? {
        let upper = id.uppercased()
        let satellites = [properties.text("constellation"), properties.text("platform")].compactMap { $0?.lowercased() }
        if upper.hasPrefix("HLS.L30") || (isHLS && satellites.contains { $0.contains("landsat") }) {
            return .hlsLandsat
        }
        if isHLS || upper.contains(/^S2[A-D]_|^SENTINEL-?2/)
            || satellites.contains(where: { $0.contains(/^sentinel-?2/) })
        {
            return .sentinel2
        }
        if let sensor = BandNames.landsatSensor(in: id) { return sensor }
        if satellites.contains(where: { $0.contains(/^landsat-?[457]$/) }) { return .landsatTM }
        if satellites.contains(where: { $0.contains(/^landsat-?[89]$/) }) { return .landsatOLI }
        return sensorByNumbering
    }

    /// Landsat 4 to 7 have bands 5 and 7 but no reflectance of band 6; on Landsat 8 and 9 these come with a band 6.
    private var sensorByNumbering: BandNames.Sensor? {
        let assets = object.object("assets")
        let numbers = Set(
            assets.keys.compactMap { key in
                BandNames.landsatNumber(in: key)
                    ?? assets.object(key).text("href").flatMap { BandNames.landsatNumber(in: Self.fileStem($0)) }
            })
        return numbers.isSuperset(of: [1, 5, 7]) && !numbers.contains(6) ? .landsatTM : nil
    }

    private func family(of candidate: Candidate) -> CalibrationEvidence.Family {
        let names = [
            candidate.key, Self.fileStem(candidate.href), candidate.optical.text("name") ?? "",
            candidate.layer.text("name") ?? "",
        ]
        if names.contains(where: BandNames.isLandsatSurfaceReflectance) { return .landsatCollection2 }
        if family == .other, satellitesUnknown, names.contains(where: { BandNames.sentinel2Name(in: $0) != nil }) {
            return .sentinel2
        }
        return family
    }

    private var satellitesUnknown: Bool {
        properties.text("constellation") == nil && properties.text("platform") == nil
    }

    private func evidence(of candidate: Candidate, product: ProductMetadata?) -> CalibrationEvidence {
        var evidence = CalibrationEvidence()
        evidence.family = family(of: candidate)
        // Beyond these bounds it is no scale or offset of a reflectance.
        evidence.rasterScale = candidate.number("raster:scale", old: "scale").flatMap {
            $0 > 0 && $0 <= 1000 ? $0 : nil
        }
        evidence.rasterOffset = candidate.number("raster:offset", old: "offset").flatMap {
            abs($0) <= 100_000 ? $0 : nil
        }
        evidence.dataType =
            (candidate.raster.text("data_type") ?? candidate.layer.text("data_type")
            ?? candidate.asset.text("data_type"))?.lowercased()
        evidence.processingBaseline = processingBaseline
        let flags = ["earthsearch:boa_offset_applied", "s2:boa_offset_applied", "sentinel:boa_offset_applied"]
        evidence.isOffsetApplied = flags.lazy.compactMap { properties.flag($0) }.first
        evidence.isProductFile = candidate.isJPEG2000
        if evidence.family == .sentinel2, let band = candidate.band, let product {
            evidence.productOffset = product.offsets[band]
            evidence.productQuantification = product.quantification
        }
        return evidence
    }

    /// ESA's processing baseline, 5.11 for 05.11.
    private var processingBaseline: Double? {
        let keys = ["s2:processing_baseline", "sentinel:processing_baseline", "processing:version"]
        for key in keys {
            if let value = properties.number(key) ?? properties.text(key).flatMap(Self.baseline),
                (0..<100).contains(value)
            {
                return value
            }
        }
        for text in [id, properties.text("s2:product_uri") ?? ""] {
            if let match = text.firstMatch(of: /_N(\d\d)(\d\d)_/) {
                return Double("\(match.output.1).\(match.output.2)")
            }
        }
        return nil
    }

    /// `N0511`, `N05.11`.
    private static func baseline(_ text: String) -> Double? {
        text.wholeMatch(of: /[Nn]?(\d\d)\.?(\d\d)/).flatMap { Double("\($0.output.1).\($0.output.2)") }
    }

    private var productMetadata: ProductMetadata? {
        let assets = object.object("assets")
        for key in assets.keys {
            guard let href = assets.object(key).text("href"), Self.fileStem(href).hasPrefix("MTD_MSI"),
                let location = try? base.resolve(href, allowedHosts: settings.allowedHosts), !location.isRemote,
                let metadata = ProductMetadata(file: location.text)
            else { continue }
            return metadata
        }
        return nil
    }

    private var tile: String {
        let properties = properties
        if let tile = properties.text("s2:mgrs_tile") { return tile }
        if let code = properties.text("grid:code") { return code.replacing("MGRS-", with: "") }
        if let zone = properties.integer("mgrs:utm_zone"), let latitude = properties.text("mgrs:latitude_band"),
            let square = properties.text("mgrs:grid_square")
        {
            return "\(zone)\(latitude)\(square)"
        }
        if let path = properties.text("landsat:wrs_path"), let row = properties.text("landsat:wrs_row") {
            return "\(path)/\(row)"
        }
        return id.firstMatch(of: /_T?(\d{1,2}[C-X][A-Z]{2})_/).map { String($0.output.1) } ?? ""
    }

    private var footprint: [[Coordinate]] {
        let rings = object.outerRings("geometry").map { ring in ring.map { Coordinate(x: $0.x, y: $0.y) } }
        if !rings.isEmpty { return rings }
        let numbers = object.numbers("bbox")
        guard numbers.count == 4 || numbers.count == 6 else { return [] }
        let half = numbers.count / 2
        let (west, south, east, north) = (numbers[0], numbers[1], numbers[half], numbers[half + 1])
        // A box that crosses the date line has its west beyond its east (RFC 7946, section 5.2).
        let spans: [(Double, Double)] = west <= east ? [(west, east)] : [(west, 180), (-180, east)]
        return spans.map { span in
            let corners = [(span.0, south), (span.1, south), (span.1, north), (span.0, north), (span.0, south)]
            return corners.map { Coordinate(x: $0.0, y: $0.1) }
        }
    }
}
