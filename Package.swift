// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

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
        .target(
            name: "Disturbance",
            dependencies: [
                "Geospatial",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["Detection/METHOD.md"],
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "sitewarden",
            dependencies: [
                "Disturbance",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        .testTarget(name: "GeospatialTests", dependencies: ["Geospatial"], swiftSettings: swiftSettings),
        .testTarget(
            name: "DisturbanceTests", dependencies: ["Disturbance", "Geospatial"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SitewardenTests", dependencies: ["Disturbance", "Geospatial", "sitewarden"],
            swiftSettings: swiftSettings),
    ],
    swiftLanguageModes: [.v6]
)
