internal import CGDAL

/// A layer of an open dataset; it keeps the dataset open. Not Sendable.
@safe public final class VectorLayer {
    public let name: String
    /// nil where the source does not say.
    public let crs: CoordinateReferenceSystem?
    /// False for a plain table.
    public let hasGeometry: Bool
    public let fieldDefinitions: [FieldDefinition]

    private let dataset: VectorDataset
    private let pointer: OGRLayerH
    private let subject: String
    private let isResult: Bool
    private let fieldNames: [String]
    private let fieldTypes: [OGRFieldType]
    private let ogrKind: OGRwkbGeometryType

    /// - Parameter isResult: True for the answer of a query, which is given back to the dataset.
    init(dataset: VectorDataset, pointer: OGRLayerH, isResult: Bool = false) throws {
        let name = unsafe OGR_L_GetName(pointer).map { unsafe String(cString: $0) } ?? ""
        let subject = isResult ? "\(dataset.source), query" : "\(dataset.source), layer \(name)"
        let definition = unsafe OGR_L_GetLayerDefn(pointer)
        var fields: [FieldDefinition] = []
        var types: [OGRFieldType] = []
        for index in 0..<(unsafe OGR_FD_GetFieldCount(definition)) {
            let field = unsafe OGR_FD_GetFieldDefn(definition, index)
            let fieldName = unsafe OGR_Fld_GetNameRef(field).map { unsafe String(cString: $0) } ?? ""
            types.append(unsafe OGR_Fld_GetType(field))
            fields.append(FieldDefinition(fieldName, FieldType(types[types.count - 1])))
        }
        self.name = name
        self.subject = subject
        self.dataset = dataset
        unsafe self.pointer = unsafe pointer
        self.isResult = isResult
        fieldDefinitions = fields
        fieldNames = fields.map(\.name)
        fieldTypes = types
        ogrKind = unsafe OGR_L_GetGeomType(pointer)
        hasGeometry = ogrKind != wkbNone
        crs = try unsafe OGR_L_GetSpatialRef(pointer).flatMap { handle in
            let described = try unsafe CoordinateReferenceSystem.describing(handle)
            // What the GeoPackage standard calls the two systems that stand for "not said".
            return described.name.lowercased().hasPrefix("undefined ") ? nil : described
        }
    }

    deinit {
        if isResult, let handle = unsafe dataset.handle { unsafe GDALDatasetReleaseResultSet(handle, pointer) }
    }

    /// Features in the order of the source.
    /// - Parameters:
    ///   - filter: A condition in SQL, for example `status = 'confirmed'`.
    ///   - envelope: Only features whose envelope meets this one, in the layer's reference system.
    public func features(where filter: String? = nil, meeting envelope: Envelope? = nil) throws -> [Feature] {
        var found: [Feature] = []
        try forEachFeature(where: filter, meeting: envelope) { found.append($0) }
        return found
    }

    /// Calls `body` with every feature, in the order of the source.
    ///
    /// A feature that cannot be read in full is delivered with its `problem`; a source that ends early throws.
    public func forEachFeature(
        where filter: String? = nil, meeting envelope: Envelope? = nil, _ body: (Feature) throws -> Void
    ) throws {
        unsafe try dataset.requireOpen()
        try withGDALErrors("OGR_L_SetAttributeFilter", subject: subject) {
            guard unsafe OGR_L_SetAttributeFilter(pointer, filter) == OGRERR_NONE else {
                throw GeospatialError(subject: subject, message: "the filter '\(filter ?? "")' cannot be read")
            }
            if let box = envelope {
                unsafe OGR_L_SetSpatialFilterRect(pointer, box.minimumX, box.minimumY, box.maximumX, box.maximumY)
            } else {
                unsafe OGR_L_SetSpatialFilter(pointer, nil)
            }
            unsafe OGR_L_ResetReading(pointer)
        }
        defer {
            _ = unsafe OGR_L_SetAttributeFilter(pointer, nil)
            unsafe OGR_L_SetSpatialFilter(pointer, nil)
        }
        while let feature = try nextFeature() { try body(feature) }
    }

