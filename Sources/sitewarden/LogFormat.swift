internal import ArgumentParser

/// How messages on standard error are written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    /// A line for people.
    case text
    /// One JSON object a line: time, level, message.
    case json
}
