/// Why a run says what it says of one piece of ground: what it was compared with, what every watched day showed of it,
/// by which tests, and which scenes could not show it.
///
/// Numbers are means over the pixels of the ground, kept to five digits.
public struct Explanation: Codable, Hashable, Sendable {
    /// Nil where there was nothing to compare the period with.
    public var method: ChangeMethod?
    public var pixelCount: Int
    public var pixelMetres: Double
    /// Changes smaller than this are not reported.
    public var minimumSquareMetres: Double
    /// In order of wavelength; lists of a number for each band are in this order.
    public var bands: [Band]
    /// The bands that count for the test.
    public var testedBands: [Band]
    /// Whether values are reflectance; otherwise they are in a unit of the files' own.
    public var isReflectance: Bool
    public var history: History
    public var thresholds: Thresholds?
    /// In order of day.
    public var days: [WatchedDay]
    public var score: Score?
    /// Nil where this run saw no change on the ground.
    public var spectrum: Spectrum?

    private enum CodingKeys: String, CodingKey {
        case method, bands, history, thresholds, days, score, spectrum
        case pixelCount = "pixels"
        case pixelMetres = "pixel_m"
        case minimumSquareMetres = "minimum_area_m2"
        case testedBands = "tested_bands"
        case isReflectance = "is_reflectance"
    }

    /// The days before the watched ones.
    public struct History: Codable, Hashable, Sendable {
        /// Clear observations of the sites' median pixel before the period, and how many a baseline needs.
        public var siteObservations: Int
        public var neededObservations: Int
        /// Days on which at least half of the ground was clear.
        public var clearDays: Int
        public var firstClear: Day?
        public var lastClear: Day?
        /// Days with scenes that hid more than half of the ground.
        public var hiddenDays: Int
        /// Clear days that most of the ground's baseline leaves out as unusual.
        public var leftOutDays: [Day]
        /// The one date that the period was compared with; nil for a baseline.
        public var comparedDay: Day?
        public var comparedSceneIDs: [String]

        private enum CodingKeys: String, CodingKey {
            case siteObservations = "site_observations"
            case neededObservations = "baseline_needs_observations"
            case clearDays = "clear_days"
            case firstClear = "first_clear"
            case lastClear = "last_clear"
            case hiddenDays = "hidden_days"
            case leftOutDays = "left_out_days"
            case comparedDay = "compared_day"
            case comparedSceneIDs = "compared_scene_ids"
        }
    }

    /// What a value must exceed to count.
    public struct Thresholds: Codable, Hashable, Sendable {
        /// Test value from which a pixel departs on a day.
        public var departure: Double
        /// Accumulated score that makes a patch; inside a boundary it may be lower.
        public var seedScore: Double
        public var coreSeedScore: Double
        /// Accumulated score down to which a patch grows.
        public var growScore: Double
        /// Part of the ground that must be judged for a day to count, 0 to 1.
        public var judgedShare: Double
        /// Part of the judged pixels that must depart for a day to show the change, 0 to 1.
        public var departingShare: Double

        private enum CodingKeys: String, CodingKey {
            case departure
            case seedScore = "seed_score"
            case coreSeedScore = "seed_score_inside_boundary"
            case growScore = "grow_score"
            case judgedShare = "judged_share"
            case departingShare = "departing_share"
        }
    }

    /// How a pixel was used on a day, or why it was not. Each pixel of the ground has one use a day.
    public enum PixelUse: String, Codable, CaseIterable, CodingKeyRepresentable, Sendable {
        /// Judged: it departs.
        case departing
        /// Judged: it does not depart.
        case usual = "as_expected"
        /// Judged: it departs by more vegetation than expected, which is no disturbance.
        case growth = "vegetation_grew"
        /// It departs as under a cloud or shadow that the mask missed, and waits for a second observation.
        case cloudLike = "like_missed_cloud_or_shadow"
        /// It departs as by the level of water.
        case waterLevel = "water_level"
        /// It does not stand out from a landscape that is as a whole far from what is usual.
        case restless = "restless_landscape"
        /// Clear, but too seldom before for a baseline.
        case noBaseline = "too_little_history"
        /// Clear, but not on the date it is compared with, or with too little clear ground around.
        case notCompared = "not_compared"
        /// So close to masked cloud or shadow that it counts as hidden.
        case nearCloud = "near_cloud"
        case cloud, shadow, snow
        case water = "masked_water"
        case nodata = "no_data"
        /// The day's stored values carry another offset than the rest.
        case quarantined = "other_offset"

