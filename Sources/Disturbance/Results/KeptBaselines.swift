internal import Crypto
internal import Foundation
internal import Geospatial

/// The baselines of groups of sites that earlier runs have made of the same history, so that a run reads and compares
/// no more days than it watches.
///
/// Each group has a file of its own. A baseline is known by the hash of everything it follows from: the program and its
/// libraries, the settings of masks and detection, the group's sites, its scenes before the first watched day with their
/// calibrations, and what their windows are known by. It is used where all of these windows are kept too, because what
/// departed is shown and explained with them.
final class KeptBaselines: Sendable {
    private let folder: KeptGroupFolder
    private let windows: KeptWindows
    private let plan: ScanPlan
    private let watchedFrom: Day
    private let settings: DetectionSettings.BaselineSettings
    private let common: SHA256

    /// - Parameter watchedFrom: The first day that earlier runs have watched, or the period's first.
    init(
        in folder: String, for plan: ScanPlan, windows: KeptWindows, configuration: Configuration, watchedFrom: Day
    ) throws {
        self.folder = KeptGroupFolder(path: folder, suffix: ".baseline")
        self.windows = windows
        self.plan = plan
        self.watchedFrom = watchedFrom
        settings = configuration.detection.baseline
        var relevant = Configuration()
        relevant.scenes = configuration.scenes
        relevant.scenes.source = ""
        relevant.scenes.exclude = []
        relevant.scenes.allowedHosts = []
        relevant.detection = configuration.detection
        relevant.detection.pair = DetectionSettings.PairSettings()
        var packer = Packer()
        try packer.add(GroupFingerprint.program)
        try packer.add(try relevant.yaml())
        common = packer.bytes.hashed(after: SHA256())
    }

    /// The first day of a group that is watched.
    func firstWatchedDay(of planned: PlannedGroup) -> Day {
        settings.firstWatchedDay(of: plan.period, watchedFrom: watchedFrom, turn: planned.group.turn)
    }

    /// The baseline that a group's history gives.
    /// - Parameter held: For each of the group's windows whether it is kept.
    /// - Returns: Nil where it is not kept, or not to be used.
    func baseline(of planned: PlannedGroup, held: [Bool]) throws -> KnownBaseline? {
        let first = firstWatchedDay(of: planned)
        for (window, isHeld) in zip(planned.windows, held) where !isHeld {
            guard plan.scenes[plan.files[window.file].scene].day >= first else { return nil }
        }
        guard let fingerprint = try fingerprint(of: planned),
            let file = KeptBaselineFile(at: try folder.file(of: planned.group), madeFrom: fingerprint)
        else { return nil }
        return file.baseline(bands: planned.bands.count, pixels: planned.group.grid.pixelCount)
    }

    func keep(_ made: MadeBaseline, of planned: PlannedGroup) {
        windows.keep {
            guard let fingerprint = try fingerprint(of: planned) else { return }
            try KeptBaselineFile.write(made, madeFrom: fingerprint, to: try folder.file(of: planned.group))
        }
    }

    func removeStale() { folder.removeStale() }

    /// - Returns: Nil where nobody knows what one of the files holds.
    private func fingerprint(of planned: PlannedGroup) throws -> [UInt8]? {
        let first = firstWatchedDay(of: planned)
        var packer = Packer()
        try packer.add(planned.group.lattice)
        try packer.add(planned.group.window)
        try packer.add(planned.group.sites.map(\.core))
        try packer.add(planned.bands)
        for scene in planned.scenes.map({ plan.scenes[$0] }) where scene.day < first {
            // Not where its files lie: what they hold is told below.
            try packer.add(scene.id)
            try packer.add(scene.day)
            try packer.add(scene.mask?.kind.rawValue)
            for (band, asset) in scene.sortedBands where planned.bands.contains(band) {
                try packer.add(asset.calibration)
                try packer.add(asset.nodata)
            }
        }
        for window in planned.windows {
            let file = plan.files[window.file]
            let scene = plan.scenes[file.scene]
            guard scene.day < first else { continue }
            guard let key = windows.key(of: window) else { return nil }
            try packer.add(scene.id)
            try packer.add(file.band)
            for part in 0..<4 { packer.add(fixed: key.content[part]) }
            try packer.add(key.layer)
            try packer.add(key.window)
        }
        return Array(packer.bytes.hashed(after: common).finalize())
    }
}
