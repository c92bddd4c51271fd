internal import CGDAL

extension Geometry {
    /// Reads an OGR geometry, which becomes what is read where it has no curves: two dimensions, rings closed; curves
    /// are read as lines.
    convenience init(simplifying source: OGRGeometryH) throws {
        let bytes = try withGDALErrors("OGR_G_ExportToWkb", subject: "geometry") { () throws -> [UInt8] in
            let hasCurves = unsafe OGR_G_HasCurveGeometry(source, 1) != 0
            // Angle step 0: OGR's own default of four degrees.
            let linear = try unsafe requireHandle(
                hasCurves ? OGR_G_GetLinearGeometry(source, 0, nil) : source, "OGR_G_GetLinearGeometry",
                subject: "geometry")
            defer { if hasCurves { unsafe OGR_G_DestroyGeometry(linear) } }
            unsafe OGR_G_FlattenTo2D(linear)
            // An open ring makes GEOS refuse the whole geometry, although the meaning is plain.
            unsafe OGR_G_CloseRings(linear)
            var bytes = [UInt8](repeating: 0, count: unsafe OGR_G_WkbSizeEx(linear))
            guard unsafe OGR_G_ExportToWkb(linear, wkbNDR, &bytes) == OGRERR_NONE else {
                throw GeospatialError(
                    subject: "geometry", message: "cannot be written as WKB", function: "OGR_G_ExportToWkb")
            }
            return bytes
        }
        try self.init(wkb: bytes)
    }

    /// Makes an OGR geometry the caller owns.
    func ogrGeometry() throws -> OGRGeometryH {
        let bytes = wkb
        return try unsafe withGDALErrors("OGR_G_CreateFromWkbEx", subject: "geometry") {
            var made: OGRGeometryH? = nil
            _ = unsafe bytes.withUnsafeBytes { unsafe OGR_G_CreateFromWkbEx($0.baseAddress, nil, &made, $0.count) }
            return try unsafe requireHandle(made, "OGR_G_CreateFromWkbEx", subject: "geometry")
        }
    }

    /// A GeoJSON geometry object with 7 decimals; coordinates are to be longitude and latitude on WGS 84.
    public func geoJSON() throws -> String {
        let geometry = try unsafe ogrGeometry()
        defer { unsafe OGR_G_DestroyGeometry(geometry) }
        return try withGDALErrors("OGR_G_ExportToJsonEx", subject: "geometry") {
            try unsafe withOptionList(["COORDINATE_PRECISION=7"]) { options in
                let text = try unsafe requireHandle(
                    OGR_G_ExportToJsonEx(geometry, options), "OGR_G_ExportToJsonEx", subject: "geometry")
                defer { unsafe VSIFree(text) }
                return unsafe String(cString: text)
            }
        }
    }
}

extension FieldValue {
    /// Reads one field of an OGR feature.
    init(_ feature: OGRFeatureH, field index: Int32, type: OGRFieldType) {
        guard unsafe OGR_F_IsFieldSetAndNotNull(feature, index) != 0 else {
            self = .null
            return
        }
        switch type {
        case OFTInteger, OFTInteger64: self = unsafe .integer(OGR_F_GetFieldAsInteger64(feature, index))
        case OFTReal: self = unsafe .real(OGR_F_GetFieldAsDouble(feature, index))
        case OFTBinary:
            var count: Int32 = 0
            let bytes = unsafe OGR_F_GetFieldAsBinary(feature, index, &count)
            self = unsafe .binary(Array(UnsafeBufferPointer(start: bytes, count: Int(count))))
        case OFTDate, OFTDateTime:
            self = unsafe .text(Self.isoDate(feature, index, hasTime: type == OFTDateTime))
        default:
            self = unsafe .text(OGR_F_GetFieldAsString(feature, index).map { unsafe String(cString: $0) } ?? "")
        }
    }

    private static func isoDate(_ feature: OGRFeatureH, _ index: Int32, hasTime: Bool) -> String {
        var (year, month, day, hour, minute): (Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0)
        var second: Float = 0
        var zone: Int32 = 0
        _ = unsafe OGR_F_GetFieldAsDateTimeEx(
            feature, index, &year, &month, &day, &hour, &minute, &second, &zone)
        func digits(_ value: Int32, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let date = "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
        guard hasTime else { return date }
        let milliseconds = Int32((second * 1000).rounded())
        var time = "\(digits(hour, 2)):\(digits(minute, 2)):\(digits(milliseconds / 1000, 2))"
        if milliseconds % 1000 != 0 { time += ".\(digits(milliseconds % 1000, 3))" }
        // OGR's flag: 100 is UTC, every step a quarter of an hour; 0 unknown and 1 local time carry no zone.
        if zone == 100 {
            time += "Z"
        } else if zone > 1 {
            let minutes = abs(zone - 100) * 15
            time += "\(zone < 100 ? "-" : "+")\(digits(minutes / 60, 2)):\(digits(minutes % 60, 2))"
        }
        return "\(date)T\(time)"
    }
}
