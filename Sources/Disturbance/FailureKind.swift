internal import Geospatial

/// What stopped a piece of work, as far as it decides on what to do next.
public enum FailureKind: String, Sendable, CaseIterable {
    /// An input is there, but cannot be used.
    case unusableInput
    /// An input is not there, or not readable.
    case missingInput
    /// A file or folder cannot be made where it should be.
    case cannotCreate
    /// The disk is full, or fails.
    case disk
    /// Another run is at it.
    case busy
    /// There is not enough memory.
    case memory
    /// A setting is missing, unknown or makes no sense.
    case configuration
    /// A fault of the program.
    case fault

    /// Of any error that this library throws.
    public init(_ error: any Error) {
        self =
            switch error {
            case is RegisterBusy: .busy
            case is ConfigurationError: .configuration
            case is MemoryLimitError: .memory
            case let error as FileError: error.kind
            case let error as SceneError: error.isMissing ? .missingInput : .unusableInput
            case let error as GeospatialError: error.isMissing ? .missingInput : .unusableInput
            case is RegisterError, is ExplanationError, is ExportRefusal: .unusableInput
            default: .fault
            }
    }
}
