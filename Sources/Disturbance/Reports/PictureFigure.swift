internal import Foundation
internal import Geospatial

/// One picture of a finding's ground with the site's boundary and the finding's outline drawn over it.
struct PictureFigure {
    let picture: Evidence.Picture
    /// What is seen, such as `Before`.
    let caption: String
    /// Ground size of a picture's pixel; nil leaves the scale bar out.
    let pixelMetres: Double?

    /// Bytes of a PNG file.
    private let png: [UInt8]

    /// Nil where the picture does not hold three bytes a pixel.
    init?(_ picture: Evidence.Picture, caption: String, pixelMetres: Double?) {
        guard picture.rows > 0, picture.columns > 0, picture.rgb.count == picture.rows * picture.columns * 3,
            let png = try? RasterWriter.png(rgb: picture.rgb, rows: picture.rows, columns: picture.columns)
        else { return nil }
        self.png = png
        self.picture = picture
        self.caption = caption
        self.pixelMetres = pixelMetres.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    }

    func html() -> HTMLText {
        let size: HTMLText = "width=\"\(picture.columns)\" height=\"\(picture.rows)\""
        // Characters of base64 need no escaping.
        let data = HTMLText(markup: Data(png).base64EncodedString())
        return """
            <figure>
            <svg class="picture" viewBox="0 0 \(picture.columns) \(picture.rows)" role="img">
            <title>\(caption), \(picture.day)</title>
            <image href="data:image/png;base64,\(data)" \(size)/>
            \(outlines(picture.siteOutlines, kind: "site"))\(outlines(picture.findingOutlines, kind: "finding"))\
            \(scaleBar())</svg>
            <figcaption><b>\(caption)</b> \(picture.day)</figcaption>
            </figure>

            """
    }

    /// Each line twice, so that it stands out from bright and from dark ground.
    private func outlines(_ rings: [[Evidence.PicturePoint]], kind: HTMLText) -> HTMLText {
        var path = ""
        for ring in rings {
            let corners = ring.compactMap { point -> String? in
                guard let column = ReadableNumber.decimal(point.column, places: 2),
                    let row = ReadableNumber.decimal(point.row, places: 2)
                else { return nil }
                return "\(column) \(row)"
            }
            if corners.count > 1 { path += "M" + corners.joined(separator: "L") + "Z" }
        }
        guard !path.isEmpty else { return "" }
        // Letters and numbers of our own need no escaping.
        let data = HTMLText(markup: path)
        return "<path class=\"casing\" d=\"\(data)\"/><path class=\"\(kind)\" d=\"\(data)\"/>\n"
    }

    private func scaleBar() -> HTMLText {
        guard let pixelMetres else { return "" }
        let width = Double(picture.columns)
        guard let metres = Self.roundLength(upTo: width * pixelMetres * 0.4) else { return "" }
        func text(_ value: Double) -> String { ReadableNumber.decimal(value, places: 2) ?? "0" }
        let margin = 0.04 * width
        let base = Double(picture.rows) - margin
        let end = margin + metres / pixelMetres
        let bar = "M\(text(margin)) \(text(base))L\(text(end)) \(text(base))"
        // Letters grow with the picture: 4 % of its width.
        let letters: HTMLText = """
            x="\(text(margin))" y="\(text(base - 0.02 * width))" font-size="\(text(0.04 * width))"
            """
        return """
            <path class="casing" d="\(bar)"/><path class="bar" d="\(bar)"/>\
            <text class="scale" \(letters)>\(ReadableNumber.length(metres))</text>

            """
    }

    /// The longest of 1, 2, 5, 10, 20 ... metres within `limit`; nil below a metre.
    static func roundLength(upTo limit: Double) -> Double? {
        guard limit.isFinite, limit >= 1 else { return nil }
        var power = 1.0
        while power * 10 <= limit { power *= 10 }
        return [5.0, 2.0, 1.0].map { $0 * power }.first { $0 <= limit }
    }
}
