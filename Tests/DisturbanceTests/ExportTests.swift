import Testing

@testable import Disturbance

struct ExportTests {
    @Test func countsAreToldInClasses() {
        func title(_ count: Int, _ least: Int = 5) -> String { CountClass(count, leastCount: least).title }
        #expect([0, 1, 4].map { title($0) } == ["none", "fewer than 5", "fewer than 5"])
        #expect(
            [5, 9, 10, 19, 20, 99, 9999].map { title($0) } == [
                "5 to 9", "5 to 9", "10 to 19", "10 to 19", "20 to 49", "50 to 99", "5000 to 9999",
            ])
        #expect(title(10_000) == "10000 or more")
        #expect([9, 10, 19, 20].map { title($0, 10) } == ["fewer than 10", "10 to 19", "10 to 19", "20 to 49"])
        #expect(title(7, 12_000) == "fewer than 12000" && title(12_000, 12_000) == "12000 or more")
    }

    @Test func areasAreToldInClasses() {
        #expect(
            [400, 999.9, 1000, 19_999, 20_000].map { AreaClass(squareMetres: $0).title } == [
                "under 1000", "under 1000", "1000 to 5000", "5000 to 20000", "20000 or more",
            ])
    }

    @Test func settingsThatProtectNobodyAreRefused() throws {
        var settings = ExportSettings()
        try settings.requireSound()
        settings.minimumSites = 2
        #expect(throws: ConfigurationError.self) { try settings.requireSound() }
        let refusal = #expect(throws: ConfigurationError.self) {
            try Configuration(yaml: "export: {partnerFields: [name, owner]}", subject: "watch.yaml")
        }
        #expect(refusal?.description.contains("export.partnerFields") == true)
        #expect(refusal?.description.contains("owner") == true, "\(refusal?.description ?? "")")
    }
}
