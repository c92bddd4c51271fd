/// What `explanations.json` is written from: its findings are made one after another, since those of a country would take
/// much room at once.
struct ExplanationSource: Sendable {
    let period: Period
    /// What writes the file, for instance `sitewarden 0.1.0`.
    let generator: String
    /// Without passwords.
    let unused: [String]
    let taskCount: Int
    let findingCount: Int
    /// By position in the order of `ExplanationDocument`.
    let task: @Sendable (Int) throws -> ExplainedTask
    /// The same of the findings.
    let finding: @Sendable (Int) throws -> ExplainedFinding

    /// Hands on the text of an `ExplanationDocument` piece by piece.
    func write(to put: (String) throws -> Void) throws {
        func putArray(_ count: Int, _ line: (Int) throws -> String) throws {
            try put(count == 0 ? "[" : "[\n")
            for index in 0..<count { try put(try line(index) + (index < count - 1 ? ",\n" : "\n")) }
            try put("]")
        }
        try put("{\"findings\":")
        try putArray(findingCount) { try StableJSON.text(finding($0)) }
        let members = [
            ("format", try StableJSON.text(ExplanationDocument.formatName)),
            ("generator", try StableJSON.text(generator)), ("period_end", try StableJSON.text(period.end)),
            ("period_start", try StableJSON.text(period.start)),
        ]
        for (name, text) in members { try put(",\n\"\(name)\":\(text)") }
        try put(",\n\"tasks\":")
        try putArray(taskCount) { try StableJSON.text(task($0)) }
        try put(",\n\"unused\":\(try StableJSON.text(unused))")
        try put(",\n\"version\":\(ExplanationDocument.currentVersion)}\n")
    }
}
