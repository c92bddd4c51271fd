/// A folder after BagIt (RFC 8493, version 1.0): everything of worth lies below `data`, and lists of SHA-256 beside it
/// tell what belongs to it.
enum BagItFolder {
    static let declarationName = "bagit.txt"
    static let infoName = "bag-info.txt"
    static let manifestName = "manifest-sha256.txt"
    /// Lists the other three: whoever knows the hash of this file knows all of the folder.
    static let tagManifestName = "tagmanifest-sha256.txt"

    private static let declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    private static let tags = [declarationName, infoName, manifestName]

    /// Writes the four files beside a `data` that is finished.
    /// - Parameter info: Names and values of `bag-info.txt`, before those that follow from the payload.
    static func close(_ folder: String, info: [(name: String, value: String)]) throws {
        let payload = try self.payload(of: folder)
        let octets = payload.reduce(0) { $0 + $1.digest.bytes }
        let lines = info + [("Payload-Oxum", "\(octets).\(payload.count)")]
        try WholeFile.write(declaration, to: "\(folder)/\(declarationName)")
        // A line break would begin another entry.
        try WholeFile.write(
            lines.map { "\($0.name): \(VisibleText.make($0.value))\n" }.joined(), to: "\(folder)/\(infoName)")
        try WholeFile.write(
            ChecksumList(payload.map { ($0.path, $0.digest.sha256) }).text, to: "\(folder)/\(manifestName)")
        try WholeFile.write(try tagList(of: folder).text, to: "\(folder)/\(tagManifestName)")
    }

    private static func payload(of folder: String) throws -> [(path: String, digest: FileDigest)] {
        try FolderTree.list("\(folder)/data").files.map {
            ("data/\($0)", try FileDigest(ofFileAt: "\(folder)/data/\($0)"))
        }
    }

    private static func tagList(of folder: String) throws -> ChecksumList {
        ChecksumList(try tags.map { ($0, try FileDigest(ofFileAt: "\(folder)/\($0)").sha256) })
    }

    /// Compares a folder with its lists; a line for each entry that is not as they say.
    /// - Parameter attached: Names beside `data` that the lists need not know.
    /// - Throws: `FileError` where the folder cannot be listed.
    static func checks(of folder: String, attached: Set<String>) throws -> [Verification.Check] {
        let tree = try FolderTree.list(folder)
        let found = Set(tree.files)
        var checks: [Verification.Check] = []
        func wrong(_ subject: String, _ message: String) { checks.append(.init(subject, .wrong, message)) }

        /// What a list says, where it is there and written as such lists are.
        func list(_ name: String) -> ChecksumList? {
            guard found.contains(name) else {
                wrong(name, "is missing")
                return nil
            }
            guard let bytes = try? WholeFile.read("\(folder)/\(name)"),
                let list = ChecksumList(text: String(decoding: bytes, as: UTF8.self)), Array(list.text.utf8) == bytes
            else {
                wrong(name, "is no list of SHA-256 as this program writes it")
                return nil
            }
            return list
        }
        func compare(_ list: ChecksumList, _ listName: String) -> Int {
            var intact = 0
            for line in list.lines {
                if !found.contains(line.path) {
                    wrong(line.path, "is missing")
                } else if (try? FileDigest(ofFileAt: "\(folder)/\(line.path)").sha256) != line.sha256 {
                    wrong(line.path, "is not as it was written: its SHA-256 is another than in \(listName)")
                } else {
                    intact += 1
                }
            }
            return intact
        }

        for path in tree.others { wrong(path, "is a link or device: a pack holds none") }
        let manifest = list(manifestName)
        let tagManifest = list(tagManifestName)
        if let tagManifest {
            _ = compare(tagManifest, tagManifestName)
            if tagManifest.lines.map(\.path) != tags.sorted() { wrong(tagManifestName, "does not list what it has to") }
        }
        if found.contains(declarationName),
            (try? WholeFile.read("\(folder)/\(declarationName)")) != Array(declaration.utf8)
        {
            wrong(declarationName, "does not declare BagIt 1.0 in UTF-8")
        }
        if let manifest {
            let listed = Set(manifest.lines.map(\.path))
            let known = listed.union(tags).union(attached).union([tagManifestName])
            for path in tree.files where !known.contains(path) { wrong(path, "was added: no list knows it") }
            if !listed.allSatisfy({ $0.hasPrefix("data/") }) { wrong(manifestName, "lists what lies outside data") }
            let intact = compare(manifest, manifestName)
            checks.append(
                .init(
                    manifestName, checks.isEmpty ? .sound : .wrong,
                    "\(intact) of \(manifest.lines.count) files are as they were written"))
        }
        return checks
    }
}
