/// Texts that break what counts in the wrong unit.
package enum HardText {
    /// One piece of each kind that has gone wrong somewhere.
    package static let pieces: [String] = [
        "a", "word ", "Élisabeth ", "\u{e9}", "e\u{301}", "\u{1e69}", "s\u{323}\u{307}", "s\u{307}\u{323}",
        "\r\n", "\n", "\r", "\t", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}",
        "😊", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "🇦🇲", "❤️", "1️⃣", "🤷🏿‍♀️", "𝔘𝔫𝔦", "𓀀", "\u{10ffff}", "\u{ffff}",
        "שלום ", "مرحبا ", "\u{202e}", "\u{200f}", "\u{200d}", "\u{200b}", "\u{feff}", "\u{300}",
        "漢字", "𠮷野家", "한국어", "\u{1112}\u{1161}\u{11ab}", "ひらがな", "が", "か\u{3099}", "क्षत्रिय", "நிறம்",
        "«", "»", "\u{a0}", "\u{202f}", "“", "”", "\"", "\\", "/", "</script>", "\u{1}", "\u{1f}", "\u{7f}", "\\u0000",
        "{}", "null",
    ]

    /// Up to `count` pieces in a row, never empty.
    package static func random(pieces count: Int, using random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<random.int(1...max(1, count)) { text += random.pick(pieces) }
        return text
    }
}
