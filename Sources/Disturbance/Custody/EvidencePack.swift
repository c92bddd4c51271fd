internal import Geospatial

/// Everything that one task rests on, in one folder after BagIt that can be checked and made again without the scenes.
public struct EvidencePack {
    /// Where the manifest of the run lies in a pack.
    static let runFolder = "data/run"
    /// The file whose hash stands for the whole pack: what a signature or a timestamp is made of.
    public static let attestedName = BagItFolder.tagManifestName
    /// A signature of `attestedName` by `ssh-keygen -Y sign`.
    public static let signatureName = "\(BagItFolder.tagManifestName).sig"
    /// A timestamp of `attestedName` after RFC 3161.
    public static let timestampName = "\(BagItFolder.tagManifestName).tsr"

    /// With `record.files` and `record.scenes` for each window of the plan.
    let record: ReplayRecord
    let plan: ScanPlan
    let pieces: [String: FilePieces]
    let outcome: Reconstruction.Outcome
    let explanation: TaskExplanation
    let site: Site
    let verdicts: [VerdictRecord]
    /// The text of the run's manifest.
    let manifest: [UInt8]
    let custodian: Custodian
    let command: String

    /// Attaches a signature or timestamp to a pack that is there.
    /// - Parameter name: `signatureName` or `timestampName`.
    /// - Throws: `FileError` where it cannot be written.
    public static func attach(_ bytes: [UInt8], as name: String, to pack: String) throws {
        guard EntryKind(ofEntryAt: "\(pack)/\(attestedName)") == .file else {
            throw FileError(path: pack, message: "is no evidence pack. Name the folder that holds \(attestedName)")
        }
        try FilePublication(of: "\(pack)/\(name)").replace { try WholeFile.write(bytes, to: $0) }
    }

    // MARK: Writing

    /// Fills an empty folder, and closes it as a bag.
    func write(into folder: String) throws {
        try WholeFile.makeFolder("\(folder)/data")
        try writePixels(into: folder)
        try writeDerived(into: folder)
        try WholeFile.makeFolder("\(folder)/\(Self.runFolder)")
        try WholeFile.write(manifest, to: "\(folder)/\(Self.runFolder)/\(RunManifest.fileName)")
        try WholeFile.write(try record.bytes(), to: "\(folder)/\(ReplayRecord.fileName)")
        try WholeFile.write(ExplanationText(explanation).text + "\n", to: "\(folder)/data/explanation.txt")
        try WholeFile.write(
            try StableJSON.bytes(explanation, isPretty: true), to: "\(folder)/data/explanation.json")
        try WholeFile.write(
            try StableJSON.bytes(verdicts.map(PackedVerdict.init), isPretty: true), to: "\(folder)/data/verdicts.json")
        try TaskDocuments(period: record.period, generator: "sitewarden \(Pipeline.version)")
            .write([outcome.finding], to: "\(folder)/data/finding.geojson")
        let hash = FileDigest(of: manifest).sha256
        try WholeFile.write(
            try StableJSON.bytes(custodyLog(manifestSHA256: hash), isPretty: true),
            to: "\(folder)/\(CustodyLog.fileName)")
        let provenance = Provenance(
            record: record, explanation: explanation, manifestSHA256: hash, verdicts: verdicts, custodian: custodian)
        try WholeFile.write(try provenance.bytes(), to: "\(folder)/\(Provenance.fileName)")
        try WholeFile.write(PackReadme(self).text, to: "\(folder)/data/README.txt")
        try BagItFolder.close(
            folder,
            info: [
                ("Bag-Software-Agent", "sitewarden \(Pipeline.version)"),
                ("Bagging-Date", String(custodian.time.prefix(10))),
                ("Contact-Name", custodian.name), ("External-Identifier", explanation.task.id),
                (
                    "External-Description",
                    "Observed change at \(explanation.task.siteID), first \(day(explanation.finding.firstSeen)), last "
                        + "\(day(explanation.finding.lastSeen)); what caused it is for people to say"
                ),
            ])
    }

    func day(_ day: Day?) -> String { day?.description ?? "on no clear day" }

