import SyncProtocol

/// What people write into names and titles.
enum Words {
    /// Refuses text that cannot be stored or shown in one line, and text longer than `longest` code points.
    static func check(_ text: String, _ what: String, longest: Int, mayBeEmpty: Bool = false) throws(Problem) {
        guard mayBeEmpty || !text.isEmpty else { throw .invalid("\(what) must not be empty") }
        let scalars = text.unicodeScalars
        guard scalars.count <= longest else {
            throw .invalid("\(what) has \(scalars.count) characters; at most \(longest) are allowed")
        }
        guard !scalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw .invalid("\(what) must not hold control characters or line breaks")
        }
    }
}
