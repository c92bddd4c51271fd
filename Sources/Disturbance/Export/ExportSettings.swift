/// Whom an export is for, and so how much it may tell.
public enum ExportProfile: String, CaseIterable, Sendable {
    /// For the authority itself: exact places, days, ids and names.
    case `internal`
    /// For those who work with it: one row a task, placed in a cell of 1 km, months instead of days, no ids, no
    /// pictures; names only where `export.partnerFields` says so.
    case partner
    /// For everybody: counts of sites in cells of 10 km or administrative units that hold enough of them.
    case `public`
}

/// What exports may tell; the part `export` of a pipeline.
public struct ExportSettings: Codable, Equatable, Sendable {
    /// What the public rows stand for. Publish one of the two for good: where both are known, a cell and a unit that
    /// overlap in part tell of fewer sites than either.
    public enum Unit: String, Codable, CaseIterable, Sendable {
        case cell
        case administrativeArea = "administrative_area"
    }

    /// How exactly partners and the public learn when something was seen.
    public enum DateStep: String, Codable, CaseIterable, Sendable {
        case month, quarter
    }

    /// A field of the register of sites that partners may see.
    public enum SiteField: String, Codable, CaseIterable, Sendable {
        case name, significance
        case legalStatus = "legal_status"
        case administrativeArea = "administrative_area"
    }

    /// Least number of sites in a public cell or unit, k; those with fewer are left out. Counts below it are never
    /// given either.
    public var minimumSites = 5
    public var publicUnit = Unit.cell
    public var dates = DateStep.month
    /// `name`, `significance`, `legal_status`, `administrative_area`: beside the row of a partner's task.
    public var partnerFields: [SiteField] = []

    /// Whose imagery it is, in the words its licence asks for; stands on the page and in the GeoJSON.
    public var attribution = ""

    public init() {}

    /// With fewer, whoever knows all but one or two of the sites knows the rest.
    static let leastMinimumSites = 3

    /// - Throws: `ConfigurationError` where the settings protect nobody.
    func requireSound() throws {
        guard minimumSites >= Self.leastMinimumSites else {
            throw ConfigurationError(
                subject: "export.minimumSites",
                message: "is \(minimumSites). Give \(Self.leastMinimumSites) or more: fewer sites are no crowd")
        }
    }
}
