import Foundation
import Geospatial
import Testing

@testable import Disturbance

/// Results of groups come back from a file bit for bit.
struct GroupResultFileTests {
    private static let format = "sitewarden-test"

    /// Any number: small, huge, negative zero, NaN with a payload, infinite.
    private static func number(_ random: inout SeededGenerator) -> Double {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: -0.0
        case 1: Double(bitPattern: 0x7FF8_0000_0000_0000 | UInt64.random(in: 1..<1000, using: &random))
        case 2: .infinity
        case 3: .leastNonzeroMagnitude
        default: Double.random(in: -1e6...1e6, using: &random)
        }
    }

    private static func maybe<Value>(_ random: inout SeededGenerator, _ value: (inout SeededGenerator) -> Value)
        -> Value?
    {
        Bool.random(using: &random) ? value(&random) : nil
    }

    private static func list<Value>(
        _ random: inout SeededGenerator, _ value: (inout SeededGenerator) throws -> Value
    ) rethrows -> [Value] {
        try (0..<Int.random(in: 0...4, using: &random)).map { _ in try value(&random) }
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        ["", "S2A_T34TFR", InventedRun.hostileName, "\u{0}é"].randomElement(using: &random)!
    }

    private static func day(_ random: inout SeededGenerator) -> Day {
        Day(number: Int.random(in: -1000...30_000, using: &random))
    }

    private static func log(_ random: inout SeededGenerator) -> ObservationLog {
        ObservationLog(
            list(&random) { .init(day: day(&$0), state: Bool.random(using: &$0) ? .anomalous : .normal) })
    }

    private static func geometry(_ random: inout SeededGenerator) throws -> Geometry {
        let squares = try (0...Int.random(in: 0...2, using: &random)).map { index in
            try InventedRun.square(
                longitude: Double(index) + Double.random(in: 0...0.5, using: &random),
                latitude: Double.random(in: -80...80, using: &random))
        }
        return squares.count == 1 ? squares[0] : Geometry(collecting: squares)
    }

    private static func picture(_ random: inout SeededGenerator) -> Evidence.Picture {
        func outlines(_ random: inout SeededGenerator) -> [[Evidence.PicturePoint]] {
            list(&random) { random in
                list(&random) { Evidence.PicturePoint(column: number(&$0), row: number(&$0)) }
            }
        }
        let (rows, columns) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random))
        return Evidence.Picture(
            day: day(&random), rgb: (0..<rows * columns * 3).map { _ in .random(in: 0...255, using: &random) },
            rows: rows, columns: columns, siteOutlines: outlines(&random), findingOutlines: outlines(&random))
    }

    private static func evidence(_ random: inout SeededGenerator) -> Evidence {
        Evidence(
            quantity: text(&random),
            series: list(&random) { random in
                Evidence.Point(
                    day: day(&random), value: number(&random), expected: maybe(&random, number),
                    deviation: maybe(&random, number), isNew: .random(using: &random),
                    isAnomalous: .random(using: &random))
            }, before: maybe(&random, picture), after: maybe(&random, picture), sceneIDs: list(&random, text))
    }

    private static func explanation(_ random: inout SeededGenerator) -> Explanation {
        func use(_ random: inout SeededGenerator) -> Explanation.PixelUse {
            Explanation.PixelUse.allCases.randomElement(using: &random)!
        }
        func count(_ random: inout SeededGenerator) -> Int { .random(in: 0...1_000_000, using: &random) }
        func numbers(_ random: inout SeededGenerator) -> [Double] { list(&random, number) }
        return Explanation(
            method: maybe(&random) { _ in .pair }, pixelCount: count(&random), pixelMetres: number(&random),
            minimumSquareMetres: number(&random), bands: [.red, .nir], testedBands: [.nir],
            isReflectance: .random(using: &random),
            history: Explanation.History(
                siteObservations: count(&random), neededObservations: count(&random), clearDays: count(&random),
                firstClear: maybe(&random, day), lastClear: maybe(&random, day), hiddenDays: count(&random),
                leftOutDays: list(&random, day), comparedDay: maybe(&random, day),
                comparedSceneIDs: list(&random, text)),
            thresholds: maybe(&random) { random in
                Explanation.Thresholds(
                    departure: number(&random), seedScore: number(&random), coreSeedScore: number(&random),
                    growScore: number(&random), judgedShare: number(&random), departingShare: number(&random))
            },
            days: list(&random) { random in
                Explanation.WatchedDay(
                    day: day(&random), sceneIDs: list(&random, text), isInPeriod: .random(using: &random),
                    verdict: [.departs, .asExpected, .notJudged].randomElement(using: &random)!,
                    reason: maybe(&random, use),
                    pixels: Dictionary(
                        Explanation.PixelUse.allCases.shuffled(using: &random).prefix(3).map { ($0, $0.title.count) }
                    ) { first, _ in first }, testValue: maybe(&random, number), unrest: maybe(&random, number),
                    expected: maybe(&random, numbers), observed: maybe(&random, numbers),
                    departures: maybe(&random, numbers))
            },
            score: maybe(&random) { random in
                Explanation.Score(
                    strongest: number(&random), secondStrongest: number(&random), mean: number(&random),
                    countedObservations: maybe(&random, count), neededObservations: maybe(&random, count),
                    brightnessExcess: maybe(&random, number), pixelsBesideCloud: maybe(&random, count))
            },
            spectrum: maybe(&random) { random in
                Explanation.Spectrum(
                    expected: numbers(&random), observed: numbers(&random),
                    indices: list(&random) {
                        SpectralIndex(name: text(&$0), before: maybe(&$0, number), after: maybe(&$0, number))
                    })
            })
    }

    static func result(seed: Int) throws -> GroupResult {
        var random = SeededGenerator(seed: seed)
        let candidates = try list(&random) { random in
            Candidate(
                geometry: try geometry(&random), kind: DisturbanceKind.allCases.randomElement(using: &random)!,
                kindCertainty: number(&random), method: .baseline, log: log(&random), magnitude: number(&random),
                probability: number(&random), magnitudes: ["K-1": number(&random), text(&random): number(&random)],
                evidence: Deferred(evidence(&random)),
                explanation: maybe(&random) { Deferred(explanation(&$0)) })
        }
        return GroupResult(
            candidates: candidates, followUps: ["f1": log(&random), "f2": log(&random)],
            coverage: list(&random) { random in
                SiteCoverage(
                    siteID: text(&random), siteName: text(&random),
                    outcome: SiteCoverage.Outcome.allCases.randomElement(using: &random)!,
                    method: maybe(&random) { _ in .pair }, acquisitions: 3, clearObservations: 2,
                    historyObservations: 41, lastClear: maybe(&random, day), hiddenShare: maybe(&random, number),
                    tasks: 0, judgedShare: maybe(&random, number),
                    obstacles: [.cloud: number(&random), .snow: number(&random)])
            },
            score: maybe(&random) { random in
                Deferred((0..<50).map { _ in Float(number(&random)) } + [.nan, Float(bitPattern: 0xFFC0_0001)])
            },
            problems: list(&random) { PlanProblem(subject: text(&$0), message: text(&$0)) },
            explanations: ["f1": GroundExplanation(explanation(&random))],
            shiftedDays: list(&random) {
                ShiftedDay(
                    day: day(&$0), sceneIDs: list(&$0, text), steps: -1, stepValue: number(&$0), isReflectance: true)
            })
    }

    /// The bytes of everything in it, also of what lies in a file.
    static func bytes(of result: GroupResult) throws -> [UInt8] { try Packer.bytes(of: result) }

    @Test(arguments: 1...60) func everythingComesBackBitForBit(seed: Int) throws {
        let folder = try TemporaryFolder()
        let results = try (0..<3).map { try Self.result(seed: seed * 10 + $0) }
        let path = folder.path + "/results"
        let writer = try RecordWriter(creating: path, format: Self.format, version: 1, about: "")
        let entries = try results.enumerated().map { try writer.add($1, of: $0, fingerprint: [1, UInt8($0)]) }
        try writer.finish(index: entries)
        let file = try RecordFile(reading: path, format: Self.format, version: 1)
        let read = GroupResultFile(entries: try file.indexValue([GroupResultFile.Entry].self), file: file)
        #expect(
            read.entries.map(\.group) == [0, 1, 2] && read.entries.map(\.fingerprint) == [[1, 0], [1, 1], [1, 2]])
        for (entry, result) in zip(read.entries, results) {
            let back = try read.result(entry)
            #expect(try Self.bytes(of: back) == Self.bytes(of: result))
            // Not only the packed form: what the later stages look at.
            #expect(back.candidates.map(\.geometry.wkb) == result.candidates.map(\.geometry.wkb))
            #expect(back.candidates.map(\.magnitude.bitPattern) == result.candidates.map(\.magnitude.bitPattern))
            #expect(back.followUps == result.followUps && back.problems == result.problems)
            #expect(
                try back.score?.value.map(\.bitPattern) == result.score?.value.map(\.bitPattern))
            for (first, second) in zip(back.candidates, result.candidates) {
                #expect(try "\(first.evidence.value)" == "\(second.evidence.value)")
            }
        }
    }

    /// A property that is not packed would be lost in silence.
    @Test func everyPropertyIsPacked() throws {
        func names(_ value: Any) -> Set<String> { Set(Mirror(reflecting: value).children.compactMap(\.label)) }
        var random = SeededGenerator(seed: 7)
        var explanation = Self.explanation(&random)
        while explanation.days.isEmpty || explanation.score == nil { explanation = Self.explanation(&random) }
        #expect(
            names(try Self.result(seed: 1)) == [
                "candidates", "followUps", "coverage", "score", "problems", "explanations", "shiftedDays",
            ])
        var result = try Self.result(seed: 1)
        var seed = 2
        while result.candidates.isEmpty || result.coverage.isEmpty || result.shiftedDays.isEmpty {
            result = try Self.result(seed: seed)
            seed += 1
        }
        #expect(
            names(result.candidates[0]) == [
                "geometry", "kind", "kindCertainty", "method", "log", "magnitude", "probability", "magnitudes",
                "evidence", "explanation",
            ])
        #expect(
            names(result.coverage[0]) == [
                "siteID", "siteName", "outcome", "method", "acquisitions", "clearObservations", "historyObservations",
                "lastClear", "hiddenShare", "tasks", "judgedShare", "obstacles",
            ])
        #expect(names(result.shiftedDays[0]) == ["day", "sceneIDs", "steps", "stepValue", "isReflectance"])
        #expect(
            names(Self.evidence(&random)) == ["quantity", "series", "before", "after", "sceneIDs"])
        #expect(
            names(Self.picture(&random)) == ["day", "rgb", "rows", "columns", "siteOutlines", "findingOutlines"])
        #expect(
            names(InventedRun.series()[0]) == ["day", "value", "expected", "deviation", "isNew", "isAnomalous"])
        #expect(
            names(explanation) == [
                "method", "pixelCount", "pixelMetres", "minimumSquareMetres", "bands", "testedBands", "isReflectance",
                "history", "thresholds", "days", "score", "spectrum",
            ])
        #expect(
            names(explanation.history) == [
                "siteObservations", "neededObservations", "clearDays", "firstClear", "lastClear", "hiddenDays",
                "leftOutDays", "comparedDay", "comparedSceneIDs",
            ])
        #expect(
            names(explanation.days[0]) == [
                "day", "sceneIDs", "isInPeriod", "verdict", "reason", "pixels", "testValue", "unrest", "expected",
                "observed", "departures",
            ])
        #expect(
            names(explanation.score!) == [
                "strongest", "secondStrongest", "mean", "countedObservations", "neededObservations",
                "brightnessExcess", "pixelsBesideCloud",
            ])
    }
}
