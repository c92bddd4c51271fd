internal import Foundation

/// What the check of a site register found, as text for people and JSON for machines.
public struct SiteReport: Codable, Sendable, Equatable {
    public struct Count: Codable, Sendable, Equatable {
        public var severity: SiteProblem.Severity
        public var kind: SiteProblem.Kind
        public var count: Int
    }

    /// Of this format.
    public var version = 1
    public var source: String
    public var rows: Int
    /// How many sites can be watched.
    public var sites: Int
    public var rejected: Int
    public var repaired: Int
    public var warnings: Int
    /// By severity, then kind; only what occurs.
    public var counts: [Count]
    public var problems: [SiteProblem]

    public init(_ register: SiteRegister) {
        let problems = register.problems
        func count(_ severity: SiteProblem.Severity) -> Int { problems.count { $0.severity == severity } }
        source = register.source
        rows = register.rowCount
        sites = register.sites.count
        rejected = count(.rejected)
        repaired = count(.repaired)
        warnings = count(.warning)
        counts = SiteProblem.Severity.allCases.flatMap { severity in
            SiteProblem.Kind.allCases.map { kind in
                Count(
                    severity: severity, kind: kind,
                    count: problems.count { $0.severity == severity && $0.kind == kind })
            }
        }.filter { $0.count > 0 }
        self.problems = problems
    }

    /// True where part of the register is not watched.
    public var hasRejections: Bool { rejected > 0 }

    /// A summary, a line for each kind of problem, and a line for each problem; ends with a line break.
    public var text: String {
        var lines = ["\(source): \(rows) rows, \(sites) sites to watch"]
        if problems.isEmpty {
            lines.append("no problems")
        } else {
            lines += counts.map { "  \($0.count) \($0.severity.rawValue): \($0.kind.rawValue)" }
            lines.append("")
            lines += problems.map(\.line)
        }
        // Ids and names are the register's: a line break in one must not look like another line of the report.
        return lines.map(VisibleText.make).joined(separator: "\n") + "\n"
    }

    /// The report as JSON with sorted keys; ends with a line break.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}
