internal import Foundation
internal import Geospatial

/// Joins the verdicts of an analyst's copy of `tasks.gpkg` with the register.
public enum ReviewImport {
    /// A row of a reviewed task list in which somebody wrote something.
    public struct Row: Hashable, Sendable {
        public var taskID: String
        /// The period whose list it is, such as `2019-09`; nil where the file does not say.
        public var runLabel: String?
        /// As it was written, without spaces around it.
        public var verdict: String
        public var note: String
        public var reviewer: String
        public var reviewedOn: String
    }

    /// A reviewed task list.
    public struct Sheet: Sendable {
        public var path: String
        public var sha256: String
        /// In the order of the file.
        public var rows: [Row]
        /// Tasks on which nobody wrote anything.
        public var blankCount: Int
    }

    /// A row that was not taken over.
    public struct Conflict: Hashable, Sendable, CustomStringConvertible {
        public var taskID: String
        /// What is wrong and what mends it.
        public var message: String
        public var description: String { "task \(taskID): \(message)" }
    }

    /// What joining a sheet with a register gives.
    public struct Review: Sendable {
        /// To be added to the register.
        public var verdicts: [VerdictRecord]
        /// Verdicts the register holds already.
        public var unchangedCount: Int
        public var blankCount: Int
        /// In the order of the file.
        public var conflicts: [Conflict]
    }

    /// Reads a task list that came back from review; the file is not changed by it.
    /// - Parameter path: A GeoPackage with the layer `tasks`, or a GeoJSON file of it.
    /// - Throws: `RegisterError` where it cannot be read or is no task list.
    public static func read(_ path: String) throws -> Sheet {
        try GeoPackageFile.requireClosed(path)
        let rows: [Feature]
        do {
            // Immutable: an analyst's file keeps its bytes. GeoJSON knows no such option.
            let isGeoPackage = path.lowercased().hasSuffix(".gpkg")
            let dataset = try VectorDataset.open(
                path, drivers: isGeoPackage ? [.geoPackage] : [.geoJSON],
                options: isGeoPackage ? ["IMMUTABLE=YES"] : [])
            let layer = try dataset.layer(named: isGeoPackage ? TaskLayer.tasksLayer : nil)
            let missing = ["task_id", "verdict"].filter { name in
                !layer.fieldDefinitions.contains { $0.name == name }
            }
            guard missing.isEmpty else {
                throw RegisterError(
                    subject: path,
                    message: "has no field \(missing.joined(separator: " and ")): it is no task list. "
                        + "Give a copy of tasks.gpkg of a run folder")
            }
            rows = try layer.features()
        } catch let error as GeospatialError {
            throw RegisterError(
                subject: path,
                message: "cannot be read: \(error.message). Give a copy of tasks.gpkg of a run folder, or GeoJSON of it"
            )
        }
        let reviewed = rows.map(row).filter {
            !($0.verdict.isEmpty && $0.note.isEmpty && $0.reviewer.isEmpty && $0.reviewedOn.isEmpty)
        }
        return Sheet(
            path: path, sha256: try FileDigest(ofFileAt: path).sha256, rows: reviewed,
            blankCount: rows.count - reviewed.count)
    }

    /// Joins by task id; what is wrong with one row keeps no other from being taken over.
    ///
    /// One task of one run has one verdict. Who judges it again when it stands in a later run's list adds a verdict.
    /// - Parameter replacing: Lets a verdict of the sheet take the place of another in the register.
    public static func join(_ sheet: Sheet, with state: RegisterState, replacing: Bool = false) -> Review {
        var review = Review(verdicts: [], unchangedCount: 0, blankCount: sheet.blankCount, conflicts: [])
        let counts = Dictionary(grouping: sheet.rows, by: \.taskID).mapValues(\.count)
        let known = KnownTasks(state)
        for row in sheet.rows {
            let verdict: VerdictRecord
            do throws(Refusal) {
                guard counts[row.taskID] == 1 else {
                    throw Refusal("stands in the file \(counts[row.taskID, default: 0]) times. Keep one of the rows")
                }
                verdict = try record(row, known: known, sheet: sheet)
            } catch {
                review.conflicts.append(Conflict(taskID: row.taskID, message: error.message))
                continue
            }
            let earlier = known.verdicts[TaskOfRun(verdict)] ?? []
            if earlier.contains(where: { $0.statement == verdict.statement }) {
                review.unchangedCount += 1
            } else if let other = earlier.last, other.verdict != verdict.verdict, !replacing {
                let who = other.reviewer.isEmpty ? "" : " by \(other.reviewer)"
                let day = other.reviewedOn.map { " on \($0)" } ?? ""
                review.conflicts.append(
                    Conflict(
                        taskID: row.taskID,
                        message: "is '\(verdict.verdict.rawValue)' here, but the register holds "
                            + "'\(other.verdict.rawValue)'\(who)\(day). Agree on one and put it into the file, "
                            + "or import with replacement to let this one hold"))
            } else {
                review.verdicts.append(verdict)
            }
        }
        return review
    }

