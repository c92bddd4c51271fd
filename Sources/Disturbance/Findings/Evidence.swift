/// What an analyst looks at beside the numbers of a finding: two pictures and a curve.
public struct Evidence: Sendable {
    /// One observation of a finding's ground.
    public struct Point: Hashable, Sendable {
        public var day: Day
        /// Mean over the finding's clear pixels, in the unit of `quantity`.
        public var value: Double
        /// What the baseline expects on that day; nil for a pair.
        public var expected: Double?
        /// One standard deviation of what is usual around `expected`, same unit.
        public var deviation: Double?
        /// Part of the run's period.
        public var isNew: Bool
        public var isAnomalous: Bool

        public init(
            day: Day, value: Double, expected: Double?, deviation: Double?, isNew: Bool, isAnomalous: Bool
        ) {
            self.day = day
            self.value = value
            self.expected = expected
            self.deviation = deviation
            self.isNew = isNew
            self.isAnomalous = isAnomalous
        }
    }

    /// A north-up picture in true colour and where it lies.
    public struct Picture: Sendable {
        public var day: Day
        /// Red, green and blue of each pixel, rows first. Few pictures are shown: those are packed then.
        public var rgb: [UInt8]
        public var rows: Int
        public var columns: Int
        /// Outlines in fractional columns (x) and rows (y) of the picture.
        public var siteOutlines: [[PicturePoint]]
        public var findingOutlines: [[PicturePoint]]

        public init(
            day: Day, rgb: [UInt8], rows: Int, columns: Int, siteOutlines: [[PicturePoint]],
            findingOutlines: [[PicturePoint]]
        ) {
            self.day = day
            self.rgb = rgb
            self.rows = rows
            self.columns = columns
            self.siteOutlines = siteOutlines
            self.findingOutlines = findingOutlines
        }
    }

    public struct PicturePoint: Hashable, Sendable {
        public var column: Double
        public var row: Double

        public init(column: Double, row: Double) {
            self.column = column
            self.row = row
        }
    }

    /// What the curve shows, for example `swir16 reflectance`.
    public var quantity: String
    /// In order of day.
    public var series: [Point]
    public var before: Picture?
    public var after: Picture?
    /// Ids of the scenes whose pixels were used in the period.
    public var sceneIDs: [String]

    public init(quantity: String, series: [Point], before: Picture?, after: Picture?, sceneIDs: [String]) {
        self.quantity = quantity
        self.series = series
        self.before = before
        self.after = after
        self.sceneIDs = sceneIDs
    }
}
