internal import Geospatial
internal import Synchronization

/// Everything a run publishes: its folder, and its rows of the register.
struct Publication: Sendable {
    let configuration: Configuration
    /// Threads that write; no file depends on it.
    let threads: Int
    let period: Period
    let ground: WatchedGround
    /// In order of rank.
    let tasks: [InspectionTask]
    let dismissed: Int
    let heldBack: Int
    /// Of the tasks that the report shows, by finding id.
    let evidence: [String: Deferred<Evidence>]
    /// The same.
    let explanations: [String: Deferred<Explanation>]
    let explained: ExplanationSource
    let coverage: [SiteCoverage]
    let losses: [String]
    let inputs: [RunManifest.File]
    let previous: RunManifest.Previous?
    /// Change scores, with the position of their group among the places of `ground`.
    let scores: [(group: Int, score: Deferred<[Float]>)]
    let run: RunRecord

    /// With their zones, ordered by id; a second list of a country's findings would take room.
    private var findings: LazyMapSequence<[RegisteredFinding], Finding> { run.findings.lazy.map(\.finding) }

    struct Outcome {
        let folder: String
        let isChanged: Bool
        let remarks: [String]
    }

    private static let findingsFile = "findings.geojson"

    /// Publishes the register's rows once everything else has been written and verified, and then the folder; they are
    /// made ready while the folder is written. Where the
    /// folder cannot appear the rows are taken back (not from a database, whose transaction is final by then); whatever
    /// stops the process in between, running the period again completes it.
    func publish() throws -> Outcome {
        let change = PreparedChange()
        // What is not committed is taken back here: a thread that is about to end may still hold the closure.
        defer { change.clear() }
        let folder = RunFolder(path: "\(configuration.output.folder)/\(period.label)", threads: threads)
        let outcome = try folder.publish { path in
            try explained(path) {
                try write(into: path) { change.set(try Register.prepare(run: run, for: configuration.registerSource)) }
            }
        } companion: {
            try change.value?.commit()
        } undo: {
            change.value?.undo()
        }
        let registered = change.value?.outcome
        var remarks: [String] = []
        var isChanged = true
        switch outcome {
        case .published: break
        case .unchanged(let edited):
            isChanged = registered != .unchanged
            if !edited.isEmpty {
                remarks.append(
                    "\(folder.path): \(edited.joined(separator: ", ")) was edited since it was written and is kept so")
            }
        case .replaced(let kept):
            remarks.append("\(folder.path): held work of somebody's, which lies at \(kept) now")
        }
        switch registered {
        case .added(let later) where !later.isEmpty, .replaced(let later) where !later.isEmpty:
            remarks.append(
                "the runs of \(later.joined(separator: ", ")) were made from the register as it was before; "
                    + "run them again")
        default: break
        }
        return Outcome(folder: folder.path, isChanged: isChanged, remarks: remarks)
    }

    /// Errors about files in the private folder, told of the files as they would be called. GDAL says seldom that the
    /// disk is full, and gives the advice for inputs.
    private func explained<Result>(_ privatePath: String, _ body: () throws -> Result) throws -> Result {
        let folder = "\(configuration.output.folder)/\(period.label)"
        do {
            return try body()
        } catch let error as GeospatialError where error.subject.hasPrefix(privatePath) {
            let reason = error.message.replacing(". Convert it, or name the right file", with: "")
            throw FileError(
                path: folder + error.subject.dropFirst(privatePath.count),
                message: "cannot be written (\(reason)). Check the disk and its free space, and run again", kind: .disk)
        } catch let error as FileError where error.path.hasPrefix(privatePath) {
            throw error.at(folder + error.path.dropFirst(privatePath.count))
        }
    }

    /// The register's change, from the thread that makes it ready.
    private final class PreparedChange: Sendable {
        private let change = Mutex<RegisterChange?>(nil)

        var value: RegisterChange? { change.withLock(\.self) }
        func set(_ value: RegisterChange) { change.withLock { $0 = value } }
        func clear() { change.withLock { $0 = nil } }
    }

