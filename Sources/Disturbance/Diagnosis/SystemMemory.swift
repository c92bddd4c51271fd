internal import CAllocator
internal import Foundation
internal import Glibc

/// What the system says of memory, in bytes; nil where it does not say.
public enum SystemMemory {
    /// Of the whole machine.
    public static var totalBytes: Int? { machine("MemTotal") }
    /// What new programs can have without any other being swapped out.
    public static var availableBytes: Int? { machine("MemAvailable") }

    /// What the container may take: the limit of the control group the process sees as its root.
    public static var containerLimitBytes: Int? {
        (try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8))
            .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// The addresses that the process may use (`ulimit -v`); nil where it may use all.
    public static var addressLimitBytes: Int? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
        // Without a limit it is the largest number there is.
        return Int(exactly: limit.rlim_cur)
    }

    /// The process's addresses in use, whether there is memory behind them or not.
    public static var usedAddressBytes: Int? { process(0) }
    /// The process's memory.
    public static var residentBytes: Int? { process(1) }

    /// Has this process keep what it frees for what it allocates next, 64 MiB for each thread: pages that the system
    /// gives anew are a twentieth of a scan's time. For programs that scan, at their start.
    public static func keepFreed() { allocator_keep_freed() }

    /// Gives back to the system what was freed: it would be kept for the next stage, which needs other sizes.
    static func releaseFreed() { allocator_release_freed() }

    private static func machine(_ name: String) -> Int? {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// - Parameter field: Of /proc/self/statm, in pages.
    private static func process(_ field: Int) -> Int? {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        guard let fields, fields.indices.contains(field), let pages = Int(fields[field]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
