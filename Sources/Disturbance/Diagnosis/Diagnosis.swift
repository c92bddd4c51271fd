internal import Foundation
internal import Geospatial
internal import Glibc

/// Whether this machine, this account and this register are fit for a scan: what `sitewarden doctor` prints.
public struct Diagnosis: Sendable {
    /// One thing that was looked at.
    public struct Check: Sendable {
        public enum Verdict: String, Sendable {
            case good, doubtful, broken
        }

        public let name: String
        public let verdict: Verdict
        /// What was found, and how to mend it where it is not good.
        public let message: String
        /// What a scan would fail with; nil unless it is broken.
        public let failure: FailureKind?
    }

    public let checks: [Check]

    /// - Parameter configuration: Its output folder and register are tried; where there are none, all else is.
    public init(of configuration: Configuration) {
        var checks = [Self.libraries, Self.drivers, Self.projections, Self.memory]
        checks += [("sites", configuration.sites.source), ("scenes", configuration.scenes.source)].compactMap(
            Self.input)
        let folder = configuration.output.folder
        if folder.isEmpty {
            checks.append(Self.doubt("output", "no output folder is named. Give the pipeline file, or --output"))
        } else {
            checks += [Self.writing(in: folder), Self.space(in: folder)]
        }
        if !configuration.registerSource.isEmpty { checks.append(Self.register(configuration.registerSource)) }
        self.checks = checks
    }

    /// The first thing that would stop a scan.
    public var failure: FailureKind? { checks.lazy.compactMap(\.failure).first }
    public var hasDoubts: Bool { checks.contains { $0.verdict == .doubtful } }

    private static func good(_ name: String, _ message: String) -> Check {
        Check(name: name, verdict: .good, message: message, failure: nil)
    }

    private static func doubt(_ name: String, _ message: String) -> Check {
        Check(name: name, verdict: .doubtful, message: message, failure: nil)
    }

    private static func broken(_ name: String, _ message: String, _ failure: FailureKind) -> Check {
        Check(name: name, verdict: .broken, message: message, failure: failure)
    }

    // MARK: The machine

    private static var libraries: Check {
        let versions = ["sitewarden \(Pipeline.version)"] + Pipeline.texts(of: GDALLibrary.versions)
        return good("libraries", versions.joined(separator: ", "))
    }

    private static var drivers: Check {
        let needed = GDALLibrary.missing(drivers: ["GTiff", "COG", "PNG", "MEM", "GeoJSON", "GPKG"])
        guard needed.isEmpty else {
            return broken(
                "drivers", "GDAL lacks \(needed.joined(separator: ", ")). Install a full build of it", .configuration)
        }
        let useful = GDALLibrary.missing(drivers: ["JP2OpenJPEG", "ESRI Shapefile", "PostgreSQL", "FlatGeobuf", "CSV"])
        guard useful.isEmpty else {
            return doubt("drivers", "GDAL lacks \(useful.joined(separator: ", ")): files of these kinds cannot be read")
        }
        return good("drivers", "GDAL has all that is read and written")
    }

    private static var projections: Check {
        do {
            // The origin of UTM zone 34 lies at 21 degrees east; its false easting is 500 km.
            let utm = try CoordinateReferenceSystem("EPSG:32634")
            let place = try CoordinateTransformation(from: .wgs84, to: utm).transform([Coordinate(x: 21, y: 0)])
            guard let origin = place.first, abs(origin.x - 500_000) < 0.01, abs(origin.y) < 0.01 else {
                return broken("projections", "PROJ computes a wrong place. Install it again", .configuration)
            }
            return good("projections", "PROJ has its data")
        } catch {
            return broken(
                "projections", "PROJ does not find its data (\(error)). Install proj-data, or set PROJ_LIB",
                .configuration)
        }
    }

    /// A scan of full scenes took 190 MB in a measurement; several threads hold several windows.
    private static let enoughMemory = 512 << 20
    private static let enoughSpace = 1 << 30
    private static let leastSpace = 64 << 20

