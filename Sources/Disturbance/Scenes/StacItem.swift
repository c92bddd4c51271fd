internal import Geospatial

/// A STAC Item and what is read out of it to make a scene.
struct StacItem {
    let id: String
    private let object: StacObject
    /// The document it stands in, which relative locations start from.
    private let base: SceneLocation
    private let settings: SceneSettings
    private let properties: StacObject
    /// In order of key.
    private let assets: [(key: String, asset: StacObject)]
    private let sensor: BandNames.Sensor?
    /// ESA's processing baseline, 5.11 for 05.11.
    private let processingBaseline: Double?

    /// - Parameter base: The document the item stands in, or the folder with a slash at its end.
    init(object: StacObject, base: SceneLocation, settings: SceneSettings) {
        self.object = object
        self.base = base
        self.settings = settings
        id = Self.cleaned(object.text("id") ?? base.name)
        properties = object.object("properties")
        let members = object.object("assets")
        assets = members.keys.map { ($0, members.object($0)) }
        sensor = Self.sensor(id: id, properties: properties, assets: assets)
        processingBaseline = Self.processingBaseline(id: id, properties: properties)
    }

    /// The text without control characters, which could forge a line of a log, and not without end.
    private static func cleaned(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(256) where scalar.properties.generalCategory != .control {
            scalars.append(scalar)
        }
        return String(scalars)
    }

    /// A scene with what is needed to compare it with others, and what was found on the way.
    struct Reading {
        var scene: Scene?
        var processingBaseline: Double?
        /// Second of the day, nil where unknown.
        var second: Int?
        var problems: [SceneProblem] = []
        /// Read beside the item, with the hash of what was read.
        var document: (location: String, digest: FileDigest)?
    }

