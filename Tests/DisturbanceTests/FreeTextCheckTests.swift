import Testing

@testable import Disturbance

struct FreeTextCheckTests {
    private let check = FreeTextCheck(ids: ["K-117", "5", "Parcel 9 east", "c926aa82-0000-4000-8000-000000000001"])

    @Test(arguments: [
        "Khan al-Mahmudiya", "خان الربع", "Tell 7, north-eastern lower town", "L'Aquila (old town)", "Chan Chan 1986",
        "Đồng Mồ", "", "St. John's & Mary's", "Qal’at Sim‘an", "می‌گون",
    ])
    func namesPass(name: String) { #expect(check.objection(to: name) == nil, "\(name)") }

    @Test(arguments: [
        "Tell 36.2154, 43.1029", "36,2154 43,1029", "36°12'55\"N 43°06'10\"E", "N 36 12 55 E 43 06 10",
        "38S 445123 4008123", "38SMB44520812", "38SMB4452", "8H2C6QXX+2F", "sv8wrqf", "u09tvw0z",
        "///filled.count.soap",
        "filled.count.soap", "https://maps.example/@36.2,43.1", "geo:36.2,43.1", "sites/117.geojson", "C:\\sites",
        "٣٦٫٢١٥٤ ٤٣٫١٠٢٩", "３６．２１５４", "³⁶·²¹⁵⁴", "36\u{200B}.2154", "\u{202E}4512.63", "K-117", "Tell K-117",
        "Old parcel 9 East wall",
        "k 117", "c926aa82-0000-4000-8000-000000000001", "12345678", "a\nb", "x=1", "name@example.org",
        String(repeating: "a", count: 200), "POINT(43.1 36.2)", "Tell #5", "𝟛𝟞.𝟚𝟙𝟝𝟜",
    ])
    func placesAndIdsDoNot(text: String) { #expect(check.objection(to: text) != nil, "\(text)") }
}
