internal import Geospatial

/// How QGIS draws the layers of a task list, and what it asks of an analyst: QML documents of QGIS 3.
enum QGISStyle {
    /// The table in which QGIS looks for styles, with the columns it makes itself.
    static let table = LayerDefinition(
        name: "layer_styles", crs: nil, kind: nil,
        fields: [
            FieldDefinition("f_table_catalog", .text), FieldDefinition("f_table_schema", .text),
            FieldDefinition("f_table_name", .text), FieldDefinition("f_geometry_column", .text),
            FieldDefinition("styleName", .text), FieldDefinition("styleQML", .text),
            FieldDefinition("styleSLD", .text), FieldDefinition("useAsDefault", .integer),
            FieldDefinition("description", .text), FieldDefinition("owner", .text), FieldDefinition("ui", .text),
            FieldDefinition("update_time", .dateTime),
        ], options: ["FID=id"])

    static func row(layer: String, document: String, period: Period) -> Feature {
        Feature(fields: [
            "f_table_catalog": "", "f_table_schema": "", "f_table_name": .text(layer), "f_geometry_column": "geom",
            "styleName": .text("sitewarden \(layer)"), "styleQML": .text(document), "styleSLD": "",
            "useAsDefault": 1, "description": "Sitewarden", "owner": "", "ui": .null,
            "update_time": .text("\(period.end)T00:00:00Z"),
        ])
    }

    // MARK: Layers

    static let tasks = document(
        statusRenderer(outlineMillimetres: 0.8, fillAlpha: 48, order: "\"rank\"")
            + labelling(expression: "\"rank\"", sizePoints: 11, colour: Colour(255, 255, 255), isOnTop: true)
            + form(of: TaskLayer.taskColumns, widgets: taskWidgets)
            + table(sortedBy: "\"rank\"")
            + XML.element(
                "previewExpression", text: "\"rank\" || ' ' || coalesce(nullif(\"site_name\", ''), \"site_id\")")
            + XML.element("mapTip", text: taskTip))

    static let findings = document(
        statusRenderer(outlineMillimetres: 0.4, fillAlpha: 0, order: "\"area_m2\"")
            + form(of: TaskLayer.findingColumns, widgets: ["status": statusWidget, "kind": kindWidget])
            + table(sortedBy: "\"first_seen\""))

    static let sites = document(
        singleRenderer(outline: Colour(0, 229, 255), isDashed: false)
            + labelling(expression: siteName, sizePoints: 9, colour: Colour(0, 229, 255), isOnTop: false)
            + table(sortedBy: "\"site_id\""))

    static let buffers = document(
        singleRenderer(outline: Colour(0, 229, 255), isDashed: true)
            // A point has no outline that would carry its name.
            + labelling(
                expression: "if(\"is_point\" = 1, \(siteName), '')", sizePoints: 9, colour: Colour(0, 229, 255),
                isOnTop: false) + table(sortedBy: "\"site_id\""))

    private static let siteName = "coalesce(nullif(\"site_name\", ''), \"site_id\")"

    private static func document(_ body: String) -> String {
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
            + XML.element(
                "qgis", [("version", "3.22.0"), ("styleCategories", "AllStyleCategories"), ("readOnly", "0")],
                body)
    }

    // MARK: Symbols

    /// Red, green and blue of 0 to 255.
    private struct Colour {
        let red: Int
        let green: Int
        let blue: Int

        init(_ red: Int, _ green: Int, _ blue: Int) {
            self.red = red
            self.green = green
            self.blue = blue
        }

        func text(alpha: Int = 255) -> String { "\(red),\(green),\(blue),\(alpha)" }
    }

    /// From yellow to magenta: told apart on green, brown and grey ground, and by lightness alone.
    private static func colour(of status: FindingStatus) -> Colour {
        switch status {
        case .first: Colour(255, 225, 0)
        case .provisional: Colour(255, 140, 0)
        case .confirmed: Colour(230, 0, 110)
        case .finished: Colour(170, 180, 190)
        }
    }

    private static func title(of status: FindingStatus) -> String {
        switch status {
        case .first: "first (seen once)"
        case .provisional: "provisional (seen again)"
        case .confirmed: "confirmed (seen often)"
        case .finished: "finished (as before)"
        }
    }

