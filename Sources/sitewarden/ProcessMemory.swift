internal import ArgumentParser
internal import Disturbance
internal import Foundation

/// A number of bytes as people write it: 900M, 2G.
struct ByteCount: ExpressibleByArgument, Equatable {
    let bytes: Int

    init?(argument: String) {
        let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = argument.last.flatMap { shifts[Character($0.uppercased())] }
        guard let number = Int(shift == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        guard !isTooLarge else { return nil }
        self.bytes = bytes
    }
}

/// What this process may take of the memory.
enum ProcessMemory {
    /// The tightest of what is asked for and what machine, container and shell allow.
    static func limit(_ asked: Int?) -> MemoryLimit? {
        var limits: [MemoryLimit] = []
        let resident: @Sendable () -> Int = { SystemMemory.residentBytes ?? 0 }
        let most = [asked, SystemMemory.totalBytes, SystemMemory.containerLimitBytes].compactMap(\.self).min()
        if let most { limits.append(MemoryLimit(bytes: most, used: resident)) }
        if let addresses = SystemMemory.addressLimitBytes {
            limits.append(MemoryLimit(bytes: addresses) { SystemMemory.usedAddressBytes ?? 0 })
        }
        return limits.min { $0.freeBytes < $1.freeBytes }
    }

    /// Says why the program ends where it may not use more addresses (`ulimit -v`).
    ///
    /// Whatever cannot have memory stops the process at once, in our code as in that of libraries. Most of what a scan
    /// takes is known before and held against the limit; this is for the rest.
    static func tellExhaustion() {
        guard SystemMemory.addressLimitBytes != nil else { return }
        for number in [SIGABRT, SIGBUS, SIGILL, SIGSEGV, SIGTRAP] {
            signal(number) { _ in
                // Nothing that allocates.
                let text: StaticString = """
                    sitewarden: stopped, most likely because ulimit -v leaves too little memory; what was published \
                    before is as it was. Allow more

                    """
                _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
                _exit(ExitStatus.memory.rawValue)
            }
        }
    }
}