    /// Every file is read again before and after it is put on the disk: by the library that made it, then byte by byte.
    /// - Parameter prepare: Done beside the writing.
    private func write(into folder: String, beside prepare: @escaping @Sendable () throws -> Void) throws -> RunManifest
    {
        let documents = TaskDocuments(period: period, generator: "sitewarden \(Pipeline.version)")
        // The longest first, so that the threads end together.
        let files: [@Sendable () throws -> Void] = [
            { try WholeFile.write(to: "\(folder)/\(ExplanationDocument.fileName)", pieces: explained.write) },
            { try documents.write(ordered: findings, to: "\(folder)/\(Self.findingsFile)") },
            prepare,
            {
                try TaskLayer.write(
                    tasks: tasks, sites: try outlines(), orderedFindings: findings, period: period,
                    to: "\(folder)/\(TaskLayer.fileName)")
            },
            { try WholeFile.write(to: "\(folder)/report.html", pieces: report().write) },
            { try documents.write(tasks, to: "\(folder)/\(TaskDocuments.tasksFile)") },
            {
                try WholeFile.write(to: "\(folder)/\(CoverageTable.fileName)") { put in
                    try CoverageTable.put(coverage, to: put)
                }
            },
            { if configuration.output.rasters { try writeRasters(into: folder) } },
        ]
        _ = try WorkerPool.map(count: files.count, threads: threads, makeWorker: {}) { _, file in
            try GDALLibrary.withFileDate("\(period.end)T00:00:00Z") { try files[file]() }
        }
        var manifest = RunManifest(
            versions: Pipeline.versions, period: period, configuration: try JSONValue(encoding: configuration),
            inputs: inputs,
            counts: [
                "sites": ground.siteCount, "scenes": ground.acquisitions.count, "findings": run.findings.count,
                "tasks": tasks.count,
                "dismissed": dismissed,
                "held_back": heldBack,
            ], problems: losses, previous: previous, remote: ground.remoteInputs)
        try manifest.write(into: folder, threads: threads)
        return manifest
    }

    /// The most sites that are drawn beside the tasks; a larger register is looked at by itself.
    private static let drawnSites = 50_000

    /// All sites, those that imagery covers with their buffer; where they are too many, those with tasks.
    private func outlines() throws -> [TaskLayer.SiteOutline] {
        let areAllDrawn = ground.siteCount <= Self.drawnSites
        let withTasks = Set(tasks.map(\.siteID))
        func isDrawn(_ site: Site) -> Bool { areAllDrawn || withTasks.contains(site.id) }
        var outlines = ground.sitesWithoutImagery.filter(isDrawn).map {
            TaskLayer.SiteOutline(id: $0.id, name: $0.name, core: $0.core, zone: nil)
        }
        var planes = PlanesOnGround()
        for part in ground.parts {
            for group in try part.groups(isDrawn) {
                let plane = try planes.plane(of: group.lattice.crs)
                outlines += try group.sites.map { member in
                    TaskLayer.SiteOutline(
                        id: member.site.id, name: member.site.name, core: member.site.core,
                        zone: try member.zone.transformed(with: plane.toWGS84))
                }
            }
        }
        return outlines
    }

    private func report() -> HTMLReport {
        var report = HTMLReport(title: configuration.output.reportTitle, period: period, tasks: tasks)
        report.evidence = evidence
        report.explanations = explanations
        report.coverage = coverage
        report.findingCount = run.findings.count
        report.dismissedCount = dismissed
        report.heldBackCount = heldBack
        report.problems = losses
        report.versions = Pipeline.versions
        report.pictureCount = configuration.output.reportPictures
        let pixelSizes = Set(ground.places.map(\.lattice.pixelSizeMetres))
        if let metres = pixelSizes.first, pixelSizes.count == 1 {
            report.pictureMetres = evidence.mapValues { _ in metres }
            report.limits = HTMLReport.Limits(
                pixelMetres: metres,
                minimumSquareMetres: Double(configuration.findings.minimumPixels(pixelArea: metres * metres))
                    * metres * metres)
        }
        if ground.acquisitions.areOfSentinel {
            let (first, last) = (ground.acquisitions.firstYear ?? 0, ground.acquisitions.lastYear ?? 0)
            report.attribution =
                "Contains modified Copernicus Sentinel data \(first == last ? "\(first)" : "\(first)-\(last)")."
        }
        return report
    }

    private func writeRasters(into folder: String) throws {
        try WholeFile.makeFolder("\(folder)/rasters")
        for (group, score) in scores {
            let path = "\(folder)/rasters/change-score-\(ReadableNumber.padded(group + 1, digits: 5)).tif"
            let (grid, score) = (ground.places[group].grid, try score.value)
            let bytes = try MemoryFile.bytes(for: path) {
                try RasterWriter.writeCOG([("change score", score)], grid: grid, to: $0)
            }
            try WholeFile.write(bytes, to: path)
        }
    }
}
