/// How change is told from noise; the `detection` part of a pipeline. Method and sources: `Detection/METHOD.md`.
public struct DetectionSettings: Codable, Hashable, Sendable {
    /// Clear observations of a pixel before the period from which on it has a seasonal baseline.
    public var minimumHistoryObservations = 10
    public var pair = PairSettings()
    public var baseline = BaselineSettings()
    public var offsetGuard = OffsetGuardSettings()

    public init() {}

    /// Days whose stored values carry another offset than the rest are not compared.
    public struct OffsetGuardSettings: Codable, Hashable, Sendable {
        /// The offset looked for where values are reflectance: 1000 stored units of 1/10000, as Sentinel-2 has since
        /// processing baseline 04.00. 0 switches the guard off.
        public var shiftReflectance = 0.1
        /// The same where the stored values have no calibration, stored units.
        public var shiftStoredUnits = 1000.0
        /// Ground is stable where its bands moved alike but for this part of the offset, root mean square.
        public var stableSpread = 0.2
        /// Part of the clear ground that must be stable.
        public var minimumStableShare = 0.2
        /// Part of the stable ground that must have moved by the same amount.
        public var minimumAgreement = 0.7
        /// How far apart amounts may be that are the same, part of the offset: light and haze differ from day to day.
        public var tolerance = 0.4

        public init() {}
    }

    /// One acquisition against one before it.
    public struct PairSettings: Codable, Hashable, Sendable {
        /// How much a band's departure counts; the near infrared half, because it follows the season most.
        public var nearInfraredWeight = 0.5
        /// Registration error that remains after the shift is taken off.
        public var registrationErrorMetres = 3.0
        /// Largest shift between the dates that is believed, pixels.
        public var maximumShiftPixels = 1.5
        /// Half the width of the landscape whose mean departure is taken off, pixels.
        public var landscapeRadiusPixels = 50
        /// Score of a pixel that makes a patch; standard deviations.
        public var seedScore = 3.3
        /// The same inside a site's boundary, where a miss costs more.
        public var coreSeedScore = 2.3
        /// Score down to which a patch grows from its seed.
        public var growScore = 1.8
        /// Width over which the score is smoothed: what is narrower than this is hardly told from noise.
        public var smoothingMetres = 30.0

        public init() {}
    }

    /// Departure of new observations from a per-pixel seasonal baseline.
    public struct BaselineSettings: Codable, Hashable, Sendable {
        /// How far back from a period's end days are watched again at the least, as far as earlier runs have watched
        /// them: what began slowly or under cloud adds up from month to month.
        public var watchedDays = 280
        /// What the seasonal terms of a pixel with few observations are drawn to zero with, observations.
        public var ridge = 0.3
        /// Observations beyond so many times a pixel's median departure take no part in its baseline.
        public var trim = 2.5
        /// Observations that the covariance of the whole landscape is worth beside a pixel's own.
        public var priorObservations = 8.0
        /// Departure of a pixel, in standard deviations, from which an observation is anomalous.
        public var anomaly = 3.0
        /// Vegetation index above the baseline from which an anomaly is growth, no disturbance.
        public var vegetationGain = 0.05
        /// Part of an anomaly's square that cloud, shadow or water level must leave for it to count.
        public var unexplainedShare = 0.3
        /// Below this part the anomaly counts as explained however strong it is.
        public var fullyExplainedShare = 0.1
        /// What is left counts as evidence from this many standard deviations on.
        public var unexplainedAnomaly = 4.0
        /// How close to a hidden pixel cloud and shadow may have acted together.
        public var nearCloudMetres = 80.0
        /// How close to a hidden pixel a change that was seen only once is left for the next observation: the rims of
        /// clouds are missed more often than anything else.
        public var besideCloudMetres = 100.0
        /// How far from hidden pixels an anomaly that looks like cloud counts from its second observation on.
        public var farFromCloudMetres = 200.0
        /// A landscape whose median departure is so many times the usual says nothing about a single quiet pixel.
        public var restlessDay = 1.7
        /// Half the width of the landscape whose median departure is the measure of a day's unrest.
        public var unrestRadiusMetres = 150.0
        /// Largest departure one observation adds, so that one missed cloud does not make a finding.
        public var cap = 10.0
        /// Accumulated score that makes a patch.
        public var seedScore = 5.0
        /// Accumulated score down to which a patch grows.
        public var growScore = 3.5
        /// A patch ends where the score falls below this part of its strongest pixels'.
        public var edgeShare = 0.35
        /// A brightening that comes this near to the brightest the ground ever was, in parts of its usual brightness, is
        /// reported when it is first seen.
        public var brightTolerance = 0.2
        /// Observations of a change that is not as bright: vegetation lost, for instance.
        public var plainObservations = 2
        /// Observations of a darkening of all bands, as by moisture, shadow or ploughing.
        public var darkObservations = 3
        /// Accumulated score from which two observations of a darkening are enough.
        public var darkScore = 14.0

        public init() {}

        /// The first day that is watched with a period.
        ///
        /// It moves on once a quarter, so that the history before it, and what that says of the ground, stays the same
        /// in between.
        /// - Parameters:
        ///   - watchedFrom: The first day that earlier runs have watched, or the period's first day.
        ///   - turn: That of the group of sites.
        func firstWatchedDay(of period: Period, watchedFrom: Day, turn: Int) -> Day {
            let limit = period.end.adding(days: -watchedDays).startOfQuarter(turn: turn)
            return min(max(watchedFrom, limit), period.start)
        }
    }
}