    /// Reads every feature from the source, its geometry too, and keeps none.
    /// - Returns: How many there are.
    /// - Throws: `GeospatialError` naming the first that cannot be read.
    func countByReading() throws -> Int {
        unsafe try dataset.requireOpen()
        unsafe OGR_L_ResetReading(pointer)
        var count = 0
        while let row = try unsafe nextRow() {
            defer { unsafe OGR_F_Destroy(row.handle) }
            count += 1
            var problem = unsafe row.problem
            do {
                if let geometry = unsafe OGR_F_GetGeometryRef(row.handle) {
                    _ = try unsafe Geometry(simplifying: geometry)
                }
            } catch let error as GeospatialError {
                problem = error.message
            }
            if let problem {
                throw GeospatialError(
                    subject: subject, message: "feature \(count) was written but cannot be read: \(problem)")
            }
        }
        return count
    }

    /// The next row, which is the caller's to destroy, and what OGR says of it.
    private func nextRow() throws -> (handle: OGRFeatureH, problem: String?)? {
        var row: OGRFeatureH? = nil
        var problem: String? = nil
        do {
            try withGDALErrors("OGR_L_GetNextFeature", subject: subject) {
                unsafe row = unsafe OGR_L_GetNextFeature(pointer)
            }
        } catch let error as GeospatialError {
            // One feature that OGR complains about is no reason to lose the others.
            guard unsafe row != nil else { throw error }
            problem = error.message
        }
        return unsafe row.map { unsafe ($0, problem) }
    }

    private func nextFeature() throws -> Feature? {
        guard let (row, problem) = try unsafe nextRow() else { return nil }
        defer { unsafe OGR_F_Destroy(row) }
        var values: [FieldValue] = []
        values.reserveCapacity(fieldTypes.count)
        for (index, type) in fieldTypes.enumerated() {
            values.append(unsafe FieldValue(row, field: Int32(index), type: type))
        }
        var feature = Feature(
            id: unsafe OGR_F_GetFID(row), fields: FieldValues(names: fieldNames, values: values), problem: problem)
        if let geometry = unsafe OGR_F_GetGeometryRef(row) {
            do {
                feature.geometry = try unsafe Geometry(simplifying: geometry)
            } catch let error as GeospatialError {
                feature.problem = error.message
            }
        }
        return feature
    }

    /// How many features there are, counted one by one where the source keeps no number.
    public func featureCount() throws -> Int {
        unsafe try dataset.requireOpen()
        return try withGDALErrors("OGR_L_GetFeatureCount", subject: subject) {
            unsafe Int(OGR_L_GetFeatureCount(pointer, 1))
        }
    }

    /// Adds a field, which is null in the features there are. The layer must be asked for again to see it.
    public func add(_ field: FieldDefinition) throws {
        unsafe try dataset.requireOpen()
        try unsafe Self.add(field, to: pointer, subject: subject)
    }

    static func add(_ field: FieldDefinition, to layer: OGRLayerH, subject: String) throws {
        guard let type = field.type.ogrType else {
            throw GeospatialError(subject: subject, message: "field \(field.name) has a type that is only read")
        }
        try withGDALErrors("OGR_L_CreateField", subject: subject) {
            let made = unsafe OGR_Fld_Create(field.name, type)
            defer { unsafe OGR_Fld_Destroy(made) }
            // 0: the name as it is, or a failure; 1 would let the driver change it silently.
            guard unsafe OGR_L_CreateField(layer, made, 0) == OGRERR_NONE else {
                throw GeospatialError(subject: subject, message: "field \(field.name) cannot be made")
            }
        }
    }

    /// Adds a feature.
    /// - Returns: The number the source gave it.
    @discardableResult
    public func append(_ feature: Feature) throws -> Int64? {
        unsafe try dataset.requireOpen()
        let row = try unsafe requireHandle(
            OGR_F_Create(OGR_L_GetLayerDefn(pointer)), "OGR_F_Create", subject: subject)
        defer { unsafe OGR_F_Destroy(row) }
        if let id = feature.id { _ = unsafe OGR_F_SetFID(row, id) }
        try unsafe fill(row, from: feature)
        try withGDALErrors("OGR_L_CreateFeature", subject: subject) {
            guard unsafe OGR_L_CreateFeature(pointer, row) == OGRERR_NONE else {
                throw GeospatialError(subject: subject, message: "a feature cannot be written")
            }
        }
        let id = unsafe OGR_F_GetFID(row)
        return id == Int64(OGRNullFID) ? nil : id
    }

