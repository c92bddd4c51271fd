internal import Foundation
internal import Geospatial
internal import Glibc
internal import Synchronization

/// Keeps every other run off a register, from before it is read until its results are published.
///
/// The system's own lock on a file beside the register, or an advisory lock in its database: both end with the process
/// that holds them, however that ends, so a dead holder's lock is free. The text in the file only names the holder.
public final class RegisterLock: Sendable {
    /// Who held the register before and ended without giving it back, killed or by a power cut.
    public let abandonedBy: RunHolder?
    private let register: String
    private let state: Mutex<State>

    private enum State {
        case file(LockFile)
        case database(DatabaseLock)
        case released
    }

    /// - Parameter register: The path of a GeoPackage, there yet or not, or a connection string.
    /// - Throws: `RegisterBusy` where another run holds it, in this process or another, on this machine or another.
    public init(of register: String, holder: RunHolder) throws {
        try Register.requireUsableName(register)
        self.register = Redaction.withoutPasswords(register)
        if Register.isDatabase(register) {
            abandonedBy = nil
            state = Mutex(.database(try DatabaseLock(register, holder: holder)))
        } else {
            let file = try LockFile(register, holder: holder)
            abandonedBy = file.abandonedBy
            state = Mutex(.file(file))
        }
    }

    deinit { release() }

    /// Gives the register back and leaves nothing behind. Once is enough; more does no harm.
    public func release() {
        state.withLock { state in
            if case .file(let file) = state { file.remove() }
            state = .released
        }
    }

    /// Who holds the register in a file; nil where nobody does, or does not say who it is.
    static func holder(ofFile register: String) -> RunHolder? { LockFile.holder(of: register) }

    /// A line where the run before did not end as it should.
    public var remarks: [String] {
        abandonedBy.map { ["\(register): \($0) ended before it was done; its lock was taken over"] } ?? []
    }

    /// To be asked before anything is published.
    /// - Throws: `RegisterError` where the lock was lost, so that another run may have begun.
    public func requireHeld() throws {
        let isHeld = state.withLock { state in
            switch state {
            case .file(let file): file.isHeld
            case .database(let lock): lock.isHeld
            case .released: false
            }
        }
        guard isHeld else {
            throw RegisterError(
                subject: register,
                message: "its lock was taken away while this run held it, so that another run may have changed it; "
                    + "nothing was published. Run again, and leave the file \(LockFile.suffix) beside it alone")
        }
    }
}

/// A locked file beside a register.
private final class LockFile: Sendable {
    static let suffix = ".lock"
    /// Several at a hundredth of a second each: so long may a holder take to write who it is.
    private static let attempts = 100

    let abandonedBy: RunHolder?
    private let file: OpenFile
    /// Folders that had to be made for it, the innermost first.
    private let madeFolders: [String]

    init(_ register: String, holder: RunHolder) throws {
        let url = URL(fileURLWithPath: register).resolvingSymlinksInPath()
        let path = url.path + Self.suffix
        var made: [String] = []
        for _ in 0..<Self.attempts {
            made = try Self.makeFolders(url.deletingLastPathComponent()) + made
            let file: OpenFile
            do {
                file = try OpenFile(sharing: path)
            } catch let error as FileError where error.code == ENOENT {
                // Another run has just removed the folder together with its own lock.
                continue
            }
            var answer: Int32
            repeat { answer = flock(file.descriptor, LOCK_EX | LOCK_NB) } while answer != 0 && errno == EINTR
            if answer != 0, errno == EWOULDBLOCK {
                // What a dead holder wrote stands there until the living one has written.
                if let other = try? Self.holder(in: file), other.mayLive {
                    throw RegisterBusy(register: register, holder: other)
                }
                usleep(10_000)
                continue
            }
            guard answer == 0 else {
                throw FileError(
                    path: path,
                    message:
                        "cannot be locked (\(unsafe String(cString: strerror(errno)))). Keep the register on a file "
                        + "system with locks; NFS has them unless it is mounted with nolock", kind: .cannotCreate)
            }
            // While this waited the holder may have removed it, and a third run made another.
            guard file.isStill(at: path) else { continue }
            abandonedBy = try? Self.holder(in: file)
            do {
                try file.replaceContent(with: Array((try StableJSON.text(holder) + "\n").utf8))
            } catch {
                Self.remove(file.path, folders: made)
                throw error
            }
            self.file = file
            madeFolders = made
            return
        }
        throw RegisterBusy(register: register, holder: nil)
    }

