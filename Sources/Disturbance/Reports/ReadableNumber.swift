/// Numbers as people read them and as files keep them; never in the locale of the machine.
enum ReadableNumber {
    /// A space that neither breaks nor stretches.
    private static let space = "\u{00A0}"

    /// `value` with a point and `places` decimals, such as `-12.30`; nil where it is no finite number.
    static func decimal(_ value: Double, places: Int) -> String? {
        let power = power(of: places)
        let scaled = (value.magnitude * power).rounded()
        // Beyond 2^53 a Double holds no units, so there are no decimals to write.
        guard scaled < 9_007_199_254_740_992 else { return value.isFinite ? value.description : nil }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let (whole, decimals) = Int(scaled).quotientAndRemainder(dividingBy: Int(power))
        return sign + String(whole) + (places > 0 ? "." + padded(decimals, digits: places) : "")
    }

    private static func power(of places: Int) -> Double { (0..<places).reduce(1.0) { power, _ in power * 10 } }

    /// A whole number that is not negative, with zeros before it where it has fewer digits: `00012`.
    static func padded(_ number: Int, digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The number that `decimal` spells, as files keep it; nil where `value` is no finite number.
    static func roundedIfFinite(_ value: Double, places: Int) -> Double? {
        let power = power(of: places)
        let scaled = (value.magnitude * power).rounded()
        guard scaled < 9_007_199_254_740_992 else { return value.isFinite ? value : nil }
        // Whole numbers both: their quotient is the number nearest to the decimals.
        return scaled == 0 ? 0 : (value < 0 ? -scaled : scaled) / power
    }

    /// `value` with so many decimals at most, as files keep it; 0 where it is no finite number.
    static func rounded(_ value: Double, places: Int) -> Double { roundedIfFinite(value, places: places) ?? 0 }

    /// `value` for a reader: digits in groups of three, a true minus sign; `not known` where it is no finite number.
    static func plain(_ value: Double, places: Int) -> String {
        guard let text = decimal(value, places: places) else { return "not known" }
        let parts = text.drop { $0 == "-" }.split(separator: ".", maxSplits: 1)
        let whole = Array(parts[0])
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, whole.count > 4, (whole.count - index) % 3 == 0 { grouped += space }
            grouped.append(digit)
        }
        return (text.hasPrefix("-") ? "\u{2212}" : "") + grouped + (parts.count > 1 ? "." + parts[1] : "")
    }

    static func plain(_ value: Int) -> String { plain(Double(value), places: 0) }

    /// An area as `240 m²`, `2.35 ha` or `120 km²`, to about three digits.
    static func area(_ squareMetres: Double) -> String {
        guard squareMetres.isFinite else { return "not known" }
        let size = squareMetres.magnitude
        if size < 1000 { return plain(squareMetres, places: 0) + space + "m²" }
        if size < 10_000 { return plain((squareMetres / 10).rounded() * 10, places: 0) + space + "m²" }
        let hectares = squareMetres / 10_000
        if size < 1e8 { return plain(hectares, places: size < 1e5 ? 2 : size < 1e6 ? 1 : 0) + space + "ha" }
        return plain(squareMetres / 1e6, places: 0) + space + "km²"
    }

    /// A length as `120 m` or `1.2 km`.
    static func length(_ metres: Double) -> String {
        guard metres.isFinite else { return "not known" }
        if metres.magnitude < 1000 { return plain(metres, places: 0) + space + "m" }
        return plain(metres / 1000, places: metres.magnitude < 10_000 ? 1 : 0) + space + "km"
    }

    /// A share of 0 to 1 as a percentage; what is not quite nothing or not quite all is not written as 0 or 100.
    static func share(_ share: Double) -> String {
        guard share.isFinite else { return "not known" }
        let percent = share * 100
        if percent > 0, percent < 0.1 { return "<" + space + "0.1" + space + "%" }
        if percent > 99.5, percent < 100 { return ">" + space + "99" + space + "%" }
        return plain(percent, places: percent > 0 && percent < 10 ? 1 : 0) + space + "%"
    }

    /// A probability as a percentage that is never 0 or 100.
    static func probability(_ probability: Double) -> String {
        guard probability.isFinite else { return "not known" }
        if probability >= 0.995 { return ">" + space + "99" + space + "%" }
        if probability < 0.005 { return "<" + space + "1" + space + "%" }
        return plain(probability * 100, places: 0) + space + "%"
    }

    /// `1 task`, `2 tasks`.
    static func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        plain(number) + " " + (number == 1 ? noun : plural ?? noun + "s")
    }
}
