internal import Geospatial

/// The rows of an export, before it is decided which file they go into.
struct ExportTable {
    enum Value: Hashable {
        case text(String)
        case count(Int)
        case number(Double)
        case nothing

        static func optional(_ text: String?) -> Value { text.map { .text($0) } ?? .nothing }
        static func optional(_ number: Double?, places: Int) -> Value {
            number.flatMap { ReadableNumber.decimal($0, places: places) }.flatMap { Double($0) }.map { .number($0) }
                ?? .nothing
        }

        var json: JSONValue {
            switch self {
            case .text(let text): .text(text)
            case .count(let count): .integer(count)
            case .number(let number): .number(number)
            case .nothing: .null
            }
        }

        /// As a field of a table, and in the page.
        var plain: String {
            switch self {
            case .text(let text): text
            case .count(let count): String(count)
            case .number(let number): FieldValue.real(number).text ?? ""
            case .nothing: ""
            }
        }
    }

    /// Where a row is, as far as its readers may know.
    enum Place {
        case exactly(Geometry)
        case cell(GeneralisationCell)
        /// Its name stands in the row; its outline is for the reader to know.
        case unit
    }

    struct Row {
        let place: Place
        /// In the order of the columns.
        let values: [Value]
    }

    let columns: [String]
    let rows: [Row]

    /// An RFC 7946 FeatureCollection.
    func geoJSON(members: [String: JSONValue]) throws -> [UInt8] {
        let features = try rows.map { row -> JSONValue in
            .object([
                "type": .text("Feature"), "geometry": try Self.geometry(of: row.place),
                "properties": .object(
                    Dictionary(uniqueKeysWithValues: zip(columns, row.values).map { ($0, $1.json) })),
            ])
        }
        let collection = members.merging(
            ["type": .text("FeatureCollection"), "features": .array(features)]) { _, own in own }
        return try StableJSON.bytes(JSONValue.object(collection), isPretty: true)
    }

    /// The same with the sides of the cells, or the middles of exact places, in degrees.
    func csv() throws -> String {
        var places: [String] = []
        switch rows.first?.place {
        case .cell: places = ["west", "south", "east", "north"]
        case .exactly: places = ["longitude", "latitude"]
        case .unit, nil: break
        }
        let lines = try rows.map { row -> [String] in
            let numbers: [Double]
            switch row.place {
            case .cell(let cell):
                let bounds = try cell.bounds()
                numbers = [bounds.minimumX, bounds.minimumY, bounds.maximumX, bounds.maximumY]
            case .exactly(let geometry):
                let middle = geometry.pointOnSurface
                numbers = middle.map { [Self.rounded($0.x), Self.rounded($0.y)] } ?? []
            case .unit: numbers = []
            }
            return row.values.map { Self.field($0) } + numbers.map { Self.field(.number($0)) }
        }
        return CSVText.table([columns + places] + lines)
    }

    private static func field(_ value: Value) -> String {
        // A number's own minus sign is no formula.
        if case .text(let text) = value { return CSVText.harmless(text) }
        return value.plain
    }

    private static func geometry(of place: Place) throws -> JSONValue {
        switch place {
        case .unit: return .null
        case .cell(let cell):
            let bounds = try cell.bounds()
            let ring = [
                (bounds.minimumX, bounds.minimumY), (bounds.maximumX, bounds.minimumY),
                (bounds.maximumX, bounds.maximumY), (bounds.minimumX, bounds.maximumY),
                (bounds.minimumX, bounds.minimumY),
            ]
            return .object([
                "type": .text("Polygon"),
                "coordinates": .array([.array(ring.map { .array([.number($0.0), .number($0.1)]) })]),
            ])
        case .exactly(let geometry):
            return .object([
                "type": .text("MultiPolygon"), "coordinates": .array(geometry.polygons.map(Self.polygon)),
            ])
        }
    }

    /// Exteriors anticlockwise, holes clockwise.
    private static func polygon(_ rings: [[Coordinate]]) -> JSONValue {
        .array(
            rings.enumerated().map { place, ring in
                let twiceArea = zip(ring, ring.dropFirst()).reduce(0) { $0 + $1.0.x * $1.1.y - $1.1.x * $1.0.y }
                let turned = (twiceArea > 0) == (place == 0) ? ring : ring.reversed()
                return .array(turned.map { .array([.number(rounded($0.x)), .number(rounded($0.y))]) })
            })
    }

    /// 7 decimals, a centimetre, as in the run's own documents.
    private static func rounded(_ degrees: Double) -> Double { (degrees * 1e7).rounded() / 1e7 }
}
