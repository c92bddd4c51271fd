internal import Geospatial

/// Compares every run of an output folder with its manifest, and the manifests with each other.
///
/// A manifest names the one before by its hash. So a run that is exchanged, taken out, put in or put elsewhere breaks the
/// link of the next; only at the newest end can runs be taken away unnoticed, unless the register still knows them.
struct ChainVerification {
    private(set) var verification: Verification
    private let folder: String

    private struct Link {
        let label: String
        let period: Period
        let manifest: RunManifest?
        let sha256: String?
    }

    /// - Throws: `FileError` where the folder cannot be listed.
    init(in folder: String) throws {
        self.folder = folder
        verification = Verification(path: folder, kind: .chain)
        var links: [Link] = []
        for label in try FolderTree.names(in: folder) {
            guard let period = Period(label: label) else { continue }
            let path = "\(folder)/\(label)"
            let run = try RunVerification(of: path)
            verification.checks += run.verification.checks.map {
                Verification.Check("\(label)/\($0.subject)", $0.outcome, $0.message)
            }
            links.append(
                Link(
                    label: label, period: period, manifest: run.manifest,
                    sha256: try? FileDigest(ofFileAt: "\(path)/\(RunManifest.fileName)").sha256))
        }
        links.sort { ($0.period.end, $0.period.start) < ($1.period.end, $1.period.start) }
        for link in links { verification.checks.append(check(link, among: links)) }
        checkRegister(links)
    }

    private func check(_ link: Link, among links: [Link]) -> Verification.Check {
        func says(_ outcome: Verification.Outcome, _ message: String) -> Verification.Check {
            Verification.Check(link.label, outcome, message)
        }
        guard let manifest = link.manifest else { return says(.wrong, "has no manifest, so nothing links it") }
        guard manifest.period == link.period else {
            return says(.wrong, "holds the run of \(manifest.period.label): it was put in the place of another")
        }
        let before = links.last { $0.period.end < link.period.start }
        guard manifest.format > 1 else {
            return says(.unchecked, "was written by a version whose manifests name no run before them")
        }
        guard let previous = manifest.previous else {
            guard let before else { return says(.sound, "is the first of the chain") }
            return says(
                .wrong,
                "names no run before it, though there is \(before.label): run \(link.label) again, or one was put in")
        }
        let label = previous.period.label
        guard let named = links.first(where: { $0.period == previous.period }) else {
            return says(.wrong, "follows the run of \(label), which is missing: the chain is cut")
        }
        guard named.label == before?.label else {
            return says(
                .wrong,
                "follows \(label), but \(before?.label ?? "no run") lies before it: run \(link.label) again, or "
                    + "one was put in")
        }
        guard let sha256 = previous.sha256 else {
            return says(.unchecked, "follows \(label), whose manifest was not there when it ran")
        }
        guard sha256 == named.sha256 else {
            return says(
                .wrong, "follows another run of \(label) than the one here: that was exchanged, or run again since")
        }
        return says(.sound, "follows \(label)")
    }

    /// The register keeps which runs there were.
    private mutating func checkRegister(_ links: [Link]) {
        let name = "register.gpkg"
        let path = "\(folder)/\(name)"
        guard EntryKind(ofEntryAt: path) != nil else {
            verification.checks.append(
                .init(
                    name, .unchecked,
                    "is not in this folder: whether newer runs were taken away, and what the register holds, is open"))
            return
        }
        do {
            let labels = try Register.check(path)?.runs ?? []
            let missing = labels.filter { label in !links.contains { $0.label == label } }
            verification.checks.append(
                missing.isEmpty
                    ? .init(name, .sound, "every run it knows (\(labels.count)) reads as it was written and is here")
                    : .init(
                        name, .wrong, "knows the runs of \(missing.joined(separator: ", ")), whose folders are missing"
                    ))
        } catch {
            verification.checks.append(.init(name, .wrong, "\(error)"))
        }
    }
}