        public var isJudged: Bool { self == .departing || self == .usual || self == .growth }

        /// Hidden by something, or outside the scene.
        public var isHidden: Bool {
            switch self {
            case .nearCloud, .cloud, .shadow, .snow, .water, .nodata, .quarantined: true
            default: false
            }
        }

        /// Words for people.
        public var title: String {
            switch self {
            case .departing: "departing"
            case .usual: "as expected"
            case .growth: "vegetation grew"
            case .cloudLike: "like a missed cloud or shadow"
            case .waterLevel: "level of water"
            case .restless: "restless landscape"
            case .noBaseline: "too little history"
            case .notCompared: "not compared"
            case .nearCloud: "near cloud"
            case .cloud: "cloud"
            case .shadow: "shadow"
            case .snow: "snow"
            case .water: "masked water"
            case .nodata: "no data"
            case .quarantined: "stored with another offset"
            }
        }
    }

    /// What a day said of the whole ground.
    public enum Verdict: String, Codable, Sendable {
        case departs
        case asExpected = "as_expected"
        /// Too few pixels could be judged.
        case notJudged = "not_judged"
    }

    /// One day with scenes, used or not.
    public struct WatchedDay: Codable, Hashable, Sendable {
        public var day: Day
        public var sceneIDs: [String]
        /// Part of the run's period; otherwise watched again.
        public var isInPeriod: Bool
        public var verdict: Verdict
        /// What most of the pixels that were not judged have in common; nil where the day was judged.
        public var reason: PixelUse?
        /// How many pixels were used how; those that none was are left out.
        public var pixels: [PixelUse: Int]
        /// Over the pixels that could be compared, as all below; nil where there was none. In standard deviations of
        /// what is usual.
        public var testValue: Double?
        /// What the test values were divided by, because the landscape around departed too; nil for a pair.
        public var unrest: Double?
        /// By band, what each pixel's baseline or the date before lets expect.
        public var expected: [Double]?
        /// By band, without what haze, light and season did to the whole scene.
        public var observed: [Double]?
        /// By band, in the standard deviations of each pixel's own history, or of the unchanged landscape for a pair.
        public var departures: [Double]?

        private enum CodingKeys: String, CodingKey {
            case day, verdict, reason, pixels, unrest, expected, observed
            case sceneIDs = "scene_ids"
            case isInPeriod = "in_period"
            case testValue = "test_value"
            case departures = "departures_sd"
        }

        /// Part of the ground's pixels with one of these uses, 0 to 1.
        public func share(where isCounted: (PixelUse) -> Bool) -> Double {
            let all = pixels.values.reduce(0, +)
            return all > 0 ? Double(pixels.filter { isCounted($0.key) }.values.reduce(0, +)) / Double(all) : 0
        }
    }

    /// What the watched days together say: the accumulated score, in standard deviations.
    public struct Score: Codable, Hashable, Sendable {
        public var strongest: Double
        public var secondStrongest: Double
        public var mean: Double
        /// Observations that count towards the score, on all but a few of the pixels; nil for a pair.
        public var countedObservations: Int?
        /// How many of them a new patch of this kind needs; nil for a pair and where there is no patch.
        public var neededObservations: Int?
        /// Mean of how much brighter the visible bands together were than ever before, in the unit of the values; nil
        /// for a pair.
        public var brightnessExcess: Double?
        /// Pixels that lay close to a hidden one when last seen departing; nil for a pair.
        public var pixelsBesideCloud: Int?

        private enum CodingKeys: String, CodingKey {
            case strongest, mean
            case secondStrongest = "second_strongest"
            case countedObservations = "counted_observations"
            case neededObservations = "needed_observations"
            case brightnessExcess = "brighter_than_ever_by"
            case pixelsBesideCloud = "pixels_beside_cloud"
        }
    }

    /// What the kind of change was told from.
    public struct Spectrum: Codable, Hashable, Sendable {
        /// By band, means over the observations that depart.
        public var expected: [Double]
        public var observed: [Double]
        public var indices: [SpectralIndex]

        public init(expected: [Double], observed: [Double], indices: [SpectralIndex]) {
            self.expected = expected
            self.observed = observed
            self.indices = indices
        }
    }
}

/// A number that the kind of change is told by.
public struct SpectralIndex: Codable, Hashable, Sendable {
    /// In common use, such as `NDVI`.
    public var name: String
    /// Nil where it is a measure of the change, or the bands for it are missing.
    public var before: Double?
    public var after: Double?

    public init(name: String, before: Double?, after: Double?) {
        self.name = name
        self.before = before
        self.after = after
    }
}
