internal import Foundation
internal import Geospatial
internal import Glibc

/// Who holds a register: one execution of one command.
public struct RunHolder: Codable, Hashable, Sendable, CustomStringConvertible {
    public let host: String
    /// The number of its process on that host.
    public let process: Int32
    /// When it began: date and time in UTC, ISO 8601; nil where that is not told, as a database does to other roles.
    public let since: String?
    /// What it was asked to do, such as `scan 2019-06`, without passwords.
    public let command: String

    /// This process.
    public init(since: String, command: String) {
        host = ProcessInfo.processInfo.hostName
        process = getpid()
        self.since = since
        self.command = Redaction.withoutPasswords(command)
    }

    init(host: String, process: Int32, since: String?, command: String) {
        self.host = host
        self.process = process
        self.since = since
        self.command = command
    }

    public var description: String {
        "'\(command)' on \(host), process \(process)" + (since.map { ", since \($0)" } ?? "")
    }

    /// False where it certainly ended: a process of this host that is no more.
    var mayLive: Bool { host != ProcessInfo.processInfo.hostName || kill(process, 0) == 0 || errno != ESRCH }
}

/// A register that another run holds.
public struct RegisterBusy: Error, Hashable, Sendable, CustomStringConvertible {
    /// The register, without password.
    public let register: String
    /// Nil where it does not say who it is.
    public let holder: RunHolder?

    init(register: String, holder: RunHolder?) {
        self.register = Redaction.withoutPasswords(register)
        self.holder = holder
    }

    public var description: String {
        "\(register): is in use by \(holder?.description ?? "another run"). Wait until that has ended, and run again"
    }
}
