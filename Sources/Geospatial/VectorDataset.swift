internal import CGDAL

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// An open source of vector data: a file, a folder or a database. Not Sendable: one for each thread.
@safe public final class VectorDataset {
    public enum Access: Sendable { case readOnly, update }

    /// The path or connection string, without password, for messages.
    let source: String
    /// nil once closed.
    private(set) var handle: GDALDatasetH?
    private var isInTransaction = false

    private init(source: String, handle: GDALDatasetH) {
        self.source = source
        unsafe self.handle = unsafe handle
    }

    deinit {
        rollBack()
        // Whoever wants to know whether everything was written calls `close`.
        try? close()
    }

    /// - Parameters:
    ///   - source: A path, or a connection string such as `PG:service=heritage`.
    ///   - drivers: The only formats it may be in.
    ///   - options: Open options of the driver, `KEY=VALUE`.
    /// - Throws: `GeospatialError` where it is missing, in another format, or broken.
    public static func open(
        _ source: String, drivers: [VectorDriver], access: Access = .readOnly, options: [String] = []
    ) throws -> VectorDataset {
        let subject = Redaction.withoutPasswords(source)
        try requireAllowed(source, drivers: drivers)
        GDALLibrary.started
        let titles = drivers.map(\.title).joined(separator: ", ")
        let flags =
            UInt32(GDAL_OF_VECTOR | GDAL_OF_VERBOSE_ERROR)
            | UInt32(access == .update ? GDAL_OF_UPDATE : GDAL_OF_READONLY)
        let handle: GDALDatasetH
        do {
            unsafe handle = try unsafe withGDALErrors("GDALOpenEx", subject: subject) {
                try unsafe withOptionList(drivers.map(\.rawValue)) { names in
                    try unsafe withOptionList(options) { list in
                        let opened = unsafe GDALOpenEx(
                            source, flags, UnsafePointer(OpaquePointer(names)), UnsafePointer(OpaquePointer(list)), nil)
                        return try unsafe requireHandle(opened, "GDALOpenEx", subject: subject)
                    }
                }
            }
        } catch let error as GeospatialError {
            // GDAL's words for the two commonest cases speak of its drivers, not of what to do.
            var message = error.message
            var isMissing = false
            if message.contains("does not exist in the file system") || message.hasSuffix(": No such file or directory")
            {
                message = "there is no such file"
                isMissing = true
            } else if message.contains("not recognized") {
                message = "is not readable as \(titles). Convert it, or name the right file"
            }
            throw GeospatialError(
                subject: subject, message: message, function: error.function, isMissing: isMissing)
        }
        return unsafe VectorDataset(source: subject, handle: handle)
    }

    /// Makes a new file.
    /// - Throws: `GeospatialError` where there is one already.
    public static func create(
        _ path: String, driver: VectorDriver, options: [String] = []
    ) throws -> VectorDataset {
        try requireAllowed(path, drivers: [driver])
        GDALLibrary.started
        // GDALCreate would delete what is there, a folder of shapefiles included, without a word.
        if unsafe access(path, F_OK) == 0 {
            throw GeospatialError(subject: path, message: "is there already. Remove it, or write elsewhere")
        }
        let handle = try unsafe withGDALErrors("GDALCreate", subject: path) {
            let found = try unsafe requireHandle(
                GDALGetDriverByName(driver.rawValue), "GDALGetDriverByName", subject: driver.title)
            return try unsafe withOptionList(options) { list in
                try unsafe requireHandle(
                    GDALCreate(found, path, 0, 0, 0, GDT_Unknown, list), "GDALCreate",
                    subject: path)
            }
        }
        return unsafe VectorDataset(source: path, handle: handle)
    }

