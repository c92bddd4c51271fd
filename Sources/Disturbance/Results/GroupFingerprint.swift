internal import Crypto
internal import Foundation
internal import Geospatial
internal import Glibc

/// Tells whether a kept result is what comparing a group would give now: the SHA-256 of everything it follows from.
///
/// That is the program and its libraries, the settings but those of sources, tasks, outputs and exports, the period and
/// the first day watched, the group with its sites, its scenes with their calibrations, the bytes of their files, the
/// windows, and the ground of open findings.
struct GroupFingerprint: Sendable {
    private let common: SHA256
    private let plan: ScanPlan
    /// SHA-256 of files, by path.
    private let digests: [String: String]

    /// - Parameter inputs: Files as they were hashed before they are read.
    init(
        configuration: Configuration, plan: ScanPlan, watchedFrom: Day, inputs: [RunManifest.File]
    ) throws {
        self.plan = plan
        digests = inputs.sha256ByPath
        var settings = configuration
        settings.sites.source = ""
        settings.scenes.source = ""
        settings.tasks = TaskSettings()
        settings.export = ExportSettings()
        settings.output = Configuration.OutputSettings()
        settings.output.rasters = configuration.output.rasters
        var packer = Packer()
        try packer.add(GroupResult.packingVersion)
        try packer.add(Self.program)
        try packer.add(try settings.yaml())
        try packer.add(plan.period)
        try packer.add(watchedFrom)
        common = packer.bytes.hashed(after: SHA256())
    }

    /// Versions, and which file the program is: one that was built again may compare differently under the same version.
    static var program: String {
        var status = stat()
        let isKnown = unsafe stat("/proc/self/exe", &status) == 0
        let build = isKnown ? "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)" : ""
        return (Pipeline.texts(of: GDALLibrary.versions) + [Pipeline.version, build]).joined(separator: "\n")
    }

    /// - Parameter open: Ground of the group that earlier runs found changed.
    /// - Returns: 32 bytes; nil where a file was not hashed, because it is no local one.
    func fingerprint(of planned: PlannedGroup, open: [OpenGround]) throws -> [UInt8]? {
        var packer = Packer()
        try packer.add(planned.group.lattice)
        try packer.add(planned.group.window)
        try packer.add(planned.group.sites.map(\.site))
        try packer.add(planned.bands)
        try packer.add(planned.scenes.map { plan.scenes[$0] })
        for window in planned.windows {
            guard let digest = digests[plan.files[window.file].path] else { return nil }
            try packer.add(digest)
            try packer.add(plan.files[window.file].band)
            try packer.add(window.window)
        }
        try packer.add(open)
        return Array(packer.bytes.hashed(after: common).finalize())
    }
}

extension [UInt8] {
    /// A hash that goes on from another.
    func hashed(after start: SHA256) -> SHA256 {
        var hash = start
        hash.update(data: self)
        return hash
    }
}
