/// Something in a source of scenes that the user should know, with what mends it.
public struct SceneProblem: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A document is missing, broken, too large or no STAC.
        case unreadable
        /// A scene does not say when it was acquired.
        case noDate
        /// A file that a scene names is not there.
        case missingFile
        /// A location that must not or cannot be opened.
        case refused
        /// A file of a kind that is not read.
        case unknownFormat
        /// A scene has none of the bands asked for, and is left out.
        case noBand
        /// Scenes lack some of the bands asked for, and are used with the others.
        case missingBand
        /// The settings name a band that does not exist.
        case unknownBand
        /// A scene has no cloud mask.
        case noMask
        /// Metadata that contradict each other.
        case contradiction
        /// Left out by the settings.
        case excluded
        /// Left out because it shows the same acquisition as another scene.
        case duplicate
    }

    public let kind: Kind
    /// What it is about: a scene's id, or a location.
    public let subject: String
    /// What is wrong and what mends it.
    public let message: String

    public init(kind: Kind, subject: String, message: String) {
        self.kind = kind
        self.subject = subject
        self.message = message
    }

    /// Whether part of the input could not be used; otherwise nothing was lost, or it was asked for.
    public var isLoss: Bool {
        switch kind {
        case .unreadable, .noDate, .missingFile, .refused, .unknownFormat, .noBand, .unknownBand: true
        case .missingBand, .noMask, .contradiction, .excluded, .duplicate: false
        }
    }

    public var description: String { "\(subject): \(message)" }
}