    /// Opens a file again after it was closed and reads all of it, since GDAL reports a full disk to nobody.
    /// - Parameter layers: Each with the number of its features; nil is the only one, or the only one with geometries.
    /// - Throws: `GeospatialError` where a layer has another number of features or anything cannot be read.
    public static func verify(
        _ path: String, drivers: [VectorDriver], layers: [(name: String?, expectedCount: Int)]
    ) throws {
        let dataset = try open(path, drivers: drivers)
        for (name, expectedCount) in layers {
            let layer = try dataset.layer(named: name)
            // A GeoJSON file was parsed to its end when it was opened; a second time finds nothing more.
            let count = drivers == [.geoJSON] ? try layer.featureCount() : try layer.countByReading()
            guard count == expectedCount else {
                throw GeospatialError(
                    subject: path,
                    message: "has \(count) of the \(expectedCount) features written to it. Is the disk full?")
            }
        }
        if drivers == [.geoPackage] {
            let answer = try dataset.query(sql: "PRAGMA quick_check").first?.fields.values.first
            guard answer == .text("ok") else {
                throw GeospatialError(subject: path, message: "is damaged: \(answer?.text ?? "no answer")")
            }
        }
        try dataset.close()
    }

    /// The same for one layer.
    public static func verify(
        _ path: String, drivers: [VectorDriver], layer name: String? = nil, expectedCount: Int
    ) throws {
        try verify(path, drivers: drivers, layers: [(name, expectedCount)])
    }

    /// Writes what is still held back and closes the dataset; its layers can no longer be used.
    /// - Throws: `GeospatialError` where GDAL noticed that something could not be written. It may not notice: `verify`.
    public func close() throws {
        guard let open = unsafe handle else { return }
        unsafe handle = nil
        try withGDALErrors("GDALClose", subject: source) {
            unsafe GDALFlushCache(open)
            unsafe GDALClose(open)
        }
    }

    /// Writes what is held back about layers, their extents for instance. Inside a transaction it is part of that:
    /// otherwise it is written at the close.
    public func flush() throws {
        let open = try unsafe requireOpen()
        try withGDALErrors("OGR_L_SyncToDisk", subject: source) {
            for index in 0..<(unsafe GDALDatasetGetLayerCount(open)) {
                guard unsafe OGR_L_SyncToDisk(GDALDatasetGetLayer(open, index)) == OGRERR_NONE else {
                    throw GeospatialError(subject: source, message: "cannot be written in full")
                }
            }
        }
    }

    @discardableResult
    func requireOpen() throws -> GDALDatasetH {
        guard let handle = unsafe handle else { throw GeospatialError(subject: source, message: "is closed already") }
        return unsafe handle
    }

    /// Names in the order of the source.
    public func layerNames() throws -> [String] {
        let open = try unsafe requireOpen()
        return try withGDALErrors("GDALDatasetGetLayer", subject: source) {
            (0..<(unsafe GDALDatasetGetLayerCount(open))).map { index in
                unsafe OGR_L_GetName(GDALDatasetGetLayer(open, index)).map { unsafe String(cString: $0) } ?? ""
            }
        }
    }

    /// - Parameter name: nil or empty for the only layer, or the only one with geometries.
    /// - Throws: `GeospatialError` naming the layers there are.
    public func layer(named name: String? = nil) throws -> VectorLayer {
        let open = try unsafe requireOpen()
        let names = try layerNames()
        if let name, !name.isEmpty {
            let found = unsafe try? withGDALErrors("GDALDatasetGetLayerByName", subject: source) {
                unsafe GDALDatasetGetLayerByName(open, name)
            }
            guard let found = unsafe found else {
                throw GeospatialError(
                    subject: source, message: "has no layer \(name). It has: \(names.joined(separator: ", "))")
            }
            return try unsafe VectorLayer(dataset: self, pointer: found)
        }
        let layers = try names.indices.map { index in
            try unsafe VectorLayer(
                dataset: self,
                pointer: requireHandle(GDALDatasetGetLayer(open, Int32(index)), "GDALDatasetGetLayer", subject: source))
        }
        let withGeometry = layers.filter(\.hasGeometry)
        switch (layers.count, withGeometry.count) {
        case (1, _): return layers[0]
        case (_, 1): return withGeometry[0]
        case (0, _): throw GeospatialError(subject: source, message: "has no layer")
        default:
            throw GeospatialError(
                subject: source, message: "has several layers: name one of \(names.joined(separator: ", "))")
        }
    }

