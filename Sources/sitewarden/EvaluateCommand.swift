internal import ArgumentParser
internal import Disturbance

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Scores runs against labelled ground of your own, such as past inspections.",
        discussion: """
            A task matches a disturbance if at least 10 % of the task's own area lies within 15 m of it \
            (--share, --tolerance), and the disturbance lies in the buffer of the task's site or within 15 m of it. \
            So a polygon over the whole site finds nothing small. A task counts once over all runs, by site and task \
            id. It is right once it matches ground that is disturbed by the end of the run's period; false if at least \
            half of it lies on ground that was inspected on or after the day it was first seen, and found undisturbed; \
            neutral on disturbances that do not count; otherwise unknown. With --complete, unknown tasks are false.

            A disturbance counts if it touches a site's buffer, covers at least 400 m2 (--minimum-area), had begun by \
            the end of the last run, and its site was seen after it began: ground that nobody saw is told apart and is \
            no miss. It lies inside if more than 50 m2 of it do, otherwise in the buffer. The first run with a task \
            that matches it finds it, unless that task stood there before it began.

            The truth is anything OGR reads, in any reference system. Its fields, where it has them: onset or date \
            (the day a disturbance began; a month or a year will do), end or end_date (its last day), inspected, \
            inspected_on or reviewed_on (the day somebody looked), kind, and verdict or label (undisturbed, no_change, \
            none, no, false, 0, negative, intact or unchanged: found undisturbed; empty, unsure, unknown, not_visited, \
            not_seen or not_accessible: not used; any other word, and every row without such a field: disturbed).

            Intervals hold the true value in 95 of 100 such samples: Wilson's for shares, Poisson's for counts by \
            time, a bootstrap over the sites for the rest. Exit status: 0 done, 2 part of the truth could not be used \
            (it is named), 65 or 66 it or the runs cannot be read.
            """)

    @Option(help: "The labelled ground: polygons, or points with --point-radius.")
    var truth: String

    @Option(
        name: .customLong("run"), parsing: .upToNextOption,
        help: "Folders of runs, in any order. A watch is scored as a whole.")
    var runs: [String] = []

    @Option(help: "The output folder of runs: all of them are scored.")
    var output: String?

    @Option(help: "The pipeline file that names the output folder.")
    var pipeline: String?

    @Option(help: "The register of sites (default: as the runs drew them into their tasks.gpkg).")
    var sites: String?

    @Option(help: "How to print: text or json.")
    var format: Format = .text

    @Flag(help: "Every disturbance on the watched ground is in the truth: a task elsewhere is false.")
    var complete = false

    @Option(help: "Metres a task may lie beside a disturbance.")
    var tolerance = EvaluationSettings().toleranceMetres

    @Option(help: "Least part of a task's own area on the disturbance, 0 to 1.")
    var share = EvaluationSettings().leastShare

    @Option(help: "Square metres from which a disturbance counts.")
    var minimumArea = EvaluationSettings().minimumSquareMetres

    @Option(help: "Metres around a point of the truth that it stands for.")
    var pointRadius = TruthSettings().pointRadiusMetres

    @Option(help: "The layer of the truth, where it has several.")
    var layer: String?

    @Option(help: "The reference system of a truth that names none, such as EPSG:32648.")
    var crs: String?

    @Option(help: "The field with the day a disturbance began.")
    var onsetField: String?

    @Option(help: "The field with the last day of a disturbance.")
    var endField: String?

    @Option(help: "The field with the day somebody looked; it says when at the latest, not when it began.")
    var inspectedField: String?

    @Option(help: "The field with the kind of disturbance.")
    var kindField: String?

    @Option(help: "The field that says what was found.")
    var verdictField: String?

    @Option(parsing: .upToNextOption, help: "Further words in it that mean undisturbed.")
    var undisturbed: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: "What kinds of the truth mean, such as looting=soil_exposed road=built_or_paved.")
    var kinds: [String] = []

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    func validate() throws {
        guard [!runs.isEmpty, output != nil, pipeline != nil].count(where: \.self) == 1 else {
            throw ValidationError("Name the runs with one of --run, --output and --pipeline")
        }
        guard tolerance >= 0, tolerance.isFinite, minimumArea >= 0, minimumArea.isFinite, pointRadius >= 0,
            pointRadius.isFinite
        else { throw ValidationError("--tolerance, --minimum-area and --point-radius are 0 or more") }
        guard share > 0, share <= 1 else { throw ValidationError("--share is above 0 and at most 1") }
        _ = try kindMeanings()
    }

    func run() throws {
        try Console.run {
            let register = try TruthRegister.load(settings: try truthSettings())
            let runs = try folders().map(PublishedRun.read)
            var losses = register.losses.map { "\(register.source): \($0)" }
            let evaluation = try Evaluation(
                truth: register, runs: runs, sites: try watchedSites(runs, &losses), settings: settings)
            for loss in losses { Console.note("Not used: \(loss)") }
            switch format {
            case .text: Console.result(evaluation.text)
            case .json: Console.result(json: try evaluation.json())
            }
            return losses.isEmpty ? .done : .incomplete
        }
    }

    private var settings: EvaluationSettings {
        var settings = EvaluationSettings()
        settings.toleranceMetres = tolerance
        settings.leastShare = share
        settings.minimumSquareMetres = minimumArea
        settings.isComplete = complete
        return settings
    }

    private func truthSettings() throws -> TruthSettings {
        var settings = TruthSettings()
        settings.source = truth
        settings.layer = layer ?? ""
        settings.crs = crs ?? ""
        settings.onsetField = onsetField ?? ""
        settings.endField = endField ?? ""
        settings.inspectedField = inspectedField ?? ""
        settings.kindField = kindField ?? ""
        settings.verdictField = verdictField ?? ""
        settings.undisturbedWords = undisturbed
        settings.kinds = try kindMeanings()
        settings.pointRadiusMetres = pointRadius
        return settings
    }

    private func kindMeanings() throws -> [String: DisturbanceKind] {
        var meanings: [String: DisturbanceKind] = [:]
        for pair in kinds {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let kind = DisturbanceKind(rawValue: parts[1]) else {
                let codes = DisturbanceKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--kinds '\(pair)': write WORD=KIND, with one of \(codes)")
            }
            meanings[parts[0]] = kind
        }
        return meanings
    }

    private func folders() throws -> [String] {
        if !runs.isEmpty { return runs }
        return try PublishedRun.folders(in: try output ?? Configuration(pipelineFile: pipeline!).output.folder)
    }

    private func watchedSites(_ runs: [PublishedRun], _ losses: inout [String]) throws -> [WatchedSite] {
        guard let sites else { return try WatchedSite.drawn(by: runs) }
        var settings = try pipeline.map { try Configuration(pipelineFile: $0) }?.sites ?? SiteSettings()
        settings.source = sites
        let register = try SiteRegister.load(settings: settings)
        losses += register.problems.filter { $0.severity == .rejected }.map { "\(sites): \($0.line)" }
        return try WatchedSite.watched(register)
    }
}
