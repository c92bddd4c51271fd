import Testing

@testable import Disturbance

struct CSVTextTests {
    @Test(arguments: [
        ("Tell 3", "Tell 3"), ("", ""), ("a-b+c=d@e", "a-b+c=d@e"), ("=1+1", "'=1+1"), ("  +1", "'  +1"),
        ("\"=1+1", "'\"=1+1"), ("\" \"@x", "'\" \"@x"), ("\u{FF1D}1", "'\u{FF1D}1"),
        ("Tell;=1+1", "Tell;'=1+1"), ("a; \"-1;b", "a;' \"-1;b"), ("=a;=b", "'=a;'=b"),
        ("north; south", "north; south"),
    ])
    func whatWouldBeAFormulaHasAnApostropheBeforeIt(text: String, harmless: String) {
        #expect(CSVText.harmless(text) == harmless)
    }

    @Test func fieldsAreQuotedWhereTheyMustBe() {
        #expect(
            CSVText.table([["a", "b,c"], [" d", "e\"f"], ["g;h", ""]]) == "a,\"b,c\"\r\n\" d\",\"e\"\"f\"\r\ng;h,\r\n")
    }
}
