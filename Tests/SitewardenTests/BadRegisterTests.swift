import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// A register, or a place for the results, that cannot be used: nothing is changed.
struct BadRegisterTests {
    private func refused(_ watch: Watch, _ options: [String] = [], status: Int32 = 65, told: [String]) async throws {
        let before = try watch.folder.snapshot()
        let run = try await watch.scan("2019-06", options)
        #expect(run.status == status && run.output.isEmpty)
        let line = try #require(run.errors.split(separator: "\n").last)
        for words in told { #expect(line.contains(words), "\(line)") }
        #expect(try watch.folder.snapshot() == before)
    }

    @Test func garbage() async throws {
        let watch = try Watch.pair()
        try watch.folder.write(String(repeating: "no register at all\n", count: 500), to: "runs/register.gpkg")
        try await refused(watch, told: ["runs/register.gpkg", "the register cannot be used"])
    }

    @Test func empty() async throws {
        let watch = try Watch.pair()
        try watch.folder.write("", to: "runs/register.gpkg")
        try await refused(watch, told: ["runs/register.gpkg"])
    }

    @Test func aTruncatedOne() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-05").status == 0)
        let path = watch.folder.path + "/runs/register.gpkg"
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: path))
        try await refused(watch, told: ["runs/register.gpkg"])
    }

    @Test func aNewerOne() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-05").status == 0)
        let dataset = try VectorDataset.open(
            watch.folder.path + "/runs/register.gpkg", drivers: [.geoPackage], access: .update)
        try dataset.execute(sql: "UPDATE \(RegisterTables.format) SET format_version = 99")
        try dataset.close()
        try await refused(watch, told: ["runs/register.gpkg", "newer Sitewarden (format 99", "Install the newer one"])
    }

    @Test func anotherGeoPackage() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-05").status == 0)
        let other = watch.folder.path + "/runs/2019-05/tasks.gpkg"
        try await refused(watch, ["--register", other], told: [other, "is no Sitewarden register"])
    }

    @Test func aNameThatIsNone() async throws {
        let watch = try Watch.pair()
        try await refused(watch, ["--register", "register.txt"], told: ["register.txt", "ends in .gpkg"])
        let nothing = try await Program.run(["scan", "--period", "2019-06"])
        #expect(nothing.status == 78 && nothing.errors.contains("--output"), "\(nothing.errors)")
    }

    @Test func aServerThatIsNotThere() async throws {
        let watch = try Watch.pair()
        let source = "PG:host=127.0.0.1 port=9 dbname=heritage user=warden"
        try await refused(watch, ["--register", source], told: ["host=127.0.0.1"])
    }

    @Test func aFileInTheOutputsPlace() async throws {
        let watch = try Watch.pair()
        try watch.folder.write("mine", to: "runs")
        try await refused(watch, status: 73, told: ["runs"])
        try FileManager.default.removeItem(atPath: watch.folder.path + "/runs")
        try watch.folder.write("mine", to: "runs/2019-06")
        try await refused(watch, status: 73, told: ["runs/2019-06", "is not a folder"])
    }

    /// Permissions mean nothing to the superuser.
    @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
    func aFolderThatMayNotBeWritten() async throws {
        let watch = try Watch.pair()
        try watch.folder.write("mine", to: "runs/mine.txt")
        let path = watch.folder.path + "/runs"
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path) }
        try await refused(watch, status: 73, told: ["runs", "permission denied"])
    }

    @Test func verdictsForNoRegister() async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-06").status == 0)
        let tasks = watch.folder.path + "/runs/2019-06/tasks.gpkg"
        let before = try watch.folder.snapshot()
        let none = watch.folder.path + "/none.gpkg"
        let missing = try await Program.run(["review", "import", tasks, "--register", none])
        #expect(missing.status == 65 && missing.errors.contains("none.gpkg"), "\(missing.errors)")
        let garbage = try await Program.run(["review", "import", watch.pipeline, "--pipeline", watch.pipeline])
        #expect(garbage.status == 65 && garbage.errors.contains("pipeline.yaml"), "\(garbage.errors)")
        #expect(try watch.folder.snapshot() == before)
    }
}