    public func createLayer(_ definition: LayerDefinition) throws -> VectorLayer {
        let open = try unsafe requireOpen()
        let subject = "\(source), layer \(definition.name)"
        let reference = try definition.crs.map { try ReferenceBox($0) }
        let layer = try unsafe withGDALErrors("GDALDatasetCreateLayer", subject: subject) {
            try unsafe withOptionList(definition.options) { list in
                try unsafe requireHandle(
                    GDALDatasetCreateLayer(
                        open, definition.name, reference?.handle.pointer, definition.ogrKind,
                        list), "GDALDatasetCreateLayer", subject: subject)
            }
        }
        for field in definition.fields { try unsafe VectorLayer.add(field, to: layer, subject: subject) }
        return try unsafe VectorLayer(dataset: self, pointer: layer)
    }

    /// Runs a statement that answers nothing.
    public func execute(sql: String) throws { _ = try resultLayer(sql) }

    /// The answer of a statement.
    public func query(sql: String) throws -> [Feature] { try resultLayer(sql)?.features() ?? [] }

    /// The same, a feature at a time.
    public func forEachFeature(sql: String, _ body: (Feature) throws -> Void) throws {
        try resultLayer(sql)?.forEachFeature(body)
    }

    private func resultLayer(_ sql: String) throws -> VectorLayer? {
        let open = try unsafe requireOpen()
        let result = try unsafe withGDALErrors("GDALDatasetExecuteSQL", subject: source) {
            unsafe GDALDatasetExecuteSQL(open, sql, nil, nil)
        }
        return try unsafe result.map { try unsafe VectorLayer(dataset: self, pointer: $0, isResult: true) }
    }

    /// Runs `body` so that either all its changes last or none.
    /// - Throws: What `body` throws, after undoing; or `GeospatialError` where the format knows no transactions.
    public func inTransaction<Result>(_ body: () throws -> Result) throws -> Result {
        try beginTransaction()
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Begins changes that stand once `commit` has returned, and are taken back by `rollBack` or when this object goes.
    public func beginTransaction() throws {
        let open = try unsafe requireOpen()
        try withGDALErrors("GDALDatasetStartTransaction", subject: source) {
            guard unsafe GDALDatasetStartTransaction(open, 0) == OGRERR_NONE else {
                throw GeospatialError(subject: source, message: "knows no transactions")
            }
        }
        isInTransaction = true
    }

    /// - Throws: `GeospatialError` where the changes cannot be kept; they can be taken back then.
    public func commit() throws {
        let open = try unsafe requireOpen()
        try withGDALErrors("GDALDatasetCommitTransaction", subject: source) {
            guard unsafe GDALDatasetCommitTransaction(open) == OGRERR_NONE else {
                throw GeospatialError(subject: source, message: "the changes cannot be kept")
            }
        }
        isInTransaction = false
    }

    /// Takes back what was changed since `beginTransaction`; without one it does nothing.
    public func rollBack() {
        guard isInTransaction, let open = unsafe handle else { return }
        isInTransaction = false
        // What led here is the error to tell.
        _ = try? withGDALErrors("GDALDatasetRollbackTransaction", subject: source) {
            unsafe GDALDatasetRollbackTransaction(open)
        }
    }

    /// `text` as a literal in a statement.
    public static func sqlText(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    /// `name` as a table or field in a statement.
    public static func sqlName(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

    // MARK: Inside

    private static func isConnection(_ source: String) -> Bool {
        source.lowercased().hasPrefix("pg:") || source.lowercased().hasPrefix("postgresql://")
    }

    private static func requireAllowed(_ source: String, drivers: [VectorDriver]) throws {
        func refuse(_ message: String) -> GeospatialError { GeospatialError(subject: source, message: message) }
        if source.isEmpty { throw GeospatialError(subject: "source", message: "is empty. Name a file") }
        if source.lowercased().hasSuffix(".vrt") {
            throw refuse("is a virtual file, which could read any other. Name the file it points to")
        }
        guard isConnection(source) else { return }
        guard drivers.contains(.postGIS) else { throw refuse("is a database, but only files are read here") }
        // Arguments are seen by every user of the machine and end up in manifests.
        if Redaction.holdsPassword(source) {
            throw refuse("carries a password. Keep it in pg_service.conf or .pgpass and write PG:service=NAME")
        }
    }

    /// Keeps a reference handle alive where it may be missing.
    private final class ReferenceBox {
        let handle: ReferenceHandle
        init(_ crs: CoordinateReferenceSystem) throws { handle = try ReferenceHandle(crs.wkt) }
    }
}
