/// Compares an evidence pack with its lists, and what its files say of each other.
struct PackVerification {
    private(set) var verification: Verification

    /// - Throws: `FileError` where the folder cannot be listed.
    init(of pack: String) throws {
        verification = Verification(path: pack, kind: .pack)
        verification.checks = try BagItFolder.checks(
            of: pack, attached: [EvidencePack.signatureName, EvidencePack.timestampName])
        checkOrigin(in: pack)
    }

    /// Whether the windows come from files that the run's manifest names.
    private mutating func checkOrigin(in pack: String) {
        let name = ReplayRecord.fileName
        do {
            let record = try ReplayRecord.read(from: pack)
            let manifest = try RunManifest.read(from: "\(pack)/\(EvidencePack.runFolder)")
            let hashes = manifest.inputs.sha256ByPath
            let local = record.files.filter { $0.source.sha256 != nil }
            let strange = local.filter { hashes[$0.source.path] != $0.source.sha256 }
            let remote = record.files.count - local.count
            guard manifest.period == record.period else {
                verification.checks.append(.init(name, .wrong, "is of another period than the run's manifest"))
                return
            }
            guard strange.isEmpty else {
                verification.checks.append(
                    .init(
                        name, .wrong,
                        "names \(strange.count) windows of files that the run's manifest does not know by their SHA-256"
                    ))
                return
            }
            verification.checks.append(
                .init(
                    name, .sound,
                    "\(local.count) windows are of files that the run's manifest names by their SHA-256"
                        + (remote > 0 ? "; \(remote) are of files on other machines, whose hash nobody took" : "")))
        } catch let error as FileError {
            verification.checks.append(.init(name, .wrong, "\(error)"))
        } catch {
            verification.checks.append(.init(name, .wrong, "\(error)"))
        }
    }
}
