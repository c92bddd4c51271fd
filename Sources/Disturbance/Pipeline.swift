internal import Geospatial

/// Placeholder replaced in this commit series.
public enum Pipeline { public static let version = "0.1.0" }