    private static var memory: Check {
        guard let available = SystemMemory.availableBytes else {
            return doubt("memory", "the system does not say how much is free")
        }
        // A container may have less than its machine, and a process less than both.
        let limits = [SystemMemory.containerLimitBytes, SystemMemory.addressLimitBytes].compactMap(\.self)
        let bytes = limits.reduce(available) { min($0, $1) }
        let message = "\(bytes >> 20) MiB available"
        return bytes >= enoughMemory
            ? good("memory", message)
            : doubt("memory", message + ". Large scenes may need more: end other programs, or use fewer --threads")
    }

    // MARK: The input

    /// Whether a file or folder is there for this account; nil for what only a scan can ask, a server or a database.
    private static func input(_ name: String, _ source: String) -> Check? {
        guard !source.isEmpty, !VirtualFile.isRemote(source), !source.hasPrefix("/vsi"), !Register.isDatabase(source)
        else { return nil }
        guard let kind = VirtualFile.kind(of: source) else {
            return broken(name, "\(source): there is no such file or folder. Check the path", .missingInput)
        }
        // A folder is read by listing it and by going into it.
        guard unsafe access(source, kind == .folder ? R_OK | X_OK : R_OK) == 0 else {
            return broken(name, "\(source): permission denied. Give this account read access", .missingInput)
        }
        return good(name, "\(source): can be read")
    }

    // MARK: The output

    private static func writing(in folder: String) -> Check {
        let place = existing(folder)
        do {
            let attempt = try AttemptFolder(for: "doctor", in: place)
            defer { attempt.remove() }
            let (first, second) = ("\(attempt.path)/first", "\(attempt.path)/second")
            try WholeFile.write("written", to: first)
            try WholeFile.move(first, to: second)
            try FolderTree.sync(attempt.path)
            guard try LockedFolder(path: attempt.path, isWaiting: false) == nil else {
                return doubt(
                    "writing",
                    "\(place): files can be written, but not locked. Let one run at a time use it, and keep "
                        + "the register elsewhere")
            }
            return good("writing", "\(place): files can be written, synced, renamed and locked")
        } catch {
            return broken("writing", "\(error)", FailureKind(error))
        }
    }

    private static func space(in folder: String) -> Check {
        let place = existing(folder)
        var status = statvfs()
        guard unsafe statvfs(place, &status) == 0 else {
            return doubt("space", "\(place): the system does not say how much is free")
        }
        let bytes = Int(status.f_bavail) * Int(status.f_frsize)
        let message = "\(place): \(bytes >> 20) MiB free"
        if bytes < leastSpace || (status.f_files > 0 && status.f_favail < 100) {
            return broken("space", message + ", \(status.f_favail) files. Free space", .disk)
        }
        return bytes < enoughSpace ? doubt("space", message + ". Free space soon") : good("space", message)
    }

    /// The folder, or the nearest one above it that is there.
    private static func existing(_ folder: String) -> String {
        var url = URL(fileURLWithPath: folder)
        while url.path != "/", EntryKind(ofEntryAt: url.path) == nil { url.deleteLastPathComponent() }
        return url.path
    }

    // MARK: The register

    private static func register(_ source: String) -> Check {
        let name = Redaction.withoutPasswords(source)
        do {
            if let holder = Register.holder(of: source) {
                return doubt("register", "\(name): is in use by \(holder)")
            }
            guard let report = try Register.check(source) else {
                return good("register", "\(name): there is none yet; the first scan makes it")
            }
            return register(source, holding: report)
        } catch {
            return broken("register", "\(error)", FailureKind(error))
        }
    }

    /// Whether this version can write to a register that is whole.
    static func register(_ source: String, holding report: RegisterReport) -> Check {
        let text = "\(Redaction.withoutPasswords(source)): \(report)"
        guard report.formatVersion < RegisterTables.formatVersion else { return good("register", text) }
        guard Register.isDatabase(source) else {
            return good("register", "\(text); the next run makes format \(RegisterTables.formatVersion) of it")
        }
        return doubt(
            "register",
            "\(text). This version writes format \(RegisterTables.formatVersion): "
                + "let the owner of its tables run `sitewarden register upgrade` once")
    }
}
