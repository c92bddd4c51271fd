internal import ArgumentParser
internal import Disturbance

struct RegisterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Looks after the lasting register.",
        subcommands: [Check.self, Backup.self, Export.self, Import.self, Upgrade.self])

    struct Source: ParsableArguments {
        @Option(help: "The pipeline file that names the register.")
        var pipeline: String?

        @Option(help: "The register, where no pipeline file names it.")
        var register: String?

        func validate() throws {
            guard pipeline != nil || register != nil else {
                throw ValidationError("Name the register with --register, or the pipeline file with --pipeline")
            }
        }

        func path() throws -> String { try register ?? Configuration(pipelineFile: pipeline!).registerSource }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads all of the register: its pages, its tables, and every run and verdict against its hash.")

        @OptionGroup var source: Source

        func run() throws {
            try Console.run {
                let path = try source.path()
                let report = try Register.check(path)
                Console.line("\(path): \(report.map { "\($0)" } ?? "there is none yet")")
                return report == nil ? .missingInput : .done
            }
        }
    }

    struct Backup: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copies the register while no run is at it, and checks the copy.")

        @Argument(help: "The copy to be, which ends in .gpkg; nothing is written over.")
        var target: String

        @OptionGroup var source: Source

        func run() throws {
            try Console.run {
                let path = try source.path()
                let lock = try RegisterLock(of: path, holder: Console.holder("register backup"))
                defer { lock.release() }
                try Register.backUp(path, to: target, lock: lock)
                Console.line(target)
                return .done
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the whole register into another one that is empty: a file, or a database.",
            discussion:
                "Every run is compared with its hash on both sides. A watch moves to PostGIS, or back, this way.")

        @Argument(help: "The register to be: a file that ends in .gpkg, or PG:service=NAME.")
        var target: String

        @OptionGroup var source: Source

        func run() throws {
            try Console.run {
                let path = try source.path()
                return try RegisterCommand.transfer(from: path, to: target, locking: path)
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads a whole register into the one of a watch, which must be empty.",
            discussion: "A register of an earlier format becomes one of this version's.")

        @Argument(help: "The register to read: a file that ends in .gpkg, or PG:service=NAME.")
        var origin: String

        @OptionGroup var source: Source

        func run() throws {
            try Console.run {
                let path = try source.path()
                return try RegisterCommand.transfer(from: origin, to: path, locking: path)
            }
        }
    }

    struct Upgrade: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Brings a register of an earlier format up to date.",
            discussion: """
                A scan or an import of a review does it by itself where it may. In a database only the owner of the \
                tables may: run this as the owner, once, after an update of Sitewarden.
                """)

        @OptionGroup var source: Source

        func run() throws {
            try Console.run {
                let path = try source.path()
                let lock = try RegisterLock(of: path, holder: Console.holder("register upgrade"))
                defer { lock.release() }
                guard let formats = try Register.upgrade(path) else {
                    Console.line("\(path): there is none yet")
                    return .missingInput
                }
                let was = formats.earlier == formats.now ? "already" : "was \(formats.earlier)"
                Console.line("\(path): format \(formats.now), \(was)")
                return .done
            }
        }
    }

    private static func transfer(from origin: String, to target: String, locking path: String) throws -> ExitStatus {
        let lock = try RegisterLock(of: path, holder: Console.holder("register transfer"))
        defer { lock.release() }
        let report = try Register.transfer(from: origin, to: target)
        try lock.requireHeld()
        Console.line("\(target): \(report)")
        return .done
    }
}