    /// - Parameter order: Features are drawn from the highest to the lowest value, so that the lowest is on top.
    private static func statusRenderer(outlineMillimetres: Double, fillAlpha: Int, order: String) -> String {
        let statuses = [FindingStatus.confirmed, .provisional, .first, .finished]
        let categories = statuses.enumerated().map { index, status in
            XML.element(
                "category",
                [
                    ("value", status.rawValue), ("label", title(of: status)), ("symbol", "\(index)"),
                    ("render", "true"), ("type", "string"),
                ])
        }
        let symbols = statuses.enumerated().map { index, status in
            let colour = colour(of: status)
            return symbol(
                name: "\(index)",
                layers: [
                    // A dark casing: the bright line stands out on sand and snow too.
                    fillLayer(fill: nil, outline: Colour(20, 20, 20).text(alpha: 200), outlineMillimetres + 0.5, false),
                    fillLayer(
                        fill: fillAlpha > 0 ? colour.text(alpha: fillAlpha) : nil, outline: colour.text(),
                        outlineMillimetres, false),
                ])
        }
        return XML.element(
            "renderer-v2",
            [
                ("type", "categorizedSymbol"), ("attr", "status"), ("symbollevels", "0"), ("enableorderby", "1"),
                ("forceraster", "0"),
            ],
            XML.element("categories", [], categories.joined()) + XML.element("symbols", [], symbols.joined())
                + XML.element(
                    "orderby", [],
                    XML.element("orderByClause", [("asc", "0"), ("nullsFirst", "0")], text: order)))
    }

    private static func singleRenderer(outline: Colour, isDashed: Bool) -> String {
        let layers = [
            fillLayer(fill: nil, outline: Colour(20, 20, 20).text(alpha: 160), isDashed ? 0.7 : 1, isDashed),
            fillLayer(fill: nil, outline: outline.text(), isDashed ? 0.3 : 0.5, isDashed),
        ]
        return XML.element(
            "renderer-v2",
            [("type", "singleSymbol"), ("symbollevels", "0"), ("enableorderby", "0"), ("forceraster", "0")],
            XML.element("symbols", [], symbol(name: "0", layers: layers)))
    }

    private static func symbol(name: String, layers: [String]) -> String {
        XML.element(
            "symbol",
            [("type", "fill"), ("name", name), ("alpha", "1"), ("clip_to_extent", "1"), ("force_rhr", "0")],
            layers.joined())
    }

    private static func fillLayer(
        fill: String?, outline: String, _ outlineMillimetres: Double, _ isDashed: Bool
    ) -> String {
        let properties = [
            ("color", fill ?? "0,0,0,0"), ("style", fill == nil ? "no" : "solid"), ("outline_color", outline),
            ("outline_style", isDashed ? "dash" : "solid"), ("outline_width", "\(outlineMillimetres)"),
            ("outline_width_unit", "MM"), ("joinstyle", "round"),
        ]
        return XML.element(
            "layer", [("class", "SimpleFill"), ("enabled", "1"), ("locked", "0"), ("pass", "0")],
            XML.map(properties.map { XML.option($0.0, $0.1) })
                // What QGIS before 3.20 reads.
                + properties.map { XML.element("prop", [("k", $0.0), ("v", $0.1)]) }.joined())
    }

    /// - Parameter isOnTop: In bold over the middle; otherwise below the outline, where there is room.
    private static func labelling(expression: String, sizePoints: Int, colour: Colour, isOnTop: Bool) -> String {
        let style = XML.element(
            "text-style",
            [
                ("fieldName", expression), ("isExpression", "1"), ("fontFamily", "Sans Serif"),
                ("fontSize", "\(sizePoints)"), ("fontSizeUnit", "Point"), ("fontWeight", isOnTop ? "75" : "50"),
                ("textColor", colour.text()), ("textOpacity", "1"),
            ],
            XML.element(
                "text-buffer",
                [
                    ("bufferDraw", "1"), ("bufferSize", "1"), ("bufferSizeUnits", "MM"),
                    ("bufferColor", "20,20,20,220"), ("bufferOpacity", "1"), ("bufferJoinStyle", "128"),
                ]))
        // Placement 1 is beside the place given: quadrant 4 right on it, 7 below it.
        let middleOfTheSouth = "make_point((x_min($geometry) + x_max($geometry)) / 2, y_min($geometry))"
        let placement = XML.element(
            "placement",
            isOnTop
                ? [("placement", "1"), ("quadOffset", "4"), ("priority", "9")]
                : [
                    ("placement", "1"), ("quadOffset", "7"), ("priority", "5"), ("geometryGeneratorEnabled", "1"),
                    ("geometryGeneratorType", "PointGeometry"), ("geometryGenerator", middleOfTheSouth),
                ])
        let rendering = XML.element(
            "rendering", [("drawLabels", "1"), ("displayAll", "0"), ("obstacle", "0")])
        return XML.element(
            "labeling", [("type", "simple")], XML.element("settings", [], style + placement + rendering))
    }

    // MARK: Form and table

    private static let taskWidgets = [
        "verdict": valueMap(Verdict.allCases.map { ($0.title, $0.rawValue) }, isNullable: true),
        "verdict_note": XML.element(
            "editWidget", [("type", "TextEdit")],
            XML.element(
                "config", [],
                XML.map([XML.option("IsMultiline", "true", type: "bool"), XML.option("UseHtml", "false", type: "bool")])
            )),
        "reviewed_on": XML.element(
            "editWidget", [("type", "DateTime")],
            XML.element(
                "config", [],
                XML.map([
                    XML.option("allow_null", "true", type: "bool"), XML.option("calendar_popup", "true", type: "bool"),
                    XML.option("display_format", "yyyy-MM-dd"), XML.option("field_format", "yyyy-MM-dd"),
                    XML.option("field_iso_format", "false", type: "bool"),
                ]))),
        "status": statusWidget,
        "kind": kindWidget,
    ]

