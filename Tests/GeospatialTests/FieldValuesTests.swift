import Testing

@testable import Geospatial

struct FieldValuesTests {
    private let fields: FieldValues = ["id": "A-1", "rank": 3, "note": .null]

    @Test func valuesAreFoundByName() {
        #expect(fields["id"] == "A-1" && fields["rank"] == 3)
        #expect(fields["note"] == .null && fields["nothing"] == .null)
        #expect(fields.count == 3 && fields.names == ["id", "rank", "note"])
    }

    @Test func aFieldThatIsNotGivenDiffersFromOneThatIsNull() {
        #expect(fields.value(of: "note", near: 2) == .null)
        #expect(fields.value(of: "nothing", near: 0) == nil)
    }

    @Test(arguments: [0, 1, 2, 3, 9]) func whereALookBeginsDoesNotMatter(position: Int) {
        #expect(fields.value(of: "rank", near: position) == 3)
    }

    @Test func newValuesTakeThePlaceOfOldOnes() {
        var changed = fields
        changed["rank"] = 4
        changed.merge(["note": "seen", "site": "S"])
        #expect(changed == ["id": "A-1", "rank": 4, "note": "seen", "site": "S"])
        #expect(changed.names == ["id", "rank", "note", "site"])
    }

    @Test func orderMakesNoDifference() {
        #expect(fields == ["note": .null, "rank": 3, "id": "A-1"])
        #expect(fields != ["id": "A-1", "rank": 3])
        #expect(fields != ["id": "A-1", "rank": 3, "site": .null])
    }

    @Test func ofTwoFieldsWithOneNameTheLastHolds() {
        #expect(FieldValues(names: ["name", "name"], values: ["old", "new"])["name"] == "new")
    }
}
