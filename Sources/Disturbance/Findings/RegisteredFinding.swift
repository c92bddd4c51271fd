/// A finding as one run left it in the register.
public struct RegisteredFinding: Sendable {
    /// Its zones follow from the sites of the day: a register keeps none.
    public var finding: Finding
    /// The older finding whose ground this one grew into; this one is then finished.
    public var mergedInto: String?
    /// The finding this one was a part of until it fell into several.
    public var splitFrom: String?

    public init(finding: Finding, mergedInto: String? = nil, splitFrom: String? = nil) {
        self.finding = finding
        self.mergedInto = mergedInto
        self.splitFrom = splitFrom
    }

    public var isOpen: Bool { finding.status != .finished }
}
