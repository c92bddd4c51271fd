/// Compares the folder of one run with its manifest.
struct RunVerification {
    private(set) var verification: Verification
    /// Nil where it cannot be read.
    let manifest: RunManifest?

    /// - Throws: `FileError` where the folder cannot be listed.
    init(of folder: String) throws {
        verification = Verification(path: folder, kind: .run)
        let name = RunManifest.fileName
        do {
            manifest = try RunManifest.read(from: folder)
        } catch let error as FileError {
            manifest = nil
            verification.checks.append(.init(name, .wrong, error.message))
            return
        }
        guard let manifest else { return }
        var differences: [RunManifest.Difference] = []
        do {
            differences = try manifest.allDifferences(in: folder)
        } catch let error as FileError {
            verification.checks.append(.init(error.path, .wrong, error.message))
            return
        }
        verification.checks += differences.map { difference in
            let message =
                switch difference.kind {
                case .edited: "is not as it was written: its SHA-256 is another"
                case .missing: "is missing"
                case .added: "was added: the manifest does not know it"
                }
            return .init(difference.path, .wrong, message)
        }
        let intact = manifest.outputs.count { output in !differences.contains { $0.path == output.path } }
        verification.checks.append(
            .init(
                name, differences.isEmpty ? .sound : .wrong,
                "\(intact) of \(manifest.outputs.count) outputs of \(manifest.period.label) are as they were written"))
    }
}
