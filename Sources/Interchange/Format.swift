/// A format that is read, written, or both.
package enum Format: String, Sendable, Hashable, CaseIterable {
    /// Canonical JSONL, and rows of plain corpora.
    case manicule
    /// One article a file.
    case text
}

extension Format {
    /// A reader of one file. `file` is what diagnostics call it.
    package func reader(file: String, options: ReadingOptions) -> any ArticleReader {
        switch self {
        case .manicule: ManiculeReader(file: file, options: options)
        case .text: TextReader(file: file, options: options)
        }
    }

    /// How much of a file's beginning `detect` wants to see.
    package static let headLength = 64 * 1024

    /// The format of a file, from its name and its beginning; a diagnostic where it is none that is read.
    ///
    /// The name decides where it says something (`.txt`, `.text`; `.jsonl`, `.ndjson`); otherwise what begins with an
    /// object is JSON lines, and all else is a text.
    package static func detect(file: String, head: [UInt8]) -> Result<Format, Diagnostic> {
        let name = file.utf8.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let suffix = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { name[$0...].lowercased() } ?? ""
        var content = head[...]
        if content.starts(with: ByteOrderMark.utf8) { content = content.dropFirst(ByteOrderMark.utf8.count) }
        let first = content.first { !isSpace($0) }
        switch suffix {
        case ".txt", ".text": return .success(.text)
        case ".jsonl", ".ndjson": break
        case ".gz", ".zip", ".zst", ".tgz", ".tar":
            return refuse(file, "archives are not read yet; unpack \(name) first")
        case ".json" where first != UInt8(ascii: "{") && first != nil:
            return refuse(file, "a JSON array is expected of no format that is read; one object a line is")
        default:
            guard suffix == ".json" || first == UInt8(ascii: "{") else { return .success(.text) }
        }
        if isPrettyPrinted(content) {
            return refuse(
                file, "the first line holds no whole object: pretty-printed JSON? One object a line is expected")
        }
        return .success(.manicule)
    }

    private static func refuse(_ file: String, _ message: String) -> Result<Format, Diagnostic> {
        .failure(Diagnostic(SourcePlace(file: file, line: 1), code: .unknownFormat, message: message))
    }

    /// Whether the first line that is not blank is `{` or `[` alone.
    private static func isPrettyPrinted(_ content: ArraySlice<UInt8>) -> Bool {
        let lines = content.split(separator: UInt8(ascii: "\n"), maxSplits: 64)
        guard let line = lines.first(where: { !$0.allSatisfy(isSpace) }) else { return false }
        let visible = line.filter { !isSpace($0) }
        return lines.count > 1 && (visible == [UInt8(ascii: "{")] || visible == [UInt8(ascii: "[")])
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\n")
    }
}

extension Diagnostic: Error {}
