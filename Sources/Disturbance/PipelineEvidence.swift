internal import Geospatial

extension Pipeline {
    /// Makes the evidence pack of one task.
    ///
    /// The finding is made again from the scenes and compared with what the run published, and once more from the pack
    /// alone: a pack that cannot be replayed does not appear.
    /// - Parameters:
    ///   - prefix: The task's id or its beginning.
    ///   - run: The folder of the run that lists it.
    ///   - target: The folder to be.
    ///   - command: How it was asked for, for the custody log.
    ///   - seal: Called with the finished folder before it appears, to sign it for instance.
    /// - Throws: `FileError`, `ExplanationError` or `GeospatialError`; nothing is left behind.
    public static func packEvidence(
        ofTask prefix: String, run: String, at target: String, custodian: Custodian, command: String, threads: Int,
        seal: (_ folder: String) throws -> Void = { _ in }
    ) throws {
        let source = try EvidenceSource(task: prefix, run: run, threads: threads)
        let pack = try source.pack(custodian: custodian, command: command)
        try NewFolder.publish(at: target) { folder in
            try pack.write(into: folder)
            let replay = try Replay.run(folder)
            guard let difference = replay.comparisons.first(where: { !$0.isSame }) else { return try seal(folder) }
            throw FileError(
                path: target,
                message: "was not made: from the pack alone another \(difference.subject) comes out "
                    + "(\(difference.replayed.prefix(60))). Please report it", kind: .fault)
        }
    }
}

/// A task of a published run with all it was made from, each checked against the run's manifest.
private struct EvidenceSource {
    private let manifest: RunManifest
    private let manifestBytes: [UInt8]
    private let manifestPath: String
    private let explanation: TaskExplanation
    private let pipeline: Pipeline
    private let earlier: EarlierRuns
    private let registered: RegisteredFinding
    private let plan: ScanPlan
    private let site: Site

    init(task prefix: String, run: String, threads: Int) throws {
        let verified = try RunVerification(of: run)
        guard let manifest = verified.manifest else {
            throw FileError(
                path: run,
                message: verified.verification.wrong.first.map { "\($0.subject) \($0.message)" } ?? "holds no run")
        }
        if let edited = verified.verification.wrong.first(where: { $0.subject == ExplanationDocument.fileName }) {
            throw FileError(path: "\(run)/\(edited.subject)", message: "\(edited.message). Scan the period again")
        }
        self.manifest = manifest
        manifestPath = "\(run)/\(RunManifest.fileName)"
        manifestBytes = try WholeFile.read(manifestPath)
        explanation = try ExplanationDocument.read(from: run).task(beginning: prefix)
        let configuration = try Configuration(json: manifest.configuration, subject: manifestPath)
        pipeline = Pipeline(configuration: configuration, threads: threads)
        let (period, findingID, siteID) = (manifest.period, explanation.finding.id, explanation.task.siteID)
        let register = configuration.registerSource
        earlier = try Register.earlierRuns(before: period, in: register)
        guard let record = try Register.finding(findingID, of: period.label, in: register) else {
            throw RegisterError(
                subject: configuration.registerSource,
                message: "does not know finding \(findingID) of \(period.label). Name the folder of the run that the "
                    + "register holds, or scan the period again")
        }
        registered = record
        let inputs = try pipeline.inputs(period: period) { _ in }
        try Self.require(inputs.siteFiles, manifest)
        guard let site = inputs.sites.sites.first(where: { $0.id == siteID }) else {
            throw FileError(path: configuration.sites.source, message: "no longer holds the site \(siteID)")
        }
        self.site = site
        // Scenes that came later are none of the run's.
        let known = Set(manifest.inputs.map(\.path) + (manifest.remote ?? []))
        let scenes = inputs.plan.scenes.filter { scene in
            (scene.bands.values + (scene.mask.map { [$0.asset] } ?? [])).contains {
                known.contains(Redaction.withoutPasswords($0.path))
            }
        }
        plan =
            scenes.count == inputs.plan.scenes.count
            ? inputs.plan
            : try pipeline.scanPlan(of: inputs.sites.sites, scenes: scenes, period: period)
    }

    /// Throws unless the manifest names every file by the hash it has now.
    private static func require(_ files: InputFiles, _ manifest: RunManifest) throws {
        let hashes = manifest.inputs.sha256ByPath
        for file in files.files where hashes[file.path] != file.sha256 {
            throw FileError(
                path: file.path,
                message: hashes[file.path] == nil
                    ? "is not among the inputs of the run of \(manifest.period.label). Put the inputs back as they were"
                    : "is not what the run of \(manifest.period.label) was made from: its SHA-256 is another. Put the "
                        + "inputs back as they were, or scan the period again")
        }
    }

    // MARK: Groups

