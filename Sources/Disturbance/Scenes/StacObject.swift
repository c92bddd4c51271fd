internal import Foundation

/// One object of a JSON document, read leniently: a member of the wrong type counts as missing.
struct StacObject {
    private let members: [String: Any]

    private init(members: [String: Any]) { self.members = members }

    init() { members = [:] }

    /// The item that stands for files in a folder named by a day, each an asset under its own name.
    static func item(id: String, day: Day, files: [String]) -> StacObject {
        let assets = files.map { ($0, ["href": "./" + $0] as [String: Any]) }
        return StacObject(members: [
            "type": "Feature", "id": id, "properties": ["datetime": day.description] as [String: Any],
            "assets": Dictionary(assets, uniquingKeysWith: { first, _ in first }) as [String: Any],
        ])
    }

    /// - Throws: `SceneError` where the bytes are no JSON, or not an object.
    init(bytes: [UInt8], subject: String) throws {
        let parsed: Any
        do {
            parsed = try JSONSerialization.jsonObject(with: Data(bytes))
        } catch {
            throw SceneError(
                subject: subject, message: "is not valid JSON. Fetch or write it again, or exclude it")
        }
        guard let members = parsed as? [String: Any] else {
            throw SceneError(
                subject: subject, message: "is not a JSON object. Give a STAC Item, Catalog or ItemCollection")
        }
        self.members = members
    }

    var keys: [String] { members.keys.sorted() }

    func text(_ key: String) -> String? { members[key] as? String }

    func object(_ key: String) -> StacObject { StacObject(members: members[key] as? [String: Any] ?? [:]) }

    func objects(_ key: String) -> [StacObject] {
        (members[key] as? [Any] ?? []).map { StacObject(members: $0 as? [String: Any] ?? [:]) }
    }

    func texts(_ key: String) -> [String] { (members[key] as? [Any] ?? []).compactMap { $0 as? String } }

    func has(_ key: String) -> Bool { members[key].map { !($0 is NSNull) } ?? false }

    /// A finite number; a text that is one counts too, as some providers quote their numbers.
    func number(_ key: String) -> Double? {
        let value = (members[key] as? NSNumber)?.doubleValue ?? (members[key] as? String).flatMap(Double.init)
        guard let value, value.isFinite else { return nil }
        return value
    }

    /// A whole number.
    func integer(_ key: String) -> Int? { number(key).flatMap { Int(exactly: $0) } }

    func flag(_ key: String) -> Bool? {
        if let value = members[key] as? Bool { return value }
        switch text(key)?.lowercased() {
        case "true": return true
        case "false": return false
        default: return nil
        }
    }

    func numbers(_ key: String) -> [Double] { Self.numbers(members[key]) }

    /// Outer rings of a GeoJSON Polygon or MultiPolygon under `key`, as x and y.
    func outerRings(_ key: String) -> [[(x: Double, y: Double)]] {
        let geometry = object(key)
        let coordinates = geometry.members["coordinates"] as? [Any] ?? []
        let polygons: [Any] =
            switch geometry.text("type") {
            case "Polygon": [coordinates]
            case "MultiPolygon": coordinates
            default: []
            }
        return polygons.compactMap { polygon in
            guard let outer = (polygon as? [Any])?.first as? [Any] else { return nil }
            let ring = outer.compactMap { position -> (x: Double, y: Double)? in
                let numbers = Self.numbers(position)
                return numbers.count >= 2 ? (x: numbers[0], y: numbers[1]) : nil
            }
            return ring.count == outer.count && ring.count >= 3 ? ring : nil
        }
    }

    /// The numbers of a list, empty where one of them is none.
    private static func numbers(_ value: Any?) -> [Double] {
        let list = value as? [Any] ?? []
        let numbers = list.compactMap { ($0 as? NSNumber)?.doubleValue }.filter(\.isFinite)
        return numbers.count == list.count ? numbers : []
    }
}
