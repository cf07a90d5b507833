/// The date with which some articles begin: `date 2020-11 …` or ` date 2020-11-07 …`.
enum LeadingDate {
    /// `YYYY-MM` or `YYYY-MM-DD`, where the text begins with at most one space, `date`, a space, it and a space.
    static func find(in text: String) -> String? {
        var rest = Array(text.utf8.prefix(24))[...]
        if rest.first == UInt8(ascii: " ") { rest.removeFirst() }
        guard rest.starts(with: "date ".utf8) else { return nil }
        rest.removeFirst(5)
        for length in [7, 10] {
            let date = rest.prefix(length)
            guard date.count == length, rest.dropFirst(length).first == UInt8(ascii: " ") else { continue }
            return isDate(Array(date)) ? String(decoding: date, as: UTF8.self) : nil
        }
        return nil
    }

    private static func isDate(_ bytes: [UInt8]) -> Bool {
        for (position, byte) in bytes.enumerated() {
            let isRight =
                position == 4 || position == 7
                ? byte == UInt8(ascii: "-") : byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            guard isRight else { return false }
        }
        func number(_ at: Int) -> Int {
            Int(bytes[at] - UInt8(ascii: "0")) * 10 + Int(bytes[at + 1] - UInt8(ascii: "0"))
        }
        return (1...12).contains(number(5)) && (bytes.count == 7 || (1...31).contains(number(8)))
    }
}
