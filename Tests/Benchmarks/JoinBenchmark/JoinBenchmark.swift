import Dispatch
import Disturbance
import Foundation
import Geospatial

/// Times which findings touch which sites, and with how much ground, and holds it against GEOS asked for each pair.
///
/// USAGE   swift run -c release JoinBenchmark [COUNT]
///         COUNT  sites, and as many findings; 100,000 where nothing is said
/// MEASURES  seconds of the thread. All look for candidates in an index of envelopes. The plain way asks GEOS of every
///         candidate whether it intersects the site's zone, the prepared one asks a prepared zone, and the join makes
///         what a run needs: the touched sites of every finding, with areas in core and buffer and the distance.
///         Status 1 where the pairs differ
@main
struct JoinBenchmark {
    static func main() throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
        print("sites | metres apart | way | s | pairs | plain over it")
        // Scattered sites, and cemeteries of mounds whose buffers overlap.
        let isSame = try [400.0, 150.0].map { try measure(Landscape(count: count, metresApart: $0)) }
        print(isSame.contains(false) ? "The pairs differ" : "The same pairs")
        exit(isSame.contains(false) ? 1 : 0)
    }

    private static func measure(_ landscape: Landscape) throws -> Bool {
        let index = try SpatialIndex(landscape.sites.map(\.zone))
        let zones = try ZoneAnalysis(groups: landscape.groups, minimumOverlapSquareMetres: 0)
        var prepared: [Int: PreparedGeometry] = [:]
        let (plain, plainSeconds) = try timed {
            try landscape.placed.reduce(0) { pairs, finding in
                try pairs + index.query(finding).count { try landscape.sites[$0].zone.intersects(finding) }
            }
        }
        let (touching, preparedSeconds) = try timed {
            try landscape.placed.reduce(0) { pairs, finding in
                try pairs
                    + index.query(finding).count { site in
                        let zone = try prepared[site] ?? PreparedGeometry(landscape.sites[site].zone)
                        prepared[site] = zone
                        return try zone.intersects(finding)
                    }
            }
        }
        let (joined, joinSeconds) = try timed {
            try landscape.findings.reduce(0) {
                try $0 + zones.overlaps(of: $1, areaSquareMetres: $1.ellipsoidalArea).count
            }
        }
        for (way, seconds, pairs) in [
            ("plain intersects", plainSeconds, plain), ("prepared intersects", preparedSeconds, touching),
            ("join with areas and distances", joinSeconds, joined),
        ] {
            print(
                "\(landscape.sites.count) | \(Int(landscape.metresApart)) | \(way) |",
                String(format: "%.2f | %d | %.1f", seconds, pairs, plainSeconds / seconds))
        }
        // Who shares only an edge with a site touches it, and has no ground in it.
        return plain == touching && joined <= plain && joined > plain * 99 / 100
    }

    private static func timed<Value>(_ work: () throws -> Value) rethrows -> (value: Value, seconds: Double) {
        let start = threadSeconds()
        let value = try work()
        return (value, threadSeconds() - start)
    }

    /// Seconds for which the processor worked for this thread.
    private static func threadSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Ragged sites of about 1.5 ha in a plane, and outlines of pixels near them; the same on every run.
private struct Landscape {
    let sites: [PlacedSite]
    let groups: [SiteGroup]
    /// In WGS 84, and in the plane.
    let findings: [Geometry]
    let placed: [Geometry]
    let metresApart: Double

    init(count: Int, metresApart: Double) throws {
        self.metresApart = metresApart
        let crs = try CoordinateReferenceSystem(epsg: 32634)
        let toWGS84 = try CoordinateTransformation(from: crs, to: .wgs84)
        let fromWGS84 = try CoordinateTransformation(from: .wgs84, to: crs)
        let lattice = AnalysisLattice(crs: crs, pixelSizeMetres: 10, origin: Coordinate(x: 0, y: 0))
        var state: UInt64 = 7
        func next(_ limit: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return limit * Double(state >> 33) / Double(1 << 31)
        }
        let across = Int(Double(count).squareRoot().rounded(.up))
        var sites: [PlacedSite] = []
        var findings: [Geometry] = []
        for number in 0..<count {
            let x = 300_000 + Double(number % across) * metresApart + next(metresApart / 3)
            let y = 4_800_000 + Double(number / across) * metresApart + next(metresApart / 3)
            // As many corners as a boundary drawn along walls has: 40 to 160.
            let corners = 40 + Int(next(120))
            let ring = (0..<corners).map { corner in
                let angle = 2 * Double.pi * Double(corner) / Double(corners)
                let radius = 60 + next(20)
                return Coordinate(x: x + radius * cos(angle), y: y + radius * sin(angle))
            }
            let core = try Geometry(polygonWithExterior: ring).transformed(with: toWGS84)
            sites.append(
                try PlacedSite(
                    Site(id: "S\(number)", core: core, bufferMetres: 50), on: lattice, ringMetres: 0,
                    fromWGS84: fromWGS84))
            findings.append(
                try patch(x: x + next(300) - 150, y: y + next(300) - 150) { next(1) }
                    .transformed(with: toWGS84))
        }
        self.sites = sites
        groups = SiteGroup.grouping(sites, on: lattice, cellPixels: 256)
        self.findings = findings
        placed = try findings.map { try $0.transformed(with: fromWGS84) }
    }
}

/// An outline along pixel edges: rows of pixels of ragged lengths.
private func patch(x: Double, y: Double, _ random: () -> Double) throws -> Geometry {
    let rows = 4 + Int(random() * 8)
    let ends = (0..<rows).map { _ in
        (left: -10 * (2 + random() * 4).rounded(), right: 10 * (2 + random() * 4).rounded())
    }
    var ring: [Coordinate] = []
    for (row, end) in ends.enumerated() {
        ring += [0, 10].map { Coordinate(x: x + end.right, y: y - Double(10 * row + $0)) }
    }
    for (row, end) in ends.enumerated().reversed() {
        ring += [10, 0].map { Coordinate(x: x + end.left, y: y - Double(10 * row + $0)) }
    }
    return try Geometry(polygonWithExterior: ring)
}