    /// Adds all features in their order.
    public func append(contentsOf features: [Feature]) throws {
        for feature in features { try append(feature) }
    }

    /// Changes the fields given, and the geometry where one is given, of the feature with this id.
    /// - Throws: `GeospatialError` where there is no such feature.
    public func update(_ feature: Feature) throws {
        unsafe try dataset.requireOpen()
        guard let id = feature.id else {
            throw GeospatialError(subject: subject, message: "a feature without id cannot be updated")
        }
        var found: OGRFeatureH? = nil
        do {
            try withGDALErrors("OGR_L_GetFeature", subject: subject) {
                unsafe found = unsafe OGR_L_GetFeature(pointer, id)
            }
        } catch {
            if let found = unsafe found { unsafe OGR_F_Destroy(found) }
            throw error
        }
        guard let row = unsafe found else {
            throw GeospatialError(subject: subject, message: "there is no feature \(id)")
        }
        defer { unsafe OGR_F_Destroy(row) }
        try unsafe fill(row, from: feature)
        try withGDALErrors("OGR_L_SetFeature", subject: subject) {
            guard unsafe OGR_L_SetFeature(pointer, row) == OGRERR_NONE else {
                throw GeospatialError(subject: subject, message: "feature \(id) cannot be changed")
            }
        }
    }

    public func delete(id: Int64) throws {
        unsafe try dataset.requireOpen()
        try withGDALErrors("OGR_L_DeleteFeature", subject: subject) {
            guard unsafe OGR_L_DeleteFeature(pointer, id) == OGRERR_NONE else {
                throw GeospatialError(subject: subject, message: "there is no feature \(id) to delete")
            }
        }
    }

    private func fill(_ row: OGRFeatureH, from feature: Feature) throws {
        var known = 0
        var current = ""
        // Once for all fields: a country's rows have a million texts.
        try withGDALErrors("OGR_F_SetField", subject: "\(subject), field \(current)") {
            for (position, name) in fieldNames.enumerated() {
                let index = Int32(position)
                guard let value = feature.fields.value(of: name, near: known) else { continue }
                known += 1
                current = name
                switch value {
                case .null: unsafe OGR_F_SetFieldNull(row, index)
                case .integer(let value): unsafe OGR_F_SetFieldInteger64(row, index, value)
                case .real(let value): unsafe OGR_F_SetFieldDouble(row, index, value)
                case .text(let value): unsafe OGR_F_SetFieldString(row, index, value)
                case .binary(let value):
                    unsafe value.withUnsafeBytes {
                        unsafe OGR_F_SetFieldBinary(row, index, Int32($0.count), $0.baseAddress)
                    }
                }
                guard CPLGetLastErrorType() != CE_Failure else {
                    throw GeospatialError(subject: subject, message: "takes no such value")
                }
            }
        }
        if known < feature.fields.count {
            let unknown = Set(feature.fields.names).subtracting(fieldNames).sorted()
            throw GeospatialError(subject: subject, message: "has no field \(unknown.joined(separator: ", "))")
        }
        guard let geometry = feature.geometry else { return }
        var shape = try unsafe geometry.ogrGeometry()
        switch ogrKind {
        case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon, wkbGeometryCollection:
            unsafe shape = try requireHandle(OGR_G_ForceTo(shape, ogrKind, nil), "OGR_G_ForceTo", subject: subject)
        default: break
        }
        // The feature takes the geometry over, also where this fails.
        guard unsafe OGR_F_SetGeometryDirectly(row, shape) == OGRERR_NONE else {
            throw GeospatialError(
                subject: subject, message: "takes no such geometry", function: "OGR_F_SetGeometryDirectly")
        }
    }
}
