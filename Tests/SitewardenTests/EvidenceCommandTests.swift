import Foundation
import Testing

@testable import Disturbance

/// `sitewarden evidence`, `verify`, `replay` and `attest` on runs of the built program.
struct EvidenceCommandTests {
    private static let runs = "runs"

    private func taskID(_ watch: Watch, _ period: String, site: String = "A-dug") throws -> String {
        try #require(try watch.tasks(period)[site]?.first?["task_id"] as? String)
    }

    /// A scan of one month and a pack of its first task.
    private func packed(
        _ watch: Watch, _ period: String = "2019-06", name: String = "pack", _ options: [String] = []
    ) async throws -> String {
        let pack = "\(watch.folder.path)/\(name)"
        let run = try await Program.run(
            [
                "evidence", String(try taskID(watch, period).prefix(8)), "--run", "\(watch.folder.path)/runs/\(period)",
                "--pack", pack, "--by", "N. Karimi",
            ] + options)
        #expect(run.status == 0, "\(run.errors)")
        return pack
    }

    private func shell(_ command: String, in folder: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func aPairIsPackedVerifiedAndMadeAgain() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-06").status == 0)
        let pack = try await packed(watch)
        // Neither scenes nor register are needed from here on.
        for name in ["scenes", "sites.geojson", "runs"] {
            try FileManager.default.removeItem(atPath: "\(watch.folder.path)/\(name)")
        }
        let verified = try await Program.run(["verify", pack + "/"])
        #expect(verified.status == 0 && verified.output.hasSuffix("as it was written\n"), "\(verified.output)")
        let replayed = try await Program.run(["replay", pack])
        #expect(replayed.status == 0 && replayed.output.contains("made again bit for bit"), "\(replayed.output)")
        let json = try await Program.run(["replay", pack, "--json"]).json()
        let comparisons = try #require(json["comparisons"] as? [[String: Any]])
        #expect(comparisons.count == 13 && comparisons.allSatisfy { $0["isSame"] as? Bool == true })
        #expect(
            try shell("sha256sum --check --strict manifest-sha256.txt tagmanifest-sha256.txt", in: pack) == 0)

