internal import Geospatial

/// Labelled ground of a user: where, and since when, something happened, or where somebody looked in vain.
public struct TruthRegister: Sendable {
    /// What was read, without password.
    public var source: String
    public var rowCount: Int
    /// In the order of the source.
    public var areas: [TruthArea]
    /// Rows whose verdict says nothing.
    public var unsureCount: Int
    /// True for a task list that came back from review: what nobody listed is not in it.
    public var isTaskList: Bool
    /// A line for each row that could not be used.
    public var losses: [String]
    /// A line for each thing worth knowing.
    public var remarks: [String]

    public init(
        source: String, rowCount: Int, areas: [TruthArea], unsureCount: Int = 0, isTaskList: Bool = false,
        losses: [String] = [], remarks: [String] = []
    ) {
        self.source = source
        self.rowCount = rowCount
        self.areas = areas
        self.unsureCount = unsureCount
        self.isTaskList = isTaskList
        self.losses = losses
        self.remarks = remarks
    }

    /// Reads polygons, or points with a radius, in any format OGR knows here and any reference system.
    ///
    /// What is wrong with a row is told and never stops the others.
    /// - Throws: `GeospatialError` where the source cannot be read, or no row of it can be used; `RegisterError` where
    ///   another programme still writes it.
    public static func load(settings: TruthSettings) throws -> TruthRegister {
        guard settings.pointRadiusMetres >= 0, settings.pointRadiusMetres.isFinite else {
            throw GeospatialError(subject: "point radius", message: "is \(settings.pointRadiusMetres). Give metres")
        }
        let dataset: VectorDataset
        if settings.source.lowercased().hasSuffix(".gpkg") {
            try GeoPackageFile.requireClosed(settings.source)
            // Immutable: an analyst's file keeps its bytes.
            dataset = try VectorDataset.open(settings.source, drivers: [.geoPackage], options: ["IMMUTABLE=YES"])
        } else {
            dataset = try VectorDataset.open(settings.source, drivers: VectorDriver.allCases)
        }
        let names = Set(try dataset.layerNames())
        let isTaskFile = names.isSuperset(of: [TaskLayer.tasksLayer, TaskLayer.buffersLayer])
        let layer = try dataset.layer(
            named: settings.layer.isEmpty && isTaskFile ? TaskLayer.tasksLayer : settings.layer)
        let subject = GeospatialError(subject: settings.source, message: "").subject
        let given = settings.crs.isEmpty ? nil : try CoordinateReferenceSystem(settings.crs)
        guard let crs = layer.crs ?? given else {
            throw GeospatialError(
                subject: subject,
                message: "does not say in which reference system it is. Add it (a shapefile needs its .prj), "
                    + "or name it (--crs), for example EPSG:4326")
        }
        let reader = try TruthReader(
            subject: subject, fields: layer.fieldDefinitions.map(\.name), crs: crs, settings: settings)
        try layer.forEachFeature { try reader.take($0) }
        return try reader.register()
    }
}

/// Takes the rows of a source one by one.
private final class TruthReader {
    private let subject: String
    private let settings: TruthSettings
    private let isGeographic: Bool
    private let transformation: CoordinateTransformation
    private let planes = MetricPlanes()
    private let onset: String?
    private let end: String?
    private let inspected: String?
    private let kind: String?
    private let verdict: String?
    private let isTaskList: Bool
    private let undisturbedWords: Set<String>

    private var row = 0
    private var areas: [TruthArea] = []
    private var unsureCount = 0
    private var losses: [String] = []
    private var repairCount = 0
    /// Words without a meaning, with how many rows have them.
    private var strangeKinds: [String: Int] = [:]
    private var verdicts: [String: Int] = [:]

    init(subject: String, fields: [String], crs: CoordinateReferenceSystem, settings: TruthSettings) throws {
        self.subject = subject
        self.settings = settings
        isGeographic = !crs.isProjected
        transformation = try CoordinateTransformation(from: crs, to: .wgs84)
        isTaskList = ["task_id", "finding_id", "verdict"].allSatisfy(fields.contains)
        func field(_ name: String, _ usual: [String]) throws -> String? {
            func match(_ wanted: String) -> String? {
                fields.first { $0 == wanted } ?? fields.first { TruthSettings.plain($0) == TruthSettings.plain(wanted) }
            }
            guard !name.isEmpty else { return usual.lazy.compactMap(match).first }
            guard let found = match(name) else {
                let all = fields.isEmpty ? "no fields" : fields.prefix(20).joined(separator: ", ")
                throw GeospatialError(subject: subject, message: "has no field '\(name)'. It has \(all)")
            }
            return found
        }
        let inspected = try field(settings.inspectedField, ["inspected", "inspected_on", "reviewed_on"])
        self.inspected = inspected
        // The day somebody looked is not the day it began, whatever the field is called.
        let began = try field(settings.onsetField, ["onset", "date"].filter { inspected == nil || $0 != inspected })
        onset = began == inspected ? nil : began
        end = try field(settings.endField, ["end", "end_date"])
        // The kind in a task list is what the list itself said.
        kind = isTaskList && settings.kindField.isEmpty ? nil : try field(settings.kindField, ["kind"])
        verdict = try field(settings.verdictField, ["verdict", "label"])
        undisturbedWords = TruthSettings.undisturbedWords.union(settings.undisturbedWords.map(TruthSettings.plain))
    }

