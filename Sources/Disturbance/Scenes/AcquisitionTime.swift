/// A date and time of acquisition as metadata write it (RFC 3339), in UTC.
struct AcquisitionTime: Hashable {
    let day: Day
    /// Second of the day, nil where only a day is given.
    let second: Int?

    /// The time, or nil where the text is neither a day nor a date and time.
    init?(_ text: String) {
        guard let day = Day(text.prefix(10)) else { return nil }
        if text.count == 10 {
            self.day = day
            second = nil
            return
        }
        guard
            let match = text.dropFirst(10).wholeMatch(
                of: /[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:([Zz])|([+-])(\d\d):?(\d\d))?/)
        else { return nil }
        guard let hour = Int(match.output.1), let minute = Int(match.output.2),
            let seconds = Int(match.output.3 ?? "0"), hour < 24, minute < 60, seconds <= 60
        else { return nil }
        var total = hour * 3600 + minute * 60 + seconds
        if let sign = match.output.5, let hours = match.output.6, let minutes = match.output.7 {
            let shift = (Int(hours) ?? 0) * 3600 + (Int(minutes) ?? 0) * 60
            total -= sign == "-" ? -shift : shift
        }
        let days = total >= 0 ? total / 86_400 : -((86_399 - total) / 86_400)
        self.day = day.adding(days: days)
        second = total - days * 86_400
    }
}
