internal import Geospatial

/// The scenes a source offers, and what is wrong with the others.
public struct SceneCatalogue: Sendable {
    /// In order of day, then id.
    public let scenes: [Scene]
    /// In the order in which they were found; the same for the same source.
    public let problems: [SceneProblem]
    /// The documents that were read, by location in ascending order, with the hash of what was read of them.
    public let documents: [(location: String, digest: FileDigest)]

    public init(
        scenes: [Scene], problems: [SceneProblem], documents: [(location: String, digest: FileDigest)] = []
    ) {
        self.scenes = scenes.sorted { ($0.day, $0.id) < ($1.day, $1.id) }
        self.problems = problems
        self.documents = documents
    }

    /// Reads the scenes of a source.
    ///
    /// The source is a STAC ItemCollection, Item, static Catalog or Collection as a file or an http or https URL, or
    /// a folder: with an `items.json`, with files of items, or with folders `DATE/BAND.tif` without metadata. What
    /// cannot be used is a problem, and the rest goes on.
    /// - Throws: `SceneError` where nothing of the source can be read.
    public static func load(source: String, settings: SceneSettings) throws -> SceneCatalogue {
        let location = try SceneLocation(source: source, allowedHosts: settings.allowedHosts)
        var reader = SceneReader(settings: settings)
        reader.checkSettings()
        try reader.read(location)
        return reader.catalogue()
    }
}

/// Follows the documents of a source and gathers their scenes.
private struct SceneReader {
    let settings: SceneSettings
    private var readings: [(reading: StacItem.Reading, order: Int)] = []
    private var problems: [SceneProblem] = []
    private var excludedIds: [String] = []
    private var cloudyIds: [String] = []
    private var visited: Set<String> = []
    private var documents: [(location: String, digest: FileDigest)] = []
    private var itemCount = 0

    /// A document of items is text; more than this is a mistake or an attack.
    private static let maximumByteCount = 64 << 20
    /// Catalogues in use are at most five deep: collection, tile in three parts, year.
    private static let maximumDepth = 12
    private static let maximumDocuments = 50_000
    private static let maximumItems = 100_000
    private static let maximumFolderDepth = 2

    init(settings: SceneSettings) { self.settings = settings }

    mutating func checkSettings() {
        let unknown = settings.bands.filter { Band(commonName: $0) == nil }
        guard !unknown.isEmpty else { return }
        let names = Band.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append(
            SceneProblem(
                kind: .unknownBand, subject: "scenes.bands",
                message: "\(unknown.joined(separator: ", ")) is no band. The bands are \(names)"))
    }

    mutating func read(_ source: SceneLocation) throws {
        if source.isRemote {
            try readDocuments(from: source.text.hasSuffix("/") ? source.appending("items.json") : source)
        } else {
            switch VirtualFile.kind(of: source.text) {
            case nil:
                throw SceneError(
                    subject: "Scenes '\(source.text)'", message: "there is no such file or folder. Check the path",
                    isMissing: true)
            case .file: try readDocuments(from: source)
            case .folder:
                try readFolder(source, depth: 0)
                if itemCount == 0, problems.isEmpty {
                    throw SceneError(
                        subject: "Scenes '\(source.text)'",
                        message: "the folder holds no scenes. Give an items.json, files of STAC items, or folders "
                            + "named by a day (2019-09-04) with files named by a band (B04.tif)")
                }
            }
        }
    }

    // MARK: Documents

    /// Reads a document and all that it links to; only a failure of the first one is thrown.
    private mutating func readDocuments(from first: SceneLocation) throws {
        var queue: [(location: SceneLocation, depth: Int)] = [(first, 0)]
        var next = 0
        var isTruncated = false
        while next < queue.count {
            let (location, depth) = queue[next]
            next += 1
            guard visited.insert(location.text).inserted else { continue }
            do {
                guard let object = try document(at: location) else { continue }
                for link in try read(object, at: location) {
                    if depth >= Self.maximumDepth && link.deepens {
                        report(
                            .refused, location.text,
                            "links lead more than \(Self.maximumDepth) catalogues deep and are not followed further. "
                                + "Start from a catalogue further down")
                        break
                    }
                    guard queue.count < Self.maximumDocuments else {
                        isTruncated = true
                        break
                    }
                    queue.append((link.location, link.deepens ? depth + 1 : depth))
                }
            } catch let error as SceneError {
                if next == 1 { throw error }
                report(.unreadable, error.subject, error.message)
            }
        }
        if isTruncated {
            report(
                .refused, first.text,
                "more than \(Self.maximumDocuments) documents are linked, the rest is left out. Give fewer"
            )
        }
    }