    /// The windows of every file, stored values and places as in the file.
    private func writePixels(into folder: String) throws {
        var made: Set<String> = []
        func makeFolders(above path: String) throws {
            var above = folder
            for part in path.split(separator: "/").dropLast() {
                above += "/" + part
                if made.insert(above).inserted, EntryKind(ofEntryAt: above) == nil { try WholeFile.makeFolder(above) }
            }
        }
        let windows = plan.groups.flatMap(\.windows)
        for (window, packed) in zip(windows, record.files) {
            let file = plan.files[window.file]
            let raster = try RasterFile(path: file.path, pieces: pieces[file.path])
            let values = try raster.storedValues(band: file.layer, window: window.window)
            try makeFolders(above: packed.path)
            let path = "\(folder)/\(packed.path)"
            let bytes = try MemoryFile.bytes(for: path) {
                try RasterWriter.writeCOG(
                    [(packed.band?.rawValue ?? "mask", values)], grid: file.header.grid.grid(of: window.window),
                    nodata: file.header.nodata, to: $0)
            }
            try WholeFile.write(bytes, to: path)
        }
    }

    /// What was made of the pixels: pictures, change score, which pixels were observed.
    private func writeDerived(into folder: String) throws {
        let evidence = try outcome.candidate?.evidence.value
        for (name, picture) in [("before", evidence?.before), ("after", evidence?.after)] {
            guard let picture else { continue }
            let png = try RasterWriter.png(rgb: picture.rgb, rows: picture.rows, columns: picture.columns)
            try WholeFile.write(png, to: "\(folder)/data/\(name)-\(picture.day).png")
        }
        try WholeFile.makeFolder("\(folder)/data/derived")
        for (index, planned) in plan.groups.enumerated() {
            let stack = outcome.stacks[index]
            func write(_ name: String, _ bands: [(String, RasterBlock.Values)], nodata: Double) throws {
                guard !bands.isEmpty else { return }
                let path = "\(folder)/data/derived/\(name)-group-\(index + 1).tif"
                let bytes = try MemoryFile.bytes(for: path) {
                    try RasterWriter.writeCOG(bands, grid: planned.group.grid, nodata: nodata, to: $0)
                }
                try WholeFile.write(bytes, to: path)
            }
            if let score = outcome.scores[index] {
                try write("change-score", [("change score", .float32(score))], nodata: .nan)
            }
            try write(
                "conditions",
                stack.days.indices.map { day in
                    (stack.days[day].description, .uint8(Array(stack.conditions[stack.conditionRange(day: day)])))
                }, nodata: Double(PixelCondition.nodata.rawValue))
        }
    }

    /// A verdict as the register keeps it; see `VerdictRecord`.
    private struct PackedVerdict: Encodable {
        let run: String
        let verdict: Verdict
        let note: String
        let reviewer: String
        let reviewedOn: Day?
        let sequence: Int
        /// Of the file it came in.
        let sourceSHA256: String

        init(_ record: VerdictRecord) {
            run = record.runLabel
            verdict = record.verdict
            note = record.note
            reviewer = record.reviewer
            reviewedOn = record.reviewedOn
            sequence = record.sequence
            sourceSHA256 = record.sourceSHA256
        }

        private enum CodingKeys: String, CodingKey {
            case run, verdict, note, reviewer, sequence
            case reviewedOn = "reviewed_on"
            case sourceSHA256 = "source_sha256"
        }
    }

    private func custodyLog(manifestSHA256: String) -> CustodyLog {
        let program = record.versions["sitewarden"].map { "sitewarden \($0)" } ?? "sitewarden"
        var entries = [
            CustodyLog.Entry(
                time: nil, who: program,
                what: "published the run of \(record.period.label), whose manifest names every input by its SHA-256",
                sha256: manifestSHA256)
        ]
        entries += verdicts.map { verdict in
            CustodyLog.Entry(
                time: verdict.reviewedOn?.description, who: verdict.reviewer.isEmpty ? "not named" : verdict.reviewer,
                what:
                    "gave the verdict \(verdict.verdict.rawValue) on the task as the run of \(verdict.runLabel) lists it",
                sha256: verdict.sourceSHA256)
        }
        let remote = record.files.count { $0.source.sha256 == nil }
        entries.append(
            CustodyLog.Entry(
                time: custodian.time, who: custodian.name,
                what: "made this pack with \(program) (\(command)); every local file it was cut from still had the "
                    + "SHA-256 that the manifest names, and the finding came out again, bit for bit"
                    + (remote > 0
                        ? "; \(remote) windows were read from other machines, which is not checked by hash" : ""),
                sha256: nil))
        return CustodyLog(entries: entries)
    }
}
