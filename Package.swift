// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The same sources for each instruction set, in folders of links: see `KernelSet`. Debug builds are for any machine.
func kernels(_ name: String, folder: String, architecture: String) -> Target {
    .target(
        name: name, dependencies: ["Kernels"], path: "Sources/Kernels/\(folder)",
        swiftSettings: swiftSettings
            + [.unsafeFlags(["-Xcc", "-march=\(architecture)"], .when(configuration: .release))])
}

#if arch(x86_64)
    let widerKernels = [
        kernels("KernelsAVX2", folder: "AVX2", architecture: "x86-64-v3"),
        kernels("KernelsAVX512", folder: "AVX512", architecture: "x86-64-v4"),
    ]
#else
    let widerKernels: [Target] = []
#endif

let package = Package(
    name: "sitewarden",
    products: [
        .library(name: "Geospatial", targets: ["Geospatial"]),
        .library(name: "Disturbance", targets: ["Disturbance"]),
        .executable(name: "sitewarden", targets: ["sitewarden"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CGDAL", pkgConfig: "gdal", providers: [.apt(["libgdal-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CGEOS", pkgConfig: "geos", providers: [.apt(["libgeos-dev"])]),
        .target(name: "Geospatial", dependencies: ["CDeflate", "CGDAL", "CGEOS"], swiftSettings: swiftSettings),
        .systemLibrary(name: "CAllocator"),
        .systemLibrary(name: "CProcessor"),
        .target(name: "Kernels", path: "Sources/Kernels/Interface", swiftSettings: swiftSettings),
        .target(
            name: "KernelsBaseline", dependencies: ["Kernels"], path: "Sources/Kernels/Baseline",
            swiftSettings: swiftSettings),
        .target(
            name: "Disturbance",
            dependencies: [
                "CAllocator", "CProcessor", "Geospatial", "Kernels", "KernelsBaseline",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ] + widerKernels.map { .byName(name: $0.name) },
            exclude: ["Detection/METHOD.md"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "sitewarden",
            dependencies: [
                "Disturbance",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "KernelBenchmark", dependencies: ["Disturbance", "Kernels"],
            path: "Tests/Benchmarks/KernelBenchmark", swiftSettings: swiftSettings),
        .executableTarget(
            name: "PolygonBenchmark", dependencies: ["Geospatial"], path: "Tests/Benchmarks/PolygonBenchmark",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "JoinBenchmark", dependencies: ["Disturbance", "Geospatial"],
            path: "Tests/Benchmarks/JoinBenchmark", swiftSettings: swiftSettings),
        .testTarget(name: "GeospatialTests", dependencies: ["Geospatial"], swiftSettings: swiftSettings),
        .testTarget(
            name: "DisturbanceTests", dependencies: ["Disturbance", "Geospatial", "Kernels"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "SitewardenTests", dependencies: ["Disturbance", "Geospatial", "sitewarden"],
            swiftSettings: swiftSettings),
    ] + widerKernels,
    swiftLanguageModes: [.v6]
)
