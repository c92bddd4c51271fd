internal import Foundation
internal import Geospatial
internal import Yams

/// Everything that can be set for a scan. The defaults stand here and nowhere else.
public struct Configuration: Codable, Equatable, Sendable {
    public var sites = SiteSettings()
    public var scenes = SceneSettings()
    public var windows = WindowSettings()
    public var detection = DetectionSettings()
    public var findings = FindingSettings()
    public var status = StatusSettings()
    public var tasks = TaskSettings()
    public var output = OutputSettings()
    public var export = ExportSettings()

    public init() {}

    /// Where the results of a scan go; the `output` part of a pipeline.
    public struct OutputSettings: Codable, Equatable, Sendable {
        /// The folder that holds one folder for each period.
        public var folder = ""
        /// The lasting record across runs, an OGR data source; empty: `register.gpkg` in `folder`.
        public var register = ""
        /// Whether the change score of each window is written as a cloud-optimised GeoTIFF.
        public var rasters = false
        /// Tasks whose pictures are put into the report, from the first rank on.
        public var reportPictures = 100
        public var reportTitle = "Sitewarden"

        public init() {}
    }

    /// The register in use.
    public var registerSource: String {
        output.register.isEmpty ? (output.folder.isEmpty ? "" : output.folder + "/register.gpkg") : output.register
    }
}

/// A pipeline file that cannot be used.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let subject: String
    public let message: String
    public var description: String { "\(subject): \(message)" }

    public init(subject: String, message: String) {
        self.subject = subject
        self.message = message
    }
}

extension Configuration {
    /// Longest pipeline file read; one with every setting and a comment on each is a hundredth of it.
    private static let maximumBytes = 1 << 20