    private mutating func document(at location: SceneLocation) throws -> StacObject? {
        let bytes: [UInt8]
        do {
            bytes = try VirtualFile.read(location.text, maximumByteCount: Self.maximumByteCount)
        } catch let error as GeospatialError {
            throw SceneError(subject: error.subject, message: error.message, isMissing: error.isMissing)
        }
        documents.append((location.text, FileDigest(of: bytes)))
        return try StacObject(bytes: bytes, subject: location.text)
    }

    private struct Link {
        let location: SceneLocation
        /// Whether it leads one catalogue down; the next page of a result does not.
        let deepens: Bool
    }

    /// Takes the items of a document and returns the links to follow.
    private mutating func read(_ object: StacObject, at location: SceneLocation) throws -> [Link] {
        switch object.text("type") {
        case "FeatureCollection":
            for feature in object.objects("features") {
                guard feature.text("type") == "Feature", feature.has("assets") else {
                    report(
                        .unreadable, "\(location.text): \(feature.text("id") ?? "a feature without id")",
                        "is not a STAC Item: it has no assets. Leave it out")
                    continue
                }
                take(feature, base: location)
            }
            return links(of: object, at: location, relations: ["next"], deepens: false)
        case "Feature" where object.has("assets"):
            take(object, base: location)
            return []
        // Catalogues before STAC 1.0 have no type.
        case "Catalog", "Collection", nil:
            guard object.has("stac_version"), object.has("links") else { throw Self.notStac(location) }
            let found = links(of: object, at: location, relations: ["child", "item"], deepens: true)
            if found.isEmpty {
                report(
                    .unreadable, location.text,
                    "links to no item. Give a static catalogue with item links, or an ItemCollection such as the "
                        + "result of a search")
            }
            return found
        default:
            throw Self.notStac(location)
        }
    }

    private static func notStac(_ location: SceneLocation) -> SceneError {
        SceneError(
            subject: location.text,
            message: "is no STAC document. Give an Item, an ItemCollection, a Catalog or a Collection")
    }

    private mutating func links(
        of object: StacObject, at location: SceneLocation, relations: Set<String>, deepens: Bool
    ) -> [Link] {
        var links: [Link] = []
        for link in object.objects("links") where link.text("rel").map(relations.contains) ?? false {
            if let method = link.text("method"), method.uppercased() != "GET" {
                report(
                    .refused, location.text,
                    "its next page needs a \(method) request, which is not made. Save all pages in one file")
                continue
            }
            do throws(SceneLocation.Refusal) {
                let target = try location.resolve(link.text("href") ?? "", allowedHosts: settings.allowedHosts)
                links.append(Link(location: target, deepens: deepens))
            } catch {
                report(.refused, location.text, "a link is not followed: \(error.message)")
            }
        }
        return links
    }

    private mutating func take(_ object: StacObject, base: SceneLocation) {
        itemCount += 1
        guard itemCount <= Self.maximumItems else {
            if itemCount == Self.maximumItems + 1 {
                report(
                    .refused, base.text, "more than \(Self.maximumItems) items, the rest is left out. Give fewer")
            }
            return
        }
        let item = StacItem(object: object, base: base, settings: settings)
        if settings.exclude.contains(where: { Self.matches($0, item.id) }) {
            excludedIds.append(item.id)
            return
        }
        let reading = item.read()
        if let document = reading.document { documents.append(document) }
        if let scene = reading.scene, let cloud = scene.cloudCoverPercent, cloud > settings.maximumCloudPercent {
            cloudyIds.append(scene.id)
            return
        }
        problems += reading.problems
        if reading.scene != nil { readings.append((reading, readings.count)) }
    }

    // MARK: Folders

