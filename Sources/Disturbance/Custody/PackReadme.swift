/// What a reader who has never heard of Sitewarden needs: `data/README.txt` of an evidence pack.
struct PackReadme {
    let text: String

    init(_ pack: EvidencePack) {
        let task = pack.explanation.task
        let finding = pack.explanation.finding
        let record = pack.record
        let days = Array(Set(record.scenes.map(\.day))).sorted()
        let pixels = Set(record.groups.map(\.pixelSizeMetres)).sorted()
            // A text file: no space that editors show as something else.
            .map { ReadableNumber.length($0).replacing("\u{00A0}", with: " ") }
        let title = "Observed change at \(VisibleText.make(task.siteID)), \(VisibleText.make(task.siteName))"
        let before = finding.firstSeen.flatMap { first in days.last { $0 < first } }
        let pictures =
            pack.outcome.candidate == nil
            ? "" : "  before-*.png, after-*.png   the ground in true colour; derived from pixels/\n"
        text = """
            \(title)
            \(String(repeating: "=", count: title.count))

            This folder holds what one task of Sitewarden rests on: ground at a registered site that looks different
            from what earlier observations of the same ground lead one to expect. It says what was observed, where and
            when. What caused the change, who did it and whether it was allowed cannot be seen in it: that is for people
            to say.

            Task             \(task.id), from the run of \(record.period.label)
            Observed change  \(finding.kind.rawValue.replacing("_", with: " ")): what the spectrum resembles
            First observed   \(pack.day(finding.firstSeen))\(before.map { "; the acquisition before is of \($0)" } ?? "")
            Last observed    \(pack.day(finding.lastSeen))
            Status           \(finding.status.rawValue), observations: \(finding.observations)
            Area             \(ReadableNumber.decimal(finding.squareMetres, places: 0) ?? "") m2 on the ellipsoid
            Acquisitions     \(days.count) days from \(pack.day(days.first)) to \(pack.day(days.last))
            Resolution       pixels of \(pixels.joined(separator: " and ")); the outline follows their edges
            Limits           A change smaller than a few pixels, under trees, or without a change of surface cannot be
                             seen. Clouds that the mask has missed, haze, shadow, moisture, snow and works of the season
                             can look like a change. The date is that of a clear image: the change came before it.

            What lies here
              finding.geojson       the outline, longitude and latitude on WGS 84
              explanation.txt/json  every day, test and threshold, in words and for machines
            \(pictures)\
              pixels/               the pixels used, all bands and masks, as stored in the scenes' files (GeoTIFF)
              derived/              change score (standard deviations), and what each day's mask says of each pixel:
                                    0 clear, 1 cloud, 2 shadow, 3 snow, 4 water, 5 no data, 6 not compared
              verdicts.json         what people found there, as far as the register knows
              run/run.json          the manifest of the run: versions, settings, SHA-256 of every input and output
              replay.json           sites, settings and numbers with all digits: with pixels/ all that is needed to make
                                    the finding again
              custody.json          who had it in hand, and when
              provenance.json       how it was made (W3C PROV-JSON)

            How to check it
              sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt     (in the folder above; BagIt, RFC 8493)
              sitewarden verify FOLDER      the same, and signature and timestamp where they are attached
              sitewarden replay FOLDER      makes the finding again from pixels/ alone and compares bit for bit

            """
    }
}
