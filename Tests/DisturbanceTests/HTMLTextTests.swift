import Testing

@testable import Disturbance

@Suite struct HTMLTextTests {
    @Test func textBecomesNoMarkup() {
        let name = "<b title='x' id=\"y\">&"
        let html: HTMLText = "<td>\(name)</td>"
        #expect(html.markup == "<td>&lt;b title=&#39;x&#39; id=&quot;y&quot;&gt;&amp;</td>")
    }

    @Test func markupIsKept() {
        let inner: HTMLText = "<b>1</b>"
        let html: HTMLText = "<td>\(inner)\([inner, inner])</td>"
        #expect(html.markup == "<td><b>1</b><b>1</b><b>1</b></td>")
    }

    @Test(arguments: [
        ("a\nb\u{0}\u{7F}", "a␊b␀␡"), ("x\u{202E}y\u{2066}\u{200F}", "x[U+202E]y[U+2066][U+200F]"),
        ("\u{85}\u{FEFF}\u{E0041}", "[U+0085][U+FEFF][U+E0041]"), ("می\u{200C}خواهم", "می\u{200C}خواهم"),
        ("👩🏽‍🌾 é", "👩🏽‍🌾 é"),
    ])
    func invisibleCharactersAreShown(text: String, shown: String) {
        #expect(VisibleText.make(text) == shown)
    }

    @Test func longNamesAreCut() {
        #expect(
            VisibleText.escaped(json: "\"a\u{202E}b\u{2028}\u{7F}é\u{200C}\u{E0041}\"\n")
                == #""a\u202eb\u2028\u007fé"# + "\u{200C}" + #"\udb40\udc41""# + "\n")
        #expect(VisibleText.make("abcdef", length: 3) == "abc…")
        #expect(VisibleText.make("abc", length: 3) == "abc")
        let stacked = "a" + String(repeating: "\u{301}", count: 10_000)
        #expect(VisibleText.make(stacked, length: 3).unicodeScalars.count == 13)
    }
}
