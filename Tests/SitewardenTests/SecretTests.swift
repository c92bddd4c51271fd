import Foundation
import Testing

/// Passwords of connections: refused where others could read them, and in no word that is said or written.
struct SecretTests {
    private static let connection = "PG:host=127.0.0.1 port=9 dbname=heritage user=warden password=s3cret"
    private static let url = "postgresql://warden:s3cret@127.0.0.1:9/heritage"

    /// Every command with each of its arguments that can be a connection or a path.
    private static func commands(_ text: String) -> [[String]] {
        [
            ["sites", "check", "--sites", text], ["plan", "--sites", text, "--scenes", "x", "--period", "2019-06"],
            ["scan", "--sites", "a.geojson", "--scenes", text, "--period", "2019-06", "--output", "runs"],
            [
                "scan", "--sites", text, "--scenes", "x", "--period", "2019-06", "--output", "runs", "--log-format",
                "json",
            ],
            ["scan", "--period", "2019-06", "--register", text], ["scan", "--period", "2019-06", "--output", text],
            ["scan", "--period", text], ["scan", text, "--period", "2019-06"],
            ["explain", "c926aa82", "--output", text],
            ["explain", text, "--run", "x"], ["review", "import", text, "--register", "r.gpkg"],
            ["review", "import", "tasks.gpkg", "--register", text], ["evaluate", "--truth", text, "--output", "runs"],
            ["export", "--profile", "public", "--output", "x", "--runs", "runs", "--sites", text],
            ["config", "--sites", text],
            ["config", text], ["doctor", "--register", text], ["doctor", "--sites", text],
            ["register", "check", "--register", text],
            ["register", "backup", "copy.gpkg", "--register", text],
            ["register", "export", text, "--register", "r.gpkg"],
            ["register", "import", text, "--register", "r.gpkg"], [text], ["scan", "--no-such-option=\(text)"],
        ]
    }

    @Test func areRefusedAsArguments() async throws {
        for arguments in Self.commands(Self.connection) + [["doctor", "--register", Self.url]] {
            let run = try await Program.run(arguments)
            #expect(run.status == 64 && run.output.isEmpty, "\(arguments): \(run.status)")
            #expect(run.errors.contains("PG:service=NAME") && !run.errors.contains("s3cret"), "\(run.errors)")
        }
    }

    @Test func areRefusedInPipelineFiles() async throws {
        let folder = try TemporaryFolder()
        let pipeline = folder.path + "/pipeline.yaml"
        for text in [
            "sites: {source: \"\(Self.connection)\"}", "output:\n  folder: runs\n  register: '\(Self.connection)'",
            "output: {register: \(Self.url)}", "sites: {layer: 'password=s3cret", "# password=s3cret",
        ] {
            try folder.write("windows: {}\n" + text, to: "pipeline.yaml")
            for arguments in [
                ["sites", "check", pipeline], ["plan", pipeline, "--period", "2019-06"], ["config", pipeline],
                ["scan", pipeline, "--period", "2019-06", "--log-format", "json"], ["doctor", pipeline],
                ["explain", "c926aa82", "--pipeline", pipeline], ["register", "check", "--pipeline", pipeline],
                ["review", "import", "tasks.gpkg", "--pipeline", pipeline],
                ["export", pipeline, "--profile", "public", "--output", folder.path + "/out"],
            ] {
                let run = try await Program.run(arguments)
                #expect(run.status == 78 && run.errors.contains("holds a password"), "\(arguments): \(run.errors)")
                #expect(!(run.output + run.errors).contains("s3cret"), "\(arguments)")
            }
        }
        #expect(try folder.names() == ["pipeline.yaml"])
    }

    /// A password that only the environment knows, with a server that is not there.
    @Test func comeFromTheEnvironmentAndAreNotTold() async throws {
        let watch = try Watch.pair()
        let register = "PG:host=127.0.0.1 port=9 dbname=heritage user=warden"
        let run = try await Program.run(
            ["scan", watch.pipeline, "--period", "2019-06", "--register", register],
            wrapper: ["/usr/bin/env", "PGPASSWORD=s3cret"])
        #expect(run.status == 65 && !(run.output + run.errors).contains("s3cret"), "\(run.errors)")
    }

    /// The address of a scene may be signed: whoever reads the log must not get the signature.
    @Test func signaturesOfAddressesAreNotTold() async throws {
        let watch = try Watch.pair(days: Watch.pairDays + ["2019-06-24"])
        let items = try watch.folder.text("scenes/items.json").replacing(
            "./2019-06-24/B04.tif", with: "https://127.0.0.1:9/B04.tif?sv=1&sig=s3cret")
        try watch.folder.write(items, to: "scenes/items.json")
        let pipeline = try watch.folder.text("pipeline.yaml")
            .replacing("scenes/items.json}", with: "scenes/items.json, allowedHosts: [127.0.0.1]}")
        try watch.folder.write(pipeline, to: "pipeline.yaml")
        let run = try await watch.scan("2019-06", ["--json"])
        #expect(run.status == 2, "\(run.errors)")
        #expect(!(run.output + run.errors).contains("s3cret"), "\(run.errors)")
        for name in try watch.folder.names(in: "runs/2019-06") {
            let bytes = try watch.folder.data("runs/2019-06/\(name)")
            #expect(bytes.range(of: Data("s3cret".utf8)) == nil, "\(name)")
        }
    }
}
