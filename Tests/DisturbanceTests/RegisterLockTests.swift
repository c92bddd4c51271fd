import Foundation
import Glibc
import Synchronization
import Testing

@testable import Disturbance

struct RegisterLockTests {
    private static let first = RunHolder(since: "2026-11-22T04:00:00Z", command: "scan 2019-06")
    private static let second = RunHolder(since: "2026-11-22T05:00:00Z", command: "review import tasks.gpkg")

    @Test func theSecondIsToldWhoHoldsIt() throws {
        let folder = try RegisterFolder()
        let lock = try RegisterLock(of: folder.register, holder: Self.first)
        do {
            _ = try RegisterLock(of: folder.register, holder: Self.second)
            Issue.record("both hold it")
        } catch let busy as RegisterBusy {
            #expect(busy.holder == Self.first && busy.register == folder.register)
            for part in ["'scan 2019-06'", "process \(getpid())", "since 2026-11-22T04:00:00Z", Self.first.host] {
                #expect("\(busy)".contains(part), "\(busy)")
            }
        }
        try lock.requireHeld()
        lock.release()
        #expect(try folder.names() == [])
        #expect(try RegisterLock(of: folder.register, holder: Self.second).abandonedBy == nil)
        #expect(try folder.names() == [])
    }

    @Test func aLinkLeadsToTheSameLock() throws {
        let folder = try RegisterFolder()
        try Data().write(to: URL(filePath: folder.register))
        let link = folder.path + "/link.gpkg"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.register)
        let lock = try RegisterLock(of: folder.register, holder: Self.first)
        #expect(throws: RegisterBusy.self) { _ = try RegisterLock(of: link, holder: Self.second) }
        lock.release()
    }

    @Test func aDeadHoldersLockIsTakenOver() throws {
        let folder = try RegisterFolder()
        let path = folder.register + ".lock"
        for text in ["", "half a li", try StableJSON.text(Self.second)] {
            try Data(text.utf8).write(to: URL(filePath: path))
            let lock = try RegisterLock(of: folder.register, holder: Self.first)
            #expect(lock.abandonedBy == (text.hasPrefix("{") ? Self.second : nil))
            #expect(lock.remarks.count == (text.hasPrefix("{") ? 1 : 0))
            let written = try JSONDecoder().decode(RunHolder.self, from: Data(contentsOf: URL(filePath: path)))
            #expect(written == Self.first)
        }
        #expect(try folder.names() == [])
    }

    @Test func aHolderWhoseFileWasRemovedKnowsIt() throws {
        let folder = try RegisterFolder()
        let path = folder.register + ".lock"
        let lock = try RegisterLock(of: folder.register, holder: Self.first)
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: RegisterError.self) { try lock.requireHeld() }
        let other = try RegisterLock(of: folder.register, holder: Self.second)
        #expect(throws: RegisterError.self) { try lock.requireHeld() }
        // It must not take away what is another's now.
        lock.release()
        try other.requireHeld()
        #expect(throws: RegisterBusy.self) { _ = try RegisterLock(of: folder.register, holder: Self.first) }
        other.release()
    }

    @Test func foldersMadeForItGoWithIt() throws {
        let folder = try RegisterFolder()
        let register = folder.path + "/a/b/register.gpkg"
        try RegisterLock(of: register, holder: Self.first).release()
        #expect(try folder.names() == [])
        let lock = try RegisterLock(of: register, holder: Self.first)
        try Data().write(to: URL(filePath: register))
        lock.release()
        #expect(FileManager.default.fileExists(atPath: register))
        #expect(throws: RegisterError.self) { _ = try RegisterLock(of: folder.path, holder: Self.first) }
    }

    @Test func passwordsAreNotNamed() {
        let holder = RunHolder(since: "", command: "review import PG:host=a password=hidden")
        #expect(!holder.description.contains("hidden"))
    }

    private final class Holders: Sendable {
        private let count = Atomic(0)
        func enter() -> Int { count.add(1, ordering: .sequentiallyConsistent).oldValue }
        func leave() { count.subtract(1, ordering: .sequentiallyConsistent) }
    }

    @Test func ofManyAtOnceOneHoldsIt() async throws {
        let folder = try RegisterFolder()
        let register = folder.register
        let holders = Holders()
        for _ in 0..<20 {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        guard let lock = try? RegisterLock(of: register, holder: Self.first) else { return }
                        #expect(holders.enter() == 0)
                        holders.leave()
                        lock.release()
                    }
                }
            }
        }
        #expect(try folder.names() == [])
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["SITEWARDEN_TEST_POSTGIS"] != nil))
    func aDatabaseDoesTheSame() throws {
        let source = try #require(ProcessInfo.processInfo.environment["SITEWARDEN_TEST_POSTGIS"])
        let lock = try RegisterLock(of: source, holder: Self.first)
        try lock.requireHeld()
        do {
            _ = try RegisterLock(of: source, holder: Self.second)
            Issue.record("both hold it")
        } catch let busy as RegisterBusy {
            #expect(busy.holder?.process == getpid() && busy.holder?.host == Self.first.host)
            #expect(busy.holder?.command == "scan 2019-06")
        }
        lock.release()
        try RegisterLock(of: source, holder: Self.second).requireHeld()
    }
}
