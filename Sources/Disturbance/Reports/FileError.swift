internal import Glibc

/// A file or folder of ours that could not be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// What went wrong and how to mend it.
    public let message: String
    /// The `errno` of the system call that failed; nil where none did.
    public let code: Int32?

    /// What it means for whoever ran the command.
    public let kind: FailureKind

    public init(path: String, message: String, kind: FailureKind = .unusableInput) {
        self.init(path: path, message: message, code: nil, kind: kind)
    }

    public var description: String { "\(path): \(message)" }

    /// - Parameters:
    ///   - action: What was tried, such as `cannot be written`.
    ///   - code: The `errno` of the system call.
    ///   - isInput: Whether it was to be read.
    init(path: String, action: String, code: Int32, isInput: Bool = false) {
        let kind: FailureKind =
            switch code {
            case ENOENT, EACCES, EPERM: isInput ? .missingInput : .cannotCreate
            case EROFS, ENOTDIR, ENAMETOOLONG, EEXIST, EISDIR: .cannotCreate
            default: .disk
            }
        self.init(path: path, message: "\(action): \(Self.explanation(code))", code: code, kind: kind)
    }

    private init(path: String, message: String, code: Int32?, kind: FailureKind) {
        self.path = path
        self.message = message
        self.code = code
        self.kind = kind
    }

    /// The same of another path.
    func at(_ path: String) -> FileError { FileError(path: path, message: message, code: code, kind: kind) }

    private static func explanation(_ code: Int32) -> String {
        switch code {
        case ENOSPC: "the disk is full. Free space, or choose another output folder"
        case EDQUOT: "the quota is used up. Free space, or choose another output folder"
        case EACCES, EPERM: "permission denied. Give this account write access, or choose another output folder"
        case EROFS: "the file system is read-only. Choose another output folder"
        case ENOENT: "there is no such file or folder. Check the path"
        case ENOTDIR: "a part of the path is a file, not a folder. Check the path"
        case EFBIG:
            "it is larger than this account may write (ulimit -f). Raise that, or check the disk and its free space"
        case EEXIST: "there is such a file already. Move it away"
        case ENAMETOOLONG: "the name is too long. Choose a shorter output folder"
        case EIO: "the disk reports an error. Check the disk before trusting what is on it"
        default: unsafe String(cString: strerror(code))
        }
    }
}
