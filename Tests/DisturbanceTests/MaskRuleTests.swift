import Testing

@testable import Disturbance

struct MaskRuleTests {
    private func rule(_ kind: SceneMask.Kind, masked: [Int] = SceneSettings().maskedSCL, water: Bool = false)
        -> MaskRule
    {
        MaskRule(kind: kind, maskedSCL: masked, maskedWater: water)
    }

    @Test func sceneClasses() {
        let rule = rule(.sentinel2SCL)
        let conditions = (0...12).map { rule.condition(of: UInt16($0)) }
        #expect(
            conditions == [
                .nodata, .nodata, .clear, .shadow, .clear, .clear, .clear, .clear, .cloud, .cloud, .cloud, .snow,
                .nodata,
            ])
        #expect(rule.condition(of: 255) == .nodata)
        #expect(rule.condition(of: 260) == .nodata)
    }

    @Test func sceneClassesByChoice() {
        let rule = rule(.sentinel2SCL, masked: [2, 7], water: true)
        #expect(rule.condition(of: 2) == .shadow)
        #expect(rule.condition(of: 6) == .water)
        #expect(rule.condition(of: 7) == .cloud)
        #expect(rule.condition(of: 11) == .clear)
        // What was never measured is no observation, whatever the settings say.
        #expect(rule.condition(of: 0) == .nodata)
    }

    /// Values of real Landsat 8 scenes, from the USGS product guide.
    @Test(arguments: [
        (UInt16(1), PixelCondition.nodata), (21824, .clear), (21952, .clear), (22080, .clear), (22280, .cloud),
        (23888, .shadow), (30048, .snow), (54596, .cloud), (54852, .cloud), (55052, .cloud), (21826, .cloud),
    ])
    func pixelQuality(value: UInt16, condition: PixelCondition) {
        #expect(rule(.landsatQA).condition(of: value) == condition)
    }

    @Test func pixelQualityByChoice() {
        #expect(rule(.landsatQA, masked: []).condition(of: 30048) == .clear)
        #expect(rule(.landsatQA, masked: []).condition(of: 54596) == .clear)
        #expect(rule(.landsatQA, water: true).condition(of: 21952) == .water)
    }

    @Test func fmask() {
        let rule = rule(.hlsFmask)
        let values: [UInt16] = [0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 3 << 6, 255]
        #expect(
            values.map(rule.condition) == [.clear, .cloud, .cloud, .shadow, .snow, .clear, .clear, .nodata])
    }

    @Test(arguments: SceneMask.Kind.allCases)
    func theTableAgreesWithTheFunction(kind: SceneMask.Kind) {
        let rule = rule(kind)
        #expect(rule.table.count == 256)
        for value in 0..<256 {
            #expect(PixelCondition(rawValue: rule.table[value]) == rule.condition(of: UInt16(value)))
        }
    }
}
