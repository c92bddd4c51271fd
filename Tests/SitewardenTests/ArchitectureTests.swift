import Foundation
import Testing

/// The rules that keep the layers apart, read from the sources themselves.
struct ArchitectureTests {
    private struct Source {
        /// From the repository, such as `Sources/Geospatial/Grid.swift`.
        let path: String
        let lines: [Substring]

        /// The modules it imports.
        var imports: [String] {
            lines.compactMap { line in
                (try? /^\s*(?:@\w+\s+)*(?:(?:public|package|internal|private)\s+)?import\s+(?:\w+\s+)?(\w+)/
                    .firstMatch(in: line)).map { String($0.output.1) }
            }
        }
    }

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func sources(in folder: String) throws -> [Source] {
        let base = repository.appending(path: folder)
        let names = try #require(FileManager.default.enumerator(atPath: base.path())).compactMap { $0 as? String }
        let found = try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
            return Source(
                path: "\(folder)/\(name)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
        #expect(!found.isEmpty)
        return found
    }

    private func expectImports(
        of folder: String, among allowed: Set<String>? = nil, without forbidden: Set<String> = []
    ) throws {
        for source in try Self.sources(in: folder) {
            for module in source.imports {
                #expect(allowed?.contains(module) != false && !forbidden.contains(module), "\(source.path): \(module)")
            }
        }
    }

    @Test func importsAreRecognised() {
        let lines: [Substring] = [
            "internal import CGDAL", "public import struct Foundation.URL", "@testable import Disturbance",
            "    import Glibc", "// import Yams", "let important = 1",
        ]
        #expect(Source(path: "", lines: lines).imports == ["CGDAL", "Foundation", "Disturbance", "Glibc"])
    }

    @Test func onlyGeospatialTouchesTheLibrariesInC() throws {
        for folder in ["Sources/Disturbance", "Sources/sitewarden", "Tests"] {
            try expectImports(of: folder, without: ["CDeflate", "CGDAL", "CGEOS"])
        }
    }

    @Test func geospatialKnowsNothingAbove() throws {
        try expectImports(
            of: "Sources/Geospatial",
            among: ["CDeflate", "CGDAL", "CGEOS", "Foundation", "Glibc", "Musl", "Darwin", "Synchronization"])
    }

    @Test func geospatialHasNoWordsOfTheDomain() throws {
        let words = /(?i)\b(disturbance|heritage|finding|verdict|inspection|sitewarden)s?\b/
        for source in try Self.sources(in: "Sources/Geospatial") {
            for (number, line) in source.lines.enumerated() where !line.contains(/^\s*\/\//) {
                #expect(!line.contains(words), "\(source.path):\(number + 1): \(line)")
            }
        }
    }

    @Test func theLibraryKnowsNoCommandLine() throws {
        try expectImports(of: "Sources/Disturbance", without: ["ArgumentParser", "sitewarden"])
    }

    /// Code of another module that is compiled into theirs could be for instructions that a machine lacks.
    @Test func kernelsImportNothingButTheirInterface() throws {
        try expectImports(of: "Sources/Kernels/Interface", among: [])
        try expectImports(of: "Sources/Kernels/Baseline", among: ["Kernels"])
    }

    @Test func everyInstructionSetHasTheSameSources() throws {
        let files = FileManager.default
        let kernels = Self.repository.appending(path: "Sources/Kernels")
        let names = try files.contentsOfDirectory(atPath: kernels.appending(path: "Baseline").path()).sorted()
        for set in ["AVX2", "AVX512"] {
            let folder = kernels.appending(path: set).path()
            #expect(try files.contentsOfDirectory(atPath: folder).sorted() == names)
            for name in names {
                #expect(try files.destinationOfSymbolicLink(atPath: "\(folder)/\(name)") == "../Baseline/\(name)")
            }
        }
    }

    @Test func commandsReachTheGeospatialLayerThroughTheLibraryOnly() throws {
        try expectImports(of: "Sources/sitewarden", without: ["Geospatial", "Yams", "Crypto"])
    }

    @Test func theLibraryNeitherPrintsNorExitsNorReadsTheClock() throws {
        let calls =
            /(^|[^\w.])(print|debugPrint|exit|abort|Date|time|gettimeofday|clock_gettime)\(|Date\.now|FileHandle\.standard/
        for folder in ["Sources/Geospatial", "Sources/Disturbance"] {
            for source in try Self.sources(in: folder) {
                for (number, line) in source.lines.enumerated() where !line.contains(/^\s*\/\//) {
                    #expect(!line.contains(calls), "\(source.path):\(number + 1): \(line)")
                }
            }
        }
    }

    @Test func theTopOfTheRepositoryHoldsNothingElse() throws {
        let known: Set<String> = ["Package.swift", "Sources", "Tests", "Data", "Pipelines", "README.md"]
        let ignored = try String(contentsOf: Self.repository.appending(path: ".gitignore"), encoding: .utf8)
            .split(separator: "\n").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "/")) }
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.repository.path()).sorted() {
            if name.hasPrefix(".") || known.contains(name) || ignored.contains(name) { continue }
            #expect(name.hasSuffix(".aux.xml"), "\(name) lies at the top of the repository")
        }
    }
}