    /// Who holds the lock of a register, which is not touched.
    static func holder(of register: String) -> RunHolder? {
        let path = URL(fileURLWithPath: register).resolvingSymlinksInPath().path + suffix
        guard let file = try? OpenFile(reading: path) else { return nil }
        guard flock(file.descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return try? holder(in: file)
    }

    private static func holder(in file: borrowing OpenFile) throws -> RunHolder {
        try JSONDecoder().decode(RunHolder.self, from: Data(try file.content(upTo: 1 << 16)))
    }

    /// The folders that were missing, the innermost first.
    private static func makeFolders(_ folder: URL) throws -> [String] {
        var missing: [String] = []
        var url = folder
        while url.path != "/", EntryKind(ofEntryAt: url.path) == nil {
            missing.append(url.path)
            url.deleteLastPathComponent()
        }
        guard !missing.isEmpty else { return [] }
        try WholeFile.makeFolders(
            folder.path, mend: "Check the path and its permissions, or choose another output folder")
        return missing
    }

    /// Whether the locked file is still the one that another run would find.
    var isHeld: Bool { file.isStill(at: file.path) }

    /// While the lock is held: whoever waits for it sees that it is gone, and makes another.
    func remove() {
        if isHeld { Self.remove(file.path, folders: madeFolders) }
    }

    private static func remove(_ path: String, folders: [String]) {
        _ = unsafe unlink(path)
        // A folder with anything in it stays.
        for folder in folders { guard unsafe rmdir(folder) == 0 else { return } }
    }
}

/// An advisory lock in a PostGIS database, held by a connection of its own.
///
/// The connection must lead to the server itself: a pool that gives each transaction another session loses the lock.
private final class DatabaseLock {
    private let connection: VectorDataset
    /// The second of the two numbers that name the lock, as a term of SQL: it stands for the schema, and where
    /// Pipelines/postgis/roles.sql parts that by administrative areas for the one this connection writes to.
    private let scope: String
    /// "site", the first of them.
    private static let name = 0x7369_7465

    init(_ source: String, holder: RunHolder) throws {
        do {
            connection = try VectorDataset.open(source, drivers: [.postGIS], access: .update)
            let name = "sitewarden \(holder.process) \(holder.host) \(holder.command)"
            try connection.execute(sql: "SET application_name = \(VectorDataset.sqlText(name))")
            let areas = try connection.query(sql: "SELECT to_regproc('sitewarden_area')::text AS area")
            scope =
                areas.first?["area"].text == nil
                ? "hashtext(current_schema()::text)"
                : "hashtext(current_schema()::text || '/' || coalesce(sitewarden_area(), ''))"
            let answer = try connection.query(
                sql: "SELECT CASE WHEN pg_try_advisory_lock(\(Self.name), \(scope)) THEN 'yes' ELSE 'no' END AS taken")
            guard answer.first?["taken"].text == "yes" else {
                throw RegisterBusy(register: source, holder: try Self.holder(connection, Self.locks(scope)))
            }
        } catch let error as GeospatialError {
            throw RegisterError(
                subject: source, message: "cannot be locked (\(error.message)). Check the connection and the rights")
        }
    }

    private static func locks(_ scope: String) -> String {
        "pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted "
            + "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            + "AND l.classid::bigint = \(name) AND l.objid::bigint = (\(scope)::bigint & 4294967295)"
    }

    private static func holder(_ connection: VectorDataset, _ locks: String) throws -> RunHolder? {
        let rows = try connection.query(
            sql: "SELECT a.application_name::text AS name, to_char(a.backend_start AT TIME ZONE 'UTC', "
                + "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS since FROM \(locks)")
        guard let name = rows.first?["name"].text else { return nil }
        let parts = name.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count >= 3, let process = Int32(parts[1]) else { return nil }
        return RunHolder(
            host: parts[2], process: process, since: rows.first?["since"].text,
            command: parts.count > 3 ? parts[3] : "")
    }

    /// Whether the connection lives and has the lock.
    var isHeld: Bool {
        let rows = try? connection.query(
            sql: "SELECT 'yes' AS taken FROM \(Self.locks(scope)) AND l.pid = pg_backend_pid()")
        return rows?.first?["taken"].text == "yes"
    }
}