    /// The finding made again from the groups around it, as many as it takes.
    private func reconstruction() throws -> (Reconstruction, Reconstruction.Outcome) {
        let extents = try plan.groups.map { planned in
            let grid = planned.group.grid
            return try CoordinateTransformation(from: grid.crs, to: .wgs84).transform(grid.envelope)
        }
        guard let place = registered.finding.geometry.envelope else {
            throw GeospatialError(subject: "Finding \(registered.finding.id)", message: "has no place")
        }
        var wanted = Set(
            plan.groups.indices.filter { index in
                extents[index].intersects(place)
                    || plan.groups[index].group.sites.contains { $0.site.id == site.id }
            })
        // A patch may go on in a neighbour, and that into another finding; twice is further than any has reached.
        for _ in 0..<3 {
            let reconstruction = try reconstruction(of: wanted.sorted(), extents: extents)
            if let outcome = try reconstruction.finding(registered.finding.id), isPublished(outcome) {
                return (reconstruction, outcome)
            }
            let before = wanted.count
            wanted.formUnion(
                plan.groups.indices.filter { index in wanted.contains { extents[$0].intersects(extents[index]) } })
            if wanted.count == before { break }
        }
        throw FileError(
            path: manifestPath,
            message: "the scenes no longer give finding \(registered.finding.id) as the run of "
                + "\(manifest.period.label) published it (made with "
                + Pipeline.texts(of: manifest.versions).joined(separator: ", ")
                + "). Use the same versions and inputs, or scan the period again")
    }

    private func reconstruction(of groups: [Int], extents: [Envelope]) throws -> Reconstruction {
        let part = ScanPlan(
            period: plan.period, scenes: plan.scenes, files: plan.files, groups: groups.map { plan.groups[$0] })
        let files = try pipeline.rasterFiles(part.usedFiles, of: part, profile: nil)
        try Self.require(files, manifest)
        let known = earlier.open.filter { record in
            guard let envelope = record.finding.geometry.envelope else { return false }
            return groups.contains { extents[$0].intersects(envelope) }
        }
        return Reconstruction(
            plan: part, configuration: pipeline.configuration, watchedFrom: pipeline.watchedFrom(earlier),
            known: known, pieces: files.pieces)
    }

    /// Whether it is what the run published: to the last bit of its outline, and the digits a register keeps.
    private func isPublished(_ outcome: Reconstruction.Outcome) -> Bool {
        let (new, old) = (outcome.finding, registered.finding)
        var explained = explanation.finding
        explained.zones.removeAll { $0.siteID != site.id }
        func numbers(_ finding: Finding) -> [Double] {
            [
                finding.areaSquareMetres, finding.firstAreaSquareMetres, finding.kindCertainty, finding.magnitude,
                finding.probability,
            ].map(RegisterTables.kept)
        }
        return new.geometry.polygons == old.geometry.polygons && new.log == old.log && numbers(new) == numbers(old)
            && outcome.explained(site: site.id, lastSeenRun: explained.lastSeenRun) == explained
    }

    // MARK: The pack

    func pack(custodian: Custodian, command: String) throws -> EvidencePack {
        let (reconstruction, outcome) = try reconstruction()
        let part = reconstruction.plan
        let used = Set(part.groups.flatMap(\.scenes)).sorted()
        let position = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        let bands = Set(part.groups.flatMap(\.bands))
        let hashes = manifest.inputs.sha256ByPath
        var files: [ReplayRecord.PackedFile] = []
        var groups: [ReplayRecord.PackedGroup] = []
        for (index, planned) in part.groups.enumerated() {
            let first = files.count
            for window in planned.windows {
                let file = part.files[window.file]
                let scene = position[file.scene]!
                let name = "\(part.scenes[file.scene].day)-\(scene + 1)/\(file.band?.rawValue ?? "mask").tif"
                let path = Redaction.withoutPasswords(file.path)
                files.append(
                    ReplayRecord.PackedFile(
                        path: "data/pixels/group-\(index + 1)/\(name)", scene: scene, band: file.band,
                        source: ReplayRecord.PackedFile.Source(
                            path: path, sha256: hashes[path], layer: file.layer + 1, rows: window.window.rows,
                            columns: window.window.columns)))
            }
            groups.append(
                ReplayRecord.PackedGroup(
                    planned, scenes: planned.scenes.map { position[$0]! }, files: Array(first..<files.count)))
        }
        let record = ReplayRecord(
            versions: Pipeline.versions, period: plan.period, watchedFrom: reconstruction.watchedFrom,
            configuration: manifest.configuration, siteID: site.id,
            scenes: used.map { ReplayRecord.PackedScene(part.scenes[$0], bands: bands) }, files: files, groups: groups,
            known: reconstruction.known.map(PackedFinding.init), finding: PackedFinding(outcome.record),
            explained: outcome.explained(site: site.id, lastSeenRun: explanation.finding.lastSeenRun))
        return EvidencePack(
            record: record, plan: part, pieces: reconstruction.pieces, outcome: outcome, explanation: explanation,
            site: site,
            verdicts: try Register.verdicts(
                onFinding: explanation.finding.id, site: site.id, in: pipeline.configuration.registerSource),
            manifest: manifestBytes, custodian: custodian, command: command)
    }
}
