internal import ArgumentParser
internal import Disturbance

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Makes the finding of an evidence pack again, from the pack alone, and compares bit for bit.",
        discussion: """
            The pack is verified first. Exit status 0: the same came out; 65: something else did, or the pack is not as \
            it was written.
            """)

    @Argument(help: "The evidence pack.", completion: .directory)
    var pack: String

    @Flag(help: "Print every comparison as JSON.")
    var json = false

    func run() throws {
        try Console.run {
            let verification = try Verification.of(pack)
            guard verification.kind == .pack else {
                throw FileError(path: pack, message: "is no evidence pack. Name one that sitewarden evidence made")
            }
            if let wrong = verification.wrong.first {
                throw FileError(path: "\(pack)/\(wrong.subject)", message: "\(wrong.message). See sitewarden verify")
            }
            let replay = try Replay.run(pack)
            if json {
                Console.result(json: try Console.json(replay))
            } else {
                tell(replay)
            }
            return replay.isSame ? .done : .unusableInput
        }
    }

    private func tell(_ replay: Replay) {
        for comparison in replay.comparisons {
            Console.line(
                comparison.isSame
                    ? "same       \(comparison.subject)"
                    : "DIFFERENT  \(comparison.subject): \(comparison.packed.prefix(100)) in the pack, "
                        + "\(comparison.replayed.prefix(100)) now")
        }
        if !replay.otherVersions.isEmpty {
            Console.line("Other versions than when it was made: \(replay.otherVersions.joined(separator: "; "))")
        }
        Console.line(
            "Finding \(replay.findingID) of \(replay.period.label), from \(replay.scenes) scenes: "
                + (replay.isSame ? "made again bit for bit" : "something else came out"))
    }
}