    /// Reads a pipeline file over the defaults. Paths in it are relative to its own folder.
    /// - Throws: `ConfigurationError` naming the setting that is unknown or has the wrong type.
    public init(pipelineFile path: String) throws {
        // Not a device or a pipe, which may never end, and no more than the limit of a file that may still grow.
        guard case .file(let size) = VirtualFile.kind(of: path),
            let bytes = try? VirtualFile.read(path, maximumByteCount: max(size, Self.maximumBytes))
        else {
            throw ConfigurationError(subject: path, message: "cannot be read. Give the path of a pipeline file")
        }
        guard bytes.count <= Self.maximumBytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(subject: path, message: "is not a YAML text of at most 1 MiB")
        }
        try self.init(yaml: text, subject: path)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        sites.source = Self.resolved(sites.source, in: folder)
        scenes.source = Self.resolved(scenes.source, in: folder)
        output.folder = Self.resolved(output.folder, in: folder)
        output.register = Self.resolved(output.register, in: folder)
    }

    /// Reads YAML text over the defaults.
    /// - Parameter subject: Named in errors.
    public init(yaml text: String, subject: String) throws {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if let line = lines.firstIndex(where: { Redaction.holdsPassword(String($0)) }) {
            throw ConfigurationError(
                subject: subject,
                message: "line \(line + 1) holds a password. Keep it in pg_service.conf or .pgpass and write "
                    + "PG:service=NAME")
        }
        guard !Self.usesAnchors(text) else {
            throw ConfigurationError(
                subject: subject,
                message: "uses a YAML anchor or alias. Write the value out, and put a text with & or * in quotes")
        }
        do {
            guard let defaults = try Yams.compose(yaml: Self.defaults.get()), let node = try Yams.compose(yaml: text)
            else {
                self.init()
                return
            }
            let merged = try Self.overlay(node, on: defaults, path: [], subject: subject)
            self = try YAMLDecoder().decode(Configuration.self, from: merged)
        } catch let error as YamlError {
            throw ConfigurationError(
                subject: subject, message: "is not valid YAML (\(Self.explanation(of: error))). Correct it")
        } catch let error as DecodingError {
            throw ConfigurationError(subject: subject, message: Self.explanation(of: error))
        }
    }

    /// The defaults as YAML: to print them takes longer than to read a file.
    private static let defaults = Result { try Configuration().yaml() }

    /// Whether the text names a value, to be repeated elsewhere, or repeats one.
    ///
    /// An alias can make a small file expand without end, and no pipeline needs one. The parser expands it before it
    /// can be asked, so it is given the text with a letter in the place of every & and * that may begin such a name:
    /// in quotes, blocks and comments they are text, whatever stands there; where the letter turns up in a value
    /// without quotes, it would have been a name.
    private static func usesAnchors(_ text: String) -> Bool {
        let letter: Unicode.Scalar = "\u{E000}"
        let before = Set<Unicode.Scalar>("[]{},:?\"'\u{FEFF}".unicodeScalars)
        var harmless = String.UnicodeScalarView()
        var mayBegin = true
        var isChanged = false
        for scalar in text.unicodeScalars {
            let isSign = mayBegin && (scalar == "&" || scalar == "*")
            harmless.append(isSign ? letter : scalar)
            isChanged = isChanged || isSign
            mayBegin = scalar.properties.isWhitespace || before.contains(scalar)
        }
        guard isChanged else { return false }
        // A name beside a map or a list, and what is no YAML at all.
        guard let node = try? Yams.compose(yaml: String(harmless)) else { return true }
        return holds(letter, node)
    }

    /// Whether a value without quotes holds a sign.
    private static func holds(_ sign: Unicode.Scalar, _ node: Node) -> Bool {
        switch node {
        case .mapping(let map): map.contains { holds(sign, $0.key) || holds(sign, $0.value) }
        case .sequence(let sequence): sequence.contains { holds(sign, $0) }
        case .scalar(let scalar): scalar.style == .plain && scalar.string.unicodeScalars.contains(sign)
        case .alias: true
        }
    }

    /// What is wrong and where, on one line; Yams adds the text around it, which may be the whole file.
    private static func explanation(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line), column \(mark.column): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            return "\(duplicates.sorted().joined(separator: ", ")) stands twice in the map at line \(context.mark.line)"
        default: return String("\(error)".prefix { !$0.isNewline })
        }
    }

    /// Which setting a value does not fit, and why not.
    private static func explanation(of error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
            .keyNotFound(_, let context):
            let name = context.codingPath.map(\.stringValue).joined(separator: ".")
            return "\(name): a value does not fit: \(context.debugDescription)"
        @unknown default: return "a value does not fit: \(error)"
        }
    }

    /// The settings as YAML, for `sitewarden config`.
    public func yaml() throws -> String {
        let encoder = YAMLEncoder()
        encoder.options.sortKeys = true
        encoder.options.allowUnicode = true
        let text = try encoder.encode(self)
        guard let node = try Yams.compose(yaml: text) else { return text }
        return try Yams.serialize(node: Self.withPlainNumbers(node), allowUnicode: true, sortKeys: true)
    }

    /// The encoder writes 500 as 5e+2; people write 500.0.
    private static func withPlainNumbers(_ node: Node) -> Node {
        switch node {
        case .mapping(var map):
            for (key, value) in map { map[key] = withPlainNumbers(value) }
            return .mapping(map)
        case .sequence(let sequence): return .sequence(Node.Sequence(sequence.map(withPlainNumbers)))
        case .scalar(var scalar):
            guard node.tag.description == Tag.Name.float.rawValue, let value = node.float else { return node }
            scalar.string = "\(value)"
            return .scalar(scalar)
        case .alias: return node
        }
    }

    /// Settings whose keys the user chooses.
    private static let openMaps: Set<[String]> = [["sites", "significanceWeights"]]

    /// Settings that are divided by, or of which there must be at least one.
    private static let positive: Set<[String]> = [
        ["windows", "cellPixels"], ["findings", "minimumPixels"], ["detection", "minimumHistoryObservations"],
        ["status", "provisionalObservations"], ["status", "confirmedObservations"],
        ["status", "finishedNormalObservations"], ["tasks", "magnitudeScale"], ["tasks", "recencyHalfLifeDays"],
    ]

    /// Settings that are shares: a percentage there would hold back everything.
    private static let shares: Set<[String]> = [
        ["findings", "matchingOverlap"], ["tasks", "expectedPrecision"], ["tasks", "minimumProbability"],
        ["tasks", "minimumPairProbability"],
    ]

    /// More than any setting means; larger numbers would leave the range of pixel counts.
    private static let largest = 1e9

    private static func overlay(_ node: Node, on base: Node, path: [String], subject: String) throws -> Node {
        let name = path.isEmpty ? "the file" : path.joined(separator: ".")
        func mismatch(_ wanted: String) -> ConfigurationError {
            ConfigurationError(subject: subject, message: "\(name) must be \(wanted)")
        }
        switch base {
        case .mapping(var map):
            // A heading with nothing under it changes nothing.
            if node.null != nil { return base }
            guard case .mapping(let entries) = node else { throw mismatch("a map of settings") }
            for (key, value) in entries {
                let place = path + [key.string ?? ""]
                if let known = map[key] {
                    map[key] = try overlay(value, on: known, path: place, subject: subject)
                } else if openMaps.contains(path), value.float != nil {
                    // As the decoder asks for it: to it a key "yes" in quotes is another than one without.
                    map[Node(key.string ?? "")] = value
                } else {
                    throw ConfigurationError(
                        subject: subject,
                        message: "\(place.joined(separator: ".")) is not a setting. There are "
                            + map.keys.compactMap(\.string).sorted().joined(separator: ", "))
                }
            }
            return .mapping(map)
        case .sequence:
            guard case .sequence = node else { throw mismatch("a list") }
            return node
        case .scalar, .alias:
            guard case .scalar = node else { throw mismatch("a single value") }
            // The tags of the defaults tell the types: a number may be written whole where parts are allowed.
            switch base.tag.description {
            case Tag.Name.bool.rawValue: guard node.bool != nil else { throw mismatch("true or false") }
            case Tag.Name.int.rawValue: guard node.int != nil else { throw mismatch("a whole number") }
            case Tag.Name.float.rawValue:
                guard let value = node.float, value.isFinite else { throw mismatch("a number") }
            default:
                guard node.string != nil else { throw mismatch("a text") }
                return node
            }
            if let value = node.float {
                guard value >= 0, value <= largest else { throw mismatch("from 0 to 1000000000") }
                guard value > 0 || !positive.contains(path) else { throw mismatch("above 0") }
                guard value <= 1 || !shares.contains(path) else { throw mismatch("from 0 to 1") }
            }
            return node
        }
    }

    private static func resolved(_ source: String, in folder: String) -> String {
        if source.isEmpty || source.hasPrefix("/") || source.contains("://") || source.hasPrefix("PG:") {
            return source
        }
        return URL(fileURLWithPath: folder).appendingPathComponent(source).standardized.path
    }
}
