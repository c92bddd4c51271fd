internal import ArgumentParser
internal import Disturbance

/// What the end of a command tells the shell: the codes of sysexits.h, and two of our own.
enum ExitStatus: Int32, CaseIterable {
    case done = 0
    case incomplete = 2
    case tasksFound = 3
    /// EX_USAGE, also what the parser of arguments ends with.
    case usage = 64
    /// EX_DATAERR.
    case unusableInput = 65
    /// EX_NOINPUT.
    case missingInput = 66
    /// EX_SOFTWARE.
    case fault = 70
    /// EX_OSERR.
    case memory = 71
    /// EX_CANTCREAT.
    case cannotCreate = 73
    /// EX_IOERR.
    case disk = 74
    /// EX_TEMPFAIL.
    case busy = 75
    /// EX_CONFIG.
    case configuration = 78

    init(_ failure: FailureKind) {
        self =
            switch failure {
            case .unusableInput: .unusableInput
            case .missingInput: .missingInput
            case .cannotCreate: .cannotCreate
            case .disk: .disk
            case .busy: .busy
            case .memory: .memory
            case .configuration: .configuration
            case .fault: .fault
            }
    }

    var code: ExitCode { ExitCode(rawValue) }

    private var meaning: String {
        switch self {
        case .done: "done"
        case .incomplete: "done, but something needs attention: part of the input could not be used (it is named)"
        case .tasksFound: "scan --fail-on-tasks: done, and there are tasks"
        case .usage: "wrong usage"
        case .unusableInput: "an input, the register or a run cannot be used"
        case .missingInput: "an input is not there, or not readable"
        case .fault: "a fault of the program: please report it"
        case .memory: "there is not enough memory; what was published before is as it was"
        case .cannotCreate: "the output cannot be made there"
        case .disk: "the disk is full or fails; what was published before is as it was"
        case .busy: "another run is at the same register (it is named): try again later"
        case .configuration: "a setting is missing, unknown or wrong"
        }
    }

    /// All of them, for the help.
    static let explanation =
        "Exit status: "
        + allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: "; ")
        + "; 130 or 143 stopped by a signal, with nothing half-written."
}
