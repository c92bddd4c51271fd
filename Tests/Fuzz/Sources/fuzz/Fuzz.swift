import Disturbance
import Foundation
import Geospatial

/// What libFuzzer feeds with bytes; `SITEWARDEN_FUZZ` names the target. Errors are answers, only traps and hangs are not.
enum Target: String, CaseIterable {
    /// A pipeline file.
    case pipeline
    /// A STAC document.
    case items
    /// The attributes of a site, a field after each NUL.
    case sites
    /// A geometry as a database or a file hands it over.
    case wkb
    /// A reviewed task list, as GeoJSON.
    case review
    /// The manifest of a run.
    case manifest

    static let chosen: Target = {
        guard let target = Target(rawValue: ProcessInfo.processInfo.environment["SITEWARDEN_FUZZ"] ?? "") else {
            fatalError("SITEWARDEN_FUZZ must be one of \(allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return target
    }()

    func take(_ bytes: [UInt8]) throws {
        switch self {
        case .pipeline:
            let configuration = try Configuration(yaml: String(decoding: bytes, as: UTF8.self), subject: "fuzz.yaml")
            // What was understood must be understood again, and mean the same.
            guard try Configuration(yaml: configuration.yaml(), subject: "again.yaml") == configuration else {
                fatalError("the settings do not read back")
            }
        case .items:
            var settings = SceneSettings()
            settings.allowedHosts = ["none.invalid"]
            let path = try Folder.put(bytes, at: "items.json")
            let catalogue = try SceneCatalogue.load(source: path, settings: settings)
            for problem in catalogue.problems { _ = problem.description }
        case .sites:
            var texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            texts += Array(repeating: "", count: max(0, 6 - texts.count))
            let properties = [
                "site_id": texts[0], "name": texts[1], "significance": texts[2], "legal_status": texts[3],
                "administrative_area": texts[4], "buffer_m": texts[5],
            ]
            let square = [[45.0, 32.0], [45.001, 32.0], [45.001, 32.001], [45.0, 32.0]]
            let feature: [String: Any] = [
                "type": "Feature", "properties": properties,
                "geometry": ["type": "Polygon", "coordinates": [square]] as [String: Any],
            ]
            let document: [String: Any] = ["type": "FeatureCollection", "features": [feature, feature]]
            var settings = SiteSettings()
            settings.source = try Folder.put(
                Array(JSONSerialization.data(withJSONObject: document)), at: "sites.geojson")
            let register = try SiteRegister.load(settings: settings)
            _ = try register.report.json()
            for line in register.report.text.split(separator: "\n") {
                guard line.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
                    fatalError("a line of the report steers the terminal")
                }
            }
        case .wkb:
            let geometry = try Geometry(wkb: bytes)
            guard geometry.hasFiniteCoordinates, geometry.coordinates.count < 2000 else { return }
            _ = geometry.invalidityReason
            let valid = try geometry.isValid ? geometry : geometry.madeValid()
            _ = (valid.area, valid.envelope, valid.centroid, valid.pointOnSurface, valid.polygonalPart().area)
            guard try Geometry(wkb: geometry.wkb).wkb == geometry.wkb else { fatalError("WKB does not read back") }
        case .review:
            let path = try Folder.put(bytes, at: "tasks.geojson")
            _ = ReviewImport.join(try ReviewImport.read(path), with: RegisterState())
        case .manifest:
            _ = try Folder.put(bytes, at: "run.json")
            let manifest = try RunManifest.read(from: Folder.path)
            _ = try manifest.bytes()
            _ = try manifest.differences(in: Folder.path)
        }
    }
}

/// A place in memory for what is read as a file.
enum Folder {
    static let path: String = {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let path = "\(memory)/sitewarden-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: Folder.path) }
        return path
    }()

    static func put(_ bytes: [UInt8], at name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func takeOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = start.map { Array(UnsafeBufferPointer(start: $0, count: count)) } ?? []
    do { try Target.chosen.take(bytes) } catch { _ = "\(error)" }
    return 0
}
