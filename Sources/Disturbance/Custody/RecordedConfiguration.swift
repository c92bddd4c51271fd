extension Configuration {
    /// The settings of a run as its manifest records them; those that were added since have their defaults.
    /// - Parameter subject: Named in errors.
    init(json: JSONValue, subject: String) throws {
        // JSON is YAML, and the reader of pipeline files refuses what is no setting.
        try self.init(yaml: try StableJSON.text(json), subject: subject)
    }
}
