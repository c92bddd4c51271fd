internal import Foundation

/// Looks at texts of a register before they leave the house: a name may hold the place that its cell hides.
///
/// What is let through is listed, not what is held back: there are more ways to write a place than anybody knows
/// (degrees, UTM, MGRS, Plus Codes, geohashes, three words, links, parcels), in the digits of every script.
struct FreeTextCheck {
    /// Longest text that passes.
    private static let maximumLength = 120
    /// More digits than a year are what a place needs.
    private static let maximumDigits = 4
    /// Ids shorter than this are found in too many words.
    private static let shortestID = 3
    /// Longer ones are looked for within words too, as in a name made of the id and more.
    private static let shortestHiddenID = 6
    private static let punctuation: Set<Unicode.Scalar> = [
        " ", "'", "\u{2019}", "\u{2018}", "\u{2BC}", "-", "\u{2010}", "\u{2011}", "\u{2013}", ".", ",", "(", ")", "&",
        "\u{60C}", "\u{200C}", "\u{200D}",
    ]

    /// Ids of sites, tasks and findings as they are compared.
    private let ids: Set<String>

    init(ids: some Sequence<String>) { self.ids = Set(ids.map(Self.compared).filter { $0.count >= Self.shortestID }) }

    /// Why the text must stay in the house; nil where nothing speaks against it.
    func objection(to text: String) -> String? {
        // Full-width and superscript digits become plain ones.
        let plain = text.precomposedStringWithCompatibilityMapping
        let scalars = plain.unicodeScalars
        guard scalars.count <= Self.maximumLength else { return "is longer than \(Self.maximumLength) characters" }
        let digits = scalars.count { Self.isDigit($0) }
        guard digits <= Self.maximumDigits else {
            return "has more than \(Self.maximumDigits) digits, which can be a coordinate"
        }
        if let strange = scalars.first(where: { !Self.isPlain($0) }) {
            return "has the sign '\(VisibleText.make(String(strange)))', which names do not need and places do"
        }
        // Three words with points between them are a place of 3 m in what3words.
        if plain.contains(/\p{L}{2,}\.\p{L}{2,}\.\p{L}{2,}/) { return "looks like three words that stand for a place" }
        // A geohash or a grid square: letters and digits without a space, such as u09tvw0 or 38SMB4435.
        let words = plain.split { $0 == " " || $0 == "," || $0 == "(" || $0 == ")" }
        if words.contains(where: {
            $0.count >= 5 && $0.unicodeScalars.count(where: Self.isDigit) >= 1 && Self.mixes($0)
        }) {
            return "has a word of letters and digits, which can be a grid square or an id"
        }
        let all = Self.compared(plain)
        if ids.contains(all) || ids.contains(where: { $0.count >= Self.shortestHiddenID && all.contains($0) })
            || words.contains(where: { ids.contains(Self.compared(String($0))) })
        {
            return "holds an id of the register"
        }
        return nil
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType != nil }

    private static func mixes(_ word: Substring) -> Bool { word.unicodeScalars.contains { $0.properties.isAlphabetic } }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if punctuation.contains(scalar) || isDigit(scalar) { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark:
            return true
        default: return false
        }
    }

    private static func compared(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased()
            .filter { $0.isLetter || $0.isNumber }
    }
}
