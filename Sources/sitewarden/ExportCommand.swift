public import ArgumentParser
public import Disturbance

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes what a run may tell to partners or the public.",
        discussion: """
            internal: exact places, days, ids and names. partner: a row a task in cells of 1 km, months, no ids. public: \
            counts of sites in cells of 10 km or administrative units with at least export.minimumSites of them. Each is \
            a folder with changes.geojson, changes.csv and index.html, without pictures. What would tell more than the \
            profile may is refused with status 65, and nothing is written. Status 2: sites of the run are no longer in \
            the register of sites.
            """)

    @Argument(
        help: "The pipeline file (YAML) of the watch: its runs, its sites, its settings for exports.",
        completion: .file(extensions: ["yaml"]))
    var pipeline: String?

    @Option(help: "Whom it is for: internal, partner or public.")
    var profile: ExportProfile

    @Option(help: "The folder to be made; one with another export in it is never written over.")
    var output: String

    @Option(name: .customLong("run"), help: "The period to export, such as 2019-09 (default: the newest).")
    var period: Period?

    @Option(help: "The output folder of the scans, where no pipeline file names it.", completion: .directory)
    var runs: String?

    @Option(help: "The register of sites, where no pipeline file names it.")
    var sites: String?

    @Option(help: "How messages are written: text, or json with one object a line.")
    var logFormat: LogFormat = .text

    func validate() throws {
        guard pipeline != nil || (runs != nil && sites != nil) else {
            throw ValidationError("Name the pipeline file, or the runs with --runs and the sites with --sites")
        }
    }

    func run() throws {
        try Console.run(log: logFormat) {
            var configuration = try pipeline.map { try Configuration(pipelineFile: $0) } ?? Configuration()
            if let sites { configuration.sites.source = sites }
            if let runs { configuration.output.folder = runs }
            let register = try Pipeline(configuration: configuration, threads: 1).loadSites()
            let folder = try PublishedRuns(in: configuration.output.folder).folder(of: period)
            let outcome = try Export(profile: profile, settings: configuration.export).publish(
                run: folder, register: register, to: output)
            if outcome.leftOut > 0 {
                Console.note(
                    "Note: \(outcome.leftOut) left out with fewer than \(configuration.export.minimumSites) sites, or "
                        + "all of them in one place")
            }
            if outcome.lostSites > 0 {
                Console.note(
                    "Not exported: \(outcome.lostSites) sites of the run that the register of sites no longer has",
                    level: .warning)
            }
            Console.line(
                "\(outcome.period), \(profile.rawValue): \(outcome.rows) rows in \(outcome.folder)"
                    + (outcome.isChanged ? "" : " (unchanged)"))
            return outcome.lostSites > 0 ? .incomplete : .done
        }
    }
}

extension ExportProfile: ExpressibleByArgument {}
