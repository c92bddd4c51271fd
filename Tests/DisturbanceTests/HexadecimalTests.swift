import Geospatial
import Testing

@testable import Disturbance

struct HexadecimalTests {
    @Test func eachByteIsTwoLowerCaseDigits() {
        #expect(Hexadecimal.text([0, 9, 10, 15, 16, 0xAB, 255]) == "00090a0f10abff" && Hexadecimal.text([]) == "")
    }

    @Test func hexadecimalReadsBack() throws {
        let bytes = (0...255).map { UInt8($0) }
        #expect(try Hexadecimal.bytes(Hexadecimal.text(bytes)) == bytes)
        for text in ["0", "0g", "zz", "é"] { #expect(throws: GeospatialError.self) { try Hexadecimal.bytes(text) } }
    }
}
