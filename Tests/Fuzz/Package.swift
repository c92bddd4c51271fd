// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the fuzzers need another build of everything, which nobody else should wait for.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "sitewarden", path: "../..")],
    targets: [
        .executableTarget(
            name: "fuzz",
            dependencies: [
                .product(name: "Disturbance", package: "sitewarden"),
                .product(name: "Geospatial", package: "sitewarden"),
            ],
            // libFuzzer brings its own main.
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ],
    swiftLanguageModes: [.v6])