        let names = try watch.folder.names(in: "pack/data")
        #expect(
            names == [
                "README.txt", "after-2019-06-09.png", "before-2019-05-10.png", "custody.json", "derived",
                "explanation.json", "explanation.txt", "finding.geojson", "pixels", "provenance.json", "replay.json",
                "run", "verdicts.json",
            ])
        #expect(
            try watch.folder.names(in: "pack/data/pixels/group-1/2019-06-09-2") == [
                "blue.tif", "green.tif", "mask.tif", "nir.tif", "red.tif",
            ])
        let readme = try watch.folder.text("pack/data/README.txt")
        for words in [
            "Observed change at A-dug, Dug fort", "pixels of 10 m", "First observed   2019-06-09", "for people",
        ] {
            #expect(readme.contains(words), "\(words)\n\(readme)")
        }
        let custody = try watch.folder.json("pack/data/custody.json")
        let entries = try #require(custody["entries"] as? [[String: Any]])
        #expect(entries.last?["who"] as? String == "N. Karimi" && entries.last?["time"] is String)
    }

    /// Windows hold the stored values of the scenes' files, where they lie there.
    @Test func pixelsAreThoseOfTheScenes() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let pack = try await packed(watch)
        let record = try ReplayRecord.read(from: pack)
        #expect(record.files.count == 10 && record.scenes.map(\.id) == ["S2_2019-05-10", "S2_2019-06-09"])
        for file in record.files {
            #expect(file.source.sha256 == (try FileDigest(ofFileAt: file.source.path)).sha256)
            #expect(
                try shell(
                    "gdal_translate -q -srcwin \(file.source.columns.lowerBound) \(file.source.rows.lowerBound) "
                        + "\(file.source.columns.count) \(file.source.rows.count) '\(file.source.path)' window.tif "
                        + "&& gdalinfo -checksum window.tif | grep -E 'Checksum|Origin|NoData' > a "
                        + "&& gdalinfo -checksum '\(pack)/\(file.path)' | grep -E 'Checksum|Origin|NoData' > b && cmp a b",
                    in: watch.folder.path) == 0, "\(file.path)")
        }
    }

    @Test func everyFileOfAPackCounts() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let pack = try await packed(watch)
        func isSound() throws -> Bool { try Verification.of(pack).isSound }
        #expect(try Verification.of(pack).isComplete)
        let files = try FolderTree.list(pack).files
        #expect(files.count > 25)
        for (number, file) in files.enumerated() {
            let url = URL(filePath: "\(pack)/\(file)")
            let original = try Data(contentsOf: url)
            // The first, the last and one bit between.
            for bit in [0, original.count * 8 - 1, (number * 7919) % (original.count * 8)] {
                var bytes = original
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                try bytes.write(to: url)
                #expect(try !isSound(), "bit \(bit) of \(file)")
            }
            try (original + Data("\n".utf8)).write(to: url)
            #expect(try !isSound(), "\(file) lengthened")
            try original.dropLast().write(to: url)
            #expect(try !isSound(), "\(file) shortened")
            try FileManager.default.removeItem(at: url)
            #expect(try !isSound(), "\(file) removed")
            try original.write(to: url)
            let other = URL(filePath: "\(pack)/\(file).more")
            try Data().write(to: other)
            #expect(try !isSound(), "\(file).more added")
            try FileManager.default.removeItem(at: other)
        }
        #expect(try isSound())
        try FileManager.default.createSymbolicLink(atPath: pack + "/data/link", withDestinationPath: "README.txt")
        #expect(try !isSound())
        try FileManager.default.removeItem(atPath: pack + "/data/link")
        let refused = try await Program.run(["verify", pack + "/data"])
        #expect(refused.status == 65)
    }

    /// Somebody who writes new lists deceives the lists, not the replay; and a signature not at all.
    @Test func otherPixelsGiveAnotherFinding() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let pack = try await packed(watch)
        let record = try ReplayRecord.read(from: pack)
        let file = try #require(record.files.first { $0.band == .red && $0.scene == 1 })
        let path = "\(pack)/\(file.path)"
        let raster = try RasterFileCopy(path: path)
        try FileManager.default.removeItem(atPath: path)
        try raster.write(to: path) { $0 / 2 }
        let before = try await Program.run(["replay", pack])
        #expect(before.status == 65 && before.errors.contains("is not as it was written"), "\(before.errors)")
        for name in try FileManager.default.contentsOfDirectory(atPath: pack) where name.hasSuffix(".txt") {
            try FileManager.default.removeItem(atPath: "\(pack)/\(name)")
        }
        try BagItFolder.close(pack, info: [])
        #expect(try Verification.of(pack).isSound)
        let replayed = try await Program.run(["replay", pack])
        #expect(replayed.status == 65 && replayed.output.contains("DIFFERENT"), "\(replayed.output)")
    }

    @Test func aBaselineIsPackedAndMadeAgainInEveryMonth() async throws {
        let watch = try Watch.healing(sites: [Landscape.dug, Landscape.edge])
        let months = Watch.healingMonths
        for month in months { #expect(try await watch.scan(month).status == 0) }
        let runs = try await Program.run(["verify", "\(watch.folder.path)/runs"])
        #expect(runs.status == 0, "\(runs.output)")
        for month in months {
            // July sees nothing for cloud, August the ground whole again: earlier runs are what the pack then goes by.
            let pack = try await packed(watch, month, name: "pack-\(month)")
            let replayed = try await Program.run(["replay", pack])
            #expect(replayed.status == 0, "\(month): \(replayed.output)")
            let record = try ReplayRecord.read(from: pack)
            #expect(record.scenes.count >= 30 && record.known.isEmpty == (month == "2019-05"))
        }
        // A scene that came later is none of that run's.
        let items = try watch.folder.text("scenes/items.json")
        try Landscape.healing.write([Day("2019-05-28")!], to: watch.folder.path + "/more")
        let more = try watch.folder.text("more/items.json").replacing("./2019", with: "../more/2019")
        try watch.folder.write(
            items.replacing("\"features\": [", with: "\"features\": [" + feature(of: more) + ",\n"),
            to: "scenes/items.json")
        _ = try await packed(watch, "2019-05", name: "late")
    }

    private func feature(of collection: String) -> String {
        let start = collection.firstRange(of: "[")!.upperBound
        return String(collection[start...].dropLast(2))
    }

    @Test func changedInputsAreRefused() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let id = try taskID(watch, "2019-06")
        let target = watch.folder.path + "/pack"
        func refused(_ words: String, status: Int32 = 65) async throws {
            let run = try await Program.run(
                ["evidence", id, "--run", watch.folder.path + "/runs/2019-06", "--pack", target])
            #expect(run.status == status && run.errors.contains(words), "\(run.errors)")
            #expect(try watch.folder.names().allSatisfy { !$0.contains("pack") })
        }
        let band = "\(watch.folder.path)/scenes/2019-06-09/B04.tif"
        let original = try Data(contentsOf: URL(filePath: band))
        try (original + Data([0])).write(to: URL(filePath: band))
        try await refused("B04.tif: is not what the run of 2019-06 was made from")
        try original.write(to: URL(filePath: band))
        let sites = try watch.folder.text("sites.geojson")
        try watch.folder.write(sites + " ", to: "sites.geojson")
        try await refused("sites.geojson: is not what the run of 2019-06 was made from")
        try watch.folder.write(sites, to: "sites.geojson")
        try FileManager.default.removeItem(atPath: watch.folder.path + "/runs/register.gpkg")
        try await refused("does not know finding")
        let explanations = try watch.folder.text("runs/2019-06/explanations.json")
        try watch.folder.write(explanations + " ", to: "runs/2019-06/explanations.json")
        try await refused("explanations.json: is not as it was written")
    }

    @Test func nothingIsWrittenOver() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        try watch.folder.write("mine", to: "pack/file")
        let run = try await Program.run([
            "evidence", try taskID(watch, "2019-06"), "--output", watch.folder.path + "/runs", "--pack",
            watch.folder.path + "/pack",
        ])
        #expect(run.status == 73 && run.errors.contains("is there already"), "\(run.errors)")
        #expect(try watch.folder.text("pack/file") == "mine" && watch.folder.names(in: "pack") == ["file"])
    }

    @Test func hostileNamesStayText() async throws {
        let name = "=cmd|'/c calc'!A1 <script>alert(1)</script>\n\u{202E}Bagging-Date: 1999-01-01\u{1B}[2J"
        var dug = Landscape.dug
        dug.name = name
        dug.id = "../../A\u{1B}[2J\nB"
        let watch = try Watch.pair(sites: Landscape.register([dug]))
        #expect(try await watch.scan("2019-06").status == 0)
        let id = try #require(try watch.tasks("2019-06").values.first?.first?["task_id"] as? String)
        let pack = watch.folder.path + "/pack"
        let run = try await Program.run([
            "evidence", id, "--output", watch.folder.path + "/runs", "--pack", pack, "--by", name,
        ])
        #expect(run.status == 0, "\(run.errors)")
        let replayed = try await Program.run(["replay", pack])
        #expect(replayed.status == 0)
        let info = try watch.folder.text("pack/bag-info.txt").split(separator: "\n")
        #expect(info.count == 6 && info.count { $0.hasPrefix("Bagging-Date") } == 1)
        for file in [
            "bag-info.txt", "data/README.txt", "data/explanation.txt", "data/custody.json", "data/provenance.json",
        ] {
            let text = try watch.folder.text("pack/\(file)")
            let isClean = text.unicodeScalars.allSatisfy { $0.value != 0x1B && $0.value != 0x202E }
            #expect(isClean || file == "data/custody.json", "\(file)")
        }
        #expect(try FolderTree.list(watch.folder.path).files.allSatisfy { !$0.contains("A\u{1B}") })
    }

    @Test func provenanceRefersToWhatItDescribes() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let pack = try await packed(watch)
        _ = pack
        let document = try watch.folder.json("pack/data/provenance.json")
        func members(_ name: String) -> [String: [String: Any]] { document[name] as? [String: [String: Any]] ?? [:] }
        let kinds = ["entity": members("entity"), "activity": members("activity"), "agent": members("agent")]
        let roles = [
            "prov:entity": "entity", "prov:generatedEntity": "entity", "prov:usedEntity": "entity",
            "prov:activity": "activity", "prov:agent": "agent",
        ]
        var count = 0
        for relation in ["used", "wasGeneratedBy", "wasDerivedFrom", "wasAssociatedWith"] {
            for (name, values) in members(relation) {
                for (role, target) in values {
                    let kind = try #require(roles[role], "\(relation) \(name)")
                    #expect(kinds[kind]?[target as? String ?? ""] != nil, "\(relation) \(name): \(target)")
                    count += 1
                }
            }
        }
        #expect(count > 60)
        #expect(kinds["entity"]?.values.count { $0["prov:type"] as? String == "sw:SceneFile" } == 10)
    }

    // MARK: What others say of a pack

    private static func isInstalled(_ program: String) -> Bool {
        ["/usr/bin", "/bin", "/usr/local/bin"].contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }

    @Test(.enabled(if: isInstalled("ssh-keygen")))
    func signaturesAreMadeAndChecked() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let folder = watch.folder.path
        for key in ["mine", "other"] {
            #expect(
                try shell(
                    "ssh-keygen -q -t ed25519 -N '' -C x -f \(key) && echo \"\(key)@example.org $(cat \(key).pub)\" > \(key).allowed",
                    in: folder) == 0)
        }
        let pack = try await packed(watch, name: "pack", ["--sign", folder + "/mine"])
        func verify(_ options: [String]) async throws -> Program.Run {
            try await Program.run(["verify", pack] + options)
        }
        let open = try await verify([])
        #expect(open.status == 2 && open.output.contains("good signature by ED25519"), "\(open.output)")
        let mine = try await verify(["--allowed-signers", folder + "/mine.allowed"])
        #expect(mine.status == 0 && mine.output.contains("is by mine@example.org"), "\(mine.output)")
        let other = try await verify(["--allowed-signers", folder + "/other.allowed"])
        #expect(other.status == 65 && other.output.contains("does not allow"), "\(other.output)")
        // A signature for another purpose is none.
        #expect(
            try shell(
                "rm pack/*.sig && ssh-keygen -q -Y sign -f mine -n git pack/tagmanifest-sha256.txt", in: folder) == 0)
        #expect(try await verify(["--allowed-signers", folder + "/mine.allowed"]).status == 65)
        // Nor one of another pack, nor none where one has to be.
        let second = try await packed(watch, name: "second", ["--sign", folder + "/mine", "--by", "somebody else"])
        #expect(try shell("cp second/*.sig pack/", in: folder) == 0)
        #expect(try await verify(["--allowed-signers", folder + "/mine.allowed"]).status == 65)
        #expect(try shell("rm pack/*.sig", in: folder) == 0)
        let missing = try await verify(["--allowed-signers", folder + "/mine.allowed"])
        #expect(missing.status == 65 && missing.output.contains("tagmanifest-sha256.txt.sig: is missing"))
        // Attached later.
        let attested = try await Program.run(["attest", pack, "--sign", folder + "/mine"])
        #expect(attested.status == 0, "\(attested.errors)")
        #expect(try await verify(["--allowed-signers", folder + "/mine.allowed"]).status == 0)
        // Somebody who writes new lists has no key.
        try watch.folder.write("edited", to: "second/data/README.txt")
        for name in ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"] {
            try FileManager.default.removeItem(atPath: "\(second)/\(name)")
        }
        try BagItFolder.close(second, info: [])
        #expect(try Verification.of(second).isSound)
        #expect(try await Program.run(["verify", second]).status == 65)
    }

    @Test(.enabled(if: isInstalled("openssl")))
    func timestampsAreAttachedAndChecked() async throws {
        let watch = try Watch.pair()
        _ = try await watch.scan("2019-06")
        let folder = watch.folder.path
        let pack = try await packed(watch)
        try watch.folder.write(Self.authority, to: "tsa.cnf")
        let authority = """
            echo 01 > serial
            for name in ca other; do openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.pem -days 2 \
            -subj /CN=$name -config tsa.cnf -extensions ca; done
            openssl req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=tsa -config tsa.cnf
            openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 2 \
            -extfile tsa.cnf -extensions tsa
            for file in pack/tagmanifest-sha256.txt tsa.cnf; do
            openssl ts -query -data $file -sha256 -cert -out request.tsq
            openssl ts -reply -config tsa.cnf -section authority -queryfile request.tsq -out $(basename $file).tsr
            done
            """
        #expect(try shell(authority, in: folder) == 0)
        let wrong = try await Program.run(["attest", pack, "--timestamp", folder + "/tsa.cnf.tsr"])
        #expect(wrong.status == 65 && wrong.errors.contains("is of something else"), "\(wrong.errors)")
        let none = try await Program.run(["attest", pack, "--timestamp", folder + "/tsa.cnf"])
        #expect(none.status == 65 && none.errors.contains("is no answer"), "\(none.errors)")
        let attested = try await Program.run(
            ["attest", pack, "--timestamp", folder + "/tagmanifest-sha256.txt.tsr"])
        #expect(attested.status == 0, "\(attested.errors)")
        func verify(_ options: [String]) async throws -> Program.Run {
            try await Program.run(["verify", pack] + options)
        }
        #expect(try await verify([]).status == 2)
        let sound = try await verify(["--timestamp-authority", folder + "/ca.pem"])
        #expect(sound.status == 0 && sound.output.contains("was there at "), "\(sound.output)")
        let other = try await verify(["--timestamp-authority", folder + "/other.pem"])
        #expect(other.status == 65 && other.output.contains("is not by an authority"), "\(other.output)")
        #expect(try shell("cp tsa.cnf.tsr pack/tagmanifest-sha256.txt.tsr", in: folder) == 0)
        #expect(try await verify([]).status == 65)
    }

    private static let authority = """
        [req]
        distinguished_name = name
        [name]
        [ca]
        basicConstraints = critical,CA:TRUE
        [tsa]
        extendedKeyUsage = critical,timeStamping
        [authority]
        serial = serial
        signer_cert = tsa.pem
        certs = ca.pem
        signer_key = tsa.key
        signer_digest = sha256
        default_policy = 1.2.3.4.1
        digests = sha256
        """
}