    private mutating func readFolder(_ folder: SceneLocation, depth: Int) throws {
        let names: [String]
        do {
            names = try VirtualFile.names(in: folder.text)
        } catch let error as GeospatialError {
            throw SceneError(subject: error.subject, message: error.message, isMissing: error.isMissing)
        }
        for name in ["items.json", "catalog.json", "collection.json"] where names.contains(name) {
            try readDocuments(from: folder.appending(name))
            return
        }
        var foldersBelow: [SceneLocation] = []
        let countBefore = itemCount
        for name in names where !name.hasPrefix(".") {
            let entry = folder.appending(name)
            if name.lowercased().hasSuffix(".json") {
                readFolderDocument(entry)
            } else if depth < Self.maximumFolderDepth, VirtualFile.kind(of: entry.text) == .folder {
                foldersBelow.append(entry)
            }
        }
        // With an item of its own the folder's rasters are described.
        if itemCount == countBefore, let day = Self.day(ofFolder: folder.name) {
            let rasters = names.filter { name in [".tif", ".tiff", ".jp2"].contains { name.lowercased().hasSuffix($0) }
            }
            let descriptions = names.filter { $0.hasPrefix("MTD_MSI") && $0.hasSuffix(".xml") }
            if !rasters.isEmpty {
                let object = StacObject.item(id: folder.name, day: day, files: rasters + descriptions)
                take(object, base: folder.appending(""))
            }
        }
        for below in foldersBelow {
            do {
                try readFolder(below, depth: depth + 1)
            } catch let error as SceneError {
                report(.unreadable, error.subject, error.message)
            }
        }
    }

    /// Takes a file of a folder if it is a STAC item or collection of items; other JSON is none of ours.
    private mutating func readFolderDocument(_ location: SceneLocation) {
        do {
            guard let object = try document(at: location) else { return }
            let type = object.text("type")
            let isItem = type == "Feature" && object.has("assets")
            let isCollection = type == "FeatureCollection" && object.objects("features").contains { $0.has("assets") }
            guard isItem || isCollection else { return }
            _ = try read(object, at: location)
        } catch let error as SceneError {
            report(.unreadable, error.subject, error.message)
        } catch {
            report(.unreadable, location.text, "\(error)")
        }
    }

    private static func day(ofFolder name: String) -> Day? { Day(name) ?? Day(compact: name) }

    // MARK: The catalogue

    func catalogue() -> SceneCatalogue {
        var problems = problems
        let (kept, duplicates) = withoutDuplicates()
        problems += duplicates
        let scenes = kept.sorted { ($0.day, $0.id) < ($1.day, $1.id) }
        problems += summaries(of: scenes)
        return SceneCatalogue(
            scenes: scenes, problems: problems, documents: documents.sorted { $0.location < $1.location })
    }

    /// The scenes without second copies of an acquisition.
    ///
    /// A datatake that was processed again comes twice: the highest baseline is kept. A datatake received by two
    /// stations comes in two halves with the same time and tile: both are kept, told apart by their outlines.
    private func withoutDuplicates() -> (kept: [Scene], problems: [SceneProblem]) {
        struct Acquisition: Hashable {
            let platform: String
            let day: Day
            let second: Int
            let tile: String
        }
        var problems: [SceneProblem] = []
        var kept: [Scene] = []
        var keptIds: Set<String> = []
        var keptOf: [Acquisition: [(scene: Scene, baseline: Double?)]] = [:]
        // The best first: highest baseline, then the id that sorts last, in which products carry their making.
        let ranked = readings.sorted {
            let (first, second) = ($0.reading, $1.reading)
            let baselines = (first.processingBaseline ?? 0, second.processingBaseline ?? 0)
            if baselines.0 != baselines.1 { return baselines.0 > baselines.1 }
            let ids = (first.scene?.id ?? "", second.scene?.id ?? "")
            if ids.0 != ids.1 { return ids.0 > ids.1 }
            let instants = (first.scene?.instant ?? "", second.scene?.instant ?? "")
            return instants.0 != instants.1 ? instants.0 > instants.1 : $0.order < $1.order
        }
        for entry in ranked {
            guard let scene = entry.reading.scene else { continue }
            let baseline = entry.reading.processingBaseline
            guard !keptIds.contains(scene.id) else {
                problems.append(
                    SceneProblem(
                        kind: .duplicate, subject: "Scene \(scene.id)",
                        message: "comes more than once; one is kept. Leave the other out of the source"))
                continue
            }
            if let second = entry.reading.second, !scene.tile.isEmpty {
                let acquisition = Acquisition(
                    platform: scene.platform.lowercased(), day: scene.day, second: second, tile: scene.tile)
                if let other = keptOf[acquisition, default: []].first(where: {
                    Self.isSameAcquisition(scene, $0.scene, isSameBaseline: baseline == $0.baseline)
                }) {
                    problems.append(
                        SceneProblem(
                            kind: .duplicate, subject: "Scene \(scene.id)",
                            message:
                                "shows the same acquisition as \(other.scene.id), which is processed later and kept"
                        ))
                    continue
                }
                keptOf[acquisition, default: []].append((scene, baseline))
            }
            keptIds.insert(scene.id)
            kept.append(scene)
        }
        return (kept, problems)
    }