    func take(_ feature: Feature) throws {
        row += 1
        do throws(Loss) {
            guard let state = state(of: feature) else {
                unsureCount += 1
                return
            }
            var area = TruthArea(row: row, state: state, geometry: try geometry(of: feature))
            switch state {
            case .disturbed:
                area.begun = try day(onset, of: feature, isLast: false)
                area.ended = try day(end, of: feature, isLast: true)
                area.kind = kind(of: feature)
                if let begun = area.begun, let ended = area.ended, ended < begun {
                    throw Loss("it ends on \(ended), before it begins on \(begun). Correct one of the two")
                }
            case .undisturbed:
                area.ended = try day(inspected ?? onset, of: feature, isLast: true)
            }
            areas.append(area)
        } catch {
            losses.append("row \(row): \(error.message)")
        }
    }

    private struct Loss: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    /// nil where nobody says.
    private func state(of feature: Feature) -> TruthArea.State? {
        guard let verdict else { return .disturbed }
        let word = TruthSettings.plain(feature[verdict].text ?? "")
        verdicts[word, default: 0] += 1
        if undisturbedWords.contains(word) { return .undisturbed }
        return TruthSettings.unsureWords.contains(word) ? nil : .disturbed
    }

    private func kind(of feature: Feature) -> String? {
        guard let kind else { return nil }
        let word = SiteFields.meaning(feature[kind].text ?? "")
        guard !word.isEmpty else { return nil }
        let plain = TruthSettings.plain(word)
        if let meant = settings.kinds.first(where: { TruthSettings.plain($0.key) == plain })?.value {
            return meant.rawValue
        }
        let known = DisturbanceKind.allCases.first {
            $0.rawValue == plain || TruthSettings.plain($0.title) == plain
        }
        if known == nil { strangeKinds[word, default: 0] += 1 }
        return known?.rawValue
    }

    /// A day, month or year.
    /// - Parameter isLast: Whether the last day of a month or year is meant, or the first.
    private func day(_ field: String?, of feature: Feature, isLast: Bool) throws(Loss) -> Day? {
        guard let field else { return nil }
        let text = SiteFields.meaning(feature[field].text ?? "")
        guard !text.isEmpty else { return nil }
        let date = text.replacing("/", with: "-")
        if let day = Day(date.prefix(10)) ?? Day(compact: text) { return day }
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        if parts[0].count == 4, let year = Int(parts[0]), parts.count <= 2 {
            let month = parts.count == 2 ? (parts[1].count == 2 ? Int(parts[1]) ?? 0 : 0) : isLast ? 12 : 1
            if (1...12).contains(month), year >= 1000 {
                let last = Day.length(ofMonth: month, year: year)
                if let day = Day(year: year, month: month, day: isLast ? last : 1) { return day }
            }
        }
        throw Loss(
            "its \(field) '\(VisibleText.make(text, length: 40))' is no day. Write it as YYYY-MM-DD, YYYY-MM or YYYY")
    }

    private func geometry(of feature: Feature) throws(Loss) -> Geometry {
        let boundary = SiteBoundary(
            feature, siteID: "", row: row, isGeographic: isGeographic, transformation: transformation)
        guard let shape = boundary.core else {
            let problem = boundary.problems.first { $0.severity == .rejected }
            throw Loss(problem.map { "\($0.message). \($0.mend)" } ?? "its geometry cannot be used. Draw it again")
        }
        if boundary.problems.contains(where: { $0.severity == .repaired }) { repairCount += 1 }
        guard shape.kind.isPunctual else { return shape }
        guard settings.pointRadiusMetres > 0 else {
            throw Loss(
                "it is a point. Draw the ground as a polygon, or say how far around a point it reaches (--point-radius)"
            )
        }
        do {
            let circles = try shape.parts.map { point in
                let plane = try planes.plane(around: point)
                return try plane.lifted(
                    plane.placed(point).buffer(distance: settings.pointRadiusMetres, quadrantSegments: 16))
            }
            return circles.count == 1 ? circles[0] : try Geometry.union(of: circles)
        } catch {
            throw Loss("the ground around its point cannot be drawn: \(error)")
        }
    }

    func register() throws -> TruthRegister {
        guard row > 0 else {
            throw GeospatialError(subject: subject, message: "has no rows. Export it again, or name another layer")
        }
        guard !areas.isEmpty else {
            let reason = losses.first ?? "row 1: its \(verdict ?? "verdict") says nothing. Write what was found"
            throw GeospatialError(subject: subject, message: "has no row that can be used (\(reason))")
        }
        var remarks: [String] = []
        if let verdict {
            let words = verdicts.sorted { $0.key < $1.key }.map { word, count in
                let meaning =
                    undisturbedWords.contains(word)
                    ? "undisturbed" : TruthSettings.unsureWords.contains(word) ? "not used" : "disturbed"
                return "'\(VisibleText.make(word, length: 40))' \(meaning) (\(count))"
            }
            let rest = words.count - 12
            remarks.append(
                "\(verdict) is read as: \(words.prefix(12).joined(separator: ", "))"
                    + (rest > 0 ? " and \(rest) more words" : ""))
        }
        if isTaskList {
            remarks.append(
                "the truth is a reviewed task list: it holds only what was listed, so recall and ranking are not known")
        }
        if !strangeKinds.isEmpty {
            let words = strangeKinds.sorted { $0.key < $1.key }.prefix(8)
                .map { "'\(VisibleText.make($0.key, length: 40))' (\($0.value))" }.joined(separator: ", ")
            let codes = DisturbanceKind.allCases.map(\.rawValue).joined(separator: ", ")
            remarks.append("kinds without a meaning are not scored: \(words). Say which of \(codes) they are (--kinds)")
        }
        if repairCount > 0 { remarks.append("\(repairCount) outlines were invalid and were repaired") }
        return TruthRegister(
            source: subject, rowCount: row, areas: areas, unsureCount: unsureCount, isTaskList: isTaskList,
            losses: losses, remarks: remarks)
    }
}