    // MARK: Inside

    private struct Refusal: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    private struct TaskOfRun: Hashable {
        let taskID: String
        let runLabel: String

        init(taskID: String, runLabel: String) {
            self.taskID = taskID
            self.runLabel = runLabel
        }

        init(_ verdict: VerdictRecord) { self.init(taskID: verdict.taskID, runLabel: verdict.runLabel) }
    }

    private struct KnownTasks {
        /// With the magnitude of their finding in that run.
        private(set) var tasks: [TaskOfRun: (task: RegisteredTask, magnitude: Double)] = [:]
        /// Of the latest run that has the task.
        private(set) var latestRun: [String: String] = [:]
        let verdicts: [TaskOfRun: [VerdictRecord]]

        init(_ state: RegisterState) {
            verdicts = Dictionary(grouping: state.verdicts) { TaskOfRun($0) }
            for run in state.runs {
                let magnitudes = Dictionary(
                    run.findings.map { ($0.finding.id, $0.finding.magnitude) }, uniquingKeysWith: { first, _ in first })
                for task in run.tasks {
                    guard let magnitude = magnitudes[task.findingID] else { continue }
                    tasks[TaskOfRun(taskID: task.id, runLabel: run.label)] = (task, magnitude)
                    latestRun[task.id] = run.label
                }
            }
        }
    }

    private static func record(_ row: Row, known: KnownTasks, sheet: Sheet) throws(Refusal) -> VerdictRecord {
        guard let latest = known.latestRun[row.taskID] else {
            throw Refusal("is in no run of the register. Give the task list of a run that used this register")
        }
        let label = row.runLabel ?? latest
        guard let (task, magnitude) = known.tasks[TaskOfRun(taskID: row.taskID, runLabel: label)] else {
            throw Refusal(
                "is not in the run \(label) of the register, but in \(latest). That run was made again since: "
                    + "review its new list")
        }
        let codes = Verdict.allCases.map(\.rawValue).joined(separator: ", ")
        guard !row.verdict.isEmpty else {
            throw Refusal("has a note, a reviewer or a day, but no verdict. Choose one of \(codes)")
        }
        guard let verdict = Verdict(rawValue: row.verdict.lowercased()) else {
            throw Refusal("has the verdict '\(row.verdict)', which is unknown. Choose one of \(codes)")
        }
        // A date and time keeps its day.
        let day = Day(row.reviewedOn.prefix(10))
        guard day != nil || row.reviewedOn.isEmpty else {
            throw Refusal("was reviewed on '\(row.reviewedOn)', which is no day. Write it as YYYY-MM-DD")
        }
        return VerdictRecord(
            taskID: task.id, findingID: task.findingID, siteID: task.siteID, runLabel: label, verdict: verdict,
            note: row.note, reviewer: row.reviewer, reviewedOn: day, magnitude: magnitude,
            sourceSHA256: sheet.sha256, sequence: 0)
    }

    private static func row(_ feature: Feature) -> Row {
        func text(_ field: String) -> String {
            (feature[field].text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        var label: String? = nil
        if let start = Day(text("period_start").prefix(10)), let end = Day(text("period_end").prefix(10)), start <= end
        {
            label = Period(start: start, end: end).label
        }
        return Row(
            taskID: text("task_id").lowercased(), runLabel: label, verdict: text("verdict"),
            note: text("verdict_note"), reviewer: text("reviewer"), reviewedOn: text("reviewed_on"))
    }
}
