/// How far a scan is, how fast it goes and how long it will take, in words for a terminal or a log.
public struct RunPace: Sendable {
    /// Where counting began: groups that a stopped run had kept cost nothing.
    private var first: (groups: Int, seconds: Double)?
    private var lastTold: Double

    /// How often a log is told of a run that goes on, seconds.
    private static let logSeconds = 600.0
    /// Before this the pace is a guess, seconds.
    private static let leastSeconds = 5.0

    /// - Parameter seconds: Now, on the clock of every later call.
    public init(seconds: Double) { lastTold = seconds }

    /// What to say once so many groups are compared.
    public mutating func text(groups: Int, of all: Int, seconds: Double) -> String {
        let done = "Compared \(groups) of \(all) groups"
        guard let first else {
            self.first = (groups, seconds)
            return done
        }
        let elapsed = seconds - first.seconds
        guard elapsed >= Self.leastSeconds, groups > first.groups else { return done }
        let perSecond = Double(groups - first.groups) / elapsed
        let left = Double(all - groups) / perSecond
        return done + ", \(ReadableNumber.decimal(perSecond * 60, places: perSecond < 1 ? 1 : 0) ?? "0") a minute"
            + (groups < all ? ", \(Self.duration(left)) left" : "")
    }

    /// Whether it is time to tell a log, which should grow by some lines a run and no more.
    public mutating func isDue(seconds: Double) -> Bool {
        guard seconds - lastTold >= Self.logSeconds else { return false }
        lastTold = seconds
        return true
    }

    private static func duration(_ seconds: Double) -> String {
        if seconds < 90 { return "\(Int(seconds.rounded(.up))) s" }
        if seconds < 90 * 60 { return "\(Int((seconds / 60).rounded(.up))) min" }
        return "\(ReadableNumber.decimal(seconds / 3600, places: 1) ?? "0") h"
    }
}