    private static let statusWidget = valueMap(
        FindingStatus.allCases.map { (title(of: $0), $0.rawValue) }, isNullable: false)
    private static let kindWidget = valueMap(
        DisturbanceKind.allCases.map { ($0.title, $0.rawValue) }, isNullable: false)

    /// - Parameter entries: What is shown, and what is kept.
    private static func valueMap(_ entries: [(title: String, code: String)], isNullable: Bool) -> String {
        // The text QGIS itself keeps for "nothing" in a value map.
        let empty = isNullable ? [("(none yet)", "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}")] : []
        let choices = (empty + entries.map { ($0.title, $0.code) }).map { XML.map([XML.option($0.0, $0.1)]) }
        let list = XML.element("Option", [("type", "List"), ("name", "map")], choices.joined())
        return XML.element("editWidget", [("type", "ValueMap")], XML.element("config", [], XML.map([list])))
    }

    private static func form(of columns: [TaskLayer.Column], widgets: [String: String]) -> String {
        // The number of rows comes first among the columns.
        let names = [("fid", "Row", false)] + columns.map { ($0.definition.name, $0.title, $0.isEditable) }
        let fields = columns.map { column in
            let plain = XML.element("editWidget", [("type", "TextEdit")], XML.element("config", [], XML.map([])))
            return XML.element(
                "field", [("name", column.definition.name), ("configurationFlags", "None")],
                widgets[column.definition.name] ?? plain)
        }
        let hidden = XML.element(
            "field", [("name", "fid"), ("configurationFlags", "None")],
            XML.element("editWidget", [("type", "Hidden")], XML.element("config", [], XML.map([]))))
        let aliases = names.enumerated().map { index, entry in
            XML.element("alias", [("index", "\(index)"), ("field", entry.0), ("name", entry.1)])
        }
        let editable = names.map { XML.element("field", [("name", $0.0), ("editable", $0.2 ? "1" : "0")]) }
        return XML.element("fieldConfiguration", [], hidden + fields.joined())
            + XML.element("aliases", [], aliases.joined()) + XML.element("editable", [], editable.joined())
    }

    private static func table(sortedBy expression: String) -> String {
        XML.element(
            "attributetableconfig",
            [("sortExpression", expression), ("sortOrder", "0"), ("actionWidgetStyle", "dropDown")])
    }

    // MARK: Map tip

    /// Names come from strangers' files: nothing in them may become markup.
    private static func escaped(_ expression: String) -> String {
        // The ampersand first, or the others' entities would be taken apart.
        let entities = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("[", "&#91;")]
        return entities.reduce("to_string(\(expression))") { inner, entity in
            "replace(\(inner), '\(entity.0)', '\(entity.1)')"
        }
    }

    private static let taskTip: String = {
        func line(_ title: String, _ expression: String) -> String {
            "<tr><td>\(title)</td><td>[% coalesce(\(expression), '') %]</td></tr>"
        }
        func number(_ name: String, decimals: Int = 0) -> String { "format_number(\"\(name)\", \(decimals))" }
        return "<h3>[% \"rank\" %]. [% \(escaped(siteName)) %]</h3><table>"
            + line("Status", escaped("represent_value(\"status\")"))
            + line("Kind of change", escaped("represent_value(\"kind\")"))
            + line("Score", number("score", decimals: 1))
            + line("First seen", "format_date(\"first_seen\", 'yyyy-MM-dd')")
            + line("Last seen", "format_date(\"last_seen\", 'yyyy-MM-dd')")
            + line("Inside the boundary", "\(number("core_m2")) || ' m²'")
            + line("In the buffer", "\(number("buffer_m2")) || ' m²'")
            + line("Verdict", escaped("represent_value(\"verdict\")")) + "</table>"
    }()
}

/// Pieces of an XML document.
private enum XML {
    static func element(_ name: String, _ attributes: [(String, String)] = [], _ body: String = "") -> String {
        let list = attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
        return body.isEmpty ? "<\(name)\(list)/>\n" : "<\(name)\(list)>\(body)</\(name)>\n"
    }

    static func element(_ name: String, _ attributes: [(String, String)] = [], text: String) -> String {
        element(name, attributes, escaped(text))
    }

    /// An entry of the maps in which QGIS keeps properties.
    static func option(_ name: String, _ value: String, type: String = "QString") -> String {
        element("Option", [("type", type), ("name", name), ("value", value)])
    }

    static func map(_ options: [String]) -> String { element("Option", [("type", "Map")], options.joined()) }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
