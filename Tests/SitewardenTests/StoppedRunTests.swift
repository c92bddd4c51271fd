import Foundation
import Glibc
import Testing

@testable import Disturbance

/// Runs that are stopped, by a person or by a full disk: whole or not at all.
struct StoppedRunTests {
    /// Long enough a history that a person can stop the comparison.
    private func longWatch() throws -> Watch {
        let days = (0..<24).map { Day("2015-04-10")!.adding(days: $0 * 60).description }
        return try Watch(Landscape(), days: days + ["2019-06-09"], sites: Landscape.register([Landscape.dug]))
    }

    @Test func interruptedWhileComparing() async throws {
        let watch = try longWatch()
        let run = try await watch.scan("2019-06") { process, errors in
            guard errors.contains("Plan: ") else { return false }
            process.interrupt()
            return true
        }
        #expect(run.status == 130 && !run.wasKilled)
        #expect(run.errors.contains("stopped; nothing was written") && run.output.isEmpty, "\(run.errors)")
        #expect(!watch.folder.exists("runs"))
    }

    /// Whoever waits for a run is told that this one was stopped, and not left to wait for the next month.
    @Test(arguments: [SIGINT, SIGTERM])
    func aStopIsToldToThoseWhoWait(signalNumber: Int32) async throws {
        let watch = try longWatch()
        let listener = try PingListener()
        defer { listener.stop() }
        let run = try await watch.scan(
            "2019-06", ["--ping", "\(listener.url)/secret", "--metrics-file", "\(watch.folder.path)/watch.prom"]
        ) { process, errors in
            guard errors.contains("Plan: ") else { return false }
            return kill(process.processIdentifier, signalNumber) == 0
        }
        #expect(run.status == 128 + signalNumber && !run.wasKilled)
        #expect(listener.asked == ["/secret/start", "/secret/fail"])
        #expect(run.errors.contains("stopped; nothing was written"), "\(run.errors)")
        let metrics = try watch.folder.text("watch.prom")
        let label = "watch=\"\(watch.folder.path)/runs\""
        #expect(metrics.contains("sitewarden_run_exit_status{\(label)} \(128 + signalNumber)\n"), "\(metrics)")
        #expect(!metrics.contains("last_success") && !watch.folder.exists("runs"))
    }

    /// A service that hangs and a metrics file that cannot be made keep no run from ending, and no other from beginning.
    @Test func aStopThatNobodyHearsEndsAsWell() async throws {
        let watch = try longWatch()
        let listener = try PingListener(silentOn: "/fail")
        defer { listener.stop() }
        let run = try await watch.scan(
            "2019-06", ["--ping", listener.url, "--metrics-file", "/proc/none/watch.prom"]
        ) { process, errors in
            if errors.contains("Plan: "), listener.asked == ["/start"] { process.terminate() }
            guard listener.asked.contains("/fail") else { return false }
            // Again and again while it waits for the answer.
            process.terminate()
            process.interrupt()
            if watch.folder.exists("runs") { Issue.record("the register is still held") }
            return true
        }
        #expect(run.status == 143 && !run.wasKilled)
        #expect(run.duration < .seconds(60))
        #expect(listener.asked == ["/start", "/fail"])
        #expect(run.errors.contains("stopped; nothing was written"), "\(run.errors)")
        #expect(run.errors.contains("the ping was not heard") && run.errors.contains("/proc/none"), "\(run.errors)")
        #expect(!watch.folder.exists("runs"))
    }

    /// Whenever it comes, what was published before stays, and nothing is left beside it.
    @Test(arguments: [0, 150, 400])
    func interruptedAtAnyTime(milliseconds: Int) async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-05").status == 0)
        let before = try watch.folder.snapshot()
        let start = ContinuousClock.now
        let run = try await watch.scan("2019-06") { process, _ in
            guard ContinuousClock.now - start >= .milliseconds(milliseconds) else { return false }
            process.interrupt()
            return true
        }
        if run.status == 0 {
            #expect(watch.folder.exists("runs/2019-06/run.json"))
        } else {
            // Before it listens the signal ends it, as it ends any program.
            #expect(run.status == 130 || run.wasKilled, "\(run.status)")
            #expect(try watch.folder.snapshot() == before)
        }
    }

    /// Limits, in blocks of 512 bytes, that hit a document, the task list, or the register.
    @Test(arguments: [0, 8, 64, 200])
    func aFileSizeLimit(blocks: Int) async throws {
        let watch = try Watch.pair()
        #expect(try await watch.scan("2019-05").status == 0)
        let before = try watch.folder.snapshot()
        // Standard error is a file of this test as well, and needs a little.
        let run = try await watch.scan(
            "2019-06", wrapper: ["/bin/sh", "-c", "ulimit -f \(blocks); exec \"$@\"", "sh"])
        #expect(run.status == 74 && !run.wasKilled, "\(run.status)")
        if blocks > 0 {
            #expect(run.errors.contains("sitewarden: \(watch.folder.path)/runs/"), "\(run.errors)")
            #expect(run.errors.contains(/free space|[Cc]heck the disk/), "\(run.errors)")
        }
        #expect(try watch.folder.snapshot() == before)
        // With room again it goes on as if nothing had been.
        #expect(try await watch.scan("2019-06").status == 0)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "a small disk takes the right to mount one"))
    func aFullDisk() async throws {
        let watch = try Watch.pair()
        let disk = try SmallDisk(at: watch.folder.path + "/runs", bytes: 2 << 20)
        #expect(try await watch.scan("2019-05").status == 0)
        // Less and less room, so that it fails at one place after another.
        for free in [0, 40 << 10, 150 << 10] {
            try disk.fill(leaving: free)
            let before = try watch.folder.snapshot(of: "runs")
            let run = try await watch.scan("2019-06")
            #expect(run.status == 74, "\(free): \(run.errors)")
            #expect(try watch.folder.snapshot(of: "runs") == before, "\(free)")
            #expect(run.errors.contains("sitewarden: \(watch.folder.path)/runs/"), "\(run.errors)")
            #expect(run.errors.contains(/[Ff]ree space/), "\(run.errors)")
        }
        try disk.free()
        let run = try await watch.scan("2019-06")
        #expect(run.status == 0, "\(run.errors)")
    }
}

/// A file system in memory, unmounted when the test lets go of it.
final class SmallDisk {
    private let path: String
    private var filler: String { path + "/filler" }

    static let isPossible: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        return (try? SmallDisk(at: folder.path + "/disk", bytes: 64 << 10)) != nil
    }()

    init(at path: String, bytes: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(bytes)", "none", path])
    }

    deinit { try? Self.run("umount", [path]) }

    /// Takes all room but so many bytes.
    func fill(leaving bytes: Int) throws {
        try free()
        let attributes = try FileManager.default.attributesOfFileSystem(forPath: path)
        let room = (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? 0
        try Data(count: max(room - bytes, 0)).write(to: URL(filePath: filler))
    }

    func free() throws {
        if FileManager.default.fileExists(atPath: filler) { try FileManager.default.removeItem(atPath: filler) }
    }

    private static func run(_ command: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(command)")
    }
}
