internal import Geospatial

/// One task with every term of its score, as a run lists it or as a review keeps it from the list.
public struct ExplainedTask: Codable, Hashable, Sendable {
    /// One factor of a score.
    public struct Term: Codable, Hashable, Sendable {
        public var name: String
        /// 0 to 1.
        public var value: Double
    }

    public var id: String
    public var findingID: String
    public var siteID: String
    public var siteName: String
    /// The task's destination, degrees on WGS 84; nil in files of earlier versions.
    public var longitude: Double?
    public var latitude: Double?
    /// Nil where a review has dismissed the task.
    public var rank: Int?
    /// Why the task is not repeated; nil for one that stands in the list.
    public var dismissal: String?
    /// 100 times the product of the terms.
    public var score: Double
    public var terms: [Term]

    private enum CodingKeys: String, CodingKey {
        case longitude, latitude, rank, dismissal, score, terms
        case id = "task_id"
        case findingID = "finding_id"
        case siteID = "site_id"
        case siteName = "site_name"
    }

    /// - Parameter dismissal: Why the task is not repeated, where it is not.
    public init(_ task: InspectionTask, dismissal: String? = nil) throws {
        id = task.id
        findingID = task.finding.id
        siteID = task.siteID
        siteName = task.siteName
        let place = try task.destination()
        // Seven decimals are a centimetre, as in the GeoJSON files.
        longitude = place.map { ReadableNumber.rounded($0.x, places: 7) }
        latitude = place.map { ReadableNumber.rounded($0.y, places: 7) }
        rank = dismissal == nil ? task.rank : nil
        self.dismissal = dismissal
        score = ReadableNumber.rounded(task.score, places: 4)
        terms = task.terms.named.map { Term(name: $0.name, value: ReadableNumber.rounded($0.value, places: 6)) }
    }
}