    /// Whether one scene is the other processed again, and not the other half of the same datatake.
    private static func isSameAcquisition(_ scene: Scene, _ other: Scene, isSameBaseline: Bool) -> Bool {
        guard let bounds = scene.bounds, let otherBounds = other.bounds else { return true }
        let shared = Envelope(
            minimumX: max(bounds.minimumX, otherBounds.minimumX), minimumY: max(bounds.minimumY, otherBounds.minimumY),
            maximumX: min(bounds.maximumX, otherBounds.maximumX), maximumY: min(bounds.maximumY, otherBounds.maximumY))
        let sharedArea = area(shared)
        // Halves share at most a slanted strip; the envelope of a small half can lie far inside the other's, so with
        // equal baselines only outlines that agree are the same.
        return isSameBaseline
            ? sharedArea >= 0.9 * max(area(bounds), area(otherBounds)) : sharedArea >= 0.5 * area(bounds)
    }

    /// Square degrees; 0 for an empty envelope.
    private static func area(_ envelope: Envelope) -> Double {
        max(0, envelope.maximumX - envelope.minimumX) * max(0, envelope.maximumY - envelope.minimumY)
    }

    /// What concerns many scenes is said once.
    private func summaries(of scenes: [Scene]) -> [SceneProblem] {
        var problems: [SceneProblem] = []
        func add(_ kind: SceneProblem.Kind, _ message: String) {
            problems.append(SceneProblem(kind: kind, subject: "Scenes", message: message))
        }
        if !excludedIds.isEmpty {
            add(.excluded, "\(Self.list(excludedIds)) left out by scenes.exclude")
        }
        if !cloudyIds.isEmpty {
            add(
                .excluded,
                "\(Self.list(cloudyIds)) left out: more cloud than scenes.maximumCloudPercent "
                    + "(\(settings.maximumCloudPercent))")
        }
        var idsByMissing: [[Band]: [String]] = [:]
        for scene in scenes { idsByMissing[missingBands(scene), default: []].append(scene.id) }
        for (missing, ids) in idsByMissing.sorted(by: { $0.value[0] < $1.value[0] }) where !missing.isEmpty {
            // The defaults name every band that helps; that a sensor has no such band is nothing to mend.
            if ids.count == scenes.count, settings.bands == SceneSettings().bands { continue }
            let names = missing.map(\.rawValue).joined(separator: ", ")
            add(
                .missingBand,
                "\(Self.list(ids)) without \(names). Add the files, or take the bands out of scenes.bands")
        }
        let unmasked = scenes.filter { $0.mask == nil }.map(\.id)
        if !unmasked.isEmpty {
            add(
                .noMask,
                "\(Self.list(unmasked)) without a cloud mask: clouds in them look like change. Add SCL (Sentinel-2) or "
                    + "QA_PIXEL (Landsat), or use clear scenes only")
        }
        return problems
    }

    /// The bands asked for that a scene lacks; `nir` and `nir08` stand in for each other.
    private func missingBands(_ scene: Scene) -> [Band] {
        settings.bands.compactMap { Band(commonName: $0) }.filter { band in
            if band == .nir || band == .nir08 { return scene.nearInfrared == nil }
            return scene.bands[band] == nil
        }.sorted()
    }

    /// `3 scenes (A, B, C)`, with the first three named.
    private static func list(_ ids: [String]) -> String {
        let named = ids.sorted().prefix(3).joined(separator: ", ")
        return "\(ids.count) \(ids.count == 1 ? "scene" : "scenes") (\(named)\(ids.count > 3 ? ", ..." : ""))"
    }

    private mutating func report(_ kind: SceneProblem.Kind, _ subject: String, _ message: String) {
        problems.append(SceneProblem(kind: kind, subject: subject, message: message))
    }

    /// Whether the text fits a pattern in which `*` stands for any text, also none.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        let star = UInt8(ascii: "*")
        var (p, t) = (0, 0)
        var lastStar: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == star {
                lastStar = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let star = lastStar {
                // Let the last star take one more character.
                lastStar = (star.pattern, star.text + 1)
                p = star.pattern + 1
                t = star.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == star }
    }
}