    func read() -> Reading {
        var reading = Reading()
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
        reading.document = product?.document
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
            id: id, day: time.day, instant: instant, platform: Self.cleaned(properties.text("platform") ?? ""),
            constellation: Self.cleaned(properties.text("constellation") ?? ""), tile: Self.cleaned(tile), bands: bands,
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
        var candidates: [Candidate] = []
        for (key, asset) in assets where !Self.isIgnored(key) {
            guard let href = href(of: asset) else { continue }
            // Some call a mask metadata.
            let isMask = BandNames.maskKind(named: key) != nil
            guard isMask || Self.ignoredRoles.isDisjoint(with: asset.texts("roles")) else { continue }
            guard let format = Self.format(asset: asset, href: href) else { continue }
            let layers = asset.objects("bands")
            let optical = asset.objects("eo:bands")
            let raster = asset.objects("raster:bands")
            let count = max(1, layers.count, optical.count)
            // In a file of several layers the key names the file, and only the layers' own names tell the bands.
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
        if let href, ["s3://", "gs://", "az://", "abfs://"].contains(where: { href.lowercased().hasPrefix($0) }) {
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
        // image/vnd.stac.geotiff and image/x.geotiff are older spellings.
        if type.hasPrefix("image/tiff") || type.contains("geotiff") { return .tiff }
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
        if let width = Self.metricWidth(of: candidate.asset) { return width }
        if let metres = BandNames.resolutionMetres(in: candidate.key) ?? BandNames.resolutionMetres(in: name) {
            return metres
        }
        let stated =
            candidate.number("raster:spatial_resolution", old: "spatial_resolution") ?? candidate.layer.number("gsd")
            ?? candidate.asset.number("gsd")
        if let stated, stated > 0 { return stated }
        if family(of: candidate) == .sentinel2, let band = candidate.band {
            return BandNames.sentinel2PixelMetres(band)
        }
        // Masks are often coarser than the bands.
        return candidate.maskKind == nil ? itemPixelSize : nil
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
        let family = family(of: candidate)
        if !statesNodata, family != .other, candidate.maskKind == nil { nodata = family == .hls ? -9999 : 0 }
        return SceneAsset(
            path: location.gdalPath, href: candidate.href, bandNumber: candidate.bandNumber,
            calibration: calibration, nodata: nodata, grid: grid(of: candidate), gsd: candidate.pixelSize)
    }

    private func grid(of candidate: Candidate) -> SceneGrid {
        let asset = candidate.asset
        func epsg(_ object: StacObject) -> Int? {
            if let code = object.integer("proj:epsg"), code > 0 { return code }
            guard let code = object.text("proj:code"), code.uppercased().hasPrefix("EPSG:") else { return nil }
            return Int(code.dropFirst("EPSG:".count)).flatMap { $0 > 0 ? $0 : nil }
        }
        var grid = SceneGrid(epsg: epsg(asset) ?? epsg(properties))
        let isOwn = asset.has("proj:transform") || asset.has("proj:shape")
        // The item's own shape and transform are those of some of its assets: they hold for one of the same pixel size.
        if !isOwn, candidate.pixelSize == nil || candidate.pixelSize != itemPixelSize { return grid }
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

    private var itemPixelSize: Double? { properties.number("gsd") ?? Self.metricWidth(of: properties) }

    /// The width of a pixel by the transform where its unit can be metres.
    private static func metricWidth(of object: StacObject) -> Double? {
        // Below 0.05 the unit can only be degrees.
        object.numbers("proj:transform").first.map { abs($0) }.flatMap { $0 >= 0.05 ? $0 : nil }
    }

    // MARK: Product

    private static func sensor(
        id: String, properties: StacObject, assets: [(key: String, asset: StacObject)]
    ) -> BandNames.Sensor? {
        let upper = id.uppercased()
        // sentinel-2a, Sentinel2A, LANDSAT_8
        let satellites = ["constellation", "platform"].compactMap { properties.text($0) }
            .map { $0.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " } }
        func isSatellite(_ prefix: String) -> Bool { satellites.contains { $0.hasPrefix(prefix) } }
        if upper.hasPrefix("HLS") {
            return upper.hasPrefix("HLS.L30") || isSatellite("landsat") ? .hlsLandsat : .hlsSentinel
        }
        if isSatellite("sentinel2") || ["S2A_", "S2B_", "S2C_", "S2D_"].contains(where: upper.hasPrefix) {
            return .sentinel2
        }
        if let sensor = BandNames.landsatSensor(in: id) { return sensor }
        if ["landsat4", "landsat5", "landsat7"].contains(where: isSatellite) { return .landsatTM }
        if ["landsat8", "landsat9"].contains(where: isSatellite) { return .landsatOLI }
        // Landsat 4 to 7 have bands 5 and 7 but no reflectance of band 6; Landsat 8 and 9 have all three.
        let numbers = Set(
            assets.compactMap { key, asset in
                BandNames.landsatNumber(in: key)
                    ?? asset.text("href").flatMap { BandNames.landsatNumber(in: fileStem($0)) }
            })
        return numbers.isSuperset(of: [1, 5, 7]) && !numbers.contains(6) ? .landsatTM : nil
    }

    private func family(of candidate: Candidate) -> CalibrationEvidence.Family {
        let names = [
            candidate.key, Self.fileStem(candidate.href), candidate.optical.text("name") ?? "",
            candidate.layer.text("name") ?? "",
        ]
        if names.contains(where: BandNames.isLandsatSurfaceReflectance) { return .landsatCollection2 }
        switch sensor {
        case .hlsLandsat, .hlsSentinel: return .hls
        case .sentinel2: return .sentinel2
        case .landsatOLI, .landsatTM: return .other
        case nil:
            let isNamed = satellitesUnknown && names.contains { BandNames.sentinel2Name(in: $0) != nil }
            return isNamed ? .sentinel2 : .other
        }
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

    private static func processingBaseline(id: String, properties: StacObject) -> Double? {
        for key in ["s2:processing_baseline", "sentinel:processing_baseline", "processing:version"] {
            let value = properties.number(key) ?? properties.text(key).flatMap(baseline)
            if let value, (0..<100).contains(value) { return value }
        }
        // ..._N0511_R136_...
        for text in [id, properties.text("s2:product_uri") ?? ""] {
            let parts = text.split(separator: "_").filter { $0.hasPrefix("N") && $0.count == 5 }
            if let value = parts.lazy.compactMap({ baseline(String($0)) }).first { return value }
        }
        return nil
    }

    /// `N0511`, `N05.11`.
    private static func baseline(_ text: String) -> Double? {
        let digits = text.drop { $0 == "N" || $0 == "n" }.filter { $0 != "." }
        guard digits.count == 4, let hundredths = Int(digits), hundredths >= 0 else { return nil }
        return Double(hundredths) / 100
    }

    private var productMetadata: ProductMetadata? {
        for (_, asset) in assets {
            guard let href = asset.text("href"), Self.fileStem(href).hasPrefix("MTD_MSI"),
                let location = try? base.resolve(href, allowedHosts: settings.allowedHosts), !location.isRemote,
                let metadata = ProductMetadata(file: location.text)
            else { continue }
            return metadata
        }
        return nil
    }

    private var tile: String {
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
        let isOnEarth = rings.allSatisfy { $0.allSatisfy { abs($0.x) <= 360 && abs($0.y) <= 91 } }
        if !rings.isEmpty, isOnEarth { return rings }
        let numbers = object.numbers("bbox")
        guard numbers.count == 4 || numbers.count == 6 else { return [] }
        let half = numbers.count / 2
        let (west, south, east, north) = (numbers[0], numbers[1], numbers[half], numbers[half + 1])
        guard abs(west) <= 360, abs(east) <= 360, -91 <= south, south <= north, north <= 91 else { return [] }
        // A box that crosses the date line has its west beyond its east (RFC 7946, section 5.2).
        let spans: [(Double, Double)] = west <= east ? [(west, east)] : [(west, 180), (-180, east)]
        return spans.map { span in
            let corners = [(span.0, south), (span.1, south), (span.1, north), (span.0, north), (span.0, south)]
            return corners.map { Coordinate(x: $0.0, y: $0.1) }
        }
    }
}
